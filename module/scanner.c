// SPDX-License-Identifier: GPL-2.0
/*
 * The scanner: a thread of a heap, made when the first collection is due, that
 * makes automatic collections go on, slice by slice.  Sessions that ask for a
 * collection, or allocate faster than the thread finds garbage, do slices of the
 * same collection themselves.
 *
 * A collection begins at once, under the lock of the allocation that made it due
 * (that takes constant time), so triggers do not depend on when the thread runs.
 */
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/sched/signal.h>
#include <linux/ktime.h>

#include "compat.h"
#include "heap.h"
#include "limits.h"
#include "scanner.h"
#include "trace.h"
#include "verify.h"

static bool mheap_scanner_busy(const struct mheap_heap *heap)
{
	return heap->gc.phase != MHEAP_IDLE;
}

static void mheap_scanner_begin(struct mheap_heap *heap,
				unsigned int generation)
{
	mheap_collect_start(&heap->gc, generation);
	heap->births = 0;
	heap->debt = 0;
	trace_mheap_gc_start(heap, generation);
}

static void mheap_scanner_end(struct mheap_heap *heap)
{
	struct mheap_stats *s = &heap->stats[heap->gc.collecting];

	s->collections++;
	s->collected += heap->gc.found;
	s->freed += heap->dying.buried;
	s->scanned += heap->gc.visited;
	if (heap->result) {
		heap->result->found = heap->gc.found;
		heap->result->freed = heap->dying.buried;
		heap->result->done = true;
		heap->result = NULL;
	}
	heap->automatic = false;
	heap->verify_due = true;
	trace_mheap_gc_stop(heap, heap->gc.collecting, heap->gc.found,
			    heap->dying.buried);
}

/* Make the collection go on until it has ended, or the lock was held too long. */
static void mheap_scanner_slice(struct mheap_heap *heap, u64 units)
{
	struct mheap_stats *s = &heap->stats[heap->gc.collecting];
	u64 begin = ktime_get_ns(), now, done = 0;
	bool more;

	mheap_heap_assert_locked(heap);
	do {
		more = mheap_collect_step(&heap->gc, MHEAP_STEP_UNITS);
		done += MHEAP_STEP_UNITS;
		now = ktime_get_ns();
	} while (more && done < units && now < mheap_heap_slice_end(heap));
	heap->debt -= min(heap->debt, done);
	mheap_stats_pause(s, now - begin);
	if (!more)
		mheap_scanner_end(heap);
}

static void mheap_scanner_work(struct kthread_work *work)
{
	struct mheap_heap *heap = container_of(work, struct mheap_heap,
					       scan_work);

	mheap_heap_lock(heap);
	while (mheap_scanner_busy(heap) && !heap->closing) {
		mheap_scanner_slice(heap, U64_MAX);
		mheap_heap_relax(heap);
	}
	mheap_heap_unlock(heap);
	mheap_verify_if_due(heap);
}

/* Wake the thread, which is made by mheap_scanner_settle() if there is none. */
static void mheap_scanner_wake(struct mheap_heap *heap)
{
	if (heap->scanner)
		kthread_queue_work(heap->scanner, &heap->scan_work);
	else
		heap->scanner_wanted = true;
}

/* A heap has no thread until a collection is due: most never need one. */
void mheap_scanner_init(struct mheap_heap *heap)
{
	kthread_init_work(&heap->scan_work, mheap_scanner_work);
}

/**
 * mheap_scanner_start() - Start the thread of a heap, if it has none
 * @heap: the heap, not locked
 *
 * Sleeps.
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
	if (!heap->scanner) {
		swap(heap->scanner, worker);
		heap->scanner_wanted = false;
		if (mheap_scanner_busy(heap))
			mheap_scanner_wake(heap);
	}
	mheap_heap_unlock(heap);
	if (worker)
		kthread_destroy_worker(worker);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_scanner_start);

/**
 * mheap_scanner_stop() - End the thread of a heap, and wait for it
 * @heap: the heap, not locked; with @heap->closing a collection is left as it is
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
 * mheap_scanner_settle() - Do what a call has left to do without the lock
 * @heap: the heap, not locked
 *
 * Starts the thread if it is wanted: without one, for lack of memory, allocations
 * do its work.  In debug builds, verifies the heap after a collection.
 */
void mheap_scanner_settle(struct mheap_heap *heap)
{
	if (READ_ONCE(heap->scanner_wanted))
		mheap_scanner_start(heap);
	mheap_verify_if_due(heap);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_scanner_settle);

/* What an allocation has to do so that the collection ends soon enough. */
static u64 mheap_scanner_share(const struct mheap_heap *heap)
{
	u64 tracked = max(mheap_collect_tracked(&heap->gc), 1ULL);

	return MHEAP_ASSIST_OBJECTS * (4 + div64_u64(3 * heap->slots, tracked));
}

/* The lock is dropped where a slice ends. */
static void mheap_scanner_assist(struct mheap_heap *heap)
{
	u64 size = heap->gc.size;

	if (heap->births <= size >> MHEAP_GRACE_SHIFT)
		return;
	heap->debt += mheap_scanner_share(heap);
	if (heap->births > size / MHEAP_FINISH_PART)
		heap->debt = U64_MAX;
	while (mheap_scanner_busy(heap) && heap->debt >= 2 * MHEAP_STEP_UNITS) {
		mheap_scanner_slice(heap, heap->debt);
		mheap_heap_breathe(heap);
	}
}

/**
 * mheap_scanner_born() - A tracked object was born: begin or help a collection
 * @heap: the heap, locked; the lock may be dropped
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
		mheap_scanner_begin(heap, generation);
		mheap_scanner_wake(heap);
	}
}
EXPORT_SYMBOL_IF_KUNIT(mheap_scanner_born);

/*
 * Do slices until the collection of @result, or any if it is not done at all,
 * has ended.  After an error the thread goes on alone.
 */
static int mheap_scanner_finish(struct mheap_heap *heap,
				struct mheap_result *result)
{
	while (mheap_scanner_busy(heap) && !result->done) {
		mheap_scanner_slice(heap, U64_MAX);
		if (!mheap_scanner_busy(heap))
			break;
		if (fatal_signal_pending(current) || heap->closing) {
			if (heap->result == result)
				heap->result = NULL;
			mheap_scanner_wake(heap);
			return heap->closing ? -ENODEV : -EINTR;
		}
		mheap_heap_relax(heap);
	}
	return 0;
}

/**
 * mheap_scanner_take_down() - Finish taking down what was condemned
 * @heap: the heap, locked; the lock is dropped between slices
 *
 * For calls by which objects died of which a part had been condemned meanwhile:
 * all of them are to be gone when the call returns.
 */
void mheap_scanner_take_down(struct mheap_heap *heap)
{
	mheap_heap_assert_locked(heap);
	while (heap->gc.phase == MHEAP_TAKE_DOWN) {
		mheap_scanner_slice(heap, U64_MAX);
		mheap_heap_breathe(heap);
	}
}

/**
 * mheap_scanner_collect() - Collect generations 0 to @generation, and wait
 * @heap: the heap, locked; the lock is dropped between slices
 * @generation: the oldest generation to collect, 0 to 2
 * @result: what it came to
 *
 * A collection under way is finished first.  The calling task does the work.
 *
 * Return: 0, -EINTR if a fatal signal came; the thread finishes the work; or
 * -ENODEV if the last session was closed.
 */
int mheap_scanner_collect(struct mheap_heap *heap, unsigned int generation,
			  struct mheap_result *result)
{
	int err;

	mheap_heap_assert_locked(heap);
	result->done = false;
	err = mheap_scanner_finish(heap, result);
	if (err)
		return err;
	mheap_scanner_begin(heap, generation);
	heap->result = result;
	return mheap_scanner_finish(heap, result);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_scanner_collect);
