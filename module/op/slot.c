// SPDX-License-Identifier: GPL-2.0
/* Opcodes about slots. */
#include "compat.h"
#include "drop.h"
#include "handle.h"
#include "heap.h"
#include "object.h"
#include "op/call.h"
#include "op/ops.h"
#include "slot.h"

/* Find the object of an op, and what the slot that the op names refers to. */
static int mheap_op_find_slot(struct mheap_call *call, const struct mheap_entry *e,
			      struct mheap_object **o, struct mheap_object **old)
{
	int err = mheap_call_find(call, e->obj, o);

	return err ?: mheap_slot_get(*o, e->index, old);
}

int mheap_op_run_get(struct mheap_call *call, const struct mheap_entry *e)
{
	struct mheap_object *o, *val = NULL;
	u32 number = e->val;
	int err = mheap_handle_claim(call->session, &number);

	if (unlikely(err))
		return err;
	err = mheap_op_find_slot(call, e, &o, &val);
	return mheap_call_give(call, e->val, number, val, err);
}

int mheap_op_run_set(struct mheap_call *call, const struct mheap_entry *e)
{
	struct mheap_object *o, *val;
	int err = mheap_call_find(call, e->obj, &o);

	if (likely(!err))
		err = mheap_call_find_or_null(call, e->val, &val);
	if (unlikely(err))
		return err;
	return mheap_slot_set(mheap_call_heap(call), o, e->index, val, &call->dying);
}

/* Make a handle of what a slot refers to before the slot is set: it may be the last one. */
static int mheap_op_exchange(struct mheap_call *call, const struct mheap_entry *e,
			     u32 number, struct mheap_object *old, struct mheap_object *o,
			     struct mheap_object *val)
{
	u32 results = call->nr_results;
	int err = mheap_call_give(call, mheap_entry_tail(e)->handle, number, old, 0);

	if (err)
		return err;
	err = mheap_slot_set(mheap_call_heap(call), o, e->index, val, &call->dying);
	if (!err)
		return 0;
	call->nr_results = results;
	mheap_drop_known(call->session, number, old, &call->dying);
	return err;
}

int mheap_op_run_xchg(struct mheap_call *call, const struct mheap_entry *e)
{
	u32 asked = mheap_entry_tail(e)->handle, number = asked;
	struct mheap_object *o, *val, *old = NULL;
	int err = mheap_handle_claim(call->session, &number);

	if (unlikely(err))
		return err;
	err = mheap_op_find_slot(call, e, &o, &old);
	if (!err)
		err = mheap_call_find_or_null(call, e->val, &val);
	if (!err && old)
		return mheap_op_exchange(call, e, number, old, o, val);
	if (!err)
		err = mheap_slot_set(mheap_call_heap(call), o, e->index, val, &call->dying);
	return mheap_call_give(call, asked, number, NULL, err);
}

/* The objects that an op which compares names: what it expects, and what it sets. */
static int mheap_op_find_cas(struct mheap_call *call, const struct mheap_entry *e,
			     struct mheap_object **expected,
			     struct mheap_object **val)
{
	int err = mheap_call_find_or_null(call, mheap_entry_tail(e)->handle, expected);

	return err ?: mheap_call_find_or_null(call, e->val, val);
}

int mheap_op_run_cas(struct mheap_call *call, const struct mheap_entry *e)
{
	struct mheap_object *o, *old, *expected, *val;
	int err = mheap_op_find_slot(call, e, &o, &old);

	if (!err)
		err = mheap_op_find_cas(call, e, &expected, &val);
	if (!err && old == expected)
		err = mheap_slot_set(mheap_call_heap(call), o, e->index, val, &call->dying);
	if (!err)
		mheap_call_value(call, old == expected);
	return err;
}

const struct mheap_op_desc mheap_op_get = {
	.rights = MHEAP_RIGHT_READ,
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32, .arg = MHEAP_ANY64 },
	.has_value = true,
	.makes = MHEAP_MAKES_VAL,
};

const struct mheap_op_desc mheap_op_set = {
	.rights = MHEAP_RIGHT_WRITE,
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32, .arg = MHEAP_ANY64 },
};

const struct mheap_op_desc mheap_op_xchg = {
	.rights = MHEAP_RIGHT_READ | MHEAP_RIGHT_WRITE,
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32, .arg = MHEAP_ANY64 },
	.tail = true,
	.tail_may = { .handle = MHEAP_ANY32 },
	.has_value = true,
	.makes = MHEAP_MAKES_TAIL,
};

const struct mheap_op_desc mheap_op_cas = {
	.rights = MHEAP_RIGHT_READ | MHEAP_RIGHT_WRITE,
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32, .arg = MHEAP_ANY64 },
	.tail = true,
	.tail_may = { .handle = MHEAP_ANY32 },
	.has_value = true,
};
