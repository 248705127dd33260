// SPDX-License-Identifier: GPL-2.0
/*
 * Playing scenarios: the operations of a phase, a full collection, and what
 * became of every object.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "alive.h"
#include "graph_build.h"
#include "graph_play.h"

struct player {
	struct built built;
	const struct graph *g;
	const struct scenario *s;
	const struct graph_options *options;
	struct scenario_result *result;
	struct graph_state state;
	struct alive alive;
	death *deaths;		/* per object, as seen */
	death dying;		/* how those die that are found dead now */
	bool cleared;		/* slots were emptied, in this phase or before */
};

static void show(struct player *p, size_t phase)
{
	p->state.phase = phase;
	if (p->options->watch)
		p->options->watch(p->options->context, &p->state);
}

/* ---- operations ---- */

static int drop_handles(struct player *p, uint32_t root, uint32_t count)
{
	struct built *b = &p->built;
	int err;

	if (count > b->held_count[root])
		return -EBADF;
	while (count--) {
		err = feed_next(&b->feed);
		if (err)
			return err;
		mheap_batch_drop(b->feed.batch,
				 b->held[b->held_first[root] +
					 --b->held_count[root]]);
	}
	return 0;
}

/* group 0: all. */
static int drop_group(struct player *p, char group)
{
	int err = 0;

	for (uint32_t i = 0; i < p->g->root_count && !err; i++) {
		if (!group || p->g->roots[i].group == group)
			err = drop_handles(p, i, p->built.held_count[i]);
	}
	return err;
}

static int do_drop(struct player *p, const struct operation *op)
{
	uint32_t root;

	switch (op->action) {
	case DROP:
		root = p->built.root_of[op->id];
		return root ? drop_handles(p, root - 1, op->count) : -EBADF;
	case DROP_ALL:
		return drop_group(p, 0);
	case DROP_GROUP:
		return drop_group(p, op->group);
	default:
		return 0;
	}
}

static int clear_slots(struct player *p, uint32_t id, mheap_ref r)
{
	uint64_t slots = p->g->first[id + 1] - p->g->first[id];
	int err;

	for (uint32_t i = 0; i < slots; i++) {
		err = feed_next(&p->built.feed);
		if (err)
			return err;
		mheap_batch_set(p->built.feed.batch, r, i, 0);
	}
	return 0;
}

/* Open all that are to be cleared, clear them, drop the handles. */
static int do_clears(struct player *p, const struct phase *phase)
{
	struct feed *feed = &p->built.feed;
	mheap_ref *held = memory_get(phase->op_count, sizeof(*held));
	int err = 0;

	for (int step = 0; step < 3; step++) {
		for (size_t i = 0; i < phase->op_count && !err; i++) {
			const struct operation *op = &phase->ops[i];

			if (op->action != CLEAR)
				continue;
			p->cleared = true;
			if (step == 1) {
				err = clear_slots(p, op->id, held[i]);
				continue;
			}
			err = feed_next(feed);
			if (!err && step == 0)
				held[i] = mheap_batch_open_id(feed->batch,
							      p->built.ids[op->id]);
			else if (!err)
				err = mheap_batch_drop(feed->batch, held[i]);
		}
	}
	free(held);
	return err ? err : feed_flush(feed);
}

static int do_operations(struct player *p, const struct phase *phase)
{
	int err = 0;

	for (size_t i = 0; i < phase->op_count && !err; i++)
		err = do_drop(p, &phase->ops[i]);
	return err ? err : do_clears(p, phase);
}

/* ---- what became of the objects ---- */

static void died(void *context, uint32_t number)
{
	struct player *p = context;

	p->deaths[number] = p->dying;
}

/* Who died since the last look?  Nobody, if there are as many as there were. */
static int look(struct player *p, struct mheap_info *info, death dying)
{
	const struct alive_watch watch = { died, p };
	int err = mheap_info(p->built.h, info);

	if (err)
		return err;
	p->state.alive = info->objects;
	p->dying = dying;
	if (info->objects == p->alive.count)
		return 0;
	return alive_update(p->built.h, &p->alive, &watch);
}

static bool phase_matches(const struct phase_result *r, const uint64_t *expect)
{
	for (int k = 0; k < TOTALS; k++) {
		if (k == GC_SLOTTED && !r->slotted_counts)
			continue;
		if (r->got[k] != expect[k])
			return false;
	}
	return true;
}

static void fill_result(struct phase_result *r, const struct mheap_info *before,
			const struct mheap_info *middle,
			const struct mheap_info *after, int64_t found)
{
	r->got[RC_FREED] = before->objects - middle->objects;
	r->got[RC_BYTES] = before->bytes - middle->bytes;
	r->got[LIVE_BEFORE_COLLECT] = middle->objects;
	r->got[GC_FREED] = middle->objects - after->objects;
	r->got[GC_BYTES] = middle->bytes - after->bytes;
	r->got[GC_SLOTTED] = (uint64_t)found;
	r->got[LIVE] = after->objects;
	r->got[LIVE_BYTES] = after->bytes;
	r->got[HANDLES] = after->handles;
}

static int play_phase(struct player *p, size_t n)
{
	const struct phase *phase = &p->s->phases[n];
	struct phase_result *r = &p->result->phases[n];
	struct mheap_info before, middle, after;
	int64_t found;
	int err;

	err = mheap_info(p->built.h, &before);
	if (!err)
		err = do_operations(p, phase);
	if (!err)
		err = look(p, &middle, (death)(2 * (n + 1)));
	if (err)
		return err;
	p->state.by_count += before.objects - middle.objects;
	show(p, n + 1);
	found = mheap_gc_collect(p->built.h, 2);
	if (found < 0)
		return (int)found;
	err = look(p, &after, (death)(2 * (n + 1) + 1));
	if (err)
		return err;
	p->state.by_scanner += middle.objects - after.objects;
	show(p, n + 1);
	fill_result(r, &before, &middle, &after, found);
	r->slotted_counts = !p->cleared;
	r->match = phase_matches(r, phase->expect);
	p->result->match &= r->match;
	return 0;
}

/* ---- the whole ---- */

static uint64_t next_random(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ULL;	/* splitmix64 */

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static uint32_t *make_order(const struct graph *g,
			    const struct graph_options *options)
{
	uint32_t *order = memory_get(g->objects, sizeof(*order));
	uint64_t state = options->seed;

	for (uint32_t i = 0; i < g->objects; i++)
		order[i] = i;
	for (uint32_t i = g->objects - 1; options->shuffle && i > 0; i--) {
		uint32_t k = (uint32_t)(next_random(&state) % (i + 1ULL));
		uint32_t other = order[k];

		order[k] = order[i];
		order[i] = other;
	}
	return order;
}

static int build(struct player *p, const struct oracle *o)
{
	uint32_t *order = make_order(p->g, p->options);
	int err;

	err = built_make(&p->built, order);
	if (!err)
		err = built_check(&p->built, o->refcount,
				  &p->result->refcounts_wrong);
	if (!err)
		err = built_finish(&p->built);
	/* The list of those alive: all, as far as is known. */
	p->alive.ids = p->built.ids;
	p->alive.list = order;
	p->alive.count = p->g->objects;
	p->state.alive = p->g->objects;
	if (!err)
		show(p, 0);
	return err;
}

static int play(struct player *p, const struct oracle *o)
{
	struct mheap_info info;
	int err;

	err = mheap_gc_disable(p->built.h);
	if (!err)
		err = build(p, o);
	for (size_t n = 0; n < p->s->phase_count && !err; n++)
		err = play_phase(p, n);
	if (err)
		return err;
	for (uint32_t i = 0; i < p->g->objects; i++)
		p->result->deaths_wrong += p->deaths[i] != p->s->deaths[i];
	err = mheap_info(p->built.h, &info);
	if (err)
		return err;
	p->result->lock_max_ns = info.lock_max_ns;
	p->result->by_count = p->state.by_count;
	p->result->by_scanner = p->state.by_scanner;
	p->result->match &= !p->result->refcounts_wrong &&
			    !p->result->deaths_wrong;
	return 0;
}

int graph_play(const struct graph *g, const struct oracle *o,
	       const struct scenario *s, const struct graph_options *options,
	       struct scenario_result *result)
{
	struct player p = {
		.built = { .g = g },
		.g = g,
		.s = s,
		.options = options,
		.result = result,
		.state = { .graph = g->name, .scenario = s->name },
	};
	int err;

	*result = (struct scenario_result){ .match = true };
	result->phases = memory_get(s->phase_count, sizeof(*result->phases));
	result->phase_count = s->phase_count;
	err = mheap_open(&p.built.h);
	if (err)
		return err;
	p.deaths = memory_get(g->objects, sizeof(*p.deaths));
	err = play(&p, o);
	built_free(&p.built);
	free(p.alive.list);
	free(p.deaths);
	mheap_close(p.built.h);
	return err;
}

void scenario_result_free(struct scenario_result *result)
{
	free(result->phases);
}
