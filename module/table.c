// SPDX-License-Identifier: GPL-2.0
/*
 * Tables of ids and weak handles.
 *
 * A number names an entry and its sequence number, which grows each time the entry is
 * used again, so a number that was freed stays invalid.  An entry that has used up its
 * sequence numbers is retired.  The table frees empty chunks but keeps some free entries.
 * The highest sequence number of a freed chunk stays in the table, and the entries start
 * with it when a chunk is allocated at that index again.
 */
#include <linux/build_bug.h>
#include <linux/gfp.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/prefetch.h>
#include <linux/string.h>

#include "compat.h"
#include "gfp.h"
#include "limits.h"
#include "table.h"

static_assert(sizeof(struct mheap_chunk) == PAGE_SIZE);

/*
 * Each chunk has a page of its own.  Tables grow at the same time, so in a slab, chunks
 * of one table would keep the memory of freed chunks of another from the system.
 */
static struct mheap_chunk *mheap_chunk_get_page(void)
{
	void *page = (void *)__get_free_page(MHEAP_GFP | __GFP_ZERO);

	/* For kmemleak: the only pointer to many objects is in its entry. */
	kmemleak_alloc(page, PAGE_SIZE, 1, MHEAP_GFP);
	return page;
}

static void mheap_chunk_put_page(struct mheap_chunk *chunk)
{
	kmemleak_free(chunk);
	free_page((unsigned long)chunk);
}

/**
 * mheap_table_init() - Set up an empty table
 * @t: the table
 *
 * Context: any; nobody else knows the table yet.
 */
void mheap_table_init(struct mheap_table *t)
{
	xa_init_flags(&t->chunks, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&t->partial);
	t->used = 0;
	t->free = 0;
	t->reserved = 0;
	memset(t->recent, 0, sizeof(t->recent));
}
EXPORT_SYMBOL_IF_KUNIT(mheap_table_init);

/**
 * mheap_table_destroy() - Free a table, but not what its entries point to
 * @t: the table, which nobody uses any more
 *
 * Context: may sleep.
 */
void mheap_table_destroy(struct mheap_table *t)
{
	struct mheap_chunk *chunk;
	unsigned long index;

	xa_for_each(&t->chunks, index, chunk)
		if (!xa_is_value(chunk))
			mheap_chunk_put_page(chunk);
	xa_destroy(&t->chunks);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_table_destroy);

/* Put a chunk at the index of a freed one, so that the table does not grow for ever. */
static bool mheap_chunk_remake(struct mheap_table *t,
			       struct mheap_chunk *chunk)
{
	unsigned long index = 0;
	void *gone;

	for (gone = xa_find(&t->chunks, &index, ULONG_MAX, MHEAP_CHUNK_GONE);
	     gone; gone = xa_find_after(&t->chunks, &index, ULONG_MAX,
					MHEAP_CHUNK_GONE)) {
		if (!xa_is_value(gone))
			continue;
		chunk->index = index;
		chunk->max_seq = xa_to_value(gone);
		if (xa_cmpxchg(&t->chunks, index, gone, chunk,
			       MHEAP_GFP) != gone)
			continue;
		xa_clear_mark(&t->chunks, index, MHEAP_CHUNK_GONE);
		xa_set_mark(&t->chunks, index, MHEAP_CHUNK_LIVE);
		return true;
	}
	return false;
}

/**
 * mheap_table_chunk_alloc() - Allocate a chunk, whose entries are not free yet
 * @t: the table that the chunk is for
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: the chunk, or NULL.
 */
struct mheap_chunk *mheap_table_chunk_alloc(struct mheap_table *t)
{
	struct mheap_chunk *chunk = mheap_chunk_get_page();

	if (!chunk || mheap_chunk_remake(t, chunk))
		return chunk;
	chunk->max_seq = 1;
	if (!xa_alloc(&t->chunks, &chunk->index, chunk,
		      XA_LIMIT(0, MHEAP_MAX_CHUNKS - 1), MHEAP_GFP)) {
		xa_set_mark(&t->chunks, chunk->index, MHEAP_CHUNK_LIVE);
		return chunk;
	}
	mheap_chunk_put_page(chunk);
	return NULL;
}

/**
 * mheap_table_chunk_add() - Make the entries of a new chunk free
 * @t: the table
 * @chunk: from mheap_table_chunk_alloc()
 *
 * Context: the heap lock is held.
 */
void mheap_table_chunk_add(struct mheap_table *t, struct mheap_chunk *chunk)
{
	unsigned int i;

	for (i = 0; i < MHEAP_CHUNK_ENTRIES; i++) {
		chunk->entry[i].seq = chunk->max_seq;
		chunk->entry[i].next_free = i + 1;
	}
	chunk->nr_free = MHEAP_CHUNK_ENTRIES;
	list_add_tail(&chunk->partial, &t->partial);
	t->free += MHEAP_CHUNK_ENTRIES;
}

static struct mheap_recent *mheap_table_recent(struct mheap_table *t, u32 index)
{
	return &t->recent[index % MHEAP_RECENT_CHUNKS];
}

/*
 * Free a chunk without an entry in use, unless the table would be left with less than a
 * chunk of free entries that are not reserved.  If an entry has come to its last sequence
 * number the index of the chunk is not used again.
 */
static void mheap_chunk_release(struct mheap_table *t,
				struct mheap_chunk *chunk)
{
	struct mheap_recent *recent;

	if (chunk->nr_free + chunk->nr_retired < MHEAP_CHUNK_ENTRIES)
		return;
	if (t->free - chunk->nr_free < t->reserved + MHEAP_CHUNK_ENTRIES)
		return;
	list_del(&chunk->partial);
	recent = mheap_table_recent(t, chunk->index);
	if (recent->chunk == chunk)
		recent->chunk = NULL;
	t->free -= chunk->nr_free;
	xa_store(&t->chunks, chunk->index, xa_mk_value(chunk->max_seq),
		 GFP_NOWAIT);
	xa_clear_mark(&t->chunks, chunk->index, MHEAP_CHUNK_LIVE);
	if (chunk->max_seq < MHEAP_MAX_SEQ)
		xa_set_mark(&t->chunks, chunk->index, MHEAP_CHUNK_GONE);
	mheap_chunk_put_page(chunk);
}

/**
 * mheap_table_reserve() - Reserve free entries for the caller
 * @t: the table
 * @n: how many
 *
 * Context: the heap lock is held.
 *
 * Return: true, or false with nothing reserved if there are too few free entries;
 * mheap_heap_reserve() adds chunks then.
 */
bool mheap_table_reserve(struct mheap_table *t, unsigned int n)
{
	if (t->free < t->reserved + n)
		return false;
	t->reserved += n;
	return true;
}

/**
 * mheap_table_unreserve() - Give up reserved entries
 * @t: the table
 * @n: how many
 *
 * Context: the heap lock is held.
 */
void mheap_table_unreserve(struct mheap_table *t, unsigned int n)
{
	t->reserved -= n;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_table_unreserve);

/**
 * mheap_table_alloc() - Allocate a number, in an entry that the caller has reserved
 * @t: the table
 * @ptr: what the number stands for
 *
 * Context: the heap lock is held.
 *
 * Return: the number, which is never 0 and never has the top bit set.
 */
u64 mheap_table_alloc(struct mheap_table *t, void *ptr)
{
	struct mheap_chunk *chunk;
	struct mheap_table_entry *entry;
	unsigned int i;

	chunk = list_first_entry(&t->partial, struct mheap_chunk, partial);
	i = chunk->free_entry;
	entry = &chunk->entry[i];
	chunk->free_entry = entry->next_free;
	if (--chunk->nr_free == 0)
		list_del_init(&chunk->partial);
	entry->ptr = ptr;
	t->used++;
	t->free--;
	t->reserved--;
	return (u64)entry->seq << 32 | chunk->index << 8 | i;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_table_alloc);

/* Look up the chunk of a number.  Most calls are about a few chunks, in @recent. */
static struct mheap_chunk *mheap_table_chunk(struct mheap_table *t, u64 number)
{
	u32 index = (u32)number >> 8;
	struct mheap_recent *recent = mheap_table_recent(t, index);
	struct mheap_chunk *chunk = recent->chunk;

	if (chunk && recent->index == index)
		return chunk;
	chunk = xa_load(&t->chunks, index);
	if (!chunk || xa_is_value(chunk))
		return NULL;
	recent->chunk = chunk;
	recent->index = index;
	return chunk;
}

static struct mheap_table_entry *mheap_table_at(struct mheap_table *t, u64 number,
						struct mheap_chunk **chunk)
{
	unsigned int i = number & 0xff;

	*chunk = mheap_table_chunk(t, number);
	if (!*chunk || i >= MHEAP_CHUNK_ENTRIES)
		return NULL;
	return &(*chunk)->entry[array_index_nospec(i, MHEAP_CHUNK_ENTRIES)];
}

/**
 * mheap_table_find() - Look up what a number stands for
 * @t: the table
 * @number: any number
 *
 * Context: the heap lock is held.
 *
 * Return: the pointer that the number was allocated for, or NULL if it is not in use.
 */
void *mheap_table_find(struct mheap_table *t, u64 number)
{
	struct mheap_chunk *chunk;
	struct mheap_table_entry *entry = mheap_table_at(t, number, &chunk);

	return entry && entry->seq == number >> 32 ? entry->ptr : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_table_find);

static void mheap_chunk_free(struct mheap_table *t, struct mheap_chunk *chunk,
			     unsigned int i)
{
	struct mheap_table_entry *entry = &chunk->entry[i];

	chunk->max_seq = max(chunk->max_seq, entry->seq);
	entry->next_free = chunk->free_entry;
	chunk->free_entry = i;
	t->free++;
	if (chunk->nr_free++ == 0)
		list_add_tail(&chunk->partial, &t->partial);
}

/* Empty the entry of a number in use.  NULL, with a warning, if there is none. */
static struct mheap_table_entry *mheap_table_clear(struct mheap_table *t,
						   u64 number,
						   struct mheap_chunk **chunk)
{
	struct mheap_table_entry *entry = mheap_table_at(t, number, chunk);

	if (WARN_ON_ONCE(!entry))
		return NULL;
	entry->ptr = NULL;
	t->used--;
	return entry;
}

/**
 * mheap_table_free() - Free a number, which stays invalid for ever
 * @t: the table
 * @number: a number in use, or its low 32 bits
 *
 * Context: the heap lock is held.
 */
void mheap_table_free(struct mheap_table *t, u64 number)
{
	struct mheap_chunk *chunk;
	struct mheap_table_entry *entry = mheap_table_clear(t, number, &chunk);

	if (!entry)
		return;
	if (entry->seq == MHEAP_MAX_SEQ) {
		chunk->nr_retired++;
		entry->seq = 0;
	} else {
		entry->seq++;
		mheap_chunk_free(t, chunk, number & 0xff);
	}
	mheap_chunk_release(t, chunk);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_table_free);

/**
 * mheap_table_scan() - Do one step of a walk through the entries in use
 * @t: the table
 * @at: the position, as for mheap_table_next(); set to MHEAP_TABLE_END at the end
 *
 * This is for walks that yield.  Reserved entries may leave many chunks without an entry
 * in use, so a step looks at one chunk only.
 *
 * Context: the heap lock is held, or nobody else uses the table.
 *
 * Return: what the next entry in use stands for, or NULL if the chunk of this step has
 * none.
 */
void *mheap_table_scan(struct mheap_table *t, u64 *at)
{
	unsigned long index = *at >> 8;
	unsigned int i = *at & 0xff;
	struct mheap_chunk *chunk = NULL;

	if (i && index < MHEAP_MAX_CHUNKS)
		chunk = mheap_table_chunk(t, *at);
	if (!chunk)
		chunk = xa_find(&t->chunks, &index, ULONG_MAX, MHEAP_CHUNK_LIVE);
	if (!chunk) {
		*at = MHEAP_TABLE_END;
		return NULL;
	}
	if (index != *at >> 8)
		i = 0;
	for (; i < MHEAP_CHUNK_ENTRIES; i++) {
		if (!chunk->entry[i].ptr)
			continue;
		*at = ((u64)index << 8 | i) + 1;
		return chunk->entry[i].ptr;
	}
	*at = ((u64)index + 1) << 8;
	return NULL;
}

/**
 * mheap_table_next() - Walk through the entries in use
 * @t: the table
 * @at: the position, which is 0 at first; set to one more than the low 32 bits of the
 *	number of the entry that was found
 *
 * Context: the heap lock is held, or nobody else uses the table.
 *
 * Return: what the next entry in use stands for, or NULL at the end.
 */
void *mheap_table_next(struct mheap_table *t, u64 *at)
{
	u64 from = *at;
	void *ptr;

	do {
		ptr = mheap_table_scan(t, &from);
	} while (!ptr && from != MHEAP_TABLE_END);
	if (ptr)
		*at = from;
	return ptr;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_table_next);
