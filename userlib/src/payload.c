// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Payload bytes: copied by one op in each call, or mapped.
 */
#include <errno.h>
#include <string.h>

#include "session.h"

/* The bytes are the value of the op. */
static int read_inline(struct mheap *h, struct mheap_ioc_op *op, void *buf, size_t len)
{
	uint64_t bytes;
	int err;

	op->entry.flags = MHEAP_ENTRY_INLINE;
	err = mheap_op_value(h, op, &bytes);
	if (!err)
		memcpy(buf, &bytes, len);
	return err;
}

int mheap_read(struct mheap *h, mheap_ref obj, uint64_t off, void *buf,
	       size_t len)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_READ,
		.obj = mheap_handle(h, obj),
		.index = mheap_length(off),
		.val = mheap_length(len),
	} };

	if (mheap_is_inline(buf, len))
		return read_inline(h, &op, buf, len);
	op.tail.address = mheap_address(buf);
	return mheap_op_do(h, &op);
}

int mheap_write(struct mheap *h, mheap_ref obj, uint64_t off, const void *buf,
		size_t len)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_WRITE,
		.obj = mheap_handle(h, obj),
		.index = mheap_length(off),
		.val = mheap_length(len),
	} };

	if (mheap_is_inline(buf, len)) {
		op.entry.flags = MHEAP_ENTRY_INLINE;
		memcpy(&op.tail.address, buf, len);
	} else {
		op.tail.address = mheap_address(buf);
	}
	return mheap_op_do(h, &op);
}

/* Find out where the payload lies, among other things. */
static int locate(struct mheap *h, mheap_ref obj, struct mheap_ioc_stat *stat)
{
	struct mheap_ioc_op op = {
		.entry = {
			.opcode = MHEAP_OP_STAT,
			.obj = mheap_handle(h, obj),
			.val = sizeof(*stat),
		},
		.tail.address = mheap_address(stat),
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
