// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of objects: those of a generation, the garbage list, the referents of an object
 * and its referrers.  A walk goes through the entries of the id table, in slices.  So
 * objects that come and go between two slices cannot make it lose its way.
 */
#include <linux/errno.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "gc/reclaim.h"
#include "heap.h"
#include "limits.h"
#include "listing.h"
#include "scanner.h"

/**
 * struct mheap_walk - A walk through all objects or through the slots of one
 * @heap: the heap, which is locked during the walk
 * @list: the request, and how far the walk got
 * @ids: the array that ids are written to
 * @target: for MHEAP_LIST_REFERRERS, the id of the object referred to
 * @looks: objects and slots looked at so far
 */
struct mheap_walk {
	struct mheap_heap *heap;
	struct mheap_ioc_list *list;
	u64 *ids;
	u64 target;
	u32 looks;
};

static struct mheap_object *mheap_walk_find(struct mheap_walk *walk, u64 id)
{
	struct mheap_object *o = mheap_table_find(&walk->heap->ids, id);

	return o && !mheap_gc_is_gone(&walk->heap->gc, o) ? o : NULL;
}

/* Count a step, and give way if it is time.  Returns true if the heap lock was dropped. */
static bool mheap_walk_pause(struct mheap_walk *walk)
{
	mheap_heap_worked(walk->heap, 1);
	if (++walk->looks % MHEAP_STEP_BUDGET)
		return false;
	return mheap_heap_cond_resched(walk->heap);
}

/* Does a slot of the object refer to the target?  The object may die during the walk. */
static bool mheap_walk_refers(struct mheap_walk *walk, struct mheap_object *o)
{
	u64 id = o->id;
	u32 i;

	for (i = 0; i < o->nslots; i++) {
		struct mheap_object *t = mheap_object_slots(o)[i];

		if (t && t->id == walk->target)
			return true;
		if (!mheap_walk_pause(walk))
			continue;
		o = mheap_walk_find(walk, id);
		if (!o)
			return false;
	}
	return false;
}

static bool mheap_walk_wants(struct mheap_walk *walk, struct mheap_object *o)
{
	switch (walk->list->kind) {
	case MHEAP_LIST_OBJECTS:
		return mheap_object_is_tracked(o) &&
		       (walk->list->generation < 0 ||
			mheap_object_generation(o) == walk->list->generation);
	case MHEAP_LIST_GARBAGE:
		return o->saved;
	default:
		return mheap_walk_refers(walk, o);
	}
}

static int mheap_walk_objects(struct mheap_walk *walk, u32 capacity)
{
	struct mheap_ioc_list *list = walk->list;
	struct mheap_object *o;
	u64 id;

	while (list->count < capacity) {
		o = mheap_table_next(&walk->heap->ids, &list->cursor);
		if (!o) {
			list->cursor = MHEAP_LIST_END;
			break;
		}
		id = o->id;
		if (!mheap_gc_is_gone(&walk->heap->gc, o) &&
		    mheap_walk_wants(walk, o))
			walk->ids[list->count++] = id;
		if (mheap_walk_pause(walk) && fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

static int mheap_walk_slots(struct mheap_walk *walk, u32 capacity)
{
	struct mheap_ioc_list *list = walk->list;
	struct mheap_object *o = mheap_walk_find(walk, list->id), *t;
	u32 slot;

	while (o && list->count < capacity) {
		if (list->cursor >= o->nslots) {
			list->cursor = MHEAP_LIST_END;
			return 0;
		}
		slot = array_index_nospec(list->cursor++, o->nslots);
		t = mheap_object_slots(o)[slot];
		if (t)
			walk->ids[list->count++] = t->id;
		if (mheap_walk_pause(walk))
			o = mheap_walk_find(walk, list->id);
	}
	return o ? 0 : -ENOENT;
}

static int mheap_listing_check(const struct mheap_ioc_list *list)
{
	bool by_id = list->kind == MHEAP_LIST_REFERENTS ||
		     list->kind == MHEAP_LIST_REFERRERS;

	if (list->kind > MHEAP_LIST_REFERRERS || !list->count)
		return -EINVAL;
	if (list->count > MHEAP_MAX_OPS)
		return -E2BIG;
	if (list->kind == MHEAP_LIST_OBJECTS ?
	    list->generation < -1 || list->generation > (int)MHEAP_PERMANENT + 1 :
	    list->generation != 0)
		return -EINVAL;
	return !by_id && list->id ? -EINVAL : 0;
}

/**
 * mheap_listing_fill() - List objects
 * @heap: the heap
 * @list: the request, which says where to begin; its results are set
 * @ids: an array for @list->count ids
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0, -EINVAL if the request is not valid, -E2BIG if it asks for too many ids,
 * -ENOENT if there is no object @list->id, or -EINTR if a fatal signal came.
 */
int mheap_listing_fill(struct mheap_heap *heap, struct mheap_ioc_list *list,
		       u64 *ids)
{
	struct mheap_walk walk = {
		.heap = heap,
		.list = list,
		.ids = ids,
		.target = list->id,
	};
	u32 capacity = list->count;
	int err = mheap_listing_check(list);

	if (err)
		return err;
	list->count = 0;
	if (list->cursor == MHEAP_LIST_END)
		return 0;
	mheap_heap_lock(heap);
	mheap_heap_hold_for(heap, MHEAP_HOLD_LIST);
	if (list->kind == MHEAP_LIST_REFERENTS)
		err = mheap_walk_slots(&walk, capacity);
	else if (list->kind == MHEAP_LIST_REFERRERS &&
		 !mheap_walk_find(&walk, list->id))
		err = -ENOENT;
	else
		err = mheap_walk_objects(&walk, capacity);
	mheap_heap_unlock(heap);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_listing_fill);

/**
 * mheap_listing_clear_garbage() - Empty the garbage list
 * @heap: the heap
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0, or -EINTR if a fatal signal came before the list was empty.
 */
int mheap_listing_clear_garbage(struct mheap_heap *heap)
{
	struct mheap_walk walk = { .heap = heap };
	struct mheap_dying dying;
	struct mheap_object *o;
	int err = 0;
	u64 at = 0;

	mheap_dying_init(&dying);
	mheap_heap_lock(heap);
	mheap_heap_hold_for(heap, MHEAP_HOLD_LIST);
	while (!err && heap->gc.saved) {
		o = mheap_table_next(&heap->ids, &at);
		if (!o)
			break;
		if (o->saved) {
			o->saved = 0;
			heap->gc.saved--;
			mheap_ref_put(&heap->gc, o, true, &dying);
			mheap_scanner_reclaim(heap, &dying);
		}
		if (mheap_walk_pause(&walk) && fatal_signal_pending(current))
			err = -EINTR;
	}
	mheap_heap_unlock(heap);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_listing_clear_garbage);
