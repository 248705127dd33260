// SPDX-License-Identifier: GPL-2.0
/* Opcodes about slots. */
#include "compat.h"
#include "drop.h"
#include "heap.h"
#include "object.h"
#include "op/call.h"
#include "op/ops.h"
#include "slot.h"

static int mheap_op_run_get(struct mheap_call *call, u32 i,
			    struct mheap_prepared *p)
{
	struct mheap_object *o, *val;
	int err = mheap_call_find(call, i, &o);

	if (err)
		return err;
	err = mheap_slot_get(o, call->ops[i].index, &val);
	if (err || !val)
		return err;
	return mheap_call_new_handle(call, i, val);
}

/* Set the slot that the op names to the value of the op. */
static int mheap_op_set_slot(struct mheap_call *call, u32 i,
			     struct mheap_object *o)
{
	const struct mheap_op *op = &call->ops[i];
	struct mheap_object *val;
	int err = mheap_call_find_or_null(call, i, MHEAP_OPF_VAL, op->val,
					  &val);

	if (err)
		return err;
	return mheap_slot_set(mheap_call_heap(call), o, op->index, val,
			      &call->dying);
}

static int mheap_op_run_set(struct mheap_call *call, u32 i,
			    struct mheap_prepared *p)
{
	struct mheap_object *o;
	int err = mheap_call_find(call, i, &o);

	if (err)
		return err;
	return mheap_op_set_slot(call, i, o);
}

static int mheap_op_run_xchg(struct mheap_call *call, u32 i,
			     struct mheap_prepared *p)
{
	struct mheap_op *op = &call->ops[i];
	struct mheap_object *o, *old;
	int err = mheap_call_find(call, i, &o);

	if (err)
		return err;
	err = mheap_slot_get(o, op->index, &old);
	if (err)
		return err;
	if (old) {
		err = mheap_call_new_handle(call, i, old);
		if (err)
			return err;
	}
	err = mheap_op_set_slot(call, i, o);
	if (err && old)
		mheap_drop_handle(call->session, op->out, &call->dying);
	return err;
}

/* The objects that an op which compares names: what it expects, and what it sets. */
static int mheap_op_find_cas(struct mheap_call *call, u32 i,
			     struct mheap_object **expected,
			     struct mheap_object **val)
{
	const struct mheap_op *op = &call->ops[i];
	int err;

	err = mheap_call_find_or_null(call, i, MHEAP_OPF_ARG, op->arg, expected);
	if (err)
		return err;
	return mheap_call_find_or_null(call, i, MHEAP_OPF_VAL, op->val, val);
}

static int mheap_op_run_cas(struct mheap_call *call, u32 i,
			    struct mheap_prepared *p)
{
	struct mheap_op *op = &call->ops[i];
	struct mheap_object *o, *old, *expected, *val;
	int err = mheap_call_find(call, i, &o);

	if (err)
		return err;
	err = mheap_slot_get(o, op->index, &old);
	if (err)
		return err;
	err = mheap_op_find_cas(call, i, &expected, &val);
	if (err || old != expected)
		return err;
	err = mheap_slot_set(mheap_call_heap(call), o, op->index, val,
			     &call->dying);
	op->out = !err;
	return err;
}

const struct mheap_op_desc mheap_op_get = {
	.rights = MHEAP_RIGHT_READ,
	.uses = MHEAP_USES_OBJ | MHEAP_USES_INDEX,
	.handles = MHEAP_OPF_OBJ,
	.makes_handle = true,
	.run = mheap_op_run_get,
};

const struct mheap_op_desc mheap_op_set = {
	.rights = MHEAP_RIGHT_WRITE,
	.uses = MHEAP_USES_OBJ | MHEAP_USES_INDEX | MHEAP_USES_VAL,
	.handles = MHEAP_OPF_OBJ | MHEAP_OPF_VAL,
	.run = mheap_op_run_set,
};

const struct mheap_op_desc mheap_op_xchg = {
	.rights = MHEAP_RIGHT_READ | MHEAP_RIGHT_WRITE,
	.uses = MHEAP_USES_OBJ | MHEAP_USES_INDEX | MHEAP_USES_VAL,
	.handles = MHEAP_OPF_OBJ | MHEAP_OPF_VAL,
	.makes_handle = true,
	.run = mheap_op_run_xchg,
};

const struct mheap_op_desc mheap_op_cas = {
	.rights = MHEAP_RIGHT_READ | MHEAP_RIGHT_WRITE,
	.uses = MHEAP_USES_OBJ | MHEAP_USES_INDEX | MHEAP_USES_VAL | MHEAP_USES_ARG,
	.handles = MHEAP_OPF_OBJ | MHEAP_OPF_VAL | MHEAP_OPF_ARG,
	.run = mheap_op_run_cas,
};
