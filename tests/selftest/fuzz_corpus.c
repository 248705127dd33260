// SPDX-License-Identifier: GPL-2.0
/* Sequences of steps that gave a new outcome, in memory and in files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "harness.h"

#define LENGTH		12U
#define SEQUENCES	256U

struct sequence {
	unsigned int count;
	struct step steps[LENGTH];
};

static struct sequence *sequences;
static unsigned int sequences_count;

/* The sequence being played, and the position in it. */
static struct sequence playing;
static unsigned int playing_at;

/* --save=FILE appends sequences as they are found, each step once. */
static void save(const struct sequence *q, uint64_t end)
{
	const char *path = test_option("save");
	static uint64_t saved;
	char line[2048];
	uint64_t i;
	FILE *file;

	if (!path || !*path)
		return;
	file = fopen(path, "a");
	CHECK(file);
	i = end - saved < q->count ? q->count - (end - saved) : 0;
	saved = end;
	for (; i < q->count; i++) {
		step_print(&q->steps[i], line, sizeof(line));
		fprintf(file, "%s\n", line);
	}
	fclose(file);
}

/* Keep the last steps as a sequence, in place of an older one if there are many. */
void corpus_note(struct fuzz *f)
{
	uint64_t end = f->me->steps, i;
	struct sequence *q;

	if (f->forked)
		return;
	if (!sequences)
		sequences = calloc(SEQUENCES, sizeof(*sequences));
	CHECK(sequences);
	q = &sequences[sequences_count++ % SEQUENCES];
	q->count = end < LENGTH ? end : LENGTH;
	for (i = 0; i < q->count; i++)
		q->steps[i] = f->me->trail[(end - q->count + i) % TRAIL];
	save(q, end);
}

/* ---- changing ---- */

static void change_word(struct fuzz *f, struct step *s)
{
	if (s->count)
		s->words[draw(f, s->count)] = draw_word(f);
}

static void change(struct fuzz *f, struct sequence *q)
{
	unsigned int n = 1 + draw(f, 4), i = draw(f, q->count);

	while (n--) {
		switch (draw(f, 6)) {
		case 0:
			step_draw(f, &q->steps[i]);
			break;
		case 1:
			q->steps[draw(f, q->count)] = q->steps[i];
			break;
		case 2:
			q->count = i + 1;
			break;
		case 3:
			q->steps[i].words[0].n = draw(f, MAX_SESSIONS);
			break;
		default:
			change_word(f, &q->steps[i]);
		}
		i = draw(f, q->count);
	}
}

/* Take the next step of a changed sequence; returns false if one has to be drawn. */
bool corpus_draw(struct fuzz *f, struct step *s)
{
	unsigned int n = sequences_count < SEQUENCES ? sequences_count : SEQUENCES;

	if (playing_at == playing.count) {
		if (!n || !one_in(f, 16))
			return false;
		playing = sequences[draw(f, n)];
		playing_at = 0;
		change(f, &playing);
	}
	*s = playing.steps[playing_at++];
	return true;
}

/* ---- files ---- */

void corpus_replay(struct fuzz *f, const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned int number = 0;
	char line[2048];
	struct step s;

	if (!file)
		FAIL("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		number++;
		if (*line == '#' || *line == '\n')
			continue;
		if (!step_parse(line, &s))
			FAIL("%s:%u: not a step", path, number);
		step_do(f, &s);
	}
	fclose(file);
}
