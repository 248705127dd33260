// SPDX-License-Identifier: GPL-2.0
/* Opcodes about names of objects. */
#include <linux/errno.h>

#include "compat.h"
#include "handle.h"
#include "heap.h"
#include "limits.h"
#include "name.h"
#include "op/call.h"
#include "op/ops.h"

static int mheap_op_check_name(const struct mheap_entry *e)
{
	if (!e->val)
		return -EINVAL;
	return e->val > MHEAP_MAX_NAME ? -E2BIG : 0;
}

static int mheap_op_prepare_name(struct mheap_call *call, const struct mheap_entry *e,
				 struct mheap_prepared *p)
{
	int err = mheap_op_check_name(e);

	return err ?: mheap_call_alloc_data(p, e->val);
}

static int mheap_op_prepare_publish(struct mheap_call *call, const struct mheap_entry *e,
				    struct mheap_prepared *p)
{
	int err = mheap_op_check_name(e);

	if (err)
		return err;
	p->name = mheap_name_alloc(e->val);
	if (!p->name)
		return -ENOMEM;
	p->data = p->name->text;
	p->data_len = e->val;
	return 0;
}

int mheap_op_run_publish(struct mheap_call *call, const struct mheap_entry *e,
			 struct mheap_prepared *p)
{
	struct mheap_object *o;
	int err = mheap_call_find(call, e->obj, &o);

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

int mheap_op_run_lookup(struct mheap_call *call, const struct mheap_entry *e,
			struct mheap_prepared *p)
{
	struct mheap_object *o;
	u32 number = e->obj;
	int err = mheap_handle_claim(call->session, &number);

	if (err)
		return err;
	o = mheap_name_lookup(mheap_call_heap(call), p->data, p->data_len);
	return mheap_call_give(call, e->obj, number, o, o ? 0 : -ENOENT);
}

int mheap_op_run_unpublish(struct mheap_call *call, const struct mheap_entry *e,
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
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32, .val = MHEAP_ANY32 },
	.tail = true,
	.tail_may = { .address = MHEAP_ANY64 },
	.direction = MHEAP_DATA_IN,
	.prepare = mheap_op_prepare_publish,
	.release = mheap_op_release_publish,
};

const struct mheap_op_desc mheap_op_lookup = {
	.rights = MHEAP_RIGHT_READ,
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32, .val = MHEAP_ANY32 },
	.tail = true,
	.tail_may = { .address = MHEAP_ANY64 },
	.direction = MHEAP_DATA_IN,
	.prepare = mheap_op_prepare_name,
	.release = mheap_call_free_data,
	.makes = MHEAP_MAKES_OBJ,
};

const struct mheap_op_desc mheap_op_unpublish = {
	.rights = MHEAP_RIGHT_WRITE,
	.may = { .opcode = MHEAP_ANY8, .val = MHEAP_ANY32 },
	.tail = true,
	.tail_may = { .address = MHEAP_ANY64 },
	.direction = MHEAP_DATA_IN,
	.prepare = mheap_op_prepare_name,
	.release = mheap_op_release_unpublish,
};
