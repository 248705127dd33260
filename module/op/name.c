// SPDX-License-Identifier: GPL-2.0
/* Opcodes about names of objects. */
#include <linux/errno.h>

#include "compat.h"
#include "heap.h"
#include "limits.h"
#include "name.h"
#include "op/call.h"
#include "op/ops.h"

static int mheap_op_check_name(const struct mheap_op *op)
{
	if (!op->len)
		return -EINVAL;
	return op->len > MHEAP_MAX_NAME ? -E2BIG : 0;
}

static int mheap_op_prepare_name(struct mheap_call *call, u32 i,
				 struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];
	int err = mheap_op_check_name(op);

	if (err)
		return err;
	return mheap_call_alloc_data(p, op->len);
}

static int mheap_op_prepare_publish(struct mheap_call *call, u32 i,
				    struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];
	int err = mheap_op_check_name(op);

	if (err)
		return err;
	p->name = mheap_name_alloc(op->len);
	if (!p->name)
		return -ENOMEM;
	p->data = p->name->text;
	p->data_len = op->len;
	return 0;
}

static int mheap_op_run_publish(struct mheap_call *call, u32 i,
				struct mheap_prepared *p)
{
	struct mheap_object *o;
	int err = mheap_call_find(call, i, &o);

	if (err)
		return err;
	err = mheap_name_publish(mheap_call_heap(call), p->name, o);
	if (err)
		return err;
	p->name = NULL;
	return 0;
}

static void mheap_op_release_publish(struct mheap_prepared *p)
{
	mheap_name_free(p->name);
}

static int mheap_op_run_lookup(struct mheap_call *call, u32 i,
			       struct mheap_prepared *p)
{
	struct mheap_object *o;

	o = mheap_name_lookup(mheap_call_heap(call), p->data, p->data_len);
	return o ? mheap_call_new_handle(call, i, o) : -ENOENT;
}

static int mheap_op_run_unpublish(struct mheap_call *call, u32 i,
				  struct mheap_prepared *p)
{
	p->name = mheap_name_unpublish(mheap_call_heap(call), p->data,
				       p->data_len, &call->dying);
	return p->name ? 0 : -ENOENT;
}

static void mheap_op_release_unpublish(struct mheap_prepared *p)
{
	mheap_name_free(p->name);
	mheap_call_free_data(p);
}

const struct mheap_op_desc mheap_op_publish = {
	.rights = MHEAP_RIGHT_WRITE,
	.uses = MHEAP_USES_OBJ | MHEAP_USES_VAL | MHEAP_USES_LEN,
	.handles = MHEAP_OPF_OBJ,
	.direction = MHEAP_DATA_IN,
	.prepare = mheap_op_prepare_publish,
	.run = mheap_op_run_publish,
	.release = mheap_op_release_publish,
};

const struct mheap_op_desc mheap_op_lookup = {
	.rights = MHEAP_RIGHT_READ,
	.uses = MHEAP_USES_VAL | MHEAP_USES_LEN,
	.makes_handle = true,
	.direction = MHEAP_DATA_IN,
	.prepare = mheap_op_prepare_name,
	.run = mheap_op_run_lookup,
	.release = mheap_call_free_data,
};

const struct mheap_op_desc mheap_op_unpublish = {
	.rights = MHEAP_RIGHT_WRITE,
	.uses = MHEAP_USES_VAL | MHEAP_USES_LEN,
	.direction = MHEAP_DATA_IN,
	.prepare = mheap_op_prepare_name,
	.run = mheap_op_run_unpublish,
	.release = mheap_op_release_unpublish,
};
