// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Names of objects, one op in each call.
 */
#include <errno.h>
#include <string.h>

#include "session.h"

/* Put the name into the op. */
static int set_name(struct mheap_ioc_op *op, const char *name)
{
	if (!name)
		return -EFAULT;
	op->entry.val = mheap_length(strlen(name));
	op->tail.address = mheap_address(name);
	return 0;
}

int mheap_publish(struct mheap *h, const char *name, mheap_ref r)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_PUBLISH,
		.obj = mheap_handle(h, r),
	} };
	int err = set_name(&op, name);

	return err ? err : mheap_op_do(h, &op);
}

int mheap_lookup(struct mheap *h, const char *name, mheap_ref *r)
{
	struct mheap_ioc_op op = { .entry.opcode = MHEAP_OP_LOOKUP };
	int err = set_name(&op, name);

	return err ? err : mheap_op_make(h, &op, &op.entry.obj, r);
}

int mheap_unpublish(struct mheap *h, const char *name)
{
	struct mheap_ioc_op op = { .entry.opcode = MHEAP_OP_UNPUBLISH };
	int err = set_name(&op, name);

	return err ? err : mheap_op_do(h, &op);
}
