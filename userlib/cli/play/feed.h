/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A batch that submits itself when it is full, for ops that must all succeed.
 */
#ifndef MHEAPCTL_FEED_H
#define MHEAPCTL_FEED_H

#include <mheap.h>

struct feed {
	struct mheap_batch *batch;
	unsigned int capacity;
	unsigned int count;	/* ops in the batch */
};

int feed_open(struct feed *f, struct mheap *h, unsigned int capacity);
void feed_close(struct feed *f);

/*
 * To be called before each op is added.  Returns 0, or the error of an op that was
 * added before.
 */
int feed_next(struct feed *f);

/* Submit the batch.  Returns 0, or the error of the first op that failed. */
int feed_flush(struct feed *f);

#endif /* MHEAPCTL_FEED_H */
