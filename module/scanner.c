// SPDX-License-Identifier: GPL-2.0
/*
 * The scanner is a thread of a heap that continues automatic collections slice by slice.
 * It is started when the first collection is due.  Calls that ask for a collection, or
 * allocate faster than the thread finds garbage, do slices of the collection themselves.
 *
 * The allocation that makes a collection due also begins it, which takes constant time,
 * so triggers do not depend on when the thread runs.
 */
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/sched/signal.h>
#include <linux/ktime.h>
#include <linux/slab.h>

#include <uapi/linux/mheap.h>

#include "area.h"
#include "compat.h"
#include "event.h"
#include "gc/collect.h"
#include "gc/freeze.h"
#include "gc/quarantine.h"
#include "gc/reclaim.h"
#include "heap.h"
#include "limits.h"
#include "scanner.h"
#include "trace.h"
#include "verify.h"

static bool mheap_scanner_busy(const struct mheap_heap *heap)
{
	return heap->gc.phase != MHEAP_IDLE;
}

/* Is there anything for the thread to do? */
static bool mheap_scanner_has_work(const struct mheap_heap *heap)
{
	return mheap_scanner_busy(heap) || !list_empty(&heap->gc.ready) ||
	       heap->shrink_wanted;
}

static void mheap_scanner_tell_start(struct mheap_heap *heap,
				     unsigned int generation)
{
	struct mheap_gc_event what = { .generation = generation, .merged = 1 };

	mheap_event_init(&what.event, MHEAP_EVENT_GC_START, 0);
	mheap_event_send_gc(heap, &what);
	trace_mheap_gc_start(heap, generation);
}

static void mheap_scanner_tell_stop(struct mheap_heap *heap)
{
	struct mheap_gc_event what = {
		.generation = heap->gc.collecting,
		.collected = heap->gc.found,
		.duration_ns = ktime_get_ns() - heap->began_at,
		.merged = 1,
	};

	mheap_event_init(&what.event, MHEAP_EVENT_GC_STOP, 0);
	mheap_event_send_gc(heap, &what);
	trace_mheap_gc_stop(heap, heap->gc.collecting, heap->gc.found,
			    heap->dying.freed);
}

static void mheap_scanner_clear(struct mheap_heap *heap)
{
	/* Many sessions may have to be told that a collection begins. */
	mheap_heap_clock(heap);
	heap->began_at = ktime_get_ns();
	heap->births = 0;
	heap->debt = 0;
}

static void mheap_scanner_begin(struct mheap_heap *heap,
				unsigned int generation)
{
	mheap_scanner_clear(heap);
	mheap_scanner_tell_start(heap, generation);
	mheap_collect_start(&heap->gc, generation);
}

/* Begin what no call asks for: an examination, or a collection since memory is short. */
static void mheap_scanner_begin_own(struct mheap_heap *heap)
{
	if (!list_empty(&heap->gc.ready)) {
		mheap_scanner_clear(heap);
		mheap_quarantine_start_exam(&heap->gc);
	} else if (heap->shrink_wanted) {
		heap->shrink_wanted = false;
		heap->automatic = true;
		mheap_scanner_begin(heap, 2);
	}
}

/* Wake the thread.  If there is none, mheap_scanner_settle() starts it without the lock. */
static void mheap_scanner_wake(struct mheap_heap *heap)
{
	if (heap->scanner)
		kthread_queue_work(heap->scanner, &heap->scan_work);
	else
		WRITE_ONCE(heap->scanner_wanted, true);
}

static void mheap_scanner_done(struct mheap_heap *heap)
{
	if (heap->result) {
		heap->result->found = heap->gc.found;
		heap->result->freed = heap->dying.freed;
		heap->result->done = true;
		heap->result = NULL;
	}
	heap->automatic = false;
	WRITE_ONCE(heap->verify_due, true);
}

static void mheap_scanner_end(struct mheap_heap *heap)
{
	struct mheap_stats *s = &heap->stats[heap->gc.collecting];

	s->freed += heap->dying.freed;
	s->scanned += heap->gc.visited;
	if (heap->gc.exam) {
		/* The collection that condemned the set has counted it. */
		kfree(heap->gc.exam);
		heap->gc.exam = NULL;
		heap->gc.examined++;
	} else {
		s->collections++;
		s->collected += heap->gc.found;
		mheap_scanner_tell_stop(heap);
	}
	mheap_scanner_done(heap);
	/* A quarantined set is ready already if it has no unanswered event any more. */
	if (!list_empty(&heap->gc.ready))
		mheap_scanner_wake(heap);
}

/* Begin and end a collection that is due in a heap that cannot have a cycle. */
static void mheap_scanner_skip(struct mheap_heap *heap, unsigned int generation)
{
	mheap_scanner_clear(heap);
	mheap_scanner_tell_start(heap, generation);
	mheap_collect_skip(&heap->gc, generation);
	heap->stats[generation].collections++;
	mheap_scanner_tell_stop(heap);
}

static u32 mheap_scanner_step_budget(const struct mheap_heap *heap)
{
	return heap->gc.phase == MHEAP_MARK ? MHEAP_MARK_BUDGET : MHEAP_STEP_BUDGET;
}

/*
 * Continue the collection until it has ended, the budget is used up or the lock was held
 * for long enough.
 */
static void mheap_scanner_slice(struct mheap_heap *heap, u64 budget)
{
	u8 generation = heap->gc.collecting;
	bool freezing = heap->gc.phase >= MHEAP_FREEZE, more;
	u64 begin = ktime_get_ns(), now, done = 0, worked = 0;
	u32 step;

	mheap_heap_assert_locked(heap);
	do {
		step = mheap_scanner_step_budget(heap);
		more = mheap_collect_step(&heap->gc, step);
		done += step;
		worked += step - heap->gc.left;
		now = ktime_get_ns();
	} while (more && done < budget && !mheap_heap_needbreak(heap, now));
	heap->debt -= min(heap->debt, done);
	mheap_heap_worked(heap, worked);
	if (!freezing) {
		heap->stats[generation].time_ns += now - begin;
		mheap_hist_add(&heap->pauses[generation], now - begin);
	}
	if (more)
		return;
	if (freezing)
		mheap_scanner_done(heap);
	else
		mheap_scanner_end(heap);
}

static void mheap_scanner_work(struct kthread_work *work)
{
	struct mheap_heap *heap = container_of(work, struct mheap_heap,
					       scan_work);
	unsigned int i;
	bool trim;

	mheap_heap_lock(heap);
	mheap_heap_hold_for(heap, MHEAP_HOLD_SCAN);
	while (mheap_scanner_has_work(heap) && !heap->closing) {
		if (!mheap_scanner_busy(heap))
			mheap_scanner_begin_own(heap);
		mheap_scanner_slice(heap, U64_MAX);
		mheap_heap_yield(heap);
	}
	trim = heap->trim;
	heap->trim = false;
	mheap_heap_unlock(heap);
	mheap_verify_if_due(heap);
	for (i = 0; trim && i < ARRAY_SIZE(heap->areas); i++)
		mheap_area_trim(&heap->areas[i]);
}

/* The thread itself is started when a collection is due: most heaps never need one. */
void mheap_scanner_init(struct mheap_heap *heap)
{
	kthread_init_work(&heap->scan_work, mheap_scanner_work);
}

/**
 * mheap_scanner_start() - Start the thread of a heap if it has none
 * @heap: the heap
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0 or a negative errno.
 */
int mheap_scanner_start(struct mheap_heap *heap)
{
	struct kthread_worker *worker;

	worker = mheap_run_worker("mheap/%u", heap->id);
	if (IS_ERR(worker))
		return PTR_ERR(worker);
	mheap_heap_lock(heap);
	WRITE_ONCE(heap->scanner_wanted, false);
	if (!heap->scanner && !heap->closing) {
		swap(heap->scanner, worker);
		if (mheap_scanner_has_work(heap) || heap->trim)
			mheap_scanner_wake(heap);
	}
	mheap_heap_unlock(heap);
	if (worker)
		kthread_destroy_worker(worker);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_scanner_start);

/**
 * mheap_scanner_stop() - Stop the thread of a heap and wait until it has ended
 * @heap: the heap
 *
 * The thread finishes its work first, unless @heap->closing is set.
 *
 * Context: the heap lock is not held; may sleep.
 */
void mheap_scanner_stop(struct mheap_heap *heap)
{
	struct kthread_worker *worker = NULL;

	mheap_heap_lock(heap);
	swap(heap->scanner, worker);
	mheap_heap_unlock(heap);
	if (worker)
		kthread_destroy_worker(worker);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_scanner_stop);

/**
 * mheap_scanner_settle() - Do what a call could not do while it held the lock
 * @heap: the heap
 *
 * This starts the thread if the heap needs one.  If that fails, for lack of memory,
 * allocations do all the work.  With the module parameter verify_collections it also
 * verifies the heap after a collection.
 *
 * Context: the heap lock is not held; may sleep.
 */
void mheap_scanner_settle(struct mheap_heap *heap)
{
	if (READ_ONCE(heap->scanner_wanted))
		mheap_scanner_start(heap);
	mheap_verify_if_due(heap);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_scanner_settle);

/* Units that an allocation has to work so that the collection ends soon enough. */
static u64 mheap_scanner_share(const struct mheap_heap *heap)
{
	u64 tracked = max(mheap_gc_collectable(&heap->gc), 1ULL);

	return MHEAP_ASSIST_OBJECTS * (4 + div64_u64(3 * heap->slots, tracked));
}

/* Help the collection.  The lock may be dropped and taken again between slices. */
static void mheap_scanner_assist(struct mheap_heap *heap)
{
	u64 size = heap->gc.size;

	if (heap->births <= size >> MHEAP_GRACE_SHIFT)
		return;
	heap->debt += mheap_scanner_share(heap);
	if (heap->births > size / MHEAP_FINISH_PART)
		heap->debt = U64_MAX;
	if (heap->debt >= 2 * MHEAP_STEP_BUDGET)
		mheap_heap_hold_for(heap, MHEAP_HOLD_COLLECT);
	while (mheap_scanner_busy(heap) && heap->debt >= 2 * MHEAP_STEP_BUDGET) {
		mheap_scanner_slice(heap, heap->debt);
		mheap_heap_cond_resched(heap);
	}
}

/**
 * mheap_scanner_born() - Begin or help a collection because a tracked object is born
 * @heap: the heap
 *
 * Context: the heap lock is held; it may be dropped and taken again; may sleep.
 */
void mheap_scanner_born(struct mheap_heap *heap)
{
	int generation = mheap_trigger_born(&heap->gc.trigger);

	mheap_heap_assert_locked(heap);
	if (mheap_scanner_busy(heap)) {
		heap->births++;
		mheap_scanner_assist(heap);
	} else if (generation >= 0) {
		heap->automatic = true;
		if (heap->gc.suspects) {
			mheap_scanner_begin(heap, generation);
			mheap_scanner_wake(heap);
		} else {
			mheap_scanner_skip(heap, generation);
			heap->automatic = false;
		}
	}
}

/*
 * May a call continue the scanner's work?  After a fatal signal the thread continues it
 * alone.  A task that is exiting already has no reason to hurry.
 */
static int mheap_scanner_may_go_on(struct mheap_heap *heap)
{
	if (heap->closing)
		return -ENODEV;
	if (!fatal_signal_pending(current) || current->flags & PF_EXITING)
		return 0;
	mheap_scanner_wake(heap);
	return -EINTR;
}

/* Do slices until the collection or freeze that has just begun has ended. */
static int mheap_scanner_finish(struct mheap_heap *heap,
				struct mheap_result *result)
{
	int err = 0;

	heap->result = result;
	while (mheap_scanner_busy(heap)) {
		mheap_scanner_slice(heap, U64_MAX);
		if (result->done)
			return 0;
		err = mheap_scanner_may_go_on(heap);
		if (err)
			break;
		mheap_heap_yield(heap);
		if (result->done)
			return 0;
	}
	heap->result = NULL;
	return err;
}

/*
 * Do slices until nothing is under way and the number of sets ever examined has reached
 * @examined.  The lock is not dropped between two collections, so no other call can begin
 * one in between.
 */
static int mheap_scanner_quiesce(struct mheap_heap *heap, u64 examined)
{
	int err;

	while (mheap_scanner_busy(heap) || (heap->gc.examined < examined &&
					    !list_empty(&heap->gc.ready))) {
		if (!mheap_scanner_busy(heap))
			mheap_scanner_begin_own(heap);
		mheap_scanner_slice(heap, U64_MAX);
		if (!mheap_scanner_busy(heap))
			continue;
		err = mheap_scanner_may_go_on(heap);
		if (err)
			return err;
		mheap_heap_yield(heap);
	}
	return 0;
}

/**
 * mheap_scanner_examine() - Examine quarantined sets that have become ready
 * @heap: the heap
 * @readied: the value of @heap->gc.readied when the call began
 *
 * A call that may have given the last answer for a set uses this, since objects that are
 * unreachable now have to be gone when it returns.  After a fatal signal the thread does
 * the work.  If no set has become ready since @readied, nothing is done: sets that were
 * ready before are left to the calls that answered for them.
 *
 * Context: the heap lock is held; it may be dropped and taken again; may sleep.
 */
void mheap_scanner_examine(struct mheap_heap *heap, u64 readied)
{
	mheap_heap_assert_locked(heap);
	if (heap->gc.readied == readied)
		return;
	mheap_heap_hold_for(heap, MHEAP_HOLD_COLLECT);
	mheap_scanner_quiesce(heap, heap->gc.readied);
}

static bool mheap_scanner_may_shrink(const struct mheap_heap *heap)
{
	return heap->gc.suspects && heap->gc.trigger.enabled &&
	       heap->gc.trigger.threshold[0] && !heap->shrink_wanted;
}

/**
 * mheap_scanner_shrink() - Ask the scanner to give memory back
 * @heap: the heap
 *
 * The scanner thread will do a full collection, unless the heap has no suspects or
 * automatic collection is off, and then free empty pools.
 *
 * Context: the heap lock is held.
 *
 * Return: true if the scanner got work that it did not have before.
 */
bool mheap_scanner_shrink(struct mheap_heap *heap)
{
	bool collect = mheap_scanner_may_shrink(heap), trim = false;
	unsigned int i;

	mheap_heap_assert_locked(heap);
	for (i = 0; !heap->trim && i < ARRAY_SIZE(heap->areas); i++)
		trim |= mheap_area_nr_empty(&heap->areas[i]);
	if (heap->closing || (!collect && !trim))
		return false;
	heap->shrink_wanted |= collect;
	heap->trim = true;
	mheap_scanner_wake(heap);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_scanner_shrink);

/**
 * mheap_scanner_freeze() - Move objects to the permanent generation, or back
 * @heap: the heap
 * @freeze: true to move all generations to the permanent one, false to move that to
 *	generation 2
 *
 * A collection under way is finished first.  The calling task does the work.
 *
 * Context: the heap lock is held; it is dropped and taken again; may sleep.
 *
 * Return: 0, -EINTR after a fatal signal, in which case the thread finishes what has
 * begun, or -ENODEV if the heap is being destroyed.
 */
int mheap_scanner_freeze(struct mheap_heap *heap, bool freeze)
{
	struct mheap_result result = { .done = false };
	int err;

	mheap_heap_assert_locked(heap);
	mheap_heap_hold_for(heap, MHEAP_HOLD_FREEZE);
	err = mheap_scanner_quiesce(heap, heap->gc.readied);
	if (err)
		return err;
	mheap_scanner_clear(heap);
	if (freeze)
		mheap_freeze_start(&heap->gc);
	else
		mheap_freeze_start_undo(&heap->gc);
	return mheap_scanner_finish(heap, &result);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_scanner_freeze);

/*
 * Finish taking down condemned objects.  If a collection has condemned some of the
 * objects that die by a call, the call needs this, since all of them have to be gone
 * when it returns.
 */
static void mheap_scanner_take_down(struct mheap_heap *heap)
{
	mheap_heap_assert_locked(heap);
	mheap_heap_hold_for(heap, MHEAP_HOLD_DEATH);
	while (heap->gc.phase == MHEAP_TAKE_DOWN) {
		mheap_scanner_slice(heap, U64_MAX);
		mheap_heap_cond_resched(heap);
	}
}

/**
 * mheap_scanner_reclaim() - Free dying objects and everything that dies with them
 * @heap: the heap
 * @dying: the objects
 *
 * The clock is looked at once at least, however little dies, so callers need not do it.
 *
 * Context: the heap lock is held; it may be dropped and taken again; may sleep.
 */
void mheap_scanner_reclaim(struct mheap_heap *heap, struct mheap_dying *dying)
{
	unsigned int left;

	mheap_heap_hold_for(heap, MHEAP_HOLD_DEATH);
	do {
		left = mheap_reclaim_step(&heap->gc, dying, MHEAP_STEP_BUDGET);
		mheap_heap_worked(heap, MHEAP_STEP_BUDGET - left);
		mheap_heap_cond_resched(heap);
	} while (!mheap_dying_empty(dying));
	if (dying->condemned)
		mheap_scanner_take_down(heap);
	dying->condemned = false;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_scanner_reclaim);

/**
 * mheap_scanner_collect() - Collect generations 0 to @generation
 * @heap: the heap
 * @generation: the oldest generation to collect, 0 to 2
 * @result: the result, filled in if 0 is returned
 *
 * A collection under way is finished first.  The calling task does the work.
 *
 * Context: the heap lock is held; it is dropped and taken again; may sleep.
 *
 * Return: 0, -EINTR after a fatal signal, in which case the thread finishes what has
 * begun, or -ENODEV if the heap is being destroyed.
 */
int mheap_scanner_collect(struct mheap_heap *heap, unsigned int generation,
			  struct mheap_result *result)
{
	u64 readied;
	int err;

	mheap_heap_assert_locked(heap);
	result->done = false;
	mheap_heap_hold_for(heap, MHEAP_HOLD_COLLECT);
	err = mheap_scanner_quiesce(heap, heap->gc.readied);
	if (err)
		return err;
	mheap_scanner_begin(heap, generation);
	readied = heap->gc.readied;
	err = mheap_scanner_finish(heap, result);
	if (err)
		return err;
	mheap_scanner_examine(heap, readied);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_scanner_collect);
