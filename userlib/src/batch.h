/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A batch: ops for the kernel, and what the library has to do with each of them after it
 * was done.
 */
#ifndef LIBMHEAP_BATCH_H
#define LIBMHEAP_BATCH_H

#include "session.h"

/**
 * struct mheap_batch - A batch
 * @h: the session
 * @ops: the ops, in the form that the kernel reads
 * @extra: for each op, the reference that it makes or drops, or the address where its
 *	out is to be stored, or 0
 * @capacity: number of ops that fit
 * @count: ops that were added
 * @submitted: how many of them were submitted
 * @go_on: whether to go on after an op that failed
 * @free: entries for references to come
 *
 * Only one thread at a time uses a batch, so it has no lock.
 */
struct mheap_batch {
	struct mheap *h;
	struct mheap_op *ops;
	uint64_t *extra;
	unsigned int capacity;
	unsigned int count;
	unsigned int submitted;
	bool go_on;
	struct mheap_free_list free;
};

/* Does the op make a handle? */
static inline bool mheap_op_makes_handle(const struct mheap_op *op)
{
	switch (op->opcode) {
	case MHEAP_OP_ALLOC:
	case MHEAP_OP_DUP:
	case MHEAP_OP_OPEN_ID:
	case MHEAP_OP_GET:
	case MHEAP_OP_XCHG:
	case MHEAP_OP_LOOKUP:
	case MHEAP_OP_WEAK_GET:
	case MHEAP_OP_INTERN:
		return true;
	default:
		return false;
	}
}

#endif /* LIBMHEAP_BATCH_H */
