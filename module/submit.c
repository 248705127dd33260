// SPDX-License-Identifier: GPL-2.0
/*
 * Ops of programs.  The ops and their data are copied from user memory, the ops are done,
 * and their results and data are copied back.
 */
#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "gfp.h"
#include "heap.h"
#include "limits.h"
#include "op/batch.h"
#include "op/call.h"
#include "scanner.h"
#include "session.h"
#include "submit.h"
#include "usercopy.h"

/* Fetch the data of an op that was prepared.  Returns 0, or why the op cannot be done. */
static int mheap_submit_import(struct mheap_call *call, u32 i,
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

/* Deliver the data of an op that was done.  If that fails, the op counts as failed. */
static void mheap_submit_export(struct mheap_call *call, u32 i,
				struct mheap_prepared *p)
{
	struct mheap_op *op = &call->ops[i];

	if (op->result || !mheap_batch_has_output(p))
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
 * Ops must be known to be writable before they are done, since the program would otherwise
 * never learn of the handles that it gets.  Nothing is written to find that out, since
 * another thread of the program may be writing there.  Each page is probed once: @probed
 * is where those end that were.
 */
static int mheap_submit_probe(struct mheap_op __user *to, u32 n,
			      unsigned long *probed)
{
	unsigned long start = max_t(unsigned long, (unsigned long)to, *probed);
	unsigned long end = (unsigned long)(to + n);

	if (start >= end)
		return 0;
	if (mheap_usercopy_probe((void __user *)start, end - start))
		return -EFAULT;
	*probed = PAGE_ALIGN(end);
	return 0;
}

static int mheap_submit_chunk(struct mheap_call *call,
			      struct mheap_op __user *to, u32 n,
			      unsigned long *probed)
{
	struct mheap_op *ops = &call->ops[call->at];
	u32 first = call->at, tried, k;

	for (k = 0; k < n; k++)
		call->prepared[k].error =
			mheap_submit_import(call, first + k, &call->prepared[k]);
	if (mheap_submit_probe(to + first, n, probed))
		return -EFAULT;
	tried = mheap_batch_run(call, n);
	/* The data of all ops but the last one went to the caller directly. */
	if (tried)
		mheap_submit_export(call, first + tried - 1,
				    &call->prepared[tried - 1]);
	if (copy_to_user(to + first, ops, tried * sizeof(*ops)))
		return -EFAULT;
	return 0;
}

static int mheap_submit_all(struct mheap_call *call, struct mheap_op __user *to)
{
	unsigned long probed = 0;
	int err = 0;
	u32 n;

	while (!err && call->at < call->count && !call->stopped) {
		call->direct = !call->faulted;
		n = mheap_batch_prepare(call);
		err = mheap_submit_chunk(call, to, n, &probed);
		mheap_batch_release(call, n);
		mheap_scanner_settle(mheap_call_heap(call));
		if (fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return err;
}

/* Do a batch.  @ops and @call->prepared are memory for it, with any contents. */
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

/* Return memory for a batch: what the session kept if that is enough, or new memory. */
static struct mheap_scratch *mheap_scratch_get(struct mheap_session *s, size_t bytes)
{
	struct mheap_scratch *scratch = NULL;

	if (bytes <= MHEAP_KEEP_BYTES)
		scratch = xchg(&s->scratch, NULL);
	if (scratch && scratch->nbytes >= bytes)
		return scratch;
	kvfree(scratch);
	scratch = kvmalloc(size_add(sizeof(*scratch), bytes), MHEAP_GFP);
	if (scratch)
		scratch->nbytes = bytes;
	return scratch;
}

/*
 * Keep the memory for the session's next batch.  Most kernels clear memory when they
 * allocate it, which would take a tenth of the time of the batch.
 */
static void mheap_scratch_put(struct mheap_session *s, struct mheap_scratch *scratch)
{
	if (scratch->nbytes <= MHEAP_KEEP_BYTES)
		scratch = xchg(&s->scratch, scratch);
	kvfree(scratch);
}

static int mheap_submit_many(struct mheap_session *s,
			     struct mheap_ioc_batch *batch)
{
	size_t bytes = array_size(batch->count, sizeof(struct mheap_op));
	size_t prepared = array_size(min(batch->count, MHEAP_CHUNK_OPS),
				     sizeof(struct mheap_prepared));
	struct mheap_scratch *scratch;
	struct mheap_call *call;
	int err;

	scratch = mheap_scratch_get(s, size_add(sizeof(*call), size_add(prepared, bytes)));
	if (!scratch)
		return -ENOMEM;
	call = (struct mheap_call *)scratch->bytes;
	call->prepared = (struct mheap_prepared *)(call + 1);
	err = mheap_submit(call, s, (void *)call->prepared + prepared, batch);
	mheap_scratch_put(s, scratch);
	return err;
}

/**
 * mheap_submit_batch() - Do a batch of ops
 * @s: the session
 * @batch: the batch; its member "done" is set
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0 if the ops could be read and written, whatever their results; -EINVAL if
 * there are no ops or unknown flags, -E2BIG if there are too many ops, -ENOMEM or -EFAULT.
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

static void mheap_submit_one(struct mheap_call *call)
{
	struct mheap_prepared *p = &call->prepared[0];

	call->direct = !call->faulted;
	mheap_batch_prepare(call);
	p->error = mheap_submit_import(call, 0, p);
	if (mheap_batch_run(call, 1))
		mheap_submit_export(call, 0, p);
	mheap_batch_release(call, 1);
	mheap_scanner_settle(mheap_call_heap(call));
}

/**
 * mheap_submit_op() - Do one op
 * @s: the session
 * @to: the op
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0 if the op could be read and written, whatever its result; -EFAULT, or -EINTR
 * if a fatal signal came before it was done.
 */
int mheap_submit_op(struct mheap_session *s, struct mheap_op __user *to)
{
	struct mheap_prepared prepared;
	struct mheap_call call;
	struct mheap_op op;

	if (mheap_usercopy_fetch_op(&op, to))
		return -EFAULT;
	call.prepared = &prepared;
	mheap_call_init(&call, s, &op, 1, false);
	do {
		mheap_submit_one(&call);
	} while (call.faulted && !fatal_signal_pending(current));
	return call.faulted ? -EINTR : mheap_usercopy_answer_op(to, &op);
}
