// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Slots, one op in each call.
 */
#include "session.h"

int mheap_get(struct mheap *h, mheap_ref obj, uint32_t slot, mheap_ref *out)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_GET,
		.obj = mheap_handle(h, obj),
		.index = slot,
	} };

	return mheap_op_make(h, &op, &op.entry.val, out);
}

int mheap_set(struct mheap *h, mheap_ref obj, uint32_t slot, mheap_ref val)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_SET,
		.obj = mheap_handle(h, obj),
		.index = slot,
		.val = mheap_handle(h, val),
	} };

	return mheap_op_do(h, &op);
}

int mheap_xchg(struct mheap *h, mheap_ref obj, uint32_t slot, mheap_ref val,
	       mheap_ref *old)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_XCHG,
		.obj = mheap_handle(h, obj),
		.index = slot,
		.val = mheap_handle(h, val),
	} };

	return mheap_op_make(h, &op, &op.tail.handle, old);
}

int mheap_cas(struct mheap *h, mheap_ref obj, uint32_t slot,
	      mheap_ref expected, mheap_ref val)
{
	struct mheap_ioc_op op = {
		.entry = {
			.opcode = MHEAP_OP_CAS,
			.obj = mheap_handle(h, obj),
			.index = slot,
			.val = mheap_handle(h, val),
		},
		.tail.handle = mheap_handle(h, expected),
	};

	return mheap_op_do(h, &op);
}
