// SPDX-License-Identifier: GPL-2.0
/*
 * Batches.  The ops of a batch are done in chunks: what a chunk needs is allocated first,
 * then the heap is locked and the ops of the chunk are done.  Most ops need nothing, and a
 * chunk that is made of them is as long as the window of entries.  call.c explains the
 * variable names.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "compat.h"
#include "handle.h"
#include "heap.h"
#include "limits.h"
#include "magazine.h"
#include "object.h"
#include "op/batch.h"
#include "op/call.h"
#include "op/table.h"
#include "scanner.h"
#include "session.h"
#include "table.h"
#include "usercopy.h"

/* ---- getting ready ---- */

/* Returns why an op cannot be done, whatever the heap is like, or 0. */
static int mheap_batch_check(struct mheap_call *call, const struct mheap_entry *e,
			     const struct mheap_op_desc *desc)
{
	int err = mheap_op_check(e, desc, call->nr - (e - call->entries));

	if (unlikely(err))
		return err;
	return unlikely(desc->rights & ~call->session->rights) ? -EPERM : 0;
}

/* Does the op need anything that cannot be had under the heap lock? */
static bool mheap_batch_wants(struct mheap_call *call, const struct mheap_entry *e,
			      const struct mheap_op_desc *desc)
{
	if (!desc || !desc->prepare || (desc->wants && !desc->wants(call, e)))
		return false;
	return !mheap_batch_check(call, e, desc);
}

static void mheap_batch_prepare_op(struct mheap_call *call, const struct mheap_entry *e,
				   const struct mheap_op_desc *desc)
{
	struct mheap_prepared *p = &call->prepared[call->nr_prepared++];

	memset(p, 0, offsetof(struct mheap_prepared, small));
	p->desc = desc;
	p->entry = e;
	p->error = desc->prepare(call, e, p);
}

/* An upper bound for the memory that has to be allocated for an op, in bytes. */
static u64 mheap_batch_bytes(const struct mheap_entry *e, const struct mheap_op_desc *desc)
{
	if (desc->sized)
		return mheap_entry_size(e);
	return desc->direction == MHEAP_NO_DATA ? 0 : e->val;
}

/* Does the data of an op have to be delivered when the heap lock was dropped? */
static bool mheap_batch_delivers(struct mheap_call *call, const struct mheap_entry *e,
				 const struct mheap_op_desc *desc)
{
	return desc->direction == MHEAP_DATA_OUT && !mheap_call_is_direct(call, e);
}

/*
 * Prepare ops until they make up a chunk, and return its end.  A chunk ends before an op by
 * which it would need much memory: such an op is looked at before the lock is taken, when
 * the ops before it must be done.  It ends after an op whose data is delivered without the
 * heap lock, since that may fail and the ops that follow must not be done then.  And it
 * ends before an op whose data comes from memory that an op of the chunk may have written.
 */
static u32 mheap_batch_prepare_ops(struct mheap_call *call)
{
	const struct mheap_op_desc *desc;
	const struct mheap_entry *e;
	bool direct = false;
	u64 bytes = 0;
	u32 i;

	for (i = call->at; i < call->nr; i += mheap_op_size(e, desc)) {
		e = &call->entries[i];
		desc = mheap_op_desc(e->opcode);
		if (!mheap_batch_wants(call, e, desc))
			continue;
		bytes += mheap_batch_bytes(e, desc);
		if (i > call->at &&
		    (bytes > MHEAP_CHUNK_BYTES || call->nr_prepared == MHEAP_CHUNK_OPS))
			break;
		if (direct && desc->direction == MHEAP_DATA_IN)
			break;
		mheap_batch_prepare_op(call, e, desc);
		if (mheap_batch_delivers(call, e, desc))
			return i + mheap_op_size(e, desc);
		direct |= desc->direction == MHEAP_DATA_OUT;
	}
	return min(i, call->nr);
}

/* Count what an op needs that is got for all ops of the window together. */
static void mheap_batch_count(struct mheap_call *call, const struct mheap_entry *e,
			      const struct mheap_op_desc *desc, u32 *want)
{
	call->ids += desc->makes_object;
	call->weaks += desc->makes_weak;
	call->prepares |= !desc->wants || desc->wants(call, e);
	if (call->has_magazine && e->opcode == MHEAP_OP_ALLOC)
		want[mheap_object_size(e->index, e->val)]++;
}

static void mheap_batch_drain(struct mheap_call *call)
{
	if (call->has_magazine)
		mheap_magazine_drain(&call->magazine);
	call->has_magazine = false;
}

/*
 * Look at all ops of a new window, most of which need nothing, and allocate memory for the
 * objects that they make together.  If the last op has its tail after the window, the
 * window grows by that.
 */
static void mheap_batch_survey(struct mheap_call *call)
{
	u32 want[MHEAP_OBJECT_SIZES] = {}, i;
	const struct mheap_op_desc *desc;
	const struct mheap_entry *e;

	memset(&call->magazine, 0, sizeof(call->magazine));
	call->has_magazine = call->nr > 2;
	call->ids = 0;
	call->weaks = 0;
	call->prepares = false;
	for (i = 0; i < call->nr; i += mheap_op_size(e, desc)) {
		e = &call->entries[i];
		desc = mheap_op_desc(e->opcode);
		if (unlikely(desc && desc->prepare))
			mheap_batch_count(call, e, desc, want);
	}
	if (call->more)
		call->nr = i;
	call->surveyed = true;
	for (i = 0; i < MHEAP_OBJECT_SIZES && call->has_magazine; i++)
		if (want[i] && !mheap_magazine_fill(&call->magazine, i, want[i]))
			mheap_batch_drain(call);
	/* Without a magazine each object is allocated on its own. */
	call->prepares |= call->ids && !call->has_magazine;
}

/**
 * mheap_batch_prepare() - Allocate what the next chunk of ops needs
 * @call: the batch, with ops left to do in its window
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: the end of the chunk, as an index in the window; the caller calls
 * mheap_batch_release() when the ops are done.
 */
u32 mheap_batch_prepare(struct mheap_call *call)
{
	call->faulted = false;
	call->nr_prepared = 0;
	call->next_prepared = 0;
	if (!call->surveyed)
		mheap_batch_survey(call);
	return call->prepares ? mheap_batch_prepare_ops(call) : call->nr;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_batch_prepare);

/**
 * mheap_batch_release() - Free what was prepared for a chunk and not used
 * @call: the batch
 *
 * The magazine is kept for the rest of the window.
 *
 * Context: the heap lock is not held; may sleep.
 */
void mheap_batch_release(struct mheap_call *call)
{
	u32 k;

	for (k = 0; k < call->nr_prepared; k++) {
		struct mheap_prepared *p = &call->prepared[k];

		if (p->desc->release)
			p->desc->release(p);
	}
	call->nr_prepared = 0;
	if (call->at == call->nr || call->error)
		mheap_batch_drain(call);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_batch_release);

/**
 * mheap_batch_output() - Find the data that is to be delivered after a chunk
 * @call: the batch, whose chunk was run
 *
 * Context: any.
 *
 * Return: what was prepared for the op that has data, or NULL.
 */
struct mheap_prepared *mheap_batch_output(struct mheap_call *call)
{
	struct mheap_prepared *p;

	if (!call->nr_prepared)
		return NULL;
	/* An op whose data is delivered without the heap lock is the last of its chunk. */
	p = &call->prepared[call->nr_prepared - 1];
	return p->done && p->desc->direction == MHEAP_DATA_OUT && p->data ? p : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_batch_output);

/**
 * mheap_batch_fail() - Note that an op failed
 * @call: the batch
 * @at: index of its entry in the window
 * @err: the error
 *
 * Context: any.
 */
void mheap_batch_fail(struct mheap_call *call, u32 at, int err)
{
	if (call->go_on && err != -ENOSPC) {
		call->results[call->nr_results++] = (struct mheap_op_result){
			.entry = call->first + at,
			.error = err,
		};
		return;
	}
	call->at = at;
	call->error = err;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_batch_fail);

/* ---- doing it ---- */

/*
 * Reserve ids and weak handles, as many as all ops of the window may need.  Ops that need
 * one fail later if there is none for them.
 */
static void mheap_batch_reserve(struct mheap_call *call)
{
	struct mheap_heap *heap = mheap_call_heap(call);

	call->ids_left = 0;
	call->weaks_left = 0;
	if (call->ids && !mheap_heap_reserve(heap, &heap->ids, call->ids))
		call->ids_left = call->ids;
	if (call->weaks && !mheap_heap_reserve(heap, &call->session->weaks, call->weaks))
		call->weaks_left = call->weaks;
}

static void mheap_batch_unreserve(struct mheap_call *call)
{
	mheap_table_unreserve(&mheap_call_heap(call)->ids, call->ids_left);
	mheap_table_unreserve(&call->session->weaks, call->weaks_left);
}

/*
 * Prefetch the handles of an op that is done soon, and the objects of one that is done
 * sooner.  If @at is a tail, numbers that mean nothing are looked up, which does no harm.
 */
static void mheap_batch_prefetch(struct mheap_call *call, u32 at, u32 end)
{
	const struct mheap_entry *e = &call->entries[at];

	if (at + MHEAP_OPS_AHEAD < end) {
		mheap_handle_prefetch(call->session, e[MHEAP_OPS_AHEAD].obj);
		if (e[MHEAP_OPS_AHEAD].opcode == MHEAP_OP_SET)
			mheap_handle_prefetch(call->session, e[MHEAP_OPS_AHEAD].val);
	}
	if (at < end) {
		mheap_handle_prefetch_object(call->session, e->obj);
		if (e->opcode == MHEAP_OP_SET)
			mheap_handle_prefetch_object(call->session, e->val);
	}
}

/* May the op have a value, or is an error of it told in a result? */
static bool mheap_batch_may_answer(const struct mheap_call *call,
				   const struct mheap_entry *e,
				   const struct mheap_op_desc *desc)
{
	if (call->go_on || !desc)
		return call->go_on;
	return desc->has_value ||
	       (desc->makes == MHEAP_MAKES_OBJ && !e->obj) ||
	       (desc->makes == MHEAP_MAKES_VAL && !e->val) ||
	       (e->opcode == MHEAP_OP_READ && e->flags & MHEAP_ENTRY_INLINE);
}

/* Return what was prepared for an op, or NULL if nothing had to be. */
static struct mheap_prepared *mheap_batch_prepared(struct mheap_call *call,
						   const struct mheap_entry *e)
{
	struct mheap_prepared *p = &call->prepared[call->next_prepared];

	if (call->next_prepared == call->nr_prepared || p->entry != e)
		return NULL;
	call->next_prepared++;
	return p;
}

/* Do an op for which something was prepared. */
static int mheap_batch_run_prepared(struct mheap_call *call, const struct mheap_entry *e,
				    struct mheap_prepared *p)
{
	int err;

	if (p->data_len >= MHEAP_CLOCK_BYTES)
		mheap_heap_clock(mheap_call_heap(call));
	err = p->error ?: mheap_op_run(call, e, p);
	p->done = !err;
	if (err || !p->direct)
		return err;
	err = mheap_usercopy_deliver(u64_to_user_ptr(mheap_entry_tail(e)->address),
				     p->direct, e->val);
	call->faulted = err;
	return err;
}

static int mheap_batch_run_op(struct mheap_call *call, const struct mheap_entry *e,
			      const struct mheap_op_desc *desc)
{
	struct mheap_prepared *p = mheap_batch_prepared(call, e);
	int err;

	if (unlikely(call->nr_results == call->space) &&
	    mheap_batch_may_answer(call, e, desc))
		return -ENOSPC;
	err = p ? 0 : mheap_batch_check(call, e, desc);
	if (unlikely(err))
		return err;
	return p ? mheap_batch_run_prepared(call, e, p) : mheap_op_run(call, e, NULL);
}

/* Do the op of entry @at, free what dies by it and examine the sets that it made ready. */
static void mheap_batch_do(struct mheap_call *call)
{
	const struct mheap_entry *e = &call->entries[call->at];
	const struct mheap_op_desc *desc = mheap_op_desc(e->opcode);
	struct mheap_heap *heap = mheap_call_heap(call);
	u64 readied = heap->gc.readied;
	int err = mheap_batch_run_op(call, e, desc);

	if (unlikely(call->faulted))
		return;
	mheap_heap_worked(heap, 1);
	if (!mheap_dying_empty(&call->dying))
		mheap_scanner_reclaim(heap, &call->dying);
	if (unlikely(heap->gc.readied != readied))
		mheap_scanner_examine(heap, readied);
	if (unlikely(err))
		mheap_batch_fail(call, call->at, err);
	/* The tail of a wrong op may be missing at the end of the batch. */
	if (likely(!call->error))
		call->at = min(call->at + mheap_op_size(e, desc), call->nr);
}

/* Has the op that was just done copied so much that it is time to look at the clock? */
static bool mheap_batch_was_long(const struct mheap_call *call, u32 prepared)
{
	return call->next_prepared != prepared &&
	       call->prepared[prepared].data_len >= MHEAP_CLOCK_BYTES;
}

/**
 * mheap_batch_run() - Do the ops of a chunk
 * @call: the batch; @call->at tells afterwards how far it came
 * @end: the end of the chunk
 *
 * The chunk ends early at an op that fails, unless the batch goes on, and before an op
 * whose data could not be delivered without a page fault.
 *
 * Context: the heap lock is not held; may sleep.
 */
void mheap_batch_run(struct mheap_call *call, u32 end)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	u32 done = 0, prepared;
	bool far;

	mheap_heap_lock(heap);
	far = call->session->handles.used > MHEAP_NEAR_HANDLES;
	mheap_batch_reserve(call);
	if (end - call->at > MHEAP_CLOCK_OPS)
		mheap_heap_clock(heap);
	while (call->at < end && !call->error && !call->faulted) {
		if (far)
			mheap_batch_prefetch(call, call->at + MHEAP_OPS_AHEAD, end);
		prepared = call->next_prepared;
		mheap_batch_do(call);
		if (++done % MHEAP_CLOCK_OPS == 0 || mheap_batch_was_long(call, prepared))
			mheap_heap_cond_resched(heap);
	}
	mheap_batch_unreserve(call);
	mheap_heap_unlock(heap);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_batch_run);

/**
 * mheap_batch_end() - End a batch of which no op will be done any more
 * @call: the batch
 *
 * Context: the heap lock is not held; may sleep.
 */
void mheap_batch_end(struct mheap_call *call)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	u32 done;

	mheap_batch_drain(call);
	if (!call->nulls)
		return;
	mheap_heap_lock(heap);
	for (done = 1; call->nulls; done++) {
		mheap_handle_pop_null(call->session, &call->nulls);
		mheap_heap_worked(heap, 1);
		if (done % MHEAP_CLOCK_OPS == 0)
			mheap_heap_cond_resched(heap);
	}
	mheap_heap_unlock(heap);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_batch_end);
