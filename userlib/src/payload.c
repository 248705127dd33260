// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Payload bytes: copied by one op in each call, or mapped.
 */
#include <errno.h>

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

/* Find out where the payload lies, among other things. */
static int locate(struct mheap *h, mheap_ref obj, struct mheap_ioc_stat *stat)
{
	struct mheap_op op = {
		.opcode = MHEAP_OP_STAT,
		.obj = mheap_handle(h, obj),
		.val = mheap_address(stat),
		.len = sizeof(*stat),
	};

	return mheap_op_do(h, &op);
}

int mheap_data(struct mheap *h, mheap_ref obj, void **p, size_t *len)
{
	struct mheap_ioc_stat stat;
	int err;

	if (!p)
		return -EFAULT;
	err = locate(h, obj, &stat);
	if (err)
		return err;
	if (!stat.nbytes) {
		*p = NULL;
	} else {
		err = mheap_maps_find(&h->maps, h->fd, h->writable, stat.offset,
				      stat.nbytes, p);
		if (err)
			return err;
	}
	if (len)
		*len = stat.nbytes;
	return 0;
}
