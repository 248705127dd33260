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
#include <linux/gfp.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/prefetch.h>
#include <linux/string.h>

#include "compat.h"
#include "heap.h"
#include "limits.h"
#include "memory.h"
#include "place.h"

/* The address of a place tells its chunk: see mheap_places_linked(). */
static_assert(sizeof(struct mheap_chunk) == PAGE_SIZE);

/*
 * A page of its own for each chunk, since tables grow side by side: one that is given
 * back could not leave a slab that also has chunks of another table.
 */
static struct mheap_chunk *mheap_chunk_get_page(void)
{
	void *page = (void *)__get_free_page(MHEAP_GFP | __GFP_ZERO);

	/* Many objects are referred to from here alone. */
	kmemleak_alloc(page, PAGE_SIZE, 1, MHEAP_GFP);
	return page;
}

static void mheap_chunk_put_page(struct mheap_chunk *chunk)
{
	kmemleak_free(chunk);
	free_page((unsigned long)chunk);
}

static unsigned int mheap_chunk_places(const struct mheap_places *p)
{
	return p->links ? MHEAP_CHUNK_LINKED : MHEAP_CHUNK_PLACES;
}

static struct mheap_place *mheap_chunk_place(const struct mheap_places *p,
					     struct mheap_chunk *chunk,
					     unsigned int i)
{
	return p->links ? &chunk->linked[i].place : &chunk->place[i];
}

/**
 * mheap_places_init() - An empty table
 * @p: the table
 * @links: its places can be put in lists
 */
void mheap_places_init(struct mheap_places *p, bool links)
{
	xa_init_flags(&p->chunks, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&p->partial);
	p->used = 0;
	p->free = 0;
	p->reserved = 0;
	p->links = links;
	memset(p->recent, 0, sizeof(p->recent));
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
			mheap_chunk_put_page(chunk);
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
			       MHEAP_GFP) != gone)
			continue;
		xa_clear_mark(&p->chunks, index, MHEAP_CHUNK_GONE);
		xa_set_mark(&p->chunks, index, MHEAP_CHUNK_LIVE);
		return true;
	}
	return false;
}

/* Without the heap lock: memory for more places, which nobody can use yet. */
static struct mheap_chunk *mheap_chunk_alloc(struct mheap_places *p)
{
	struct mheap_chunk *chunk = mheap_chunk_get_page();

	if (!chunk || mheap_chunk_remake(p, chunk))
		return chunk;
	chunk->max_seq = 1;
	if (!xa_alloc(&p->chunks, &chunk->index, chunk,
		      XA_LIMIT(0, MHEAP_MAX_CHUNKS - 1), MHEAP_GFP)) {
		xa_set_mark(&p->chunks, chunk->index, MHEAP_CHUNK_LIVE);
		return chunk;
	}
	mheap_chunk_put_page(chunk);
	return NULL;
}

static void mheap_chunk_add(struct mheap_places *p, struct mheap_chunk *chunk)
{
	unsigned int i, nr = mheap_chunk_places(p);

	for (i = 0; i < nr; i++) {
		mheap_chunk_place(p, chunk, i)->seq = chunk->max_seq;
		mheap_chunk_place(p, chunk, i)->next_free = i + 1;
		if (p->links)
			INIT_LIST_HEAD(&chunk->linked[i].link);
	}
	chunk->nr_free = nr;
	list_add_tail(&chunk->partial, &p->partial);
	p->free += nr;
}

static struct mheap_recent *mheap_places_recent(struct mheap_places *p, u32 index)
{
	return &p->recent[index % MHEAP_RECENT_CHUNKS];
}

/*
 * Give a chunk back that is not in use, unless its places are the last free ones.
 * One that used up its sequence numbers is never made again.
 */
static void mheap_chunk_release(struct mheap_places *p,
				struct mheap_chunk *chunk)
{
	unsigned int nr = mheap_chunk_places(p);
	struct mheap_recent *recent;

	if (chunk->nr_free + chunk->nr_retired < nr)
		return;
	if (p->free - chunk->nr_free < p->reserved + nr)
		return;
	list_del(&chunk->partial);
	recent = mheap_places_recent(p, chunk->index);
	if (recent->chunk == chunk)
		recent->chunk = NULL;
	p->free -= chunk->nr_free;
	xa_store(&p->chunks, chunk->index, xa_mk_value(chunk->max_seq),
		 GFP_NOWAIT);
	xa_clear_mark(&p->chunks, chunk->index, MHEAP_CHUNK_LIVE);
	if (chunk->max_seq < MHEAP_MAX_SEQ)
		xa_set_mark(&p->chunks, chunk->index, MHEAP_CHUNK_GONE);
	mheap_chunk_put_page(chunk);
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
	while (p->free < p->reserved + n) {
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
	place = mheap_chunk_place(p, chunk, i);
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

/* Most numbers that come one after the other are of a few chunks. */
static struct mheap_chunk *mheap_places_chunk(struct mheap_places *p, u64 number)
{
	u32 index = (u32)number >> 8;
	struct mheap_recent *recent = mheap_places_recent(p, index);
	struct mheap_chunk *chunk = recent->chunk;

	if (chunk && recent->index == index)
		return chunk;
	chunk = xa_load(&p->chunks, index);
	if (!chunk || xa_is_value(chunk))
		return NULL;
	recent->chunk = chunk;
	recent->index = index;
	return chunk;
}

static struct mheap_place *mheap_places_at(struct mheap_places *p, u64 number,
					   struct mheap_chunk **chunk)
{
	unsigned int i = number & 0xff, nr = mheap_chunk_places(p);

	*chunk = mheap_places_chunk(p, number);
	if (!*chunk || i >= nr)
		return NULL;
	return mheap_chunk_place(p, *chunk, array_index_nospec(i, nr));
}

/**
 * mheap_places_prefetch() - A number will be asked for soon
 * @p: the table; the heap is locked
 * @number: any number
 *
 * Return: its place, on its way into the cache, or NULL.  It may be anybody's.
 */
struct mheap_place *mheap_places_prefetch(struct mheap_places *p, u64 number)
{
	struct mheap_chunk *chunk;
	struct mheap_place *place = mheap_places_at(p, number, &chunk);

	prefetch(place);
	return place;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_places_prefetch);

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

/**
 * mheap_places_link() - A place in use, with its link
 * @p: a table with links; the heap is locked
 * @number: its number, or the low 32 bits of it
 *
 * Return: the place; it leaves its list when it is released.
 */
struct mheap_linked_place *mheap_places_link(struct mheap_places *p, u64 number)
{
	struct mheap_chunk *chunk;
	struct mheap_place *place = mheap_places_at(p, number, &chunk);

	return container_of(place, struct mheap_linked_place, place);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_places_link);

static void mheap_chunk_free(struct mheap_places *p, struct mheap_chunk *chunk,
			     unsigned int i)
{
	struct mheap_place *place = mheap_chunk_place(p, chunk, i);

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
	if (p->links)
		list_del_init(&mheap_places_link(p, number)->link);
	place->ptr = NULL;
	p->used--;
	if (place->seq == MHEAP_MAX_SEQ) {
		chunk->nr_retired++;
		place->seq = 0;
	} else {
		place->seq++;
		mheap_chunk_free(p, chunk, number & 0xff);
	}
	mheap_chunk_release(p, chunk);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_places_release);

/**
 * mheap_places_untake() - A number was never given to anybody
 * @p: the table; the heap is locked
 * @number: the number, which is not invalid after this, but will be used again
 *
 * The place is reserved again.
 */
void mheap_places_untake(struct mheap_places *p, u64 number)
{
	struct mheap_chunk *chunk;
	struct mheap_place *place = mheap_places_at(p, number, &chunk);

	if (WARN_ON_ONCE(!place))
		return;
	if (p->links)
		list_del_init(&mheap_places_link(p, number)->link);
	place->ptr = NULL;
	p->used--;
	p->reserved++;
	mheap_chunk_free(p, chunk, number & 0xff);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_places_untake);

/* The whole number of a place in use, from its low 32 bits. */
u64 mheap_places_number(struct mheap_places *p, u64 number)
{
	struct mheap_chunk *chunk;
	struct mheap_place *place = mheap_places_at(p, number, &chunk);

	return (u64)place->seq << 32 | (u32)number;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_places_number);

/**
 * mheap_places_linked() - The number of a place in a list
 * @link: its link
 *
 * Return: the number.
 */
u64 mheap_places_linked(struct list_head *link)
{
	struct mheap_linked_place *linked =
		container_of(link, struct mheap_linked_place, link);
	struct mheap_chunk *chunk = PTR_ALIGN_DOWN((void *)linked, PAGE_SIZE);

	return (u64)linked->place.seq << 32 | chunk->index << 8 |
	       (linked - chunk->linked);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_places_linked);

/**
 * mheap_places_look() - Walk through the places in use, chunk by chunk
 * @p: the table; the heap is locked or nobody else uses the table
 * @at: as for mheap_places_next(); set to MHEAP_PLACES_END at the end
 *
 * For walks that give way: places that were reserved for long may have left many
 * chunks without a place in use.
 *
 * Return: what is at the next place in use, if that is in the next chunk, or NULL.
 */
void *mheap_places_look(struct mheap_places *p, u64 *at)
{
	unsigned long index = *at >> 8;
	unsigned int i = *at & 0xff, nr = mheap_chunk_places(p);
	struct mheap_chunk *chunk = NULL;

	if (i && index < MHEAP_MAX_CHUNKS)
		chunk = mheap_places_chunk(p, *at);
	if (!chunk)
		chunk = xa_find(&p->chunks, &index, ULONG_MAX, MHEAP_CHUNK_LIVE);
	if (!chunk) {
		*at = MHEAP_PLACES_END;
		return NULL;
	}
	if (index != *at >> 8)
		i = 0;
	for (; i < nr; i++) {
		if (!mheap_chunk_place(p, chunk, i)->ptr)
			continue;
		*at = ((u64)index << 8 | i) + 1;
		return mheap_chunk_place(p, chunk, i)->ptr;
	}
	*at = ((u64)index + 1) << 8;
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_places_look);

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
	u64 from = *at;
	void *ptr;

	do {
		ptr = mheap_places_look(p, &from);
	} while (!ptr && from != MHEAP_PLACES_END);
	if (ptr)
		*at = from;
	return ptr;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_places_next);
