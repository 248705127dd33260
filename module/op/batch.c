// SPDX-License-Identifier: GPL-2.0
/*
 * Batches.  The ops of a batch are done in chunks: everything that a chunk needs is
 * allocated first, then the heap is locked and the ops of the chunk are done.  call.c
 * explains the variable names.
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
#include "table.h"
#include "usercopy.h"

/* ---- getting ready ---- */

/* Members that the opcode does not use must be 0. */
static int mheap_batch_check(const struct mheap_op *op,
			     const struct mheap_op_desc *desc)
{
	if (!desc || op->flags & ~desc->handles)
		return -EINVAL;
	if ((op->obj && !(desc->uses & MHEAP_USES_OBJ)) ||
	    (op->val && !(desc->uses & MHEAP_USES_VAL)) ||
	    (op->arg && !(desc->uses & MHEAP_USES_ARG)) ||
	    (op->index && !(desc->uses & MHEAP_USES_INDEX)) ||
	    (op->len && !(desc->uses & MHEAP_USES_LEN)))
		return -EINVAL;
	return 0;
}

/* Returns why the op cannot be done, or 0. */
static int mheap_batch_prepare_op(struct mheap_call *call, u32 i,
				  struct mheap_prepared *p)
{
	int err;

	memset(p, 0, offsetof(struct mheap_prepared, small));
	p->desc = mheap_op_desc(&call->ops[i]);
	err = mheap_batch_check(&call->ops[i], p->desc);
	if (err)
		return err;
	if (p->desc->rights & ~call->session->rights)
		return -EPERM;
	return p->desc->prepare ? p->desc->prepare(call, i, p) : 0;
}

static enum mheap_direction mheap_batch_direction(const struct mheap_op *op)
{
	const struct mheap_op_desc *desc = mheap_op_desc(op);

	return desc ? desc->direction : MHEAP_NO_DATA;
}

/*
 * How many of the next ops make up a chunk.  A chunk ends when it needs much memory.  It
 * ends after an op whose data goes to the caller without the heap lock, since that may
 * fail and the ops that follow must not be done then.  And it ends before an op whose
 * data comes from memory that an op of the chunk may have written to.
 */
static u32 mheap_batch_chunk(struct mheap_call *call)
{
	u32 most = min(call->count - call->at, MHEAP_CHUNK_OPS), n;
	const struct mheap_op *op = &call->ops[call->at];
	enum mheap_direction direction;
	bool direct = false;
	u64 bytes = 0;

	for (n = 0; n < most; n++, op++) {
		bytes += min_t(u64, mheap_call_bytes(op), U32_MAX);
		direction = mheap_batch_direction(op);
		if (n && bytes > MHEAP_CHUNK_BYTES)
			break;
		if (direct && direction == MHEAP_DATA_IN)
			break;
		if (direction != MHEAP_DATA_OUT)
			continue;
		if (!mheap_call_is_direct(call, op))
			return n + 1;
		direct = true;
	}
	return n;
}

/* Allocate the memory for the chunk's new objects together. */
static void mheap_batch_fill_magazine(struct mheap_call *call, u32 n)
{
	const struct mheap_op *op = &call->ops[call->at], *end = op + n;
	u8 want[MHEAP_OBJECT_SIZES] = {};
	unsigned int i;

	memset(&call->magazine, 0, sizeof(call->magazine));
	call->has_magazine = true;
	for (; op < end; op++)
		if (op->opcode == MHEAP_OP_ALLOC)
			want[mheap_object_size(op->len, op->arg)]++;
	for (i = 0; i < MHEAP_OBJECT_SIZES; i++)
		if (want[i] > 1)
			mheap_magazine_fill(&call->magazine, i, want[i]);
}

/**
 * mheap_batch_prepare() - Allocate what the next chunk of ops needs
 * @call: the batch, with ops left to do
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: the number of ops in the chunk, for which the caller calls
 * mheap_batch_release() when they are done.
 */
u32 mheap_batch_prepare(struct mheap_call *call)
{
	u32 n = mheap_batch_chunk(call), k;

	call->faulted = false;
	if (n > 1)
		mheap_batch_fill_magazine(call, n);
	for (k = 0; k < n; k++)
		call->prepared[k].error =
			mheap_batch_prepare_op(call, call->at + k,
					       &call->prepared[k]);
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_batch_prepare);

/**
 * mheap_batch_release() - Free what was prepared for a chunk and not used
 * @call: the batch
 * @n: number of ops in the chunk
 *
 * Context: the heap lock is not held; may sleep.
 */
void mheap_batch_release(struct mheap_call *call, u32 n)
{
	u32 k;

	for (k = 0; k < n; k++) {
		struct mheap_prepared *p = &call->prepared[k];

		if (p->desc && p->desc->release)
			p->desc->release(p);
	}
	if (call->has_magazine)
		mheap_magazine_drain(&call->magazine);
	call->has_magazine = false;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_batch_release);

/* Is there data to be delivered after the heap lock was dropped? */
bool mheap_batch_has_output(const struct mheap_prepared *p)
{
	return p->desc && p->desc->direction == MHEAP_DATA_OUT && p->data;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_batch_has_output);

/* ---- doing it ---- */

/* Reserve table entries.  Ops that need an entry fail later if there is none for them. */
static void mheap_batch_reserve(struct mheap_call *call, u32 n)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	u32 k, ids = 0, handles = 0, weaks = 0;

	for (k = 0; k < n; k++) {
		if (call->prepared[k].error)
			continue;
		handles += call->prepared[k].desc->makes_handle;
		ids += call->prepared[k].desc->makes_object;
		weaks += call->prepared[k].desc->makes_weak;
	}
	call->ids_left = 0;
	call->handles_left = 0;
	call->weaks_left = 0;
	if (ids && mheap_heap_reserve(heap, &heap->ids, ids))
		return;
	call->ids_left = ids;
	if (handles && mheap_heap_reserve(heap, &call->session->handles, handles))
		return;
	call->handles_left = handles;
	if (weaks && mheap_heap_reserve(heap, &call->session->weaks, weaks))
		return;
	call->weaks_left = weaks;
}

static void mheap_batch_unreserve(struct mheap_call *call)
{
	mheap_table_unreserve(&mheap_call_heap(call)->ids, call->ids_left);
	mheap_table_unreserve(&call->session->handles, call->handles_left);
	mheap_table_unreserve(&call->session->weaks, call->weaks_left);
}

/*
 * Prefetch what ops refer to by a handle of their own rather than by an earlier op.
 * Everything that a chunk refers to fits into the cache, and the cache misses overlap:
 * first those of the table entries, then those of the objects.
 */
static void mheap_batch_prefetch(struct mheap_call *call, u32 n)
{
	const struct mheap_op *op = &call->ops[call->at];
	struct mheap_prepared *p = call->prepared, *end = p + n;

	if (n == 1)
		return;
	for (; p < end; p++, op++) {
		u16 given = p->error ? 0 : p->desc->handles & ~op->flags;

		if (given & MHEAP_OPF_OBJ)
			p->entry[0] = mheap_handle_prefetch(call->session, op->obj);
		if (given & MHEAP_OPF_VAL)
			p->entry[1] = mheap_handle_prefetch(call->session, op->val);
	}
	for (p = call->prepared; p < end; p++) {
		mheap_handle_prefetch_object(p->entry[0]);
		mheap_handle_prefetch_object(p->entry[1]);
	}
}

static int mheap_batch_run_op(struct mheap_call *call, struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[call->at];
	int err;

	if (p->error)
		return p->error;
	if ((p->desc->makes_handle && !call->handles_left) ||
	    (p->desc->makes_weak && !call->weaks_left))
		return -ENOMEM;
	err = p->desc->run(call, call->at, p);
	if (err || !p->direct)
		return err;
	err = mheap_usercopy_deliver(u64_to_user_ptr(op->val), p->direct, op->len);
	call->faulted = err;
	return err;
}

/* Do op @at, free what dies by it and examine the quarantined sets that it made ready. */
static void mheap_batch_do(struct mheap_call *call, struct mheap_prepared *p)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	struct mheap_op *op = &call->ops[call->at];
	u64 readied = heap->gc.readied;

	op->out = 0;
	op->result = mheap_batch_run_op(call, p);
	if (op->result)
		op->out = 0;
	if (call->faulted)
		return;
	mheap_heap_worked(heap, 1);
	if (!mheap_dying_empty(&call->dying))
		mheap_scanner_reclaim(heap, &call->dying);
	mheap_scanner_examine(heap, readied);
	if (op->result && !call->go_on)
		call->stopped = true;
	else
		call->at++;
}

/**
 * mheap_batch_run() - Do the ops of a chunk
 * @call: the batch
 * @n: number of ops in the chunk
 *
 * The chunk ends early after an op that fails, unless the batch goes on, and before an
 * op whose data could not be delivered without a page fault.
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: how many ops were done or failed.
 */
u32 mheap_batch_run(struct mheap_call *call, u32 n)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	u32 k;

	mheap_heap_lock(heap);
	mheap_batch_reserve(call, n);
	mheap_batch_prefetch(call, n);
	for (k = 0; k < n; k++) {
		if (k && (k % MHEAP_CLOCK_OPS == 0 ||
			  call->prepared[k - 1].data_len >= MHEAP_CLOCK_BYTES))
			mheap_heap_cond_resched(heap);
		mheap_batch_do(call, &call->prepared[k]);
		if (call->faulted)
			break;
		if (call->stopped) {
			k++;
			break;
		}
	}
	mheap_batch_unreserve(call);
	mheap_heap_unlock(heap);
	return k;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_batch_run);
