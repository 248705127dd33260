/* SPDX-License-Identifier: GPL-2.0 */
/* The memory of a session's handles, by their numbers. */
#ifndef MHEAP_HANDLE_TABLE_H
#define MHEAP_HANDLE_TABLE_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "limits.h"

struct mheap_object;

/**
 * struct mheap_handle - A number of a handle table
 * @object: the object, or NULL if the number is no handle
 * @head: the head of the list that the handle is in, or 0
 * @next: the next number of that list; while a number of the kernel is free, the next free
 *	number of its chunk
 * @prev: the previous number of that list
 * @claimed: nobody else may use the number: it is a handle, will be one or is something else
 * @null: it is no handle, but stands for null in the batch under way; @next is the next such number
 *
 * A frame claims a number, which is the head of a circular list of its handles.  No number
 * is in two cache lines.
 *
 * The heap lock guards it.
 */
struct mheap_handle {
	struct mheap_object *object;
	u32 head;
	u32 next;
	u32 prev;
	bool claimed;
	bool null;
} __aligned(32);

/**
 * struct mheap_handle_chunk - A page of numbers
 * @partial: in mheap_handles.partial, if the kernel chooses these numbers and one is free
 * @first: its first number; constant
 * @busy: how many of its numbers are handles or claimed
 * @free: the first free number, if the kernel chooses these numbers, or 0
 * @at: the numbers
 *
 * The heap lock guards it.
 */
struct mheap_handle_chunk {
	struct list_head partial;
	u32 first;
	u32 busy;
	u32 free;
	struct mheap_handle *at;
};

/**
 * struct mheap_handles - The handle table of a session
 * @chunks: the chunks, by number / MHEAP_CHUNK_HANDLES.  Has its own lock.
 * @recent: chunks that were looked up recently, by the low bits of that index
 * @partial: chunks of which the kernel can choose a number
 * @empty: the chunk that lost its last number most recently and is kept, or NULL; some of
 *	its numbers may be claimed again
 * @used: how many handles there are
 * @end: no larger number, of those that programs choose, was ever used
 *
 * The heap lock guards everything but @chunks.
 */
struct mheap_handles {
	struct xarray chunks;
	struct mheap_handle_chunk *recent[MHEAP_RECENT_CHUNKS];
	struct list_head partial;
	struct mheap_handle_chunk *empty;
	u64 used;
	u32 end;
};

void mheap_handles_init(struct mheap_handles *t);
void mheap_handles_destroy(struct mheap_handles *t);
struct mheap_handle_chunk *mheap_handles_load(struct mheap_handles *t, u32 number);
struct mheap_handle_chunk *mheap_handles_next(struct mheap_handles *t, u64 number);
struct mheap_handle_chunk *mheap_handles_alloc(void);
int mheap_handles_insert(struct mheap_handles *t, struct mheap_handle_chunk *chunk,
			 u32 number);
void mheap_handles_add_free(struct mheap_handles *t, struct mheap_handle_chunk *chunk);
bool mheap_handles_sound(const struct mheap_handle_chunk *chunk);
void mheap_handles_retire(struct mheap_handles *t, struct mheap_handle_chunk *chunk);

/* Return the chunk of a number, or NULL.  Most calls are about a few chunks, in @recent. */
static inline struct mheap_handle_chunk *mheap_handles_chunk(struct mheap_handles *t,
							     u32 number)
{
	u32 index = number / MHEAP_CHUNK_HANDLES;
	struct mheap_handle_chunk *chunk = t->recent[index % MHEAP_RECENT_CHUNKS];

	if (likely(chunk && chunk->first == index * MHEAP_CHUNK_HANDLES))
		return chunk;
	return mheap_handles_load(t, number);
}

static inline struct mheap_handle *mheap_handles_at(struct mheap_handles *t, u32 number)
{
	struct mheap_handle_chunk *chunk = mheap_handles_chunk(t, number);

	return chunk ? &chunk->at[number % MHEAP_CHUNK_HANDLES] : NULL;
}

#endif
