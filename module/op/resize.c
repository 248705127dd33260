// SPDX-License-Identifier: GPL-2.0
/* The opcode that resizes an object. */
#include <linux/errno.h>
#include <linux/minmax.h>

#include "area.h"
#include "compat.h"
#include "heap.h"
#include "limits.h"
#include "object.h"
#include "op/call.h"
#include "op/ops.h"
#include "resize.h"
#include "scanner.h"

/* Make sure that the heap may grow by as much as the object is to grow. */
static int mheap_op_ensure_growth(struct mheap_call *call, u32 i)
{
	const struct mheap_op *op = &call->ops[i];
	struct mheap_object *o;
	u32 nbytes;
	int err = mheap_call_find(call, i, &o);

	if (err)
		return err;
	nbytes = mheap_object_nbytes(o);
	return mheap_call_ensure_quota(call, 0,
				       op->len - min(op->len, o->nslots),
				       op->arg - min_t(u64, op->arg, nbytes));
}

/* Check the limits before memory for a large body is allocated. */
static int mheap_op_prepare_resize(struct mheap_call *call, u32 i,
				   struct mheap_prepared *p)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	const struct mheap_op *op = &call->ops[i];
	int err = mheap_call_check_size(op);

	if (err)
		return err;
	if (mheap_call_bytes(op) > MHEAP_CHUNK_BYTES) {
		mheap_heap_lock(heap);
		err = mheap_op_ensure_growth(call, i);
		mheap_heap_unlock(heap);
		if (err)
			return err;
	}
	p->body = mheap_body_alloc(&heap->areas[MHEAP_CHANGING], op->len,
				   op->arg);
	return p->body ? 0 : -ENOMEM;
}

static int mheap_op_try_resize(struct mheap_call *call, u32 i,
			       struct mheap_prepared *p)
{
	struct mheap_resize job = {
		.body = p->body,
		.nslots = call->ops[i].len,
	};
	int err = mheap_call_find(call, i, &job.object);

	if (err)
		return err;
	err = mheap_resize(mheap_call_heap(call), &job, &call->dying);
	p->body = job.body;
	p->payload = job.payload;
	return err;
}

/* If the heap is at a limit, try again after a full collection. */
static int mheap_op_run_resize(struct mheap_call *call, u32 i,
			       struct mheap_prepared *p)
{
	struct mheap_result result;
	int err = mheap_op_try_resize(call, i, p);

	if (err != -EDQUOT)
		return err;
	err = mheap_scanner_collect(mheap_call_heap(call), 2, &result);
	if (err)
		return err;
	return mheap_op_try_resize(call, i, p);
}

static void mheap_op_release_resize(struct mheap_prepared *p)
{
	mheap_body_free(p->body);
	if (p->payload.nbytes)
		mheap_area_free(&p->payload);
}

const struct mheap_op_desc mheap_op_resize = {
	.rights = MHEAP_RIGHT_WRITE,
	.uses = MHEAP_USES_OBJ | MHEAP_USES_LEN | MHEAP_USES_ARG,
	.handles = MHEAP_OPF_OBJ,
	.prepare = mheap_op_prepare_resize,
	.run = mheap_op_run_resize,
	.release = mheap_op_release_resize,
};
