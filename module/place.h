/* SPDX-License-Identifier: GPL-2.0 */
/* Numbered places: a table of pointers whose numbers are never used again. */
#ifndef MHEAP_PLACE_H
#define MHEAP_PLACE_H

#include <linux/limits.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "limits.h"

struct mheap_heap;

/* Places of a chunk, which fills a page. */
#define MHEAP_CHUNK_PLACES	254
#define MHEAP_CHUNK_LINKED	127

/* Marks chunks that were given back and may be made again. */
#define MHEAP_CHUNK_GONE	XA_MARK_1

/* Marks those that there are, so that a walk does not have to look at others. */
#define MHEAP_CHUNK_LIVE	XA_MARK_2

/* Where a walk that has ended goes on. */
#define MHEAP_PLACES_END	U64_MAX

/* Sequence numbers have 31 bits, so that the top bit of a number is free. */
#define MHEAP_MAX_SEQ		0x7fffffffU

/**
 * struct mheap_place - One place
 * @ptr: what is there, or NULL
 * @seq: sequence number of what is there, or of what will be there next
 * @next_free: the next free place of the chunk, if this one is free
 * @owner: whatever the table's owner wants to know, while this one is in use
 */
struct mheap_place {
	void *ptr;
	u32 seq;
	union {
		u32 next_free;
		u32 owner;
	};
};

/**
 * struct mheap_linked_place - A place of a table whose places can be put in lists
 * @place: the place
 * @link: in a list of the table's owner, or in none
 */
struct mheap_linked_place {
	struct mheap_place place;
	struct list_head link;
};

/**
 * struct mheap_chunk - A page of places
 * @partial: in mheap_places.partial, if a place is free
 * @index: its index in mheap_places.chunks
 * @max_seq: the highest sequence number that any of its places reached
 * @free_place: first free place
 * @nr_free: number of free places
 * @nr_retired: places that used up their sequence numbers
 * @place: the places
 * @linked: the places of a table with links
 */
struct mheap_chunk {
	struct list_head partial;
	u32 index;
	u32 max_seq;
	u16 free_place;
	u16 nr_free;
	u16 nr_retired;
	union {
		struct mheap_place place[MHEAP_CHUNK_PLACES];
		struct mheap_linked_place linked[MHEAP_CHUNK_LINKED];
	};
};

/**
 * struct mheap_recent - A chunk that was looked at
 * @chunk: the chunk, or NULL
 * @index: its index, here since the chunk may not be in the cache
 */
struct mheap_recent {
	struct mheap_chunk *chunk;
	u32 index;
};

/**
 * struct mheap_places - A table of places
 * @chunks: its chunks; for one that was given back, the sequence number from
 *	which it goes on, marked MHEAP_CHUNK_GONE.  Has a lock of its own.
 * @partial: chunks with a free place
 * @used: places in use
 * @free: free places
 * @reserved: of which are promised to somebody
 * @links: its places can be put in lists
 * @recent: chunks that were looked at, by the last bits of their index
 *
 * A number is seq << 32 | chunk << 8 | place in the chunk.  All but @chunks is
 * guarded by the heap lock.
 */
struct mheap_places {
	struct xarray chunks;
	struct list_head partial;
	u64 used;
	u64 free;
	u64 reserved;
	bool links;
	struct mheap_recent recent[MHEAP_RECENT_CHUNKS];
};

void mheap_places_init(struct mheap_places *p, bool links);
void mheap_places_destroy(struct mheap_places *p);
int mheap_places_reserve(struct mheap_heap *heap, struct mheap_places *p,
			 unsigned int n);
void mheap_places_unreserve(struct mheap_places *p, unsigned int n);
u64 mheap_places_take(struct mheap_places *p, void *ptr);
struct mheap_place *mheap_places_prefetch(struct mheap_places *p, u64 number);
void *mheap_places_find(struct mheap_places *p, u64 number);
void mheap_places_release(struct mheap_places *p, u64 number);
void *mheap_places_look(struct mheap_places *p, u64 *at);
void *mheap_places_next(struct mheap_places *p, u64 *at);
struct mheap_linked_place *mheap_places_link(struct mheap_places *p,
					     u64 number);
void mheap_places_untake(struct mheap_places *p, u64 number);
u64 mheap_places_number(struct mheap_places *p, u64 number);
u64 mheap_places_linked(struct list_head *link);

#endif
