// SPDX-License-Identifier: GPL-2.0
/*
 * Batches.  The entries of a batch are done in groups: memory for a group is
 * allocated, then the heap is locked and the group's entries are done.
 *
 * Names: call the batch, i the number of an entry, op the entry, p what was
 * prepared for it.
 */
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/string.h>

#include "batch.h"
#include "compat.h"
#include "heap.h"
#include "op.h"
#include "scanner.h"

/**
 * mheap_call_init() - A batch of which nothing was done yet
 * @call: the batch; where its @prepared is was set
 * @s: the session
 * @ops: the entries
 * @count: how many
 * @go_on: do not stop at a failed entry
 */
void mheap_call_init(struct mheap_call *call, struct mheap_session *s,
		     struct mheap_op *ops, u32 count, bool go_on)
{
	call->session = s;
	call->ops = ops;
	call->count = count;
	call->go_on = go_on;
	call->at = 0;
	call->stopped = false;
	call->direct = false;
	call->faulted = false;
	mheap_dying_init(&call->dying);
	call->stocked = false;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_call_init);

/* The number in a member, or what an earlier entry made if it names one. */
int mheap_call_handle(struct mheap_call *call, u32 i, u16 flag, u64 member,
		      u64 *handle)
{
	*handle = member;
	if (!(call->ops[i].flags & flag))
		return 0;
	if (member >= i)
		return -EINVAL;
	member = array_index_nospec(member, i);
	*handle = call->ops[member].out;
	return call->ops[member].result ? -EINVAL : 0;
}

/* The object of a member that may be null: NULL then. */
int mheap_call_find_or_null(struct mheap_call *call, u32 i, u16 flag,
			    u64 member, struct mheap_object **o)
{
	u64 handle;
	int err = mheap_call_handle(call, i, flag, member, &handle);

	*o = NULL;
	if (err || !handle)
		return err;
	*o = mheap_handle_find(call->session, handle);
	return *o ? 0 : -EBADF;
}

/* The object that an entry works on. */
int mheap_call_find(struct mheap_call *call, u32 i, struct mheap_object **o)
{
	int err = mheap_call_find_or_null(call, i, MHEAP_OPF_OBJ,
					  call->ops[i].obj, o);

	return err ?: *o ? 0 : -EINVAL;
}

/* A place for the handle was reserved: see makes_handle. */
int mheap_call_new_handle(struct mheap_call *call, u32 i,
			  struct mheap_object *o)
{
	int err = mheap_handle_add(call->session, o, &call->ops[i].out);

	if (!err)
		call->handles_left--;
	return err;
}

/* Members that the opcode does not use must be 0. */
static int mheap_op_check(const struct mheap_op *op,
			  const struct mheap_op_desc *desc)
{
	if (!desc || op->flags & ~desc->handles)
		return -EINVAL;
	if ((op->obj && !(desc->uses & USES_OBJ)) ||
	    (op->val && !(desc->uses & USES_VAL)) ||
	    (op->arg && !(desc->uses & USES_ARG)) ||
	    (op->index && !(desc->uses & USES_INDEX)) ||
	    (op->len && !(desc->uses & USES_LEN)))
		return -EINVAL;
	return 0;
}

static void mheap_call_prepare_one(struct mheap_call *call, u32 i,
				   struct mheap_prepared *p)
{
	memset(p, 0, offsetof(struct mheap_prepared, small));
	p->desc = mheap_op_desc(&call->ops[i]);
	p->error = mheap_op_check(&call->ops[i], p->desc);
	if (!p->error && p->desc->rights & ~call->session->rights)
		p->error = -EPERM;
	if (!p->error && p->desc->prepare)
		p->error = p->desc->prepare(call, i, p);
}

/*
 * How many of the next entries are done together.  A group ends when it is large; after an
 * entry whose data goes to the caller when the heap is not locked any more, since that may
 * fail and what follows must not be done then; and before one whose data comes from where
 * an entry of the group may have put it.
 */
static u32 mheap_call_group(struct mheap_call *call)
{
	u32 most = min(call->count - call->at, MHEAP_GROUP_OPS), n;
	const struct mheap_op *op = &call->ops[call->at];
	enum mheap_direction direction;
	bool direct = false;
	u64 bytes = 0;

	for (n = 0; n < most; n++, op++) {
		bytes += min_t(u64, mheap_op_bytes(op), U32_MAX);
		direction = mheap_op_direction(op);
		if (n && bytes > MHEAP_GROUP_BYTES)
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

/* Ask for the memory of a group's new objects together. */
static void mheap_call_fill_stock(struct mheap_call *call, u32 n)
{
	const struct mheap_op *op = &call->ops[call->at], *end = op + n;
	u8 want[MHEAP_OBJECT_SIZES] = {};
	unsigned int i;

	memset(&call->stock, 0, sizeof(call->stock));
	call->stocked = true;
	for (; op < end; op++)
		if (op->opcode == MHEAP_OP_ALLOC)
			want[mheap_object_size(op->len, op->arg)]++;
	for (i = 0; i < MHEAP_OBJECT_SIZES; i++)
		if (want[i] > 1)
			mheap_stock_fill(&call->stock, i, want[i]);
}

/**
 * mheap_call_prepare() - Get what the next entries need
 * @call: the batch, with entries left to do
 *
 * Sleeps.
 *
 * Return: the number of entries in the group; all of them are to be released.
 */
u32 mheap_call_prepare(struct mheap_call *call)
{
	u32 n = mheap_call_group(call), k;

	call->faulted = false;
	if (n > 1)
		mheap_call_fill_stock(call, n);
	for (k = 0; k < n; k++)
		mheap_call_prepare_one(call, call->at + k, &call->prepared[k]);
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_call_prepare);

/**
 * mheap_call_release() - Free what was prepared and not used
 * @call: the batch; the heap is not locked
 * @n: number of entries in the group
 */
void mheap_call_release(struct mheap_call *call, u32 n)
{
	u32 k;

	for (k = 0; k < n; k++) {
		struct mheap_prepared *p = &call->prepared[k];

		if (p->desc && p->desc->release)
			p->desc->release(p);
	}
	if (call->stocked)
		mheap_stock_empty(&call->stock);
	call->stocked = false;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_call_release);

/* Without places those entries fail that would need them. */
static void mheap_call_reserve(struct mheap_call *call, u32 n)
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
	if (ids && mheap_places_reserve(heap, &heap->ids, ids))
		return;
	call->ids_left = ids;
	if (handles && mheap_places_reserve(heap, &call->session->handles, handles))
		return;
	call->handles_left = handles;
	if (weaks && mheap_places_reserve(heap, &call->session->weaks, weaks))
		return;
	call->weaks_left = weaks;
}

/*
 * What entries refer to by its handle, not as what an earlier entry made.  All of a group
 * fits into the cache, and its misses overlap: first of the handles, then of the objects.
 */
static void mheap_call_prefetch(struct mheap_call *call, u32 n)
{
	const struct mheap_op *op = &call->ops[call->at];
	struct mheap_prepared *p = call->prepared, *end = p + n;

	if (n == 1)
		return;
	for (; p < end; p++, op++) {
		u16 given = p->error ? 0 : p->desc->handles & ~op->flags;

		if (given & MHEAP_OPF_OBJ)
			p->place[0] = mheap_handle_prefetch(call->session, op->obj);
		if (given & MHEAP_OPF_VAL)
			p->place[1] = mheap_handle_prefetch(call->session, op->val);
	}
	for (p = call->prepared; p < end; p++) {
		mheap_handle_prefetch_object(p->place[0]);
		mheap_handle_prefetch_object(p->place[1]);
	}
}

static int mheap_call_run_one(struct mheap_call *call, u32 i,
			      struct mheap_prepared *p)
{
	if (p->error)
		return p->error;
	if ((p->desc->makes_handle && !call->handles_left) ||
	    (p->desc->makes_weak && !call->weaks_left))
		return -ENOMEM;
	return p->desc->run(call, i, p);
}

static void mheap_call_entry(struct mheap_call *call, struct mheap_prepared *p)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	struct mheap_op *op = &call->ops[call->at];
	u64 readied = heap->gc.readied;

	op->out = 0;
	op->result = mheap_call_run_one(call, call->at, p);
	if (op->result)
		op->out = 0;
	if (call->faulted)
		return;
	if (!mheap_dying_empty(&call->dying))
		mheap_heap_reclaim(heap, &call->dying);
	mheap_scanner_examine(heap, readied);
	if (op->result && !call->go_on)
		call->stopped = true;
	else
		call->at++;
}

/**
 * mheap_call_run() - Do the entries of a group
 * @call: the batch
 * @n: number of entries in the group
 *
 * Ends early at an entry that fails, and before one whose data faulted.
 *
 * Return: how many entries were tried.
 */
u32 mheap_call_run(struct mheap_call *call, u32 n)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	u32 k;

	mheap_heap_lock(heap);
	mheap_call_reserve(call, n);
	mheap_call_prefetch(call, n);
	for (k = 0; k < n; k++) {
		if (k && (k % MHEAP_CLOCK_OPS == 0 ||
			  call->prepared[k - 1].data_len >= MHEAP_CLOCK_BYTES))
			mheap_heap_breathe(heap);
		mheap_call_entry(call, &call->prepared[k]);
		if (call->faulted)
			break;
		if (call->stopped) {
			k++;
			break;
		}
	}
	mheap_places_unreserve(&heap->ids, call->ids_left);
	mheap_places_unreserve(&call->session->handles, call->handles_left);
	mheap_places_unreserve(&call->session->weaks, call->weaks_left);
	mheap_heap_unlock(heap);
	return k;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_call_run);
