// SPDX-License-Identifier: GPL-2.0
/* The life of a heap, and its lock. */
#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/list.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/ktime.h>

#include "compat.h"
#include "debugfs.h"
#include "heap.h"
#include "limits.h"
#include "map.h"
#include "memory.h"
#include "name.h"
#include "pressure.h"
#include "quota.h"
#include "scanner.h"
#include "stock.h"
#include "sysfs.h"
#include "trace.h"
#include "type.h"
#include "watch.h"

struct mheap_defaults mheap_defaults = {
	.threshold = { MHEAP_THRESHOLD0, MHEAP_THRESHOLD1, MHEAP_THRESHOLD2 },
	.slice_us = MHEAP_SLICE_US,
	.limit_bytes = MHEAP_LIMIT_BYTES,
	.limit_objects = MHEAP_LIMIT_OBJECTS,
};
EXPORT_SYMBOL_IF_KUNIT(mheap_defaults);

static void mheap_heap_locked(struct mheap_heap *heap)
	__acquires(&heap->lock)
{
	__acquire(&heap->lock);
	heap->locked_at = ktime_get_ns();
	heap->locked++;
	heap->hold = MHEAP_HOLD_CALL;
}

/*
 * Take the lock after all who wait for it.  Who waits is found by mheap_heap_is_due().
 * One that was just woken would come too late for a lock that is only dropped and taken
 * again; but its turn it has already.
 */
static void mheap_heap_queue(struct mheap_heap *heap)
	__acquires(&heap->lock)
{
	mutex_lock(&heap->turn);
	mutex_lock(&heap->lock);
	mheap_heap_locked(heap);
	mutex_unlock(&heap->turn);
}

/**
 * mheap_heap_lock() - Take the heap lock
 * @heap: the heap
 *
 * Sleeps.  Memory that may have to be waited for is allocated before.
 */
void mheap_heap_lock(struct mheap_heap *heap)
	__acquires(&heap->lock)
{
	might_sleep();
	/* Trying tells lockdep nothing of what is held already. */
	might_lock(&heap->lock);
	if (mutex_trylock(&heap->lock))
		mheap_heap_locked(heap);
	else
		mheap_heap_queue(heap);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_heap_lock);

/* For who cannot wait: false if somebody else has the heap. */
bool mheap_heap_trylock(struct mheap_heap *heap)
{
	if (!mutex_trylock(&heap->lock))
		return false;
	mheap_heap_locked(heap);
	return true;
}

static noinline_for_stack void mheap_heap_bury(struct list_head *graveyard)
{
	struct mheap_object *o, *next;
	struct mheap_discard d;

	d.n = 0;
	list_for_each_entry_safe(o, next, graveyard, node) {
		mheap_object_discard(o, &d);
		cond_resched();
	}
	mheap_discard_all(&d);
}

/**
 * mheap_heap_unlock() - Drop the heap lock, and free what died under it
 * @heap: the heap
 */
void mheap_heap_unlock(struct mheap_heap *heap)
	__releases(&heap->lock)
{
	LIST_HEAD(graveyard);

	list_splice_init(&heap->graveyard, &graveyard);
	mheap_hold_add(&heap->holds[heap->hold],
		       ktime_get_ns() - heap->locked_at);
	__release(&heap->lock);
	mutex_unlock(&heap->lock);
	if (!list_empty(&graveyard))
		mheap_heap_bury(&graveyard);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_heap_unlock);

/**
 * mheap_heap_relax() - Let others have the heap for a moment
 * @heap: the heap, locked
 *
 * Who waits for it next has had it when this returns.
 */
void mheap_heap_relax(struct mheap_heap *heap)
{
	enum mheap_hold_kind hold = heap->hold;

	mheap_heap_unlock(heap);
	cond_resched();
	mheap_heap_queue(heap);
	heap->hold = hold;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_heap_relax);

/**
 * mheap_heap_is_due() - Is the lock to be dropped?
 * @heap: the heap, locked
 * @now: what time it is
 *
 * It may be held for a slice.  If somebody waits for it a part of that is enough: much
 * longer than it takes to change tasks, so that a busy heap gets on, too.
 *
 * Return: true if it was held long enough.
 */
bool mheap_heap_is_due(struct mheap_heap *heap, u64 now)
{
	u64 slice = (u64)heap->slice_us * NSEC_PER_USEC;
	u64 held = now - heap->locked_at;

	return held >= slice || (held >= MHEAP_PIECE_NS &&
				 held >= slice / MHEAP_SLICE_PIECES &&
				 mutex_is_locked(&heap->turn));
}
EXPORT_SYMBOL_IF_KUNIT(mheap_heap_is_due);

/**
 * mheap_heap_breathe() - Let others have the heap if it was held for long enough
 * @heap: the heap, locked
 *
 * Return: was the lock dropped?
 */
bool mheap_heap_breathe(struct mheap_heap *heap)
{
	if (!mheap_heap_is_due(heap, ktime_get_ns()))
		return false;
	mheap_heap_relax(heap);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_heap_breathe);

/**
 * mheap_heap_reclaim() - Free all that dies with objects whose count reached 0
 * @heap: the heap, locked; the lock is dropped after each slice
 * @dying: the objects
 *
 * Looks at the clock once at least, however little dies.
 */
void mheap_heap_reclaim(struct mheap_heap *heap, struct mheap_dying *dying)
{
	mheap_hold_for(heap, MHEAP_HOLD_DEATH);
	do {
		mheap_reclaim_step(&heap->gc, dying, MHEAP_STEP_UNITS);
		mheap_heap_breathe(heap);
	} while (!mheap_dying_empty(dying));
	if (dying->condemned)
		mheap_scanner_take_down(heap);
	dying->condemned = false;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_heap_reclaim);

/* Would that many more objects, slots and payload bytes be within the limits? */
bool mheap_heap_has_room(const struct mheap_heap *heap, u64 objects, u64 slots,
			 u64 bytes)
{
	u64 used = heap->bytes + bytes + 8 * (heap->slots + slots);

	/* What asks for nothing may go on in a heap whose limit was lowered. */
	if (!objects && !slots && !bytes)
		return true;
	return heap->objects + objects <= heap->limit_objects &&
	       used <= heap->limit_bytes;
}

static void mheap_heap_init(struct mheap_heap *heap)
{
	static atomic_t last_id = ATOMIC_INIT(0);
	u32 threshold[MHEAP_GENERATIONS];
	unsigned int i;

	for (i = 0; i < MHEAP_GENERATIONS; i++)
		threshold[i] = mheap_defaults.threshold[i];
	kref_init(&heap->ref);
	mutex_init(&heap->lock);
	mutex_init(&heap->turn);
	mheap_collect_init(&heap->gc, &heap->dying, threshold);
	mheap_places_init(&heap->ids, false);
	INIT_LIST_HEAD(&heap->graveyard);
	INIT_LIST_HEAD(&heap->resizing);
	INIT_LIST_HEAD(&heap->session_list);
	mheap_area_init(&heap->areas[MHEAP_CHANGING], 0);
	mheap_area_init(&heap->areas[MHEAP_CONSTANT],
			MHEAP_MAP_CONSTANT / PAGE_SIZE);
	heap->slice_us = mheap_defaults.slice_us;
	heap->limit_bytes = mheap_defaults.limit_bytes;
	heap->limit_objects = mheap_defaults.limit_objects;
	heap->id = atomic_inc_return(&last_id);
	heap->owner = current_uid();
	get_random_bytes(&heap->intern_key, sizeof(heap->intern_key));
}

/* Whatever the heap holds, counts do not matter any more. */
static void mheap_heap_free_objects(struct mheap_heap *heap)
{
	struct mheap_discard d;
	struct mheap_object *o;
	u64 at = 0;

	d.n = 0;
	mheap_heap_lock(heap);
	mheap_hold_for(heap, MHEAP_HOLD_CLOSE);
	while (mheap_collect_abandon(&heap->gc, MHEAP_STEP_UNITS))
		mheap_heap_breathe(heap);
	mheap_heap_unlock(heap);
	mheap_watches_destroy(heap);
	while ((o = mheap_places_next(&heap->ids, &at))) {
		mheap_object_discard(o, &d);
		cond_resched();
	}
	mheap_discard_all(&d);
	mheap_places_destroy(&heap->ids);
}

static void mheap_heap_close_areas(struct mheap_heap *heap)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(heap->areas); i++)
		mheap_map_close(&heap->areas[i]);
}

static void mheap_heap_end_areas(struct mheap_heap *heap)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(heap->areas); i++) {
		mheap_area_destroy(&heap->areas[i]);
		mheap_map_end(&heap->areas[i]);
	}
}

/**
 * mheap_heap_create() - Make a heap, with its folder in sysfs
 *
 * Sleeps.
 *
 * Return: the heap, empty and without a session, or an error pointer.
 */
struct mheap_heap *mheap_heap_create(void)
{
	struct mheap_heap *heap = kzalloc(sizeof(*heap), MHEAP_GFP);
	int err = -ENOMEM;

	if (!heap)
		return ERR_PTR(err);
	mheap_heap_init(heap);
	err = mheap_quota_charge(heap->owner);
	if (err)
		goto free_heap;
	err = mheap_types_init(heap);
	if (err)
		goto uncharge;
	mheap_scanner_init(heap);
	err = mheap_sysfs_add(heap);
	if (err)
		goto destroy_types;
	mheap_debugfs_add(heap);
	mheap_pressure_add(heap);
	trace_mheap_heap_create(heap);
	return heap;

destroy_types:
	mheap_types_destroy(heap);
uncharge:
	mheap_quota_uncharge(heap->owner);
free_heap:
	mheap_places_destroy(&heap->ids);
	kfree(heap);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_heap_create);

void mheap_heap_get(struct mheap_heap *heap)
{
	kref_get(&heap->ref);
}

static void mheap_heap_free(struct kref *ref)
{
	kfree(container_of(ref, struct mheap_heap, ref));
}

void mheap_heap_put(struct mheap_heap *heap)
{
	kref_put(&heap->ref, mheap_heap_free);
}

/**
 * mheap_heap_destroy() - Free a heap with all that it holds
 * @heap: the heap; no session is left
 *
 * Sleeps.
 */
void mheap_heap_destroy(struct mheap_heap *heap)
{
	trace_mheap_heap_destroy(heap);
	mheap_pressure_del(heap);
	mheap_debugfs_del(heap);
	mheap_sysfs_del(heap);
	mheap_scanner_stop(heap);
	mheap_heap_close_areas(heap);
	mheap_heap_free_objects(heap);
	mheap_heap_end_areas(heap);
	mheap_names_destroy(heap);
	mheap_types_destroy(heap);
	mheap_quota_uncharge(heap->owner);
	mheap_heap_put(heap);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_heap_destroy);
