// SPDX-License-Identifier: GPL-2.0
/* Opcodes about weak handles. */
#include <linux/errno.h>
#include <linux/slab.h>

#include "compat.h"
#include "ext.h"
#include "op/call.h"
#include "op/ops.h"
#include "weak.h"

static int mheap_op_prepare_weak_new(struct mheap_call *call, u32 i,
				     struct mheap_prepared *p)
{
	p->weak = mheap_weak_alloc(call->ops[i].arg);
	p->ext = mheap_ext_alloc();
	return p->weak && p->ext ? 0 : -ENOMEM;
}

static int mheap_op_run_weak_new(struct mheap_call *call, u32 i,
				 struct mheap_prepared *p)
{
	struct mheap_weak *weak = p->weak;
	struct mheap_object *o;
	int err = mheap_call_find(call, i, &o);

	if (err)
		return err;
	p->weak = NULL;
	mheap_weak_add(call->session, weak, o, &p->ext);
	call->weaks_left--;
	call->ops[i].out = weak->number;
	return 0;
}

static void mheap_op_release_weak_new(struct mheap_prepared *p)
{
	kfree(p->weak);
	kfree(p->ext);
}

static int mheap_op_run_weak_get(struct mheap_call *call, u32 i,
				 struct mheap_prepared *p)
{
	struct mheap_object *o;
	struct mheap_weak *weak;
	u64 number;
	int err = mheap_call_handle(call, i, MHEAP_OPF_ARG, call->ops[i].arg,
				    &number);

	if (err)
		return err;
	weak = mheap_weak_find(call->session, number);
	if (!weak)
		return -ENOENT;
	o = mheap_weak_object(weak);
	return o ? mheap_call_new_handle(call, i, o) : 0;
}

static int mheap_op_run_weak_drop(struct mheap_call *call, u32 i,
				  struct mheap_prepared *p)
{
	u64 number;
	int err = mheap_call_handle(call, i, MHEAP_OPF_ARG, call->ops[i].arg,
				    &number);

	if (err)
		return err;
	return mheap_weak_drop(call->session, number);
}

const struct mheap_op_desc mheap_op_weak_new = {
	.uses = MHEAP_USES_OBJ | MHEAP_USES_ARG,
	.handles = MHEAP_OPF_OBJ,
	.makes_weak = true,
	.prepare = mheap_op_prepare_weak_new,
	.run = mheap_op_run_weak_new,
	.release = mheap_op_release_weak_new,
};

const struct mheap_op_desc mheap_op_weak_get = {
	.uses = MHEAP_USES_ARG,
	.handles = MHEAP_OPF_ARG,
	.makes_handle = true,
	.run = mheap_op_run_weak_get,
};

const struct mheap_op_desc mheap_op_weak_drop = {
	.uses = MHEAP_USES_ARG,
	.handles = MHEAP_OPF_ARG,
	.run = mheap_op_run_weak_drop,
};
