// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Interned objects, one op in each call.
 */
#include <errno.h>

#include "session.h"

int mheap_intern(struct mheap *h, mheap_type t, const void *buf, size_t len,
		 mheap_ref *r)
{
	struct mheap_ioc_op op = {
		.entry = {
			.opcode = MHEAP_OP_INTERN,
			.type = (uint16_t)t,
			.val = mheap_length(len),
		},
		.tail.address = mheap_address(buf),
	};

	if (t > UINT16_MAX)
		return -ENOENT;
	return mheap_op_make(h, &op, &op.entry.obj, r);
}
