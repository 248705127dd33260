/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Batch references: numbers that the library hands out for handles that the kernel has
 * yet to make.
 *
 * Every handle of the kernel has bit 63 set, so numbers without that bit are free for
 * this use.  Bits 62..32 of a reference are a sequence number, bits 31..0 the index of
 * an entry in the session's table of references.  The entry holds the handle once the
 * library knows it.  Its sequence number changes whenever the entry is allocated or
 * freed, so a reference that was freed stays invalid after its entry is used again.
 */
#ifndef LIBMHEAP_REFS_H
#define LIBMHEAP_REFS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "mheap.h"

/* A number that is no handle in any session: the kernel answers -EBADF. */
#define MHEAP_BAD_HANDLE	1ULL

/*
 * Segment k of the table has 2^(10 + k) entries, so that the table grows without moving
 * and 23 segments hold every 32-bit index.
 */
#define MHEAP_REFS_FIRST_SHIFT	10
#define MHEAP_REFS_SEGMENTS	23

/**
 * struct mheap_refs_entry - One entry of the table of references
 * @value: the handle; or the index of the op that will make it, plus 1; or 0
 * @seq: sequence number; odd while the entry is allocated
 * @next: index of the next entry of a free list; belongs to the owner of the list
 */
struct mheap_refs_entry {
	_Atomic uint64_t value;
	_Atomic uint32_t seq;
	uint32_t next;
};

/* Free entries of the table, linked by their next; index 0 ends the list. */
struct mheap_free_list {
	uint32_t head;
	uint32_t tail;
	uint32_t count;
};

/**
 * struct mheap_refs - The table of references of a session
 * @segment: the segments, allocated as they are needed.  Readers take no lock, since
 *	segments never move and only mheap_refs_fini() frees them.
 * @lock: guards the members below
 * @free: free entries that were used before
 * @used: entries that were ever allocated, plus 1 for entry 0, which is never used
 * @sweep_at: number of allocated entries at which the next sweep is due
 */
struct mheap_refs {
	struct mheap_refs_entry *_Atomic segment[MHEAP_REFS_SEGMENTS];
	pthread_mutex_t lock;
	struct mheap_free_list free;
	uint32_t used;
	uint64_t sweep_at;
};

void mheap_refs_init(struct mheap_refs *refs);
void mheap_refs_fini(struct mheap_refs *refs);

/*
 * Make a reference with this value, from the private free list, which is refilled if it
 * is empty.  Returns 0 if there is no memory.
 */
mheap_ref mheap_refs_alloc(struct mheap_refs *refs, struct mheap_free_list *from,
			   uint64_t value);

/* Returns the value of a reference, 0 if the reference is not valid. */
uint64_t mheap_refs_value(struct mheap_refs *refs, mheap_ref ref);

/* Store the handle that the reference stands for from now on. */
void mheap_refs_bind(struct mheap_refs *refs, mheap_ref ref, uint64_t handle);

/*
 * Make the reference invalid and put its entry on a private free list; does nothing if
 * the reference is invalid already.
 */
void mheap_refs_free(struct mheap_refs *refs, struct mheap_free_list *to, mheap_ref ref);

/* Give all entries of a private free list back to the table; empties the list. */
void mheap_refs_give_back(struct mheap_refs *refs, struct mheap_free_list *list);

/*
 * Begin a sweep if one is due.  Returns 0 if not, else the number of entries to look at.
 * No other sweep becomes due before mheap_refs_sweep_end().
 */
uint32_t mheap_refs_sweep_begin(struct mheap_refs *refs);
void mheap_refs_sweep_end(struct mheap_refs *refs);

/*
 * Returns the reference of the entry with this index, and its handle in *handle; 0 if
 * the entry has no handle.  The index is less than what sweep_begin returned.
 */
mheap_ref mheap_refs_at(struct mheap_refs *refs, uint32_t index, uint64_t *handle);

static inline bool mheap_ref_is_kernel(mheap_ref ref)
{
	return ref >> 63;
}

/* Returns what the kernel is to be told for a handle that the caller gave. */
static inline uint64_t mheap_refs_handle(struct mheap_refs *refs, mheap_ref ref)
{
	if (!ref || mheap_ref_is_kernel(ref))
		return ref;
	ref = mheap_refs_value(refs, ref);
	return mheap_ref_is_kernel(ref) ? ref : MHEAP_BAD_HANDLE;
}

#endif /* LIBMHEAP_REFS_H */
