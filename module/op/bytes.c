// SPDX-License-Identifier: GPL-2.0
/* Opcodes about payload bytes. */
#include <linux/minmax.h>

#include "compat.h"
#include "heap.h"
#include "intern.h"
#include "limits.h"
#include "object.h"
#include "op/call.h"
#include "op/ops.h"
#include "payload.h"

static int mheap_op_check_bytes(struct mheap_call *call, u32 i,
				struct mheap_object **o)
{
	const struct mheap_op *op = &call->ops[i];
	int err = mheap_call_find(call, i, o);

	if (err)
		return err;
	return mheap_payload_check(*o, op->arg, op->len);
}

/* Check the object before a large buffer is allocated, which would be for nothing. */
static int mheap_op_prepare_bytes(struct mheap_call *call, u32 i,
				  struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];
	struct mheap_object *o;
	int err;

	if (mheap_call_bytes(op) > MHEAP_CHUNK_BYTES) {
		mheap_heap_lock(mheap_call_heap(call));
		err = mheap_op_check_bytes(call, i, &o);
		mheap_heap_unlock(mheap_call_heap(call));
		if (err)
			return err;
	}
	return mheap_call_alloc_data(p, op->len);
}

/* Short data goes to the caller directly and needs no buffer. */
static int mheap_op_prepare_read(struct mheap_call *call, u32 i,
				 struct mheap_prepared *p)
{
	p->data_len = call->ops[i].len;
	if (mheap_call_is_direct(call, &call->ops[i]))
		return 0;
	return mheap_op_prepare_bytes(call, i, p);
}

static int mheap_op_read_direct(struct mheap_call *call, u32 i,
				struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];
	struct mheap_object *o;
	int err = mheap_op_check_bytes(call, i, &o);

	if (err)
		return err;
	if (op->len)
		p->direct = mheap_payload_address(o, op->arg);
	return 0;
}

/* The object is looked up for each piece, since it may change while the lock is dropped. */
static int mheap_op_run_read(struct mheap_call *call, u32 i,
			     struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];
	struct mheap_object *o;
	u32 done = 0, n;
	int err;

	if (!p->data)
		return mheap_op_read_direct(call, i, p);
	for (;;) {
		err = mheap_op_check_bytes(call, i, &o);
		if (err)
			return err;
		n = min(op->len - done, MHEAP_COPY_BYTES);
		mheap_payload_read(o, op->arg + done, p->data + done, n);
		done += n;
		if (done == op->len)
			return 0;
		mheap_heap_cond_resched(mheap_call_heap(call));
	}
}

static int mheap_op_run_write(struct mheap_call *call, u32 i,
			      struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];
	struct mheap_heap *heap = mheap_call_heap(call);
	struct mheap_object *o;
	u32 done = 0, n;
	int err;

	for (;;) {
		err = mheap_op_check_bytes(call, i, &o);
		if (err)
			return err;
		if (mheap_intern_has(heap, o))
			return -EPERM;
		n = min(op->len - done, MHEAP_COPY_BYTES);
		mheap_payload_write(heap, o, op->arg + done, p->data + done, n);
		done += n;
		if (done == op->len)
			return 0;
		mheap_heap_cond_resched(heap);
	}
}

const struct mheap_op_desc mheap_op_read = {
	.rights = MHEAP_RIGHT_READ,
	.uses = MHEAP_USES_OBJ | MHEAP_USES_ARG | MHEAP_USES_LEN | MHEAP_USES_VAL,
	.handles = MHEAP_OPF_OBJ,
	.direction = MHEAP_DATA_OUT,
	.prepare = mheap_op_prepare_read,
	.run = mheap_op_run_read,
	.release = mheap_call_free_data,
};

const struct mheap_op_desc mheap_op_write = {
	.rights = MHEAP_RIGHT_WRITE,
	.uses = MHEAP_USES_OBJ | MHEAP_USES_ARG | MHEAP_USES_LEN | MHEAP_USES_VAL,
	.handles = MHEAP_OPF_OBJ,
	.direction = MHEAP_DATA_IN,
	.prepare = mheap_op_prepare_bytes,
	.run = mheap_op_run_write,
	.release = mheap_call_free_data,
};
