// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Weak handles, one op in each call.  The caller gets the numbers of the kernel: no
 * reference ever stands for a weak handle.
 */
#include "session.h"

int mheap_weak_new(struct mheap *h, mheap_ref r, uint64_t cookie,
		   mheap_weak *w)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_WEAK_NEW,
		.obj = mheap_handle(h, r),
		.arg = cookie,
	} };

	return mheap_op_value(h, &op, w);
}

int mheap_weak_get(struct mheap *h, mheap_weak w, mheap_ref *r)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_WEAK_GET,
		.arg = w,
	} };

	return mheap_op_make(h, &op, &op.entry.obj, r);
}

int mheap_weak_drop(struct mheap *h, mheap_weak w)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_WEAK_DROP,
		.arg = w,
	} };

	return mheap_op_do(h, &op);
}
