/* SPDX-License-Identifier: GPL-2.0 */
/* The heap under test, whose objects are made, linked and dropped in batches. */
#ifndef BENCH_HEAP_H
#define BENCH_HEAP_H

#include <mheap.h>

#define HEAP_BATCH	1024U

/**
 * struct heap - The heap under test
 * @h: the session
 * @batch: for HEAP_BATCH operations
 * @refs: a handle of each object
 * @nr: number of objects
 */
struct heap {
	struct mheap *h;
	struct mheap_batch *batch;
	mheap_ref *refs;
	unsigned int nr;
};

extern struct heap heap;

/* End the program if @ret is an error; otherwise return it. */
int heap_check(const char *what, int ret);

/* Open a heap for so many objects without automatic collection, and close it. */
void heap_begin(unsigned int nr);
void heap_end(void);

/* Submit the batch and empty it. */
void heap_submit(void);

/* Returns the longest submit since the last call of this function. */
double heap_longest_submit(void);

/* Count an operation added to the batch, and submit the batch if it is full. */
void heap_added(void);

void heap_alloc_all(unsigned int nslots);

/* Let a slot of each object refer to another one. */
void heap_set_slots(unsigned int slot, unsigned int (*target)(unsigned int i));

/* This target stands for any object. */
unsigned int heap_anywhere(unsigned int i);

/* Drop all handles but one; none is kept if @keep is no object's number. */
void heap_drop_all_but(unsigned int keep);

/* Make one object the only root, with a slot for each other object in random order. */
mheap_ref heap_hold_shuffled(void);

/* Collect generations 0 to @generation; returns how long that took. */
double heap_collect(int generation);

#endif
