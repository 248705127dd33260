// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of objects.  A call of the slab allocator costs much the same for one piece
 * as for sixty, so the memory for a chunk of ops is allocated together, and what died
 * during one hold of the heap lock is freed together.
 *
 * There is no lock: a magazine and a bulk free belong to the task that uses them.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "compat.h"
#include "gfp.h"
#include "magazine.h"

/* The sizes in bytes.  All but 96 are whole cache lines. */
static const u16 mheap_magazine_bytes[MHEAP_OBJECT_SIZES] = {
	64, 96, 128, 192, 256, 320, 448, 576
};

static const char * const mheap_magazine_names[MHEAP_OBJECT_SIZES] = {
	"mheap_object_64", "mheap_object_96", "mheap_object_128",
	"mheap_object_192", "mheap_object_256", "mheap_object_320",
	"mheap_object_448", "mheap_object_576",
};

static struct kmem_cache *mheap_magazine_cache[MHEAP_OBJECT_SIZES];

/* Called when the module is unloaded and no object is left. */
void mheap_magazine_exit(void)
{
	unsigned int i;

	for (i = 0; i < MHEAP_OBJECT_SIZES; i++)
		kmem_cache_destroy(mheap_magazine_cache[i]);
}

/* Called when the module is loaded.  Returns 0 or -ENOMEM. */
int mheap_magazine_init(void)
{
	unsigned int i;

	for (i = 0; i < MHEAP_OBJECT_SIZES; i++) {
		u32 size = mheap_magazine_bytes[i];

		mheap_magazine_cache[i] = kmem_cache_create(mheap_magazine_names[i],
							    size, size & -size,
							    SLAB_ACCOUNT, NULL);
		if (!mheap_magazine_cache[i]) {
			mheap_magazine_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * mheap_magazine_size() - Find the smallest size that is large enough
 * @bytes: how much memory is needed, at most the largest size
 *
 * Context: any.
 *
 * Return: the index of the size.
 */
unsigned int mheap_magazine_size(u32 bytes)
{
	unsigned int i = 0;

	while (mheap_magazine_bytes[i] < bytes)
		i++;
	return i;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_magazine_size);

/**
 * mheap_magazine_fill() - Allocate memory that will be needed
 * @magazine: the magazine
 * @size: index of the size
 * @n: how many pieces
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: true, or false if the magazine got fewer pieces for lack of memory.
 */
bool mheap_magazine_fill(struct mheap_magazine *magazine, unsigned int size,
			 unsigned int n)
{
	void *mem[MHEAP_BULK];
	unsigned int piece, i;

	for (; n; n -= piece) {
		piece = min(n, MHEAP_BULK);
		/* Some kernels return a number, some a bool; both allocate all or none. */
		if (!kmem_cache_alloc_bulk(mheap_magazine_cache[size],
					   MHEAP_GFP | __GFP_ZERO, piece, mem))
			return false;
		for (i = 0; i < piece; i++) {
			*(void **)mem[i] = magazine->first[size];
			magazine->first[size] = mem[i];
		}
	}
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_magazine_fill);

/**
 * mheap_magazine_take() - Get memory for an object that the magazine has
 * @magazine: the magazine
 * @size: index of the size
 *
 * Context: any.
 *
 * Return: zeroed memory, or NULL if the magazine has none of this size.
 */
void *mheap_magazine_take(struct mheap_magazine *magazine, unsigned int size)
{
	void **mem = magazine->first[size];

	if (!mem)
		return NULL;
	magazine->first[size] = *mem;
	*mem = NULL;
	return mem;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_magazine_take);

/**
 * mheap_magazine_pop() - Get the memory for an object
 * @magazine: the magazine that is used up first, or NULL
 * @size: index of the size
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: zeroed memory or NULL.
 */
void *mheap_magazine_pop(struct mheap_magazine *magazine, unsigned int size)
{
	void *mem = magazine ? mheap_magazine_take(magazine, size) : NULL;

	return mem ?: kmem_cache_zalloc(mheap_magazine_cache[size], MHEAP_GFP);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_magazine_pop);

/**
 * mheap_magazine_drain() - Free the memory that is left in a magazine
 * @magazine: the magazine
 *
 * Context: the heap lock is not held; may sleep.
 */
void mheap_magazine_drain(struct mheap_magazine *magazine)
{
	struct mheap_bulk_free d;
	unsigned int i;
	void **mem;

	d.n = 0;
	for (i = 0; i < MHEAP_OBJECT_SIZES; i++)
		while ((mem = magazine->first[i])) {
			magazine->first[i] = *mem;
			mheap_bulk_free_add(&d, i, mem);
		}
	mheap_bulk_free_flush(&d);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_magazine_drain);

/**
 * mheap_bulk_free_add() - Add the memory of an object to a bulk free
 * @d: the bulk free, which is flushed first if @mem does not fit in
 * @size: index of the size
 * @mem: the memory
 *
 * Context: the heap lock is not held; may sleep.
 */
void mheap_bulk_free_add(struct mheap_bulk_free *d, unsigned int size, void *mem)
{
	if (d->n && (d->n == MHEAP_BULK || d->size != size))
		mheap_bulk_free_flush(d);
	d->size = size;
	d->mem[d->n++] = mem;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_bulk_free_add);

/**
 * mheap_bulk_free_flush() - Free the memory that was added to a bulk free
 * @d: the bulk free, which is empty afterwards
 *
 * Context: the heap lock is not held; may sleep.
 */
void mheap_bulk_free_flush(struct mheap_bulk_free *d)
{
	if (d->n)
		kmem_cache_free_bulk(mheap_magazine_cache[d->size], d->n, d->mem);
	d->n = 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_bulk_free_flush);
