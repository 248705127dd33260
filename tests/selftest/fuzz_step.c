// SPDX-License-Identifier: GPL-2.0
/* Steps: drawing them at random, doing them, writing and reading them as text. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "harness.h"

const struct step_kind step_kinds[] = {
	{ "batch", 120, batch_make, batch_run },
	{ "ioctl", 30, ioctl_make, ioctl_run },
	{ "open", 3, small_make, open_run },
	{ "attach", 6, small_make, attach_run },
	{ "dup", 2, small_make, dup_run },
	{ "close", 3, small_make, close_run },
	{ "read", 12, small_make, read_run },
	{ "poll", 3, small_make, poll_run },
	{ "fork", 1, small_make, fork_run },
	{ "sysfs-read", 4, small_make, sysfs_read_run },
	{ "sysfs-write", 6, small_make, sysfs_write_run },
	{ "debugfs", 4, small_make, debugfs_run },
	{ "map", 8, small_make, map_run },
	{ "unmap", 2, small_make, unmap_run },
	{ "remap", 2, small_make, remap_run },
	{ "protect", 8, small_make, protect_run },
	{ "advise", 5, small_make, advise_run },
	{ "look", 10, small_make, look_run },
	{ "poke", 10, small_make, poke_run },
};

const unsigned int step_kinds_count = ARRAY_SIZE(step_kinds);

/* ---- random words ---- */

uint64_t draw(struct fuzz *f, uint64_t below)
{
	return random_next(&f->random) % below;
}

bool one_in(struct fuzz *f, uint64_t n)
{
	return !draw(f, n);
}

/* Lengths, sizes and counts change their meaning around these numbers. */
static const uint64_t bounds[] = {
	0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 47, 48, 49, 63, 64, 65, 127, 128, 129, 254, 255,
	256, 257, 511, 512, 2047, 2048, 2049, 4095, 4096, 4097, 16383, 16384, 16385, 65535,
	65536, 262144, 262145, 1 << 20, (1 << 20) + 1, 1 << 24, (1 << 24) + 1, INT32_MAX,
	1ULL << 31, UINT32_MAX, 1ULL << 32, 1ULL << 40, 1ULL << 43, INT64_MAX, 1ULL << 63,
	UINT64_MAX,
};

uint64_t draw_number(struct fuzz *f)
{
	switch (draw(f, 4)) {
	case 0:
	case 1:
		return bounds[draw(f, ARRAY_SIZE(bounds))];
	case 2:
		return draw(f, 32);
	default:
		return random_next(&f->random) >> draw(f, 64);
	}
}

struct word draw_word(struct fuzz *f)
{
	static const char kinds[] = "nnnnhhfwia";
	struct word w = { .kind = kinds[draw(f, sizeof(kinds) - 1)] };

	w.n = w.kind == 'n' ? draw_number(f) : draw(f, POOL);
	return w;
}

void step_add(struct step *s, char kind, uint64_t n)
{
	if (s->count < MAX_WORDS)
		s->words[s->count++] = (struct word){ .kind = kind, .n = n };
}

uint64_t step_number(const struct step *s, unsigned int i)
{
	return i < s->count ? s->words[i].n : 0;
}

/* Draw a step that needs a session and a few small numbers. */
void small_make(struct fuzz *f, struct step *s)
{
	int i;

	for (i = 0; i < 6; i++)
		step_add(s, 'n', random_next(&f->random) >> 44);
}

void step_draw(struct fuzz *f, struct step *s)
{
	unsigned int i, all = 0;
	uint64_t at;

	for (i = 0; i < step_kinds_count; i++)
		all += step_kinds[i].weight;
	at = draw(f, all);
	for (i = 0; at >= step_kinds[i].weight; i++)
		at -= step_kinds[i].weight;
	s->kind = i;
	s->count = 0;
	step_kinds[i].make(f, s);
}

void step_do(struct fuzz *f, const struct step *s)
{
	struct fuzz_session *session = session_of(f, s);
	uint32_t rights = session ? session->rights : 0;
	int err;

	f->me->trail[f->me->steps++ % TRAIL] = *s;
	f->me->began = now_ns();
	f->news = false;
	err = step_kinds[s->kind].run(f, s);
	if (err <= 0)
		cover(f, SUBJECT_STEP + s->kind, rights, err);
	if (f->news)
		corpus_note(f);
}

/* ---- text ---- */

void step_print(const struct step *s, char *line, size_t size)
{
	size_t n = snprintf(line, size, "%s", step_kinds[s->kind].name);
	unsigned int i;

	for (i = 0; i < s->count && n < size; i++) {
		const struct word *w = &s->words[i];

		if (w->kind == 'n')
			n += snprintf(line + n, size - n, " %" PRIu64, w->n);
		else
			n += snprintf(line + n, size - n, " %c%" PRIu64, w->kind, w->n);
	}
}

static bool word_parse(const char *text, struct step *s)
{
	char kind = 'n', *end;
	uint64_t n;

	if (strchr("hfwia", *text))
		kind = *text++;
	n = strtoull(text, &end, 0);
	if (end == text || *end || s->count == MAX_WORDS)
		return false;
	step_add(s, kind, n);
	return true;
}

bool step_parse(const char *line, struct step *s)
{
	char copy[2048], *at = copy, *text;

	snprintf(copy, sizeof(copy), "%s", line);
	text = strsep(&at, "\n ");
	for (s->kind = 0; s->kind < step_kinds_count; s->kind++)
		if (!strcmp(text, step_kinds[s->kind].name))
			break;
	if (s->kind == step_kinds_count)
		return false;
	s->count = 0;
	while ((text = strsep(&at, "\n ")))
		if (*text && !word_parse(text, s))
			return false;
	return true;
}
