// SPDX-License-Identifier: GPL-2.0
/* The opcode that interns an object. */
#include <linux/errno.h>
#include <linux/slab.h>

#include "area.h"
#include "compat.h"
#include "ext.h"
#include "heap.h"
#include "intern.h"
#include "limits.h"
#include "member.h"
#include "object.h"
#include "op/call.h"
#include "op/ops.h"
#include "type.h"

/*
 * The data is copied straight into the payload of a new object, which is freed again if
 * an equal object is interned already.
 */
static int mheap_op_prepare_intern(struct mheap_call *call, u32 i,
				   struct mheap_prepared *p)
{
	struct mheap_area *area = &mheap_call_heap(call)->areas[MHEAP_CONSTANT];
	const struct mheap_op *op = &call->ops[i];

	if (op->len > MHEAP_MAX_INTERN)
		return -E2BIG;
	p->object = mheap_object_alloc(area, NULL, 0, op->len);
	p->ext = mheap_ext_alloc();
	if (!p->object || !p->ext)
		return -ENOMEM;
	if (op->len)
		p->data = mheap_area_data(mheap_object_payload(p->object));
	p->data_len = op->len;
	return 0;
}

static void mheap_op_digest_intern(struct mheap_call *call, u32 i,
				   struct mheap_prepared *p)
{
	p->hash = mheap_intern_hash(mheap_call_heap(call), call->ops[i].index,
				    p->data, p->data_len);
}

/* Intern the new object.  Returns -EAGAIN if another session interned an equal one. */
static int mheap_op_intern_new(struct mheap_call *call, u32 i,
			       struct mheap_prepared *p)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	struct mheap_object *o = p->object;
	int err = mheap_call_ensure_quota(call, 1, 0, p->data_len);

	if (err)
		return err;
	/* A collection may have dropped the lock, so look again. */
	if (mheap_intern_find(heap, p->hash, call->ops[i].index, p->data,
			      p->data_len))
		return -EAGAIN;
	p->object = NULL;
	mheap_member_add(heap, o, call->ops[i].index, 0);
	call->ids_left--;
	mheap_intern_add(heap, o, p->hash, &p->ext);
	return mheap_call_new_handle(call, i, o);
}

static int mheap_op_run_intern(struct mheap_call *call, u32 i,
			       struct mheap_prepared *p)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	u32 type = call->ops[i].index;
	struct mheap_object *o;
	int err;

	if (!mheap_type_get(heap, type))
		return -ENOENT;
	do {
		o = mheap_intern_find(heap, p->hash, type, p->data,
				      p->data_len);
		if (o)
			return mheap_call_new_handle(call, i, o);
		err = mheap_op_intern_new(call, i, p);
	} while (err == -EAGAIN);
	return err;
}

static void mheap_op_release_intern(struct mheap_prepared *p)
{
	if (p->object)
		mheap_object_free(p->object);
	kfree(p->ext);
}

const struct mheap_op_desc mheap_op_intern = {
	.rights = MHEAP_RIGHT_WRITE,
	.uses = MHEAP_USES_INDEX | MHEAP_USES_VAL | MHEAP_USES_LEN,
	.makes_handle = true,
	.makes_object = true,
	.direction = MHEAP_DATA_IN,
	.prepare = mheap_op_prepare_intern,
	.digest = mheap_op_digest_intern,
	.run = mheap_op_run_intern,
	.release = mheap_op_release_intern,
};
