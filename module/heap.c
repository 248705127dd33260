// SPDX-License-Identifier: GPL-2.0
/*
 * The heap's struct and its lock.
 *
 * A task that finds the lock contended takes the heap's ticket and waits for the lock
 * with it; later tasks queue for the ticket.  So a locked ticket means that a task is
 * waiting.  A task that yields the lock and wants it back queues for the ticket, too.
 * Otherwise it would have the lock again before the task that was woken gets to run.
 */
#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "gc/collect.h"
#include "gfp.h"
#include "heap.h"
#include "limits.h"
#include "magazine.h"
#include "object.h"

struct mheap_defaults mheap_defaults = {
	.threshold = { MHEAP_THRESHOLD0, MHEAP_THRESHOLD1, MHEAP_THRESHOLD2 },
	.slice_us = MHEAP_SLICE_US,
	.limit_bytes = MHEAP_LIMIT_BYTES,
	.limit_objects = MHEAP_LIMIT_OBJECTS,
};
EXPORT_SYMBOL_IF_KUNIT(mheap_defaults);

const char *const mheap_heap_hold_names[MHEAP_HOLD_KINDS] = {
	[MHEAP_HOLD_CALL] = "call",
	[MHEAP_HOLD_SCAN] = "scan",
	[MHEAP_HOLD_COLLECT] = "collect",
	[MHEAP_HOLD_DEATH] = "death",
	[MHEAP_HOLD_FRAME] = "frame",
	[MHEAP_HOLD_CLOSE] = "close",
	[MHEAP_HOLD_RESIZE] = "resize",
	[MHEAP_HOLD_FREEZE] = "freeze",
	[MHEAP_HOLD_LIST] = "list",
	[MHEAP_HOLD_VERIFY] = "verify",
};
EXPORT_SYMBOL_IF_KUNIT(mheap_heap_hold_names);

/* ---- the lock ---- */

static void mheap_heap_acquired(struct mheap_heap *heap)
	__acquires(&heap->lock)
{
	__acquire(&heap->lock);
	heap->locked_at = 0;
	heap->lock_count++;
	heap->work = 0;
	heap->hold = MHEAP_HOLD_CALL;
}

/* Take the lock after all tasks that wait for it already. */
static void mheap_heap_lock_slow(struct mheap_heap *heap)
	__acquires(&heap->lock)
{
	mutex_lock(&heap->ticket);
	mutex_lock(&heap->lock);
	mheap_heap_acquired(heap);
	mutex_unlock(&heap->ticket);
}

/**
 * mheap_heap_lock() - Take the heap lock
 * @heap: the heap
 *
 * Context: the heap lock is not held; may sleep.
 */
void mheap_heap_lock(struct mheap_heap *heap)
	__acquires(&heap->lock)
{
	might_sleep();
	/* Tell lockdep that the caller may wait, which a trylock does not. */
	might_lock(&heap->lock);
	if (mutex_trylock(&heap->lock))
		mheap_heap_acquired(heap);
	else
		mheap_heap_lock_slow(heap);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_heap_lock);

/*
 * Take the heap lock if that is possible without waiting.  Returns false if another task
 * holds it.
 */
bool mheap_heap_trylock(struct mheap_heap *heap)
{
	if (!mutex_trylock(&heap->lock))
		return false;
	mheap_heap_acquired(heap);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_heap_trylock);

static noinline_for_stack void mheap_heap_free_deferred(struct list_head *objects)
{
	struct mheap_object *o, *next;
	struct mheap_bulk_free bulk;

	bulk.n = 0;
	list_for_each_entry_safe(o, next, objects, node) {
		mheap_object_free_bulk(o, &bulk);
		cond_resched();
	}
	mheap_bulk_free_flush(&bulk);
}

/**
 * mheap_heap_unlock() - Drop the heap lock, and free what died under it
 * @heap: the heap
 *
 * Context: the heap lock is held; may sleep.
 */
void mheap_heap_unlock(struct mheap_heap *heap)
	__releases(&heap->lock)
{
	LIST_HEAD(objects);

	list_splice_init(&heap->deferred_free, &objects);
	mheap_hist_add(&heap->holds[heap->hold],
		       heap->locked_at ? ktime_get_ns() - heap->locked_at : 0);
	heap->max_work[heap->hold] = max(heap->max_work[heap->hold], heap->work);
	__release(&heap->lock);
	mutex_unlock(&heap->lock);
	if (!list_empty(&objects))
		mheap_heap_free_deferred(&objects);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_heap_unlock);

/**
 * mheap_heap_yield() - Let other tasks have the heap lock
 * @heap: the heap
 *
 * A task that was waiting with the ticket has had the lock when this returns.
 *
 * Context: the heap lock is held; it is dropped and taken again; may sleep.
 */
void mheap_heap_yield(struct mheap_heap *heap)
{
	enum mheap_hold hold = heap->hold;

	mheap_heap_unlock(heap);
	cond_resched();
	mheap_heap_lock_slow(heap);
	heap->hold = hold;
	mheap_heap_clock(heap);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_heap_yield);

/**
 * mheap_heap_needbreak() - Check whether the lock has been held for long enough
 * @heap: the heap
 * @now: the time, in ns
 *
 * The lock may be held for a slice.  If a task waits for it, a fraction of the slice is
 * enough, but the hold is still longer than a context switch takes, so that a busy heap
 * makes progress.  A hold that was not measured yet begins now.
 *
 * Context: the heap lock is held.
 *
 * Return: true if the lock is to be dropped.
 */
bool mheap_heap_needbreak(struct mheap_heap *heap, u64 now)
{
	u64 slice = (u64)heap->slice_us * NSEC_PER_USEC;
	u64 held;

	if (!heap->locked_at)
		heap->locked_at = now;
	held = now - heap->locked_at;
	return held >= slice || (held >= MHEAP_PIECE_NS &&
				 held >= slice / MHEAP_SLICE_PIECES &&
				 mutex_is_locked(&heap->ticket));
}
EXPORT_SYMBOL_IF_KUNIT(mheap_heap_needbreak);

/**
 * mheap_heap_cond_resched() - Yield the heap lock if it has been held for long enough
 * @heap: the heap
 *
 * Context: the heap lock is held; it may be dropped and taken again; may sleep.
 *
 * Return: true if the lock was dropped.
 */
bool mheap_heap_cond_resched(struct mheap_heap *heap)
{
	if (!mheap_heap_needbreak(heap, ktime_get_ns()))
		return false;
	mheap_heap_yield(heap);
	return true;
}

/* ---- what a heap has ---- */

/**
 * mheap_heap_reserve() - Reserve entries of a table, and add chunks until it has enough
 * @heap: the heap
 * @t: the id table, or the weak handles of a session on the heap
 * @n: how many entries to reserve
 *
 * Context: the heap lock is held; it may be dropped and taken again; may sleep.
 *
 * Return: 0, or -ENOMEM with nothing reserved.
 */
int mheap_heap_reserve(struct mheap_heap *heap, struct mheap_table *t,
		       unsigned int n)
{
	struct mheap_chunk *chunk;

	mheap_heap_assert_locked(heap);
	while (!mheap_table_reserve(t, n)) {
		mheap_heap_unlock(heap);
		chunk = mheap_table_chunk_alloc(t);
		mheap_heap_lock(heap);
		if (!chunk)
			return -ENOMEM;
		mheap_table_chunk_add(t, chunk);
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_heap_reserve);

/**
 * mheap_heap_within_limits() - Check whether a heap may grow
 * @heap: the heap
 * @objects: how many objects are to be added
 * @slots: how many slots are to be added
 * @bytes: how many payload bytes are to be added
 *
 * Context: the heap lock is held.
 *
 * Return: true if the heap stays within its limits.  A caller that adds nothing may
 * always go on, even if the limits were lowered below what the heap has.
 */
bool mheap_heap_within_limits(const struct mheap_heap *heap, u64 objects,
			      u64 slots, u64 bytes)
{
	u64 used = heap->bytes + bytes + 8 * (heap->slots + slots);

	if (!objects && !slots && !bytes)
		return true;
	return heap->objects + objects <= heap->limit_objects &&
	       used <= heap->limit_bytes;
}

/* ---- the struct ---- */

static void mheap_heap_init_hists(struct mheap_heap *heap)
{
	unsigned int i;

	for (i = 0; i < MHEAP_HOLD_KINDS; i++)
		mheap_hist_init(&heap->holds[i], &mheap_hist_coarse,
				heap->hold_bucket[i]);
	for (i = 0; i < MHEAP_GENERATIONS; i++)
		mheap_hist_init(&heap->pauses[i], &mheap_hist_fine,
				heap->stats[i].pause_bucket);
}

static void mheap_heap_init(struct mheap_heap *heap,
			    const struct mheap_gc_ops *ops)
{
	static atomic_t last_id = ATOMIC_INIT(0);
	u32 threshold[MHEAP_GENERATIONS];
	unsigned int i;

	for (i = 0; i < MHEAP_GENERATIONS; i++)
		threshold[i] = mheap_defaults.threshold[i];
	kref_init(&heap->ref);
	mutex_init(&heap->lock);
	mutex_init(&heap->ticket);
	mheap_collect_init(&heap->gc, ops, &heap->dying, threshold);
	mheap_table_init(&heap->ids);
	INIT_LIST_HEAD(&heap->deferred_free);
	INIT_LIST_HEAD(&heap->resizing);
	INIT_LIST_HEAD(&heap->session_list);
	INIT_LIST_HEAD(&heap->gc_listeners);
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

/**
 * mheap_heap_alloc() - Allocate an empty heap with the module's defaults
 * @ops: the hooks of its collector
 *
 * Context: may sleep.
 *
 * Return: the heap, with one reference to its struct, or NULL.
 */
struct mheap_heap *mheap_heap_alloc(const struct mheap_gc_ops *ops)
{
	struct mheap_heap *heap = kzalloc(sizeof(*heap), MHEAP_GFP);

	if (!heap)
		return NULL;
	mheap_heap_init(heap, ops);
	mheap_heap_init_hists(heap);
	return heap;
}

void mheap_heap_get(struct mheap_heap *heap)
{
	kref_get(&heap->ref);
}

static void mheap_heap_release(struct kref *ref)
{
	kfree(container_of(ref, struct mheap_heap, ref));
}

void mheap_heap_put(struct mheap_heap *heap)
{
	kref_put(&heap->ref, mheap_heap_release);
}
