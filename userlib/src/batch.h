/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A batch: ops for the kernel, and what the library has to know about each of them when it
 * is submitted.
 */
#ifndef LIBMHEAP_BATCH_H
#define LIBMHEAP_BATCH_H

#include "session.h"

/* What the kernel reads: the entry of an op, or the tail of the entry before. */
union mheap_cell {
	struct mheap_entry entry;
	struct mheap_tail tail;
};

/**
 * struct mheap_batch_op - What the library knows about an op
 * @cell: where its entry is
 * @result: what the single call would have returned
 * @obj: upper half of the reference whose lower half is the obj of the entry
 * @val: the same for the val of the entry
 * @tail: the same for the handle of the tail
 * @null: the op makes a handle, and found no object to make it of
 * @address: where its value goes, or where its bytes are, if it has no @tail and makes no
 *	handle
 */
struct mheap_batch_op {
	uint32_t cell;
	int32_t result;
	uint32_t obj;
	uint32_t val;
	union {
		struct {
			uint32_t tail;
			bool null;
		};
		uint64_t address;
	};
};

/**
 * struct mheap_batch - A batch
 * @h: the session
 * @cells: the ops, in the form that the kernel reads
 * @ops: what the library knows about them
 * @results: space for results of one call to the kernel
 * @capacity: number of ops that fit
 * @count: ops that were added
 * @cells_used: cells of these ops
 * @submitted: how many ops were submitted
 * @go_on: whether to go on after an op that failed
 * @free: numbers for references to come
 *
 * Only one thread at a time uses a batch, so it has no lock.
 */
struct mheap_batch {
	struct mheap *h;
	union mheap_cell *cells;
	struct mheap_batch_op *ops;
	struct mheap_op_result *results;
	unsigned int capacity;
	unsigned int count;
	unsigned int cells_used;
	unsigned int submitted;
	bool go_on;
	struct mheap_free_list free;
};

/* Returns the cells of an op. */
static inline union mheap_cell *mheap_batch_cells(struct mheap_batch *b,
						  const struct mheap_batch_op *op)
{
	return &b->cells[op->cell];
}

/* Returns a reference, of which an op has one half and its entry the other. */
static inline mheap_ref mheap_join(uint32_t upper, uint32_t number)
{
	return (uint64_t)upper << 32 | number;
}

/* Free the references of all ops from first on whose handles were not made. */
void mheap_batch_forget(struct mheap_batch *b, unsigned int first,
			struct mheap_free_list *to);

/* Returns the reference of the handle that the op makes, or 0 if it makes none. */
mheap_ref mheap_batch_makes(struct mheap_batch *b, const struct mheap_batch_op *op);

#endif /* LIBMHEAP_BATCH_H */
