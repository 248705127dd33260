// SPDX-License-Identifier: GPL-2.0
/*
 * Building a graph in batches: first all objects, then their slots, then the
 * handles of the roots.
 */
#include <errno.h>
#include <stdlib.h>

#include "../memory.h"
#include "build.h"

#define BATCH	16384

static void get_arrays(struct build *b)
{
	const struct mhg *g = b->g;
	uint64_t first = 0;

	b->ids = memory_get(g->objects, sizeof(*b->ids));
	b->root_of = memory_get(g->objects, sizeof(*b->root_of));
	b->made = memory_get(g->objects, sizeof(*b->made));
	b->held = memory_get(g->handles, sizeof(*b->held));
	b->held_first = memory_get(g->root_count, sizeof(*b->held_first));
	b->held_count = memory_get(g->root_count, sizeof(*b->held_count));
	for (uint32_t i = 0; i < g->root_count; i++) {
		b->root_of[g->roots[i].id] = i + 1;
		b->held_first[i] = first;
		first += g->roots[i].handles;
	}
}

static int register_types(struct build *b, mheap_type *types)
{
	int err;

	for (uint32_t i = 0; i < b->g->type_count; i++) {
		err = mheap_type_register(b->h, b->g->types[i], &types[i]);
		if (err)
			return err;
	}
	return 0;
}

static int make_objects(struct build *b, const uint32_t *order,
			const mheap_type *types)
{
	const struct mhg *g = b->g;
	int err;

	for (uint32_t k = 0; k < g->objects; k++) {
		uint32_t i = order[k];
		uint32_t slots = (uint32_t)(g->first[i + 1] - g->first[i]);

		err = feed_next(&b->feed);
		if (err)
			return err;
		b->made[i] = mheap_batch_alloc(b->feed.batch, types[g->type[i]],
					       slots, g->payload[i], 0);
		err = feed_next(&b->feed);
		if (err)
			return err;
		mheap_batch_id(b->feed.batch, b->made[i], &b->ids[i]);
	}
	return 0;
}

static int fill_slots(struct build *b, const uint32_t *order)
{
	const struct mhg *g = b->g;
	int err;

	for (uint32_t k = 0; k < g->objects; k++) {
		uint32_t i = order[k];

		for (uint64_t s = g->first[i]; s < g->first[i + 1]; s++) {
			err = feed_next(&b->feed);
			if (err)
				return err;
			mheap_batch_set(b->feed.batch, b->made[i],
					(uint32_t)(s - g->first[i]),
					b->made[g->target[s]]);
		}
	}
	return 0;
}

/* The first handle of a root is the one it was made with. */
static int hold_roots(struct build *b)
{
	int err;

	for (uint32_t i = 0; i < b->g->root_count; i++) {
		const struct mhg_root *root = &b->g->roots[i];
		mheap_ref *held = &b->held[b->held_first[i]];

		b->held_count[i] = root->handles;
		held[0] = b->made[root->id];
		for (uint32_t k = 1; k < root->handles; k++) {
			err = feed_next(&b->feed);
			if (err)
				return err;
			held[k] = mheap_batch_dup(b->feed.batch, held[0]);
		}
	}
	return 0;
}

static int make_all(struct build *b, const uint32_t *order, mheap_type *types)
{
	int err;

	err = register_types(b, types);
	if (err)
		return err;
	err = make_objects(b, order, types);
	if (err)
		return err;
	err = fill_slots(b, order);
	if (err)
		return err;
	err = hold_roots(b);
	if (err)
		return err;
	return feed_flush(&b->feed);
}

int build_make(struct build *b, const uint32_t *order)
{
	mheap_type *types;
	int err;

	get_arrays(b);
	err = feed_open(&b->feed, b->h, BATCH);
	if (err)
		return err;
	types = memory_get(b->g->type_count, sizeof(*types));
	err = make_all(b, order, types);
	free(types);
	return err;
}

static int ask_refcounts(struct build *b, uint64_t *counts)
{
	int err;

	for (uint32_t i = 0; i < b->g->objects; i++) {
		err = feed_next(&b->feed);
		if (err)
			return err;
		mheap_batch_refcount(b->feed.batch, b->made[i], &counts[i]);
	}
	return feed_flush(&b->feed);
}

static uint64_t count_wrong(const struct build *b, const uint64_t *counts,
			    const uint32_t *refcount)
{
	uint64_t wrong = 0;

	for (uint32_t i = 0; i < b->g->objects; i++) {
		/* build_finish() drops the handle of an object that is not a root. */
		uint64_t expect = refcount[i] + (b->root_of[i] ? 0ULL : 1ULL);

		wrong += counts[i] != expect;
	}
	return wrong;
}

int build_check(struct build *b, const uint32_t *refcount, uint64_t *wrong)
{
	uint64_t *counts = memory_get(b->g->objects, sizeof(*counts));
	int err = ask_refcounts(b, counts);

	if (!err)
		*wrong = count_wrong(b, counts, refcount);
	free(counts);
	return err;
}

int build_finish(struct build *b)
{
	int err;

	for (uint32_t i = 0; i < b->g->objects; i++) {
		if (b->root_of[i])
			continue;
		err = feed_next(&b->feed);
		if (err)
			return err;
		mheap_batch_drop(b->feed.batch, b->made[i]);
	}
	free(b->made);
	b->made = NULL;
	return feed_flush(&b->feed);
}

void build_free(struct build *b)
{
	feed_close(&b->feed);
	free(b->ids);
	free(b->root_of);
	free(b->made);
	free(b->held);
	free(b->held_first);
	free(b->held_count);
}
