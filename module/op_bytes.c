// SPDX-License-Identifier: GPL-2.0
/* Opcodes about payload bytes; op.c has the table, and says what p and so on are. */
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "batch.h"
#include "compat.h"
#include "heap.h"
#include "intern.h"
#include "limits.h"
#include "op.h"
#include "payload.h"

static int mheap_check_bytes(struct mheap_call *call, u32 i,
			     struct mheap_object **o)
{
	const struct mheap_op *op = &call->ops[i];
	int err = mheap_call_find(call, i, o);

	return err ?: mheap_payload_check(*o, op->arg, op->len);
}

/* For large pieces no memory is asked for before the object was looked at. */
int mheap_prepare_bytes(struct mheap_call *call, u32 i,
			struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];
	struct mheap_object *o;
	int err = 0;

	if (mheap_op_bytes(op) > MHEAP_GROUP_BYTES) {
		mheap_heap_lock(mheap_call_heap(call));
		err = mheap_check_bytes(call, i, &o);
		mheap_heap_unlock(mheap_call_heap(call));
	}
	return err ?: mheap_prepare_data(p, op->len);
}

/* What is short goes to the caller directly. */
int mheap_prepare_read(struct mheap_call *call, u32 i,
		       struct mheap_prepared *p)
{
	p->data_len = call->ops[i].len;
	if (mheap_call_is_direct(call, &call->ops[i]))
		return 0;
	return mheap_prepare_bytes(call, i, p);
}

/*
 * The heap is locked, so a page of the caller's that is not there cannot be waited for:
 * the entry is done again, with a buffer.
 */
static int mheap_read_direct(struct mheap_call *call, u32 i)
{
	const struct mheap_op *op = &call->ops[i];
	struct mheap_object *o;
	int err = mheap_check_bytes(call, i, &o);

	if (!err)
		err = mheap_payload_copy_to_user(o, op->arg,
						 u64_to_user_ptr(op->val), op->len);
	call->faulted = err == -EFAULT;
	return err;
}

/* The object is looked up for each piece: it may change in between. */
int mheap_run_read(struct mheap_call *call, u32 i, struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];
	struct mheap_object *o;
	u32 done = 0, n;
	int err;

	if (!p->data)
		return mheap_read_direct(call, i);
	for (;;) {
		err = mheap_check_bytes(call, i, &o);
		if (err)
			return err;
		n = min(op->len - done, MHEAP_COPY_BYTES);
		mheap_payload_read(o, op->arg + done, p->data + done, n);
		done += n;
		if (done == op->len)
			return 0;
		mheap_heap_breathe(mheap_call_heap(call));
	}
}

int mheap_run_write(struct mheap_call *call, u32 i, struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];
	struct mheap_heap *heap = mheap_call_heap(call);
	struct mheap_object *o;
	u32 done = 0, n;
	int err;

	for (;;) {
		err = mheap_check_bytes(call, i, &o);
		if (!err && mheap_object_is_interned(heap, o))
			err = -EPERM;
		if (err)
			return err;
		n = min(op->len - done, MHEAP_COPY_BYTES);
		mheap_payload_write(heap, o, op->arg + done, p->data + done, n);
		done += n;
		if (done == op->len)
			return 0;
		mheap_heap_breathe(heap);
	}
}
