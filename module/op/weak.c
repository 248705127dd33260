// SPDX-License-Identifier: GPL-2.0
/* Opcodes about weak handles. */
#include <linux/errno.h>
#include <linux/slab.h>

#include "compat.h"
#include "ext.h"
#include "handle.h"
#include "op/call.h"
#include "op/ops.h"
#include "weak.h"

static int mheap_op_prepare_weak_new(struct mheap_call *call,
				     const struct mheap_entry *e,
				     struct mheap_prepared *p)
{
	p->weak = mheap_weak_alloc(e->arg);
	p->ext = mheap_ext_alloc();
	return p->weak && p->ext ? 0 : -ENOMEM;
}

int mheap_op_run_weak_new(struct mheap_call *call, const struct mheap_entry *e,
			  struct mheap_prepared *p)
{
	struct mheap_weak *weak = p->weak;
	struct mheap_object *o;
	int err = mheap_call_find(call, e->obj, &o);

	if (!err && !call->weaks_left)
		err = -ENOMEM;
	if (err)
		return err;
	p->weak = NULL;
	mheap_weak_add(call->session, weak, o, &p->ext);
	call->weaks_left--;
	mheap_call_value(call, weak->number);
	return 0;
}

static void mheap_op_release_weak_new(struct mheap_prepared *p)
{
	kfree(p->weak);
	kfree(p->ext);
}

int mheap_op_run_weak_get(struct mheap_call *call, const struct mheap_entry *e)
{
	struct mheap_object *o = NULL;
	struct mheap_weak *weak;
	u32 number = e->obj;
	int err = mheap_handle_claim(call->session, &number);

	if (err)
		return err;
	weak = mheap_weak_find(call->session, e->arg);
	if (weak)
		o = mheap_weak_object(weak);
	return mheap_call_give(call, e->obj, number, o, weak ? 0 : -ENOENT);
}

int mheap_op_run_weak_drop(struct mheap_call *call, const struct mheap_entry *e)
{
	return mheap_weak_drop(call->session, e->arg);
}

const struct mheap_op_desc mheap_op_weak_new = {
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32, .arg = MHEAP_ANY64 },
	.has_value = true,
	.makes_weak = true,
	.prepare = mheap_op_prepare_weak_new,
	.release = mheap_op_release_weak_new,
};

const struct mheap_op_desc mheap_op_weak_get = {
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32, .arg = MHEAP_ANY64 },
	.has_value = true,
	.makes = MHEAP_MAKES_OBJ,
};

const struct mheap_op_desc mheap_op_weak_drop = {
	.may = { .opcode = MHEAP_ANY8, .arg = MHEAP_ANY64 },
};
