// SPDX-License-Identifier: GPL-2.0
/*
 * The cycle collector as a pure algorithm: it neither sleeps nor allocates, takes no
 * lock and knows no clock.  The holder of the heap lock calls mheap_collect_step() with
 * a budget, and programs change the heap between two steps.
 *
 * A young collection finds what is reachable from outside its set by subtracting the
 * references within the set from the counts.  This is CPython's method (see its
 * InternalDocs/garbage_collector.md).  A full collection marks from the roots, which
 * are counted apart.  Marking is incremental, with a barrier on every new reference
 * (after Dijkstra et al., On-the-fly Garbage Collection, 1978).  mark.c follows the
 * references for both.
 *
 * Variable names: gc is the collector, o an object, t the target of a slot.
 */
#include <linux/bug.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>
#include <linux/string.h>

#include "compat.h"
#include "gc/collect.h"
#include "gc/freeze.h"
#include "gc/gc.h"
#include "gc/mark.h"
#include "gc/pass.h"
#include "gc/quarantine.h"
#include "gc/reclaim.h"
#include "gc/track.h"
#include "limits.h"

/**
 * mheap_collect_init() - Set up a collector without objects
 * @gc: the collector
 * @ops: what it asks and tells the owner of the objects
 * @dying: where objects go that collections take down
 * @threshold: thresholds of generations 0 to 2
 *
 * Context: any; nobody else knows the collector yet.
 */
void mheap_collect_init(struct mheap_collector *gc,
			const struct mheap_gc_ops *ops,
			struct mheap_dying *dying, const u32 threshold[3])
{
	unsigned int i;

	memset(gc, 0, sizeof(*gc));
	for (i = 0; i < MHEAP_GENERATIONS; i++)
		INIT_LIST_HEAD(&gc->generation[i]);
	INIT_LIST_HEAD(&gc->permanent);
	INIT_LIST_HEAD(&gc->quarantined);
	INIT_LIST_HEAD(&gc->ready);
	INIT_LIST_HEAD(&gc->set);
	INIT_LIST_HEAD(&gc->old);
	mheap_dying_init(dying);
	gc->dying = dying;
	gc->ops = ops;
	mheap_trigger_init(&gc->trigger, threshold);
}

/**
 * mheap_collect_start() - Begin a collection, in constant time
 * @gc: the collector, idle
 * @generation: the oldest generation to collect
 *
 * Context: the heap lock is held.
 */
void mheap_collect_start(struct mheap_collector *gc, unsigned int generation)
{
	bool full = generation == 2;
	u64 size = full ? gc->nr[MHEAP_QUARANTINED] : 0;
	unsigned int i;

	for (i = 0; i <= generation; i++) {
		list_splice_init(&gc->generation[i], i < 2 ? &gc->set : &gc->old);
		size += gc->nr[i ?: gc->newborn];
	}
	gc->newborn ^= MHEAP_NEWBORN;
	gc->collecting = generation;
	if (full) {
		gc->whites = size;
		gc->black ^= 1;
	}
	mheap_pass_begin(gc, full ? MHEAP_MARK : MHEAP_COPY, size,
			 full ? 2 : generation + 1);
	mheap_trigger_began(&gc->trigger, generation);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_collect_start);

/**
 * mheap_collect_skip() - Count a collection that is due but cannot find anything
 * @gc: the collector, idle, without suspects
 * @generation: the oldest generation that was to be collected
 *
 * A heap without suspects holds no cycle.  The collection counts like one that found
 * nothing, but visits and moves no object.
 *
 * Context: the heap lock is held.
 */
void mheap_collect_skip(struct mheap_collector *gc, unsigned int generation)
{
	gc->collecting = generation;
	gc->visited = 0;
	gc->found = 0;
	gc->dying->freed = 0;
	mheap_trigger_skipped(&gc->trigger, generation,
			      mheap_gc_collectable(gc));
}

/*
 * Return the target of the next slot of the scanned object that is not empty, or NULL
 * when no slot is left or the budget is used up.
 */
static struct mheap_object *mheap_collect_next_ref(struct mheap_collector *gc,
						   unsigned int *budget)
{
	struct mheap_object *o = gc->scan, *t;
	struct mheap_object **slots = mheap_object_slots(o);

	while (gc->scan_slot < o->nslots && *budget) {
		t = slots[gc->scan_slot++];
		--*budget;
		if (t)
			return t;
	}
	if (gc->scan_slot >= o->nslots)
		gc->scan = NULL;
	return NULL;
}

/* Only young collections copy counts, and they have no list but the set. */
static unsigned int mheap_collect_copy(struct mheap_collector *gc, unsigned int budget)
{
	struct list_head *cursor = gc->cursor;
	unsigned int left = budget;
	struct mheap_object *o;

	for (; left && cursor != &gc->set; left--) {
		o = list_entry(cursor, struct mheap_object, node);
		cursor = cursor->next;
		prefetch(cursor);
		o->colour = gc->black ^ 1;
		o->gc_refs = o->count;
	}
	gc->cursor = cursor;
	gc->visited += budget - left;
	gc->whites += budget - left;
	if (left)
		mheap_pass_next(gc, MHEAP_SUBTRACT);
	return left;
}

/* The number of objects that belong to the full collection under way. */
static u64 mheap_collect_members(const struct mheap_collector *gc)
{
	return mheap_gc_collectable(gc) - gc->nr[gc->newborn];
}

static unsigned int mheap_collect_mark(struct mheap_collector *gc, unsigned int budget)
{
	if (!mheap_mark_step(gc, &budget))
		return budget;
	gc->found = gc->whites;
	if (!gc->found && mheap_gc_is_full(gc))
		gc->visited = mheap_collect_members(gc);
	if (!gc->found)
		mheap_pass_end(gc);
	else if (gc->nr_ext)
		mheap_pass_next(gc, MHEAP_CLEAR_WEAKS);
	else
		mheap_pass_condemned(gc);
	return budget;
}

/* Start to take down the next condemned object.  Returns false if there is none. */
static bool mheap_collect_condemn(struct mheap_collector *gc,
				  unsigned int *budget)
{
	struct mheap_object *o = mheap_pass_visit(gc, budget);

	if (!o)
		return !gc->at_end;
	if (mheap_gc_is_white(gc, o)) {
		mheap_track_del(gc, o);
		o->flags |= MHEAP_CONDEMNED;
		mheap_pass_scan(gc, o);
	}
	return true;
}

/*
 * A condemned object dies when the condemned objects that refer to it have been taken
 * down.  It then drops the rest of its slots itself.
 */
static void mheap_collect_clear(struct mheap_collector *gc, unsigned int *budget)
{
	struct mheap_object *o = gc->scan, *t;
	u32 slot;

	t = mheap_collect_next_ref(gc, budget);
	if (!t)
		return;
	slot = gc->scan_slot - 1;
	mheap_object_slots(o)[slot] = NULL;
	mheap_ref_put(gc, t, false, gc->dying);
}

static unsigned int mheap_collect_take_down(struct mheap_collector *gc,
					    unsigned int budget)
{
	while (budget) {
		if (!mheap_dying_empty(gc->dying)) {
			budget = mheap_reclaim_step(gc, gc->dying, budget);
		} else if (gc->scan) {
			mheap_collect_clear(gc, &budget);
		} else if (gc->whites && mheap_collect_condemn(gc, &budget)) {
			budget -= !!budget;
		} else {
			WARN_ON_ONCE(gc->whites);
			gc->whites = 0;
			mheap_pass_end(gc);
			return budget;
		}
	}
	return budget;
}

/**
 * mheap_collect_step() - Continue the collection under way
 * @gc: the collector, not idle
 * @budget: how many slots and objects to look at
 *
 * Context: the heap lock is held.
 *
 * Return: true while the collection goes on.  When it has ended, @gc->found objects were
 * unreachable and @gc->dying->freed were freed.  After an examination the caller frees
 * the set in @gc->exam.  @gc->left is always the budget that was not needed.
 */
bool mheap_collect_step(struct mheap_collector *gc, unsigned int budget)
{
	switch (gc->phase) {
	case MHEAP_COPY:
		gc->left = mheap_collect_copy(gc, budget);
		break;
	case MHEAP_SUBTRACT:
		gc->left = mheap_mark_subtract(gc, budget);
		break;
	case MHEAP_MARK:
		gc->left = mheap_collect_mark(gc, budget);
		break;
	case MHEAP_CLEAR_WEAKS:
		gc->left = mheap_quarantine_clear_weaks(gc, budget);
		break;
	case MHEAP_QUARANTINE:
		gc->left = mheap_quarantine_fill(gc, budget);
		break;
	case MHEAP_SAVE:
		gc->left = mheap_quarantine_save(gc, budget);
		break;
	case MHEAP_TAKE_DOWN:
		gc->left = mheap_collect_take_down(gc, budget);
		break;
	case MHEAP_FREEZE:
		gc->left = mheap_freeze_step(gc, budget);
		break;
	case MHEAP_UNFREEZE:
		gc->left = mheap_freeze_undo_step(gc, budget);
		break;
	case MHEAP_IDLE:
		gc->left = budget;
		break;
	}
	return gc->phase != MHEAP_IDLE;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_collect_step);
