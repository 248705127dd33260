// SPDX-License-Identifier: GPL-2.0
/*
 * Numbered places: ids of objects and handles of sessions are numbers of places.
 *
 * A number is made of a place and of a sequence number that grows each time the
 * place is used again, so a number that was released stays invalid.  A place
 * whose sequence numbers are used up is retired.  An empty chunk is given back to
 * the system (one is kept); its sequence number stays in the table, and its places
 * count on from there when it is made again.
 */
#include <linux/build_bug.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>

#include "compat.h"
#include "heap.h"
#include "limits.h"
#include "place.h"

static_assert(sizeof(struct mheap_chunk) <= PAGE_SIZE);

/**
 * mheap_places_init() - An empty table
 * @p: the table
 */
void mheap_places_init(struct mheap_places *p)
{
	xa_init_flags(&p->chunks, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&p->partial);
	p->used = 0;
	p->free = 0;
	p->reserved = 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_places_init);

/**
 * mheap_places_destroy() - Free a table, not what its places point to
 * @p: the table, which nobody uses any more
 */
void mheap_places_destroy(struct mheap_places *p)
{
	struct mheap_chunk *chunk;
	unsigned long index;

	xa_for_each(&p->chunks, index, chunk)
		if (!xa_is_value(chunk))
			kfree(chunk);
	xa_destroy(&p->chunks);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_places_destroy);

/* Put a chunk where one was given back, if there is such a place. */
static bool mheap_chunk_remake(struct mheap_places *p,
			       struct mheap_chunk *chunk)
{
	unsigned long index = 0;
	void *gone;

	for (gone = xa_find(&p->chunks, &index, ULONG_MAX, MHEAP_CHUNK_GONE);
	     gone; gone = xa_find_after(&p->chunks, &index, ULONG_MAX,
					MHEAP_CHUNK_GONE)) {
		if (!xa_is_value(gone))
			continue;
		chunk->index = index;
		chunk->max_seq = xa_to_value(gone);
		if (xa_cmpxchg(&p->chunks, index, gone, chunk,
			       GFP_KERNEL_ACCOUNT) != gone)
			continue;
		xa_clear_mark(&p->chunks, index, MHEAP_CHUNK_GONE);
		return true;
	}
	return false;
}

/* Without the heap lock: memory for more places, which nobody can use yet. */
static struct mheap_chunk *mheap_chunk_alloc(struct mheap_places *p)
{
	struct mheap_chunk *chunk = kzalloc(sizeof(*chunk), GFP_KERNEL_ACCOUNT);

	if (!chunk || mheap_chunk_remake(p, chunk))
		return chunk;
	chunk->max_seq = 1;
	if (!xa_alloc(&p->chunks, &chunk->index, chunk,
		      XA_LIMIT(0, MHEAP_MAX_CHUNKS - 1), GFP_KERNEL_ACCOUNT))
		return chunk;
	kfree(chunk);
	return NULL;
}

static void mheap_chunk_add(struct mheap_places *p, struct mheap_chunk *chunk)
{
	unsigned int i;

	for (i = 0; i < MHEAP_CHUNK_PLACES; i++) {
		chunk->place[i].seq = chunk->max_seq;
		chunk->place[i].next_free = i + 1;
	}
	chunk->nr_free = MHEAP_CHUNK_PLACES;
	list_add_tail(&chunk->partial, &p->partial);
	p->free += MHEAP_CHUNK_PLACES;
}

/*
 * Give a chunk back that is not in use, unless its places are the last free ones.
 * One that used up its sequence numbers is never made again.
 */
static void mheap_chunk_release(struct mheap_places *p,
				struct mheap_chunk *chunk)
{
	if (chunk->nr_free + chunk->nr_retired < MHEAP_CHUNK_PLACES)
		return;
	if (p->free - chunk->nr_free < p->reserved + MHEAP_CHUNK_PLACES)
		return;
	list_del(&chunk->partial);
	p->free -= chunk->nr_free;
	xa_store(&p->chunks, chunk->index, xa_mk_value(chunk->max_seq),
		 GFP_NOWAIT);
	if (chunk->max_seq < MHEAP_MAX_SEQ)
		xa_set_mark(&p->chunks, chunk->index, MHEAP_CHUNK_GONE);
	kfree(chunk);
}

/**
 * mheap_places_reserve() - Make sure that there will be places
 * @heap: the heap, locked; the lock is dropped while memory is allocated
 * @p: the table
 * @n: how many places
 *
 * Return: 0, or -ENOMEM with nothing reserved.
 */
int mheap_places_reserve(struct mheap_heap *heap, struct mheap_places *p,
			 unsigned int n)
{
	struct mheap_chunk *chunk;

	mheap_heap_assert_locked(heap);
	while (p->free - p->reserved < n) {
		mheap_heap_unlock(heap);
		chunk = mheap_chunk_alloc(p);
		mheap_heap_lock(heap);
		if (!chunk)
			return -ENOMEM;
		mheap_chunk_add(p, chunk);
	}
	p->reserved += n;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_places_reserve);

/**
 * mheap_places_unreserve() - Give up places that were not taken
 * @p: the table; the heap is locked
 * @n: how many
 */
void mheap_places_unreserve(struct mheap_places *p, unsigned int n)
{
	p->reserved -= n;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_places_unreserve);

/**
 * mheap_places_take() - Use one of the places that were reserved
 * @p: the table; the heap is locked
 * @ptr: what goes there
 *
 * Return: the number, never 0, never with the top bit set.
 */
u64 mheap_places_take(struct mheap_places *p, void *ptr)
{
	struct mheap_chunk *chunk;
	struct mheap_place *place;
	unsigned int i;

	chunk = list_first_entry(&p->partial, struct mheap_chunk, partial);
	i = chunk->free_place;
	place = &chunk->place[i];
	chunk->free_place = place->next_free;
	if (--chunk->nr_free == 0)
		list_del_init(&chunk->partial);
	place->ptr = ptr;
	p->used++;
	p->free--;
	p->reserved--;
	return (u64)place->seq << 32 | chunk->index << 8 | i;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_places_take);

static struct mheap_place *mheap_places_at(struct mheap_places *p, u64 number,
					   struct mheap_chunk **chunk)
{
	unsigned int i = number & 0xff;

	*chunk = xa_load(&p->chunks, (u32)number >> 8);
	if (!*chunk || xa_is_value(*chunk) || i >= MHEAP_CHUNK_PLACES)
		return NULL;
	return &(*chunk)->place[array_index_nospec(i, MHEAP_CHUNK_PLACES)];
}

/**
 * mheap_places_find() - What a number stands for
 * @p: the table; the heap is locked
 * @number: any number
 *
 * Return: what was put there, or NULL if the number is not in use.
 */
void *mheap_places_find(struct mheap_places *p, u64 number)
{
	struct mheap_chunk *chunk;
	struct mheap_place *place = mheap_places_at(p, number, &chunk);

	return place && place->seq == number >> 32 ? place->ptr : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_places_find);

static void mheap_chunk_free(struct mheap_places *p, struct mheap_chunk *chunk,
			     unsigned int i)
{
	struct mheap_place *place = &chunk->place[i];

	place->seq++;
	chunk->max_seq = max(chunk->max_seq, place->seq);
	place->next_free = chunk->free_place;
	chunk->free_place = i;
	p->free++;
	if (chunk->nr_free++ == 0)
		list_add_tail(&chunk->partial, &p->partial);
}

/**
 * mheap_places_release() - A number is not needed any more
 * @p: the table; the heap is locked
 * @number: a number in use, or its low 32 bits; it stays invalid from now on
 */
void mheap_places_release(struct mheap_places *p, u64 number)
{
	struct mheap_chunk *chunk;
	struct mheap_place *place = mheap_places_at(p, number, &chunk);

	if (WARN_ON_ONCE(!place))
		return;
	place->ptr = NULL;
	p->used--;
	if (place->seq == MHEAP_MAX_SEQ) {
		chunk->nr_retired++;
		place->seq = 0;
	} else {
		mheap_chunk_free(p, chunk, number & 0xff);
	}
	mheap_chunk_release(p, chunk);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_places_release);

/**
 * mheap_places_next() - Walk through the places in use
 * @p: the table; the heap is locked or nobody else uses the table
 * @at: where to look first; 0 for the first place.  Set to where to go on, which
 *	is one after the low 32 bits of the number.
 *
 * Return: what is at the next place in use, or NULL at the end.
 */
void *mheap_places_next(struct mheap_places *p, u64 *at)
{
	unsigned long index = *at >> 8;
	unsigned int i = *at & 0xff;
	struct mheap_chunk *chunk;

	for (chunk = xa_find(&p->chunks, &index, ULONG_MAX, XA_PRESENT); chunk;
	     chunk = xa_find_after(&p->chunks, &index, ULONG_MAX, XA_PRESENT)) {
		if (index != *at >> 8)
			i = 0;
		if (xa_is_value(chunk))
			continue;
		for (; i < MHEAP_CHUNK_PLACES; i++) {
			if (!chunk->place[i].ptr)
				continue;
			*at = ((u64)index << 8 | i) + 1;
			return chunk->place[i].ptr;
		}
	}
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_places_next);
