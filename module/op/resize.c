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
static int mheap_op_ensure_growth(struct mheap_call *call, const struct mheap_entry *e)
{
	struct mheap_object *o;
	u32 nbytes;
	int err = mheap_call_find(call, e->obj, &o);

	if (err)
		return err;
	nbytes = mheap_object_nbytes(o);
	return mheap_call_ensure_quota(call, 0, e->index - min(e->index, o->nslots),
				       e->val - min(e->val, nbytes));
}

/* Check the limits before memory for a large body is allocated. */
static int mheap_op_prepare_resize(struct mheap_call *call, const struct mheap_entry *e,
				   struct mheap_prepared *p)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	int err = mheap_call_check_size(e);

	if (err)
		return err;
	if (mheap_entry_size(e) > MHEAP_CHUNK_BYTES) {
		mheap_heap_lock(heap);
		err = mheap_op_ensure_growth(call, e);
		mheap_heap_unlock(heap);
		if (err)
			return err;
	}
	p->body = mheap_body_alloc(&heap->areas[MHEAP_CHANGING], e->index, e->val);
	return p->body ? 0 : -ENOMEM;
}

static int mheap_op_try_resize(struct mheap_call *call, const struct mheap_entry *e,
			       struct mheap_prepared *p)
{
	struct mheap_resize job = {
		.body = p->body,
		.nslots = e->index,
	};
	int err = mheap_call_find(call, e->obj, &job.object);

	if (err)
		return err;
	err = mheap_resize(mheap_call_heap(call), &job, &call->dying);
	p->body = job.body;
	p->payload = job.payload;
	return err;
}

/* If the heap is at a limit, try again after a full collection. */
int mheap_op_run_resize(struct mheap_call *call, const struct mheap_entry *e,
			struct mheap_prepared *p)
{
	struct mheap_result result;
	int err = mheap_op_try_resize(call, e, p);

	if (err != -EDQUOT)
		return err;
	err = mheap_scanner_collect(mheap_call_heap(call), 2, &result);
	if (err)
		return err;
	return mheap_op_try_resize(call, e, p);
}

static void mheap_op_release_resize(struct mheap_prepared *p)
{
	mheap_body_free(p->body);
	if (p->payload.nbytes)
		mheap_area_free(&p->payload);
}

const struct mheap_op_desc mheap_op_resize = {
	.rights = MHEAP_RIGHT_WRITE,
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32, .arg = MHEAP_ANY64 },
	.prepare = mheap_op_prepare_resize,
	.release = mheap_op_release_resize,
	.sized = true,
};
