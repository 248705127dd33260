// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of objects.  The allocator takes as long to get ready for one piece as for
 * sixty, so what a group of entries needs is asked for at once, and what died under
 * one hold of the heap lock is given back at once.
 *
 * No lock: a stock and a discard belong to the call that made them.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "compat.h"
#include "memory.h"
#include "object.h"
#include "stock.h"

/* Words behind the header: sizes of 64 to 576 bytes, whole cache lines but for one. */
static const u8 mheap_stock_words[MHEAP_OBJECT_SIZES] = {
	2, 6, 10, 18, 26, 34, 50, 66
};

static_assert(sizeof(struct mheap_object) + 2 * sizeof(void *) == 64);

static const char * const mheap_stock_names[MHEAP_OBJECT_SIZES] = {
	"mheap_object_64", "mheap_object_96", "mheap_object_128",
	"mheap_object_192", "mheap_object_256", "mheap_object_320",
	"mheap_object_448", "mheap_object_576",
};

static struct kmem_cache *mheap_stock_cache[MHEAP_OBJECT_SIZES];

/* Unloading: no object is left. */
void mheap_stock_exit(void)
{
	unsigned int i;

	for (i = 0; i < MHEAP_OBJECT_SIZES; i++)
		kmem_cache_destroy(mheap_stock_cache[i]);
}

/* Loading: 0 or -ENOMEM. */
int mheap_stock_init(void)
{
	unsigned int i;

	for (i = 0; i < MHEAP_OBJECT_SIZES; i++) {
		u32 size = sizeof(struct mheap_object) +
			   mheap_stock_words[i] * sizeof(void *);

		mheap_stock_cache[i] = kmem_cache_create(mheap_stock_names[i],
							 size, size & -size,
							 SLAB_ACCOUNT, NULL);
		if (!mheap_stock_cache[i]) {
			mheap_stock_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * mheap_stock_size() - The size of an object's memory
 * @words: words behind its header, at most those of MHEAP_INLINE_SLOTS and a payload
 *
 * Return: the number of the size.
 */
unsigned int mheap_stock_size(u32 words)
{
	unsigned int i = 0;

	while (mheap_stock_words[i] < words)
		i++;
	return i;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_stock_size);

/**
 * mheap_stock_fill() - Ask for memory that will be needed
 * @stock: the stock
 * @size: number of the size
 * @n: how many pieces, at most MHEAP_GROUP_OPS
 *
 * Sleeps.  Nothing is lost if there is none: it is asked for once more when it is taken.
 */
void mheap_stock_fill(struct mheap_stock *stock, unsigned int size,
		      unsigned int n)
{
	void *mem[MHEAP_DISCARD];
	unsigned int piece, i;

	for (; n; n -= piece) {
		piece = min(n, MHEAP_DISCARD);
		/* All or nothing: some kernels return a number, some a bool. */
		if (!kmem_cache_alloc_bulk(mheap_stock_cache[size],
					   MHEAP_GFP | __GFP_ZERO, piece, mem))
			return;
		for (i = 0; i < piece; i++) {
			*(void **)mem[i] = stock->first[size];
			stock->first[size] = mem[i];
		}
	}
}
EXPORT_SYMBOL_IF_KUNIT(mheap_stock_fill);

/**
 * mheap_stock_take() - Memory of an object
 * @stock: the stock, from which it is taken if there is any, or NULL
 * @size: number of the size
 *
 * Sleeps.
 *
 * Return: the memory, all 0, or NULL.
 */
void *mheap_stock_take(struct mheap_stock *stock, unsigned int size)
{
	void **mem = stock ? stock->first[size] : NULL;

	if (!mem)
		return kmem_cache_zalloc(mheap_stock_cache[size], MHEAP_GFP);
	stock->first[size] = *mem;
	*mem = NULL;
	return mem;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_stock_take);

/**
 * mheap_stock_empty() - Give back what was not taken
 * @stock: the stock
 */
void mheap_stock_empty(struct mheap_stock *stock)
{
	struct mheap_discard d;
	unsigned int i;
	void **mem;

	d.n = 0;
	for (i = 0; i < MHEAP_OBJECT_SIZES; i++)
		while ((mem = stock->first[i])) {
			stock->first[i] = *mem;
			mheap_discard(&d, i, mem);
		}
	mheap_discard_all(&d);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_stock_empty);

/**
 * mheap_discard() - Give memory of an object back, now or soon
 * @d: what else goes
 * @size: number of the size
 * @mem: the memory
 */
void mheap_discard(struct mheap_discard *d, unsigned int size, void *mem)
{
	if (d->n && (d->n == MHEAP_DISCARD || d->size != size))
		mheap_discard_all(d);
	d->size = size;
	d->mem[d->n++] = mem;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_discard);

/**
 * mheap_discard_all() - Give back what has not gone yet
 * @d: the memory
 */
void mheap_discard_all(struct mheap_discard *d)
{
	if (d->n)
		kmem_cache_free_bulk(mheap_stock_cache[d->size], d->n, d->mem);
	d->n = 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_discard_all);
