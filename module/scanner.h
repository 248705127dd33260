/* SPDX-License-Identifier: GPL-2.0 */
/* The scanner, which continues collections and decides for how long. */
#ifndef MHEAP_SCANNER_H
#define MHEAP_SCANNER_H

#include <linux/types.h>

struct mheap_dying;
struct mheap_heap;

/**
 * struct mheap_result - The result of a collection, for the call that waits for it
 * @done: the collection has ended
 * @found: number of unreachable tracked objects
 * @freed: number of objects that were freed, tracked or not
 *
 * The heap lock guards it.
 */
struct mheap_result {
	bool done;
	u64 found;
	u64 freed;
};

void mheap_scanner_init(struct mheap_heap *heap);
int mheap_scanner_start(struct mheap_heap *heap);
void mheap_scanner_stop(struct mheap_heap *heap);
void mheap_scanner_settle(struct mheap_heap *heap);
void mheap_scanner_reclaim(struct mheap_heap *heap, struct mheap_dying *dying);
void mheap_scanner_born(struct mheap_heap *heap);
void mheap_scanner_examine(struct mheap_heap *heap, u64 readied);
bool mheap_scanner_shrink(struct mheap_heap *heap);
int mheap_scanner_freeze(struct mheap_heap *heap, bool freeze);
int mheap_scanner_collect(struct mheap_heap *heap, unsigned int generation,
			  struct mheap_result *result);

#endif
