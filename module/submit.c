// SPDX-License-Identifier: GPL-2.0
/*
 * Entries of programs: they and their data are copied from user memory, done, and
 * what came of them is copied back.
 */
#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <uapi/linux/mheap.h>

#include "batch.h"
#include "compat.h"
#include "heap.h"
#include "limits.h"
#include "memory.h"
#include "op.h"
#include "scanner.h"
#include "session.h"
#include "submit.h"

static int mheap_op_import(struct mheap_call *call, u32 i,
			   struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];

	if (p->error || p->desc->direction != MHEAP_DATA_IN)
		return p->error;
	if (copy_from_user(p->data, u64_to_user_ptr(op->val), p->data_len))
		return -EFAULT;
	if (p->desc->digest)
		p->desc->digest(call, i, p);
	return 0;
}

/* An entry whose data could not be delivered has failed after all. */
static void mheap_op_export(struct mheap_call *call, u32 i,
			    struct mheap_prepared *p)
{
	struct mheap_op *op = &call->ops[i];

	if (op->result || !mheap_prepared_is_out(p))
		return;
	if (!copy_to_user(u64_to_user_ptr(op->val), p->data, p->data_len))
		return;
	op->result = -EFAULT;
	if (!call->go_on) {
		call->stopped = true;
		call->at = i;
	}
}

/*
 * Is there memory, and may it be written?  A byte of each page tells: what was read
 * there is written again.
 */
static int mheap_submit_touch(void __user *to, const void *from, size_t len)
{
	const u8 *bytes = from;
	size_t i = 0;

	while (i < len) {
		if (put_user(bytes[i], (u8 __user *)to + i))
			return -EFAULT;
		i += PAGE_SIZE - offset_in_page((unsigned long)to + i);
	}
	return 0;
}

/*
 * Before anything is done it is made sure that the entries can be written back: if
 * that is not possible the caller would never learn of the handles it gets.
 */
static int mheap_submit_group(struct mheap_call *call,
			      struct mheap_op __user *to, u32 n)
{
	struct mheap_op *ops = &call->ops[call->at];
	u32 first = call->at, tried, k;

	for (k = 0; k < n; k++)
		call->prepared[k].error = mheap_op_import(call, first + k,
							  &call->prepared[k]);
	if (mheap_submit_touch(to + first, ops, n * sizeof(*ops)))
		return -EFAULT;
	tried = mheap_call_run(call, n);
	/* Others have none to deliver, or have done it. */
	if (tried)
		mheap_op_export(call, first + tried - 1,
				&call->prepared[tried - 1]);
	if (copy_to_user(to + first, ops, tried * sizeof(*ops)))
		return -EFAULT;
	return 0;
}

static int mheap_submit_all(struct mheap_call *call, struct mheap_op __user *to)
{
	int err = 0;
	u32 n;

	while (!err && call->at < call->count && !call->stopped) {
		call->direct = !call->faulted;
		n = mheap_call_prepare(call);
		err = mheap_submit_group(call, to, n);
		mheap_call_release(call, n);
		mheap_scanner_settle(mheap_call_heap(call));
		if (fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return err;
}

/* @call has room for the entries and what they need. */
static int mheap_submit(struct mheap_call *call, struct mheap_session *s,
			struct mheap_op *ops, struct mheap_ioc_batch *batch)
{
	struct mheap_op __user *to = u64_to_user_ptr(batch->ops);
	int err = -EFAULT;

	mheap_call_init(call, s, ops, batch->count,
			batch->flags & MHEAP_BATCH_GO_ON);
	if (!copy_from_user(ops, to, array_size(batch->count, sizeof(*ops))))
		err = mheap_submit_all(call, to);
	batch->done = call->at;
	return err;
}

static noinline_for_stack int mheap_submit_few(struct mheap_session *s,
					       struct mheap_ioc_batch *batch)
{
	struct mheap_prepared prepared[MHEAP_FEW_OPS];
	struct mheap_op ops[MHEAP_FEW_OPS];
	struct mheap_call call;

	call.prepared = prepared;
	return mheap_submit(&call, s, ops, batch);
}

/* Room for a batch, as large as that: what the session's last one left, or new. */
static struct mheap_room *mheap_room_get(struct mheap_session *s, size_t bytes)
{
	struct mheap_room *room = NULL;

	if (bytes <= MHEAP_KEEP_BYTES)
		room = xchg(&s->room, NULL);
	if (room && room->nbytes >= bytes)
		return room;
	kvfree(room);
	room = kvmalloc(size_add(sizeof(*room), bytes), MHEAP_GFP);
	if (room)
		room->nbytes = bytes;
	return room;
}

/* Most kernels clear what is allocated, which takes a tenth of what the batch does. */
static void mheap_room_put(struct mheap_session *s, struct mheap_room *room)
{
	if (room->nbytes <= MHEAP_KEEP_BYTES)
		room = xchg(&s->room, room);
	kvfree(room);
}

static int mheap_submit_many(struct mheap_session *s,
			     struct mheap_ioc_batch *batch)
{
	size_t bytes = array_size(batch->count, sizeof(struct mheap_op));
	size_t prepared = array_size(min(batch->count, MHEAP_GROUP_OPS),
				     sizeof(struct mheap_prepared));
	struct mheap_room *room;
	struct mheap_call *call;
	int err;

	room = mheap_room_get(s, size_add(sizeof(*call), size_add(prepared, bytes)));
	if (!room)
		return -ENOMEM;
	call = (struct mheap_call *)room->bytes;
	call->prepared = (struct mheap_prepared *)(call + 1);
	err = mheap_submit(call, s, (void *)call->prepared + prepared, batch);
	mheap_room_put(s, room);
	return err;
}

/**
 * mheap_submit_batch() - Do a batch
 * @s: the session
 * @batch: the batch; its @done is set
 *
 * Sleeps.
 *
 * Return: 0 if the entries could be read and written, or -EINVAL, -E2BIG, -ENOMEM,
 * -EFAULT.
 */
int mheap_submit_batch(struct mheap_session *s, struct mheap_ioc_batch *batch)
{
	if (batch->flags & ~MHEAP_BATCH_GO_ON || !batch->count)
		return -EINVAL;
	if (batch->count > MHEAP_MAX_OPS)
		return -E2BIG;
	if (batch->count <= MHEAP_FEW_OPS)
		return mheap_submit_few(s, batch);
	return mheap_submit_many(s, batch);
}

/*
 * Each look at user memory has a price of its own, so the entry is read, and it is made
 * sure that it can be written, in one.  Most entries have no more to tell than the zeroes
 * that are there then.
 */
static int mheap_submit_fetch(struct mheap_op *op, struct mheap_op __user *from)
{
	might_fault();
	if (!user_access_begin(from, sizeof(*from)))
		return -EFAULT;
	unsafe_get_user(op->opcode, &from->opcode, fault);
	unsafe_get_user(op->flags, &from->flags, fault);
	unsafe_get_user(op->obj, &from->obj, fault);
	unsafe_get_user(op->val, &from->val, fault);
	unsafe_get_user(op->arg, &from->arg, fault);
	unsafe_get_user(op->index, &from->index, fault);
	unsafe_get_user(op->len, &from->len, fault);
	unsafe_put_user(0, &from->result, fault);
	unsafe_put_user(0, &from->out, fault);
	user_access_end();
	return 0;

fault:
	user_access_end();
	return -EFAULT;
}

static int mheap_submit_tell(const struct mheap_op *op, struct mheap_op __user *to)
{
	if (op->result && put_user(op->result, &to->result))
		return -EFAULT;
	if (op->out && put_user(op->out, &to->out))
		return -EFAULT;
	return 0;
}

static void mheap_submit_one(struct mheap_call *call)
{
	struct mheap_prepared *p = &call->prepared[0];

	call->direct = !call->faulted;
	mheap_call_prepare(call);
	p->error = mheap_op_import(call, 0, p);
	if (mheap_call_run(call, 1))
		mheap_op_export(call, 0, p);
	mheap_call_release(call, 1);
	mheap_scanner_settle(mheap_call_heap(call));
}

/**
 * mheap_submit_op() - Do one entry
 * @s: the session
 * @to: the entry
 *
 * Sleeps.
 *
 * Return: 0 if the entry could be read and written, -EFAULT, or -EINTR if a fatal
 * signal came before it was done.
 */
int mheap_submit_op(struct mheap_session *s, struct mheap_op __user *to)
{
	struct mheap_prepared prepared;
	struct mheap_call call;
	struct mheap_op op;

	if (mheap_submit_fetch(&op, to))
		return -EFAULT;
	call.prepared = &prepared;
	mheap_call_init(&call, s, &op, 1, false);
	do {
		mheap_submit_one(&call);
	} while (call.faulted && !fatal_signal_pending(current));
	return call.faulted ? -EINTR : mheap_submit_tell(&op, to);
}
