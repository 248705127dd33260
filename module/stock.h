/* SPDX-License-Identifier: GPL-2.0 */
/* The memory of objects: caches by size, many at a time. */
#ifndef MHEAP_STOCK_H
#define MHEAP_STOCK_H

#include <linux/types.h>

#include "limits.h"

/**
 * struct mheap_stock - Memory that was asked for together, for objects to come
 * @first: of each size the first piece, which begins with the address of the next
 */
struct mheap_stock {
	void *first[MHEAP_OBJECT_SIZES];
};

/**
 * struct mheap_discard - Memory to be given back together
 * @n: how many pieces
 * @size: the number of their size
 * @mem: the pieces
 */
struct mheap_discard {
	unsigned int n;
	unsigned int size;
	void *mem[MHEAP_DISCARD];
};

int mheap_stock_init(void);
void mheap_stock_exit(void);

unsigned int mheap_stock_size(u32 words);
void mheap_stock_fill(struct mheap_stock *stock, unsigned int size,
		      unsigned int n);
void *mheap_stock_take(struct mheap_stock *stock, unsigned int size);
void mheap_stock_empty(struct mheap_stock *stock);

void mheap_discard(struct mheap_discard *d, unsigned int size, void *mem);
void mheap_discard_all(struct mheap_discard *d);

#endif
