// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of a session's handles.  Their numbers lie in chunks of a page, which exist
 * while one of their numbers is used.
 */
#include <linux/build_bug.h>
#include <linux/gfp.h>
#include <linux/kmemleak.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "gfp.h"
#include "handle_table.h"

/* Indices of chunks whose numbers the kernel chooses. */
#define MHEAP_FIRST_OWN	((MHEAP_HANDLE_MAX + 1U) / MHEAP_CHUNK_HANDLES)
#define MHEAP_LAST_OWN	(U32_MAX / MHEAP_CHUNK_HANDLES)

static_assert(MHEAP_CHUNK_HANDLES * sizeof(struct mheap_handle) == PAGE_SIZE);

static void mheap_handles_free(struct mheap_handle_chunk *chunk)
{
	kmemleak_free(chunk->at);
	free_page((unsigned long)chunk->at);
	kfree(chunk);
}

/* Allocate a chunk that is in no table yet, or return NULL.  May sleep. */
struct mheap_handle_chunk *mheap_handles_alloc(void)
{
	struct mheap_handle_chunk *chunk = kzalloc(sizeof(*chunk), MHEAP_GFP);

	if (!chunk)
		return NULL;
	INIT_LIST_HEAD(&chunk->partial);
	chunk->at = (void *)__get_free_page(MHEAP_GFP | __GFP_ZERO);
	/* For kmemleak: the only pointer to many objects is here. */
	kmemleak_alloc(chunk->at, PAGE_SIZE, 1, MHEAP_GFP);
	if (chunk->at)
		return chunk;
	kfree(chunk);
	return NULL;
}

/* Set up an empty handle table. */
void mheap_handles_init(struct mheap_handles *t)
{
	memset(t, 0, sizeof(*t));
	xa_init_flags(&t->chunks, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&t->partial);
}

/* Free a handle table that nobody uses any more, but no object.  May sleep. */
void mheap_handles_destroy(struct mheap_handles *t)
{
	struct mheap_handle_chunk *chunk;
	unsigned long index;

	xa_for_each(&t->chunks, index, chunk)
		mheap_handles_free(chunk);
	xa_destroy(&t->chunks);
}

/* Look up the chunk of a number that is not among the recent ones. */
struct mheap_handle_chunk *mheap_handles_load(struct mheap_handles *t, u32 number)
{
	u32 index = number / MHEAP_CHUNK_HANDLES;
	struct mheap_handle_chunk *chunk = xa_load(&t->chunks, index);

	if (chunk)
		t->recent[index % MHEAP_RECENT_CHUNKS] = chunk;
	return chunk;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_handles_load);

/* Return the chunk of a number or, if there is none, the next chunk, or NULL. */
struct mheap_handle_chunk *mheap_handles_next(struct mheap_handles *t, u64 number)
{
	unsigned long index = number / MHEAP_CHUNK_HANDLES;

	return xa_find(&t->chunks, &index, MHEAP_LAST_OWN, XA_PRESENT);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_handles_next);

/**
 * mheap_handles_insert() - Insert a new chunk into a table
 * @t: the table
 * @chunk: the chunk, which is freed if this fails
 * @number: a number that the program chose, or 0: the kernel chooses from the chunk, after
 *	mheap_handles_add_free()
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0, -EBUSY if the table has that chunk already, or -ENOMEM.
 */
int mheap_handles_insert(struct mheap_handles *t, struct mheap_handle_chunk *chunk,
			 u32 number)
{
	u32 index = number / MHEAP_CHUNK_HANDLES;
	int err = 0;

	/* Others must not see the chunk before its first number is known. */
	if (!number)
		err = xa_alloc(&t->chunks, &index, NULL,
			       XA_LIMIT(MHEAP_FIRST_OWN, MHEAP_LAST_OWN), MHEAP_GFP);
	chunk->first = index * MHEAP_CHUNK_HANDLES;
	if (!err && number)
		err = xa_insert(&t->chunks, index, chunk, MHEAP_GFP);
	else if (!err)
		err = xa_err(xa_store(&t->chunks, index, chunk, MHEAP_GFP));
	if (err)
		mheap_handles_free(chunk);
	return err;
}

/* Link all numbers of a new chunk whose numbers the kernel chooses, as free ones. */
void mheap_handles_add_free(struct mheap_handles *t, struct mheap_handle_chunk *chunk)
{
	u32 i;

	for (i = 1; i < MHEAP_CHUNK_HANDLES; i++)
		chunk->at[i - 1].next = chunk->first + i;
	chunk->free = chunk->first;
	list_add(&chunk->partial, &t->partial);
}

/* A chunk has lost its last number.  One such chunk is kept.  The heap lock is held. */
void mheap_handles_retire(struct mheap_handles *t, struct mheap_handle_chunk *chunk)
{
	struct mheap_handle_chunk *old = t->empty, **recent;
	u32 index;

	t->empty = chunk;
	if (!old || old == chunk || old->busy)
		return;
	index = old->first / MHEAP_CHUNK_HANDLES;
	recent = &t->recent[index % MHEAP_RECENT_CHUNKS];
	if (*recent == old)
		*recent = NULL;
	list_del(&old->partial);
	xa_erase(&t->chunks, index);
	mheap_handles_free(old);
}

/*
 * Is what is noted about the numbers of a chunk right?  Each handle is claimed, and @busy
 * numbers are.  The heap lock is held.
 */
bool mheap_handles_sound(const struct mheap_handle_chunk *chunk)
{
	u32 i, busy = 0;

	for (i = 0; i < MHEAP_CHUNK_HANDLES; i++) {
		const struct mheap_handle *h = &chunk->at[i];

		if (!h->claimed && (h->object || h->null))
			return false;
		busy += h->claimed;
	}
	return busy == chunk->busy;
}
