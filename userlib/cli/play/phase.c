// SPDX-License-Identifier: GPL-2.0
/*
 * The operations of a phase.  Drops come before clears; the outcome does not depend
 * on the order.
 */
#include <errno.h>
#include <stdlib.h>

#include "../memory.h"
#include "phase.h"

static int drop_handles(struct build *b, uint32_t root, uint32_t count)
{
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

/* Drop all handles of a group of roots, or of all roots if it is 0. */
static int drop_group(struct build *b, char group)
{
	int err;

	for (uint32_t i = 0; i < b->g->root_count; i++) {
		if (group && b->g->roots[i].group != group)
			continue;
		err = drop_handles(b, i, b->held_count[i]);
		if (err)
			return err;
	}
	return 0;
}

static int do_drop(struct build *b, const struct oracle_op *op)
{
	uint32_t root;

	switch (op->action) {
	case ORACLE_DROP:
		root = b->root_of[op->id];
		return root ? drop_handles(b, root - 1, op->count) : -EBADF;
	case ORACLE_DROP_ALL:
		return drop_group(b, 0);
	case ORACLE_DROP_GROUP:
		return drop_group(b, op->group);
	default:
		return 0;
	}
}

static int clear_slots(struct build *b, uint32_t id, mheap_ref r)
{
	uint64_t slots = b->g->first[id + 1] - b->g->first[id];
	int err;

	for (uint32_t i = 0; i < slots; i++) {
		err = feed_next(&b->feed);
		if (err)
			return err;
		mheap_batch_set(b->feed.batch, r, i, 0);
	}
	return 0;
}

/* An object that is to be cleared, with a handle for the time of the clears. */
struct cleared {
	uint32_t id;
	mheap_ref ref;
};

static int clear_objects(struct build *b, struct cleared *list, size_t count)
{
	int err;

	for (size_t i = 0; i < count; i++) {
		err = feed_next(&b->feed);
		if (err)
			return err;
		list[i].ref = mheap_batch_open_id(b->feed.batch, b->ids[list[i].id]);
	}
	for (size_t i = 0; i < count; i++) {
		err = clear_slots(b, list[i].id, list[i].ref);
		if (err)
			return err;
	}
	for (size_t i = 0; i < count; i++) {
		err = feed_next(&b->feed);
		if (err)
			return err;
		mheap_batch_drop(b->feed.batch, list[i].ref);
	}
	return 0;
}

/* A clear may be all that kept another object to be cleared, so all are opened first. */
static int do_clears(struct build *b, const struct oracle_phase *phase)
{
	struct cleared *list = memory_get(phase->op_count, sizeof(*list));
	size_t count = 0;
	int err;

	for (size_t i = 0; i < phase->op_count; i++) {
		if (phase->ops[i].action == ORACLE_CLEAR)
			list[count++].id = phase->ops[i].id;
	}
	err = clear_objects(b, list, count);
	free(list);
	return err;
}

int phase_do(struct build *b, const struct oracle_phase *phase)
{
	int err;

	for (size_t i = 0; i < phase->op_count; i++) {
		err = do_drop(b, &phase->ops[i]);
		if (err)
			return err;
	}
	err = do_clears(b, phase);
	if (err)
		return err;
	return feed_flush(&b->feed);
}

bool phase_clears(const struct oracle_phase *phase)
{
	for (size_t i = 0; i < phase->op_count; i++) {
		if (phase->ops[i].action == ORACLE_CLEAR)
			return true;
	}
	return false;
}
