// SPDX-License-Identifier: GPL-2.0
/*
 * Ops of programs.  The entries and their data are copied from user memory, window by
 * window; the ops are done, and their results and data are copied back.
 */
#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/mm.h>
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
#include "op/table.h"
#include "scanner.h"
#include "session.h"
#include "submit.h"
#include "usercopy.h"

/**
 * struct mheap_scratch - Memory of a batch, which the session's next batch can use
 * @call: the batch
 * @window: how many entries and tails the window can have
 * @results: for @call.results
 * @prepared: for @call.prepared
 * @entries: the window; one struct more can be in it if that is a tail
 */
struct mheap_scratch {
	struct mheap_call call;
	u32 window;
	struct mheap_op_result *results;
	struct mheap_prepared *prepared;
	struct mheap_entry entries[];
};

static void __user *mheap_submit_address(const struct mheap_entry *e)
{
	return u64_to_user_ptr(mheap_entry_tail(e)->address);
}

/* Fetch the data of the ops that were prepared.  Ops whose data is bad cannot be done. */
static void mheap_submit_import(struct mheap_call *call)
{
	struct mheap_prepared *p = call->prepared, *end = p + call->nr_prepared;

	for (; p < end; p++) {
		if (p->error || p->desc->direction != MHEAP_DATA_IN)
			continue;
		if (copy_from_user(p->data, mheap_submit_address(p->entry), p->data_len))
			p->error = -EFAULT;
		else if (p->desc->digest)
			p->desc->digest(call, p->entry, p);
	}
}

/* Deliver the data of an op that was done.  If that fails, the op counts as failed. */
static void mheap_submit_export(struct mheap_call *call)
{
	struct mheap_prepared *p = mheap_batch_output(call);

	if (p && copy_to_user(mheap_submit_address(p->entry), p->data, p->data_len))
		mheap_batch_fail(call, p->entry - call->entries, -EFAULT);
}

/* Do the ops of the window, chunk by chunk. */
static void mheap_submit_window(struct mheap_call *call)
{
	u32 end;

	while (call->at < call->nr && !call->error) {
		call->direct = !call->faulted;
		end = mheap_batch_prepare(call);
		mheap_submit_import(call);
		mheap_batch_run(call, end);
		mheap_submit_export(call);
		mheap_batch_release(call);
		mheap_scanner_settle(mheap_call_heap(call));
		if (fatal_signal_pending(current))
			break;
		cond_resched();
	}
}

/* Do the ops of a window in which nothing has to be prepared for any op. */
static void mheap_submit_plain(struct mheap_call *call)
{
	mheap_batch_run(call, call->nr);
	mheap_scanner_settle(mheap_call_heap(call));
}

/* ---- batches ---- */

/* Read the next window, and one struct more, which may be the tail of its last op. */
static int mheap_submit_fetch(struct mheap_scratch *scratch,
			      const struct mheap_ioc_batch *batch)
{
	struct mheap_entry __user *from = u64_to_user_ptr(batch->entries);
	struct mheap_call *call = &scratch->call;
	u32 left = batch->count - batch->done;

	if (copy_from_user(scratch->entries, from + batch->done,
			   min(left, scratch->window + 1) * sizeof(*from)))
		return -EFAULT;
	call->entries = scratch->entries;
	call->first = batch->done;
	call->nr = min(left, scratch->window);
	call->more = left > scratch->window;
	call->surveyed = false;
	call->at = 0;
	return 0;
}

/*
 * Results must be known to be writable before ops are done, since the program would
 * otherwise never learn of them.  Nothing is written to find that out, since another thread
 * of the program may be writing there.
 */
static int mheap_submit_probe(struct mheap_call *call, const struct mheap_ioc_batch *batch)
{
	struct mheap_op_result __user *to = u64_to_user_ptr(batch->results);

	call->nr_results = 0;
	call->space = min(batch->space - batch->filled, call->nr + 1);
	if (!call->space)
		return 0;
	return mheap_usercopy_probe(to + batch->filled, call->space * sizeof(*to));
}

static int mheap_submit_answer(struct mheap_call *call, struct mheap_ioc_batch *batch)
{
	struct mheap_op_result __user *to = u64_to_user_ptr(batch->results);

	batch->done += call->at;
	if (!call->nr_results)
		return 0;
	if (copy_to_user(to + batch->filled, call->results,
			 call->nr_results * sizeof(*to)))
		return -EFAULT;
	batch->filled += call->nr_results;
	return 0;
}

static int mheap_submit_next(struct mheap_scratch *scratch, struct mheap_ioc_batch *batch)
{
	struct mheap_call *call = &scratch->call;
	int err = mheap_submit_fetch(scratch, batch);

	if (!err)
		err = mheap_submit_probe(call, batch);
	if (err)
		return err;
	mheap_submit_window(call);
	return mheap_submit_answer(call, batch) ?: call->error;
}

/* Do the batch window by window.  Bad memory is an error of the batch until an op is done. */
static int mheap_submit(struct mheap_session *s, struct mheap_scratch *scratch,
			struct mheap_ioc_batch *batch)
{
	struct mheap_call *call = &scratch->call;

	call->prepared = scratch->prepared;
	call->results = scratch->results;
	mheap_call_init(call, s);
	call->go_on = batch->flags & MHEAP_BATCH_GO_ON;
	batch->done = 0;
	batch->filled = 0;
	batch->error = 0;
	while (batch->done < batch->count && !batch->error) {
		batch->error = mheap_submit_next(scratch, batch);
		if (fatal_signal_pending(current))
			break;
	}
	mheap_batch_end(call);
	return batch->error == -EFAULT && !batch->done && !call->error ? -EFAULT : 0;
}

/* Allocate memory for batches of so many entries and tails, or for any if they are many. */
static struct mheap_scratch *mheap_scratch_alloc(u32 count)
{
	u32 window = min(count, MHEAP_WINDOW);
	size_t entries = sizeof(struct mheap_scratch) +
			 (window + 1) * sizeof(struct mheap_entry);
	size_t results = (window + 1) * sizeof(struct mheap_op_result);
	size_t prepared = min(window, MHEAP_CHUNK_OPS) * sizeof(struct mheap_prepared);
	struct mheap_scratch *scratch = kvmalloc(entries + results + prepared, MHEAP_GFP);

	if (!scratch)
		return NULL;
	scratch->window = window;
	scratch->results = (void *)scratch + entries;
	scratch->prepared = (void *)scratch + entries + results;
	return scratch;
}

/* Return memory for a batch: what the session kept if that is enough, or new memory. */
static struct mheap_scratch *mheap_scratch_get(struct mheap_session *s, u32 count)
{
	/* Memory that was kept is warm, and is not cleared again. */
	struct mheap_scratch *scratch = xchg(&s->scratch, NULL);

	if (scratch && scratch->window >= min(count, MHEAP_WINDOW))
		return scratch;
	kvfree(scratch);
	return mheap_scratch_alloc(count);
}

/**
 * mheap_submit_batch() - Do a batch of ops
 * @s: the session
 * @batch: the batch; what it says about results is set
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0 if the entries could be read and the results written, even if an op failed;
 * -EINVAL if there are no entries or unknown flags, -E2BIG if there are too many entries,
 * -ENOMEM or -EFAULT.
 */
int mheap_submit_batch(struct mheap_session *s, struct mheap_ioc_batch *batch)
{
	struct mheap_scratch *scratch;
	int err;

	if (batch->flags & ~MHEAP_BATCH_GO_ON || batch->reserved || !batch->count)
		return -EINVAL;
	if (batch->count > MHEAP_MAX_OPS || batch->space > MHEAP_MAX_OPS)
		return -E2BIG;
	scratch = mheap_scratch_get(s, batch->count);
	if (!scratch)
		return -ENOMEM;
	err = mheap_submit(s, scratch, batch);
	kvfree(xchg(&s->scratch, scratch));
	return err;
}

/* ---- single ops ---- */

/* The op of a single call has one entry, and a tail or zeroes after it. */
static int mheap_submit_check(const struct mheap_ioc_op *op)
{
	const struct mheap_op_desc *desc = mheap_op_desc(op->entry.opcode);

	if (mheap_op_size(&op->entry, desc) == 2)
		return 0;
	return op->tail.address || op->tail.handle || op->tail.reserved ? -EINVAL : 0;
}

/* What a single call returns: its error, whether it made a handle, or its value. */
static int mheap_submit_tell(const struct mheap_call *call, struct mheap_ioc_op __user *to)
{
	const struct mheap_op_result *result = &call->results[0];

	if (call->error)
		return call->error;
	if (!call->nr_results)
		return mheap_op_desc(call->entries->opcode)->makes != MHEAP_MAKES_NONE;
	if (result->value <= 1)
		return result->value;
	return put_user(result->value, &to->value) ? -EFAULT : 2;
}

static int mheap_submit_one(struct mheap_session *s, const struct mheap_ioc_op *op,
			    struct mheap_ioc_op __user *to)
{
	const struct mheap_op_desc *desc = mheap_op_desc(op->entry.opcode);
	struct mheap_op_result result;
	struct mheap_prepared prepared;
	struct mheap_call call;

	call.prepared = &prepared;
	call.results = &result;
	mheap_call_init(&call, s);
	call.entries = &op->entry;
	call.nr = mheap_op_size(&op->entry, desc);
	call.space = 1;
	if (desc && desc->prepare)
		mheap_submit_window(&call);
	else
		mheap_submit_plain(&call);
	mheap_batch_end(&call);
	if (call.at < call.nr && !call.error)
		return -EINTR;
	return mheap_submit_tell(&call, to);
}

/**
 * mheap_submit_op() - Do one op
 * @s: the session
 * @to: the op
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0, 1 or 2 as struct mheap_ioc_op says; the error of the op; -EFAULT, or -EINTR if
 * a fatal signal came before it was done.
 */
int mheap_submit_op(struct mheap_session *s, struct mheap_ioc_op __user *to)
{
	struct mheap_ioc_op op;
	int err;

	if (mheap_usercopy_fetch_op(&op, to))
		return -EFAULT;
	err = mheap_submit_check(&op);
	return err ?: mheap_submit_one(s, &op, to);
}
