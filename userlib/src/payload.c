// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Payload bytes, one operation to the call.
 */
#include "session.h"

int mheap_read(struct mheap *h, mheap_ref obj, uint64_t off, void *buf,
	       size_t len)
{
	struct mheap_op op = {
		.opcode = MHEAP_OP_READ,
		.obj = mheap_handle(h, obj),
		.arg = off,
		.val = mheap_address(buf),
		.len = mheap_length(len),
	};

	return mheap_op_do(h, &op);
}

int mheap_write(struct mheap *h, mheap_ref obj, uint64_t off, const void *buf,
		size_t len)
{
	struct mheap_op op = {
		.opcode = MHEAP_OP_WRITE,
		.obj = mheap_handle(h, obj),
		.arg = off,
		.val = mheap_address(buf),
		.len = mheap_length(len),
	};

	return mheap_op_do(h, &op);
}
