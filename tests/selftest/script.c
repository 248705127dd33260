// SPDX-License-Identifier: GPL-2.0
/* The interpreter of the little language that script.h describes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dev.h"
#include "harness.h"
#include "notify.h"
#include "script.h"

#define WORDS 6

struct statement {
	const char *text;
	char word[WORDS][8];
};

static uint32_t name(const struct statement *s, unsigned int i)
{
	uint32_t n = s->word[i][0] - 'a';

	if (n >= NAMES)
		FAIL("bad name in \"%s\"", s->text);
	return n;
}

static uint32_t number(const struct statement *s, unsigned int i)
{
	char *end;
	uint32_t n = strtoul(s->word[i], &end, 10);

	if (*end || end == s->word[i])
		FAIL("bad number in \"%s\"", s->text);
	return n;
}

static bool is_none(const struct statement *s, unsigned int i)
{
	return s->word[i][0] == '-';
}

/* Fail the case, naming the statement and what it expected. */
static void expect(const struct statement *s, uint64_t seen, uint64_t wanted)
{
	if (seen != wanted)
		FAIL("%s: %llu, not %llu", s->text, (unsigned long long)seen,
		     (unsigned long long)wanted);
}

/* ---- events ---- */

static void run_finalizer(struct script *p, uint64_t cookie, uint64_t o)
{
	const char *what = p->finalizer[cookie].what;
	uint32_t arg = p->finalizer[cookie].arg, i;

	if (!strcmp(what, "keep"))
		p->object[arg] = OUT(p->fd, DUP, .obj = o);
	else if (!strcmp(what, "null"))
		OUT(p->fd, SET, .obj = o, .index = arg);
	else if (!strcmp(what, "clear"))
		for (i = 0; i < stat_of(p->fd, o).nslots; i++)
			OUT(p->fd, SET, .obj = o, .index = i);
	p->finalized++;
	drop(p->fd, o);
}

static void settle(struct script *p)
{
	struct mheap_ioc_event event;

	while (events_take(p->fd, &event, 1)) {
		if (event.kind == MHEAP_EVENT_FINALIZE)
			run_finalizer(p, event.cookie, event.ref);
		else
			p->called += event.cookie;
	}
}

/* ---- statements ---- */

static void do_store(struct script *p, const struct statement *s)
{
	OUT(p->fd, SET, .obj = p->object[name(s, 1)], .index = number(s, 2),
	    .val = is_none(s, 3) ? 0 : p->object[name(s, 3)]);
}

static void do_ring(struct script *p, const struct statement *s)
{
	const char *names = s->word[1];
	uint32_t n = strlen(names), i;

	for (i = 0; i < n; i++) {
		uint64_t o = p->object[names[i] - 'a'];

		OUT(p->fd, SET, .obj = o,
		    .val = p->object[names[(i + n - 1) % n] - 'a']);
		OUT(p->fd, SET, .obj = o, .index = 1,
		    .val = p->object[names[(i + 1) % n] - 'a']);
	}
}

static void do_collect(struct script *p, const struct statement *s)
{
	struct mheap_ioc_collect c = collect(p->fd, number(s, 1));

	expect(s, c.found, number(s, 3));
	if (s->word[4][0])
		expect(s, c.freed, number(s, 4));
}

static void do_upgrade(struct script *p, const struct statement *s)
{
	uint64_t o = weak_get(p->fd, p->weak[name(s, 2)]);

	expect(s, o != 0, !is_none(s, 1));
	if (o)
		p->object[name(s, 1)] = o;
}

/* The word is valid as long as the script is. */
static void do_finalizer(struct script *p, const struct statement *s)
{
	static const char *const words[] = { "count", "keep", "null", "clear" };
	uint32_t o = name(s, 1), i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(s->word[2], words[i]))
			p->finalizer[o].what = words[i];
	if (!p->finalizer[o].what)
		FAIL("bad finalizer in \"%s\"", s->text);
	if (s->word[3][0])
		p->finalizer[o].arg = s->word[2][0] == 'k' ? name(s, 3) :
							     number(s, 3);
	finalize(p->fd, p->object[o], o);
}

static void do_check(struct script *p, const struct statement *s)
{
	if (!strcmp(s->word[1], "live"))
		expect(s, info_of(p->fd).objects, number(s, 2));
	else if (!strcmp(s->word[1], "fin"))
		expect(s, p->finalized, number(s, 2));
	else if (!strcmp(s->word[1], "cb"))
		expect(s, p->called, number(s, 2));
	else
		FAIL("bad check \"%s\"", s->text);
}

static void do_handle(struct script *p, const struct statement *s)
{
	uint64_t *o = &p->object[name(s, 1)];

	switch (s->word[0][0]) {
	case 'A':
		*o = make(p->fd, number(s, 2), 48);
		break;
	case 'L':
		*o = OUT(p->fd, GET, .obj = p->object[name(s, 2)],
			 .index = number(s, 3));
		break;
	case 'D':
		*o = OUT(p->fd, DUP, .obj = p->object[name(s, 2)]);
		break;
	case 'X':
		drop(p->fd, *o);
		break;
	case 'N':
		expect(s, refcount(p->fd, *o), number(s, 2));
		break;
	}
}

static void do_weak(struct script *p, const struct statement *s)
{
	uint64_t *w = &p->weak[name(s, 1)];

	if (s->word[0][0] == 'Z')
		weak_drop(p->fd, *w);
	else
		*w = weak_new(p->fd, p->object[name(s, 2)],
			      s->word[3][0] == 'c');
}

static void (*const statements[])(struct script *, const struct statement *) = {
	['A'] = do_handle, ['C'] = do_check, ['D'] = do_handle,
	['F'] = do_finalizer, ['G'] = do_collect, ['L'] = do_handle,
	['N'] = do_handle, ['R'] = do_ring, ['S'] = do_store,
	['V'] = do_upgrade, ['W'] = do_weak, ['X'] = do_handle,
	['Z'] = do_weak,
};

static void play(struct script *p, const char *text)
{
	struct statement s = { .text = text };
	unsigned int c;

	if (sscanf(text, "%7s %7s %7s %7s %7s %7s", s.word[0], s.word[1],
		   s.word[2], s.word[3], s.word[4], s.word[5]) < 2)
		FAIL("nothing to do in \"%s\"", text);
	c = s.word[0][0];
	if (c >= ARRAY_SIZE(statements) || !statements[c] || s.word[0][1])
		FAIL("bad statement \"%s\"", text);
	statements[c](p, &s);
	settle(p);
}

void script_play(const char *text)
{
	struct script p = { .fd = quiet_heap() };
	char *copy = strdup(text), *rest = copy, *line;

	CHECK(copy);
	while ((line = strsep(&rest, ";")))
		play(&p, line);
	check_sound(p.fd);
	free(copy);
}
