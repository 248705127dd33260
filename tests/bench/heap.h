/* SPDX-License-Identifier: GPL-2.0 */
/* A heap to measure: its objects are made, linked and let go in batches. */
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

/* Ends the program if @ret is an error; otherwise returns it. */
int heap_check(const char *what, int ret);

/* A new heap for so many objects, without automatic collection; and its end. */
void heap_begin(unsigned int nr);
void heap_end(void);

/* Do what the batch holds, and empty it. */
void heap_submit(void);

/* The longest of these since this was asked last. */
double heap_longest_submit(void);

/* An operation was added to the batch: submit it if it is full. */
void heap_added(void);

void heap_alloc_all(unsigned int nslots);

/* Let a slot of each object refer to another one. */
void heap_set_slots(unsigned int slot, unsigned int (*target)(unsigned int i));

/* A target: any object. */
unsigned int heap_anywhere(unsigned int i);

/* Drop all handles but one; none is kept if @keep is no object's number. */
void heap_drop_all_but(unsigned int keep);

/* One object with a slot for each other, in random order: the only root. */
mheap_ref heap_hold_shuffled(void);

/* Collects generations 0 to @generation and returns how long that took. */
double heap_collect(int generation);

#endif
