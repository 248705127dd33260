// SPDX-License-Identifier: GPL-2.0
/* The opcode that interns an object. */
#include <linux/errno.h>
#include <linux/slab.h>

#include "area.h"
#include "compat.h"
#include "ext.h"
#include "handle.h"
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
static int mheap_op_prepare_intern(struct mheap_call *call, const struct mheap_entry *e,
				   struct mheap_prepared *p)
{
	struct mheap_area *area = &mheap_call_heap(call)->areas[MHEAP_CONSTANT];

	if (e->val > MHEAP_MAX_INTERN)
		return -E2BIG;
	p->object = mheap_object_alloc(area, NULL, 0, e->val);
	p->ext = mheap_ext_alloc();
	if (!p->object || !p->ext)
		return -ENOMEM;
	if (e->val)
		p->data = mheap_area_data(mheap_object_payload(p->object));
	p->data_len = e->val;
	return 0;
}

static void mheap_op_digest_intern(struct mheap_call *call, const struct mheap_entry *e,
				   struct mheap_prepared *p)
{
	p->hash = mheap_intern_hash(mheap_call_heap(call), e->type, p->data,
				    p->data_len);
}

/* Intern the new object.  Returns -EAGAIN if another session interned an equal one. */
static int mheap_op_intern_new(struct mheap_call *call, const struct mheap_entry *e,
			       struct mheap_prepared *p)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	struct mheap_object *o = p->object;
	int err = mheap_call_ensure_quota(call, 1, 0, p->data_len);

	if (err)
		return err;
	if (!call->ids_left)
		return -ENOMEM;
	/* A collection may have dropped the lock, so look again. */
	if (mheap_intern_find(heap, p->hash, e->type, p->data, p->data_len))
		return -EAGAIN;
	p->object = NULL;
	mheap_member_add(heap, o, e->type, 0);
	call->ids_left--;
	mheap_intern_add(heap, o, p->hash, &p->ext);
	return 0;
}

/* Find the interned object, or intern it. */
static int mheap_op_find_or_intern(struct mheap_call *call, const struct mheap_entry *e,
				   struct mheap_prepared *p, struct mheap_object **o)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	struct mheap_object *new = p->object;
	int err;

	if (!mheap_type_get(heap, e->type))
		return -ENOENT;
	do {
		*o = mheap_intern_find(heap, p->hash, e->type, p->data, p->data_len);
		if (*o)
			return 0;
		err = mheap_op_intern_new(call, e, p);
	} while (err == -EAGAIN);
	*o = new;
	return err;
}

int mheap_op_run_intern(struct mheap_call *call, const struct mheap_entry *e,
			struct mheap_prepared *p)
{
	struct mheap_object *o = NULL;
	u32 number = e->obj;
	int err = mheap_handle_claim(call->session, &number);

	if (err)
		return err;
	err = mheap_op_find_or_intern(call, e, p, &o);
	return mheap_call_give(call, e->obj, number, o, err);
}

static void mheap_op_release_intern(struct mheap_prepared *p)
{
	if (p->object)
		mheap_object_free(p->object);
	kfree(p->ext);
}

const struct mheap_op_desc mheap_op_intern = {
	.rights = MHEAP_RIGHT_WRITE,
	.may = {
		.opcode = MHEAP_ANY8,
		.type = MHEAP_ANY16,
		.obj = MHEAP_ANY32,
		.val = MHEAP_ANY32,
	},
	.tail = true,
	.tail_may = { .address = MHEAP_ANY64 },
	.makes_object = true,
	.direction = MHEAP_DATA_IN,
	.prepare = mheap_op_prepare_intern,
	.digest = mheap_op_digest_intern,
	.release = mheap_op_release_intern,
	.makes = MHEAP_MAKES_OBJ,
};
