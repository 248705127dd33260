/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A batch that is submitted when it is full, for operations that must all
 * succeed.
 */
#ifndef MHEAPCTL_FEED_H
#define MHEAPCTL_FEED_H

#include <mheap.h>

struct feed {
	struct mheap_batch *batch;
	unsigned int capacity;
	unsigned int count;	/* operations in the batch */
};

int feed_open(struct feed *f, struct mheap *h, unsigned int capacity);
void feed_close(struct feed *f);

/* Make room for one operation, to be added next.  0 or the error of an older. */
int feed_next(struct feed *f);

/* Do what is in the batch: 0, or the error of the first that failed. */
int feed_flush(struct feed *f);

#endif /* MHEAPCTL_FEED_H */
