// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Interned objects, one op in each call.
 */
#include "session.h"

int mheap_intern(struct mheap *h, mheap_type t, const void *buf, size_t len,
		 mheap_ref *r)
{
	struct mheap_op op = {
		.opcode = MHEAP_OP_INTERN,
		.index = t,
		.val = mheap_address(buf),
		.len = mheap_length(len),
	};

	return mheap_op_out(h, &op, r);
}
