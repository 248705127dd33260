/* SPDX-License-Identifier: GPL-2.0 */
/* The memory of objects, which comes from one slab cache for each size. */
#ifndef MHEAP_MAGAZINE_H
#define MHEAP_MAGAZINE_H

#include <linux/types.h>

#include "limits.h"

/**
 * struct mheap_magazine - Memory for objects to come that was allocated together
 * @first: the first piece of each size, which begins with the address of the next piece
 */
struct mheap_magazine {
	void *first[MHEAP_OBJECT_SIZES];
};

/**
 * struct mheap_bulk_free - Memory of objects that will be freed together
 * @n: number of pieces
 * @size: index of their size
 * @mem: the pieces
 */
struct mheap_bulk_free {
	unsigned int n;
	unsigned int size;
	void *mem[MHEAP_BULK];
};

int mheap_magazine_init(void);
void mheap_magazine_exit(void);

unsigned int mheap_magazine_size(u32 bytes);
bool mheap_magazine_fill(struct mheap_magazine *magazine, unsigned int size,
			 unsigned int n);
void *mheap_magazine_take(struct mheap_magazine *magazine, unsigned int size);
void *mheap_magazine_pop(struct mheap_magazine *magazine, unsigned int size);
void mheap_magazine_drain(struct mheap_magazine *magazine);

void mheap_bulk_free_add(struct mheap_bulk_free *d, unsigned int size, void *mem);
void mheap_bulk_free_flush(struct mheap_bulk_free *d);

#endif
