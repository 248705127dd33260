/* SPDX-License-Identifier: GPL-2.0 */
/* Tables of ids and weak handles: numbers of pointers, which are never used again. */
#ifndef MHEAP_TABLE_H
#define MHEAP_TABLE_H

#include <linux/limits.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "limits.h"

/* Entries of a chunk, which fills a page. */
#define MHEAP_CHUNK_ENTRIES	254

/* Marks the indices of chunks that were freed and may be allocated again. */
#define MHEAP_CHUNK_GONE	XA_MARK_1

/* Marks the chunks that exist, so that a walk need not look at other indices. */
#define MHEAP_CHUNK_LIVE	XA_MARK_2

/* The position of a walk that has ended. */
#define MHEAP_TABLE_END	U64_MAX

/* Sequence numbers have 31 bits, so that the top bit of a number is free. */
#define MHEAP_MAX_SEQ		0x7fffffffU

/**
 * struct mheap_table_entry - One entry of a table
 * @ptr: what the number stands for, or NULL if the entry is free
 * @seq: sequence number of the entry, for its present or its next use
 * @next_free: the next free entry of the chunk, while this one is free
 *
 * The heap lock guards it.
 */
struct mheap_table_entry {
	void *ptr;
	u32 seq;
	u32 next_free;
};

/**
 * struct mheap_chunk - A page of entries
 * @partial: in mheap_table.partial while an entry is free
 * @index: index in mheap_table.chunks; constant
 * @max_seq: the highest sequence number that an entry has reached
 * @free_entry: the first free entry
 * @nr_free: number of free entries
 * @nr_retired: number of entries that have used up their sequence numbers
 * @entry: the entries
 *
 * The heap lock guards it once it was added to its table.
 */
struct mheap_chunk {
	struct list_head partial;
	u32 index;
	u32 max_seq;
	u16 free_entry;
	u16 nr_free;
	u16 nr_retired;
	struct mheap_table_entry entry[MHEAP_CHUNK_ENTRIES];
};

/**
 * struct mheap_recent - A chunk that was looked up recently
 * @chunk: the chunk, or NULL
 * @index: its index, repeated here since the chunk may not be in the cache
 *
 * The heap lock guards it.
 */
struct mheap_recent {
	struct mheap_chunk *chunk;
	u32 index;
};

/**
 * struct mheap_table - A table of ids or of weak handles
 * @chunks: the chunks by index.  For a freed chunk there is the sequence number at which
 *	its entries will start again; the mark is MHEAP_CHUNK_GONE.  Has its own lock.
 * @partial: chunks with a free entry
 * @used: number of entries in use
 * @free: number of free entries
 * @reserved: number of free entries that are reserved for a caller
 * @recent: chunks that were looked up recently, by the low bits of their index
 *
 * A number is seq << 32 | index of the chunk << 8 | index of the entry in the chunk.
 *
 * The heap lock guards everything but @chunks.
 */
struct mheap_table {
	struct xarray chunks;
	struct list_head partial;
	u64 used;
	u64 free;
	u64 reserved;
	struct mheap_recent recent[MHEAP_RECENT_CHUNKS];
};

void mheap_table_init(struct mheap_table *t);
void mheap_table_destroy(struct mheap_table *t);
bool mheap_table_reserve(struct mheap_table *t, unsigned int n);
struct mheap_chunk *mheap_table_chunk_alloc(struct mheap_table *t);
void mheap_table_chunk_add(struct mheap_table *t, struct mheap_chunk *chunk);
void mheap_table_unreserve(struct mheap_table *t, unsigned int n);
u64 mheap_table_alloc(struct mheap_table *t, void *ptr);
void *mheap_table_find(struct mheap_table *t, u64 number);
void mheap_table_free(struct mheap_table *t, u64 number);
void *mheap_table_scan(struct mheap_table *t, u64 *at);
void *mheap_table_next(struct mheap_table *t, u64 *at);

#endif
