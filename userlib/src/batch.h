/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A batch: entries for the kernel, and what the library has to do with each
 * when it was done.
 */
#ifndef LIBMHEAP_BATCH_H
#define LIBMHEAP_BATCH_H

#include "session.h"

/* For one thread at a time, so no lock. */
struct mheap_batch {
	struct mheap *h;
	struct mheap_op *ops;
	/*
	 * Per entry: the reference that it makes or drops, or the address that
	 * its out is to be stored at.
	 */
	uint64_t *extra;
	unsigned int capacity;
	unsigned int count;	/* entries added */
	unsigned int submitted;	/* of which submitted */
	bool go_on;
	struct mheap_places places;	/* for references to come */
};

/* Does the entry make a handle? */
static inline bool mheap_op_makes(const struct mheap_op *op)
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
