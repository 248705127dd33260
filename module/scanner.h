/* SPDX-License-Identifier: GPL-2.0 */
/* The scanner: who makes collections go on, and when. */
#ifndef MHEAP_SCANNER_H
#define MHEAP_SCANNER_H

#include <linux/types.h>

struct mheap_dying;
struct mheap_heap;

/**
 * struct mheap_result - What a collection came to
 * @done: it has ended
 * @found: unreachable tracked objects
 * @freed: all objects freed by it
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
