// SPDX-License-Identifier: GPL-2.0
/* How heaps and sessions begin and end: what is created and freed, and in which order. */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "debugfs.h"
#include "drop.h"
#include "ext.h"
#include "finalizer.h"
#include "frame.h"
#include "gc/mark.h"
#include "gc_ops.h"
#include "handle.h"
#include "heap.h"
#include "life.h"
#include "limits.h"
#include "magazine.h"
#include "map.h"
#include "name.h"
#include "object.h"
#include "quota.h"
#include "scanner.h"
#include "session.h"
#include "shrinker.h"
#include "sysfs.h"
#include "trace.h"
#include "type.h"
#include "weak.h"

/* ---- heaps ---- */

/* Otherwise an object on a grey stack would be freed twice. */
static void mheap_life_empty_grey(struct mheap_heap *heap)
{
	mheap_heap_lock(heap);
	mheap_heap_hold_for(heap, MHEAP_HOLD_CLOSE);
	while (mheap_mark_abandon(&heap->gc, MHEAP_STEP_BUDGET))
		mheap_heap_cond_resched(heap);
	mheap_heap_unlock(heap);
}

/*
 * Free ext records, with finalizers that were not dropped with the last session, and
 * quarantined sets whose events nobody will answer.
 */
static void mheap_life_free_exts(struct mheap_heap *heap)
{
	struct mheap_quarantine *q, *next_q;
	struct mheap_ext *ext, *next;

	rbtree_postorder_for_each_entry_safe(ext, next, &heap->exts, node) {
		mheap_finalizer_free(ext->finalizer);
		kfree(ext);
		cond_resched();
	}
	list_for_each_entry_safe(q, next_q, &heap->gc.quarantined, node) {
		kfree(q);
		cond_resched();
	}
	kfree(heap->gc.quarantine);
	kfree(heap->gc.exam);
}

/* Free all objects, whatever their counts are. */
static void mheap_life_free_objects(struct mheap_heap *heap)
{
	struct mheap_bulk_free bulk;
	struct mheap_object *o;
	u64 at = 0;

	bulk.n = 0;
	while ((o = mheap_table_next(&heap->ids, &at))) {
		mheap_object_free_bulk(o, &bulk);
		cond_resched();
	}
	mheap_bulk_free_flush(&bulk);
	mheap_table_destroy(&heap->ids);
}

static void mheap_life_close_maps(struct mheap_heap *heap)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(heap->areas); i++)
		mheap_map_close(&heap->areas[i]);
}

static void mheap_life_destroy_areas(struct mheap_heap *heap)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(heap->areas); i++) {
		mheap_area_destroy(&heap->areas[i]);
		mheap_map_end(&heap->areas[i]);
	}
}

/**
 * mheap_life_heap_create() - Create a heap, with its folder in sysfs
 *
 * Context: may sleep.
 *
 * Return: the heap, which is empty and has no session, or an error pointer.
 */
static struct mheap_heap *mheap_life_heap_create(void)
{
	struct mheap_heap *heap = mheap_heap_alloc(&mheap_gc_ops);
	int err;

	if (!heap)
		return ERR_PTR(-ENOMEM);
	err = mheap_quota_charge(heap->owner);
	if (err)
		goto put_heap;
	err = mheap_types_init(heap);
	if (err)
		goto uncharge;
	mheap_scanner_init(heap);
	err = mheap_sysfs_add(heap);
	if (err)
		goto destroy_types;
	mheap_debugfs_add(heap);
	mheap_shrinker_add(heap);
	trace_mheap_heap_create(heap);
	return heap;

destroy_types:
	mheap_types_destroy(heap);
uncharge:
	mheap_quota_uncharge(heap->owner);
put_heap:
	mheap_table_destroy(&heap->ids);
	mheap_heap_put(heap);
	return ERR_PTR(err);
}

/**
 * mheap_life_heap_destroy() - Free a heap with everything in it
 * @heap: the heap, which has no session and @heap->closing set
 *
 * Context: the heap lock is not held; may sleep.
 */
static void mheap_life_heap_destroy(struct mheap_heap *heap)
{
	trace_mheap_heap_destroy(heap);
	mheap_shrinker_del(heap);
	mheap_debugfs_del(heap);
	mheap_sysfs_del(heap);
	mheap_scanner_stop(heap);
	mheap_life_close_maps(heap);
	mheap_life_empty_grey(heap);
	mheap_life_free_exts(heap);
	mheap_life_free_objects(heap);
	mheap_life_destroy_areas(heap);
	mheap_names_destroy(heap);
	mheap_types_destroy(heap);
	mheap_quota_uncharge(heap->owner);
	mheap_heap_put(heap);
}

/* ---- sessions ---- */

/**
 * mheap_life_session_open() - Create a session on a heap
 * @heap: the heap
 * @rights: MHEAP_RIGHT_* of the session
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: the session, or -EMFILE or -ENOMEM as an error pointer.
 */
struct mheap_session *mheap_life_session_open(struct mheap_heap *heap,
					      u32 rights)
{
	struct mheap_session *s = mheap_session_alloc(heap, rights);
	int err;

	if (!s)
		return ERR_PTR(-ENOMEM);
	mheap_heap_lock(heap);
	err = mheap_session_add(s);
	mheap_heap_unlock(heap);
	if (!err)
		return s;
	mheap_session_free(s);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_life_session_open);

/* Destroy a heap that never had a session; but sysfs may know it already. */
static void mheap_life_heap_abandon(struct mheap_heap *heap)
{
	mheap_heap_lock(heap);
	heap->closing = true;
	mheap_heap_unlock(heap);
	mheap_life_heap_destroy(heap);
}

/**
 * mheap_life_session_create() - Create a heap and the first session on it
 *
 * Context: may sleep.
 *
 * Return: the session or an error pointer.
 */
struct mheap_session *mheap_life_session_create(void)
{
	struct mheap_heap *heap = mheap_life_heap_create();
	struct mheap_session *s;

	if (IS_ERR(heap))
		return ERR_CAST(heap);
	s = mheap_life_session_open(heap, MHEAP_RIGHT_ALL);
	if (IS_ERR(s))
		mheap_life_heap_abandon(heap);
	return s;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_life_session_create);

static void mheap_life_drop_finalizers(struct mheap_session *s)
{
	struct mheap_finalizer *f;
	struct mheap_dying dying;
	u32 dropped = 0;

	mheap_dying_init(&dying);
	while ((f = list_first_entry_or_null(&s->finalizers,
					     struct mheap_finalizer, node))) {
		mheap_finalizer_drop(f, &dying);
		mheap_heap_worked(s->heap, 1);
		if (!mheap_dying_empty(&dying))
			mheap_scanner_reclaim(s->heap, &dying);
		if (++dropped % MHEAP_CLOCK_OPS == 0)
			mheap_heap_cond_resched(s->heap);
	}
}

static void mheap_life_drop_handles(struct mheap_session *s)
{
	struct mheap_heap *heap = s->heap;
	struct mheap_dying dying;
	struct mheap_object *o;
	u32 looks = 0;
	u64 at = 0;

	mheap_dying_init(&dying);
	while (mheap_handle_step(s, &at, &o)) {
		mheap_heap_worked(heap, 1);
		if (o)
			mheap_drop_known(s, at - 1, o, &dying);
		if (!mheap_dying_empty(&dying))
			mheap_scanner_reclaim(heap, &dying);
		if (++looks % MHEAP_CLOCK_OPS == 0)
			mheap_heap_cond_resched(heap);
	}
}

/*
 * Drop what the session owns.  Its events are turned off first, since nobody will read
 * those about the objects that die here.
 */
static void mheap_life_session_drop(struct mheap_session *s)
{
	struct mheap_heap *heap = s->heap;
	u64 readied;

	mheap_heap_lock(heap);
	mheap_heap_hold_for(heap, MHEAP_HOLD_CLOSE);
	readied = heap->gc.readied;
	mheap_event_want(&s->events, 0);
	mheap_weaks_drop(s);
	if (heap->sessions > 1) {
		mheap_life_drop_finalizers(s);
		mheap_life_drop_handles(s);
		mheap_scanner_examine(heap, readied);
	}
	mheap_heap_unlock(heap);
	mheap_scanner_settle(heap);
}

/**
 * mheap_life_session_end() - End a session
 * @s: the session, which no call uses any more
 *
 * This drops the session's weak handles, finalizers, unread events and handles, and frees
 * what only these kept alive.  The last session is different: the heap is destroyed with
 * everything in it, whatever the counts are.
 *
 * Context: the heap lock is not held; may sleep.
 */
void mheap_life_session_end(struct mheap_session *s)
{
	struct mheap_heap *heap = s->heap;
	bool last;

	mheap_life_session_drop(s);
	mheap_heap_lock(heap);
	mheap_heap_hold_for(heap, MHEAP_HOLD_CLOSE);
	last = mheap_session_del(s) == 0;
	heap->closing = last;
	mheap_heap_unlock(heap);
	if (last)
		mheap_life_heap_destroy(heap);
	mheap_heap_put(heap);
	mheap_frames_destroy(s);
	mheap_session_free(s);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_life_session_end);
