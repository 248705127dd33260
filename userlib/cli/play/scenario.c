// SPDX-License-Identifier: GPL-2.0
/*
 * Playing a scenario: for each phase its operations, a full collection, and a look
 * at which objects died of either.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../memory.h"
#include "alive.h"
#include "build.h"
#include "phase.h"
#include "scenario.h"

struct player {
	struct build build;
	const struct oracle_scenario *s;
	const struct scenario_options *options;
	struct scenario_result *result;
	struct alive alive;
	oracle_death *deaths;	/* per object, as seen */
	oracle_death dying;	/* of the objects that the next look finds dead */
	bool cleared;		/* slots were emptied, in this phase or before */
};

static void show(const struct player *p, size_t phase)
{
	char text[32] = "built";

	if (phase)
		snprintf(text, sizeof(text), "phase %zu", phase);
	progress_show(p->options->progress,
		      "%s %s, %s: %zu alive, %" PRIu64 " died by count, %" PRIu64
		      " found by the scanner", p->build.g->name, p->s->name, text,
		      p->alive.count, p->result->by_count, p->result->by_scanner);
}

/* ---- one phase ---- */

static void note_death(void *context, uint32_t number)
{
	struct player *p = context;

	p->deaths[number] = p->dying;
}

/* Find the objects that died since the last look, if there are fewer now. */
static int look(struct player *p, struct mheap_info *info, oracle_death dying)
{
	const struct alive_watch watch = { note_death, p };
	int err = mheap_info(p->build.h, info);

	if (err)
		return err;
	if (info->objects == p->alive.count)
		return 0;
	p->dying = dying;
	return alive_update(p->build.h, &p->alive, &watch);
}

static bool phase_matches(const struct scenario_phase *r, const uint64_t *expect)
{
	for (int k = 0; k < ORACLE_TOTALS; k++) {
		if (k == ORACLE_GC_SLOTTED && !r->slotted_counts)
			continue;
		if (r->got[k] != expect[k])
			return false;
	}
	return true;
}

/* The heap before the operations, before the collection and after it. */
struct looks {
	struct mheap_info before, middle, after;
	int64_t found;		/* what the collection returned */
};

static void fill_result(struct scenario_phase *r, const struct looks *l)
{
	r->got[ORACLE_RC_FREED] = l->before.objects - l->middle.objects;
	r->got[ORACLE_RC_BYTES] = l->before.bytes - l->middle.bytes;
	r->got[ORACLE_LIVE_BEFORE_COLLECT] = l->middle.objects;
	r->got[ORACLE_GC_FREED] = l->middle.objects - l->after.objects;
	r->got[ORACLE_GC_BYTES] = l->middle.bytes - l->after.bytes;
	r->got[ORACLE_GC_SLOTTED] = (uint64_t)l->found;
	r->got[ORACLE_LIVE] = l->after.objects;
	r->got[ORACLE_LIVE_BYTES] = l->after.bytes;
	r->got[ORACLE_HANDLES] = l->after.handles;
}

static int do_phase(struct player *p, size_t number, struct looks *l)
{
	int err = mheap_info(p->build.h, &l->before);

	if (err)
		return err;
	err = phase_do(&p->build, &p->s->phases[number - 1]);
	if (err)
		return err;
	err = look(p, &l->middle, (oracle_death)(2 * number));
	if (err)
		return err;
	p->result->by_count += l->before.objects - l->middle.objects;
	show(p, number);
	l->found = mheap_gc_collect(p->build.h, 2);
	if (l->found < 0)
		return (int)l->found;
	err = look(p, &l->after, (oracle_death)(2 * number + 1));
	if (err)
		return err;
	p->result->by_scanner += l->middle.objects - l->after.objects;
	show(p, number);
	return 0;
}

static int play_phase(struct player *p, size_t number)
{
	const struct oracle_phase *phase = &p->s->phases[number - 1];
	struct scenario_phase *r = &p->result->phases[number - 1];
	struct looks l;
	int err = do_phase(p, number, &l);

	if (err)
		return err;
	p->cleared |= phase_clears(phase);
	fill_result(r, &l);
	r->slotted_counts = !p->cleared;
	r->match = phase_matches(r, phase->expect);
	p->result->match &= r->match;
	return 0;
}

/* ---- the whole ---- */

/* Splitmix64. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static void shuffle(uint32_t *order, uint32_t count, uint64_t seed)
{
	for (uint32_t i = count - 1; i > 0; i--) {
		uint32_t k = (uint32_t)(next_random(&seed) % (i + 1ULL));
		uint32_t other = order[k];

		order[k] = order[i];
		order[i] = other;
	}
}

/* All objects are alive, in the order in which they are going to be made. */
static void order_objects(struct player *p)
{
	uint32_t count = p->build.g->objects;

	p->alive.list = memory_get(count, sizeof(*p->alive.list));
	p->alive.count = count;
	for (uint32_t i = 0; i < count; i++)
		p->alive.list[i] = i;
	if (p->options->shuffle)
		shuffle(p->alive.list, count, p->options->seed);
}

static int build(struct player *p, const struct oracle *o)
{
	int err;

	order_objects(p);
	err = build_make(&p->build, p->alive.list);
	if (err)
		return err;
	p->alive.ids = p->build.ids;
	err = build_check(&p->build, o->refcount, &p->result->refcounts_wrong);
	if (err)
		return err;
	err = build_finish(&p->build);
	if (err)
		return err;
	show(p, 0);
	return 0;
}

static int play(struct player *p, const struct oracle *o)
{
	struct scenario_result *r = p->result;
	struct mheap_info info;
	int err;

	err = mheap_gc_disable(p->build.h);
	if (err)
		return err;
	err = build(p, o);
	if (err)
		return err;
	for (size_t number = 1; number <= p->s->phase_count; number++) {
		err = play_phase(p, number);
		if (err)
			return err;
	}
	for (uint32_t i = 0; i < p->build.g->objects; i++)
		r->deaths_wrong += p->deaths[i] != p->s->deaths[i];
	r->match &= !r->refcounts_wrong && !r->deaths_wrong;
	err = mheap_info(p->build.h, &info);
	if (err)
		return err;
	holds_read(info.heap_id, &r->holds);
	return 0;
}

int scenario_play(const struct mhg *g, const struct oracle *o,
		  const struct oracle_scenario *s,
		  const struct scenario_options *options,
		  struct scenario_result *result)
{
	struct player p = {
		.build = { .g = g }, .s = s, .options = options, .result = result,
	};
	int err;

	*result = (struct scenario_result){ .match = true };
	err = mheap_open(&p.build.h);
	if (err)
		return err;
	result->phases = memory_get(s->phase_count, sizeof(*result->phases));
	result->phase_count = s->phase_count;
	p.deaths = memory_get(g->objects, sizeof(*p.deaths));
	err = play(&p, o);
	build_free(&p.build);
	free(p.alive.list);
	free(p.deaths);
	mheap_close(p.build.h);
	return err;
}

void scenario_free(struct scenario_result *result)
{
	free(result->phases);
}
