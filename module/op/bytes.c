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

static int mheap_op_check_bytes(struct mheap_call *call, const struct mheap_entry *e,
				struct mheap_object **o)
{
	int err = mheap_call_find(call, e->obj, o);

	return err ?: mheap_payload_check(*o, e->index, e->val);
}

/* Bytes that are in the entry itself, or in the result, need no buffer. */
static bool mheap_op_wants_bytes(struct mheap_call *call, const struct mheap_entry *e)
{
	return !(e->flags & MHEAP_ENTRY_INLINE);
}

/* Check the object before a large buffer is allocated, which would be for nothing. */
static int mheap_op_prepare_bytes(struct mheap_call *call, const struct mheap_entry *e,
				  struct mheap_prepared *p)
{
	struct mheap_object *o;
	int err;

	if (e->val > MHEAP_CHUNK_BYTES) {
		mheap_heap_lock(mheap_call_heap(call));
		err = mheap_op_check_bytes(call, e, &o);
		mheap_heap_unlock(mheap_call_heap(call));
		if (err)
			return err;
	}
	return mheap_call_alloc_data(p, e->val);
}

/* Short data goes to the caller directly and needs no buffer. */
static int mheap_op_prepare_read(struct mheap_call *call, const struct mheap_entry *e,
				 struct mheap_prepared *p)
{
	p->data_len = e->val;
	if (mheap_call_is_direct(call, e))
		return 0;
	return mheap_op_prepare_bytes(call, e, p);
}

static int mheap_op_read_direct(struct mheap_call *call, const struct mheap_entry *e,
				struct mheap_prepared *p)
{
	struct mheap_object *o;
	int err = mheap_op_check_bytes(call, e, &o);

	if (!err && e->val)
		p->direct = mheap_payload_address(o, e->index);
	return err;
}

static int mheap_op_read_inline(struct mheap_call *call, const struct mheap_entry *e)
{
	struct mheap_object *o;
	u64 value = 0;
	int err;

	if (e->val > MHEAP_INLINE_BYTES)
		return -EINVAL;
	err = mheap_op_check_bytes(call, e, &o);
	if (err)
		return err;
	if (e->val)
		mheap_payload_read(o, e->index, &value, e->val);
	mheap_call_value(call, value);
	return 0;
}

/* The object is looked up for each piece, since it may change while the lock is dropped. */
static int mheap_op_read_pieces(struct mheap_call *call, const struct mheap_entry *e,
				struct mheap_prepared *p)
{
	struct mheap_object *o;
	u32 done = 0, n;
	int err;

	for (;;) {
		err = mheap_op_check_bytes(call, e, &o);
		if (err)
			return err;
		n = min(e->val - done, MHEAP_COPY_BYTES);
		mheap_payload_read(o, e->index + done, p->data + done, n);
		done += n;
		if (done == e->val)
			return 0;
		mheap_heap_cond_resched(mheap_call_heap(call));
	}
}

int mheap_op_run_read(struct mheap_call *call, const struct mheap_entry *e,
		      struct mheap_prepared *p)
{
	if (!p)
		return mheap_op_read_inline(call, e);
	if (!p->data)
		return mheap_op_read_direct(call, e, p);
	return mheap_op_read_pieces(call, e, p);
}

int mheap_op_run_write(struct mheap_call *call, const struct mheap_entry *e,
		       struct mheap_prepared *p)
{
	const void *data = p ? p->data : &mheap_entry_tail(e)->address;
	struct mheap_heap *heap = mheap_call_heap(call);
	struct mheap_object *o;
	u32 done = 0, n;
	int err;

	if (!p && e->val > MHEAP_INLINE_BYTES)
		return -EINVAL;
	for (;;) {
		err = mheap_op_check_bytes(call, e, &o);
		if (err)
			return err;
		if (mheap_intern_has(heap, o))
			return -EPERM;
		n = min(e->val - done, MHEAP_COPY_BYTES);
		mheap_payload_write(heap, o, e->index + done, data + done, n);
		done += n;
		if (done == e->val)
			return 0;
		mheap_heap_cond_resched(heap);
	}
}

const struct mheap_op_desc mheap_op_read = {
	.rights = MHEAP_RIGHT_READ,
	.may = {
		.opcode = MHEAP_ANY8,
		.flags = MHEAP_ENTRY_INLINE,
		.obj = MHEAP_ANY32,
		.arg = MHEAP_ANY64,
	},
	.tail = true,
	.tail_may = { .address = MHEAP_ANY64 },
	.direction = MHEAP_DATA_OUT,
	.wants = mheap_op_wants_bytes,
	.prepare = mheap_op_prepare_read,
	.release = mheap_call_free_data,
};

const struct mheap_op_desc mheap_op_write = {
	.rights = MHEAP_RIGHT_WRITE,
	.may = {
		.opcode = MHEAP_ANY8,
		.flags = MHEAP_ENTRY_INLINE,
		.obj = MHEAP_ANY32,
		.arg = MHEAP_ANY64,
	},
	.tail = true,
	.tail_may = { .address = MHEAP_ANY64 },
	.direction = MHEAP_DATA_IN,
	.wants = mheap_op_wants_bytes,
	.prepare = mheap_op_prepare_bytes,
	.release = mheap_call_free_data,
};
