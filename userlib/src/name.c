// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Names of objects, one op in each call.
 */
#include <errno.h>
#include <string.h>

#include "session.h"

int mheap_publish(struct mheap *h, const char *name, mheap_ref r)
{
	struct mheap_op op = {
		.opcode = MHEAP_OP_PUBLISH,
		.obj = mheap_handle(h, r),
		.val = mheap_address(name),
	};

	if (!name)
		return -EFAULT;
	op.len = mheap_length(strlen(name));
	return mheap_op_do(h, &op);
}

int mheap_lookup(struct mheap *h, const char *name, mheap_ref *r)
{
	struct mheap_op op = {
		.opcode = MHEAP_OP_LOOKUP,
		.val = mheap_address(name),
	};

	if (!name)
		return -EFAULT;
	op.len = mheap_length(strlen(name));
	return mheap_op_out(h, &op, r);
}

int mheap_unpublish(struct mheap *h, const char *name)
{
	struct mheap_op op = {
		.opcode = MHEAP_OP_UNPUBLISH,
		.val = mheap_address(name),
	};

	if (!name)
		return -EFAULT;
	op.len = mheap_length(strlen(name));
	return mheap_op_do(h, &op);
}
