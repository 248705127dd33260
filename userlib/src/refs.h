/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Batch references: numbers that the library gives out for handles that the
 * kernel has yet to make.
 *
 * Every handle of the kernel has bit 63 set, so a number without it is free for
 * this use: bits 62..32 are the sequence of a place in the session's table,
 * bits 31..0 the number of the place.  The place holds the handle once it is
 * known.  A place gets a new sequence whenever it is taken or released, so a
 * reference that was released stays invalid after its place is used again.
 */
#ifndef LIBMHEAP_REFS_H
#define LIBMHEAP_REFS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "mheap.h"

/* A handle that the kernel does not know in any session. */
#define MHEAP_BAD_HANDLE	1ULL

/* Chunk k of the table has 2^(10 + k) places; place 2^32 - 1 is in the last. */
#define MHEAP_REFS_FIRST_SHIFT	10
#define MHEAP_REFS_CHUNKS	23

struct mheap_place {
	_Atomic uint64_t value;	/* handle, or index + 1 in its batch, or 0 */
	_Atomic uint32_t seq;	/* odd: in use */
	uint32_t next;		/* in a chain; whoever owns the chain */
};

/* Places that nobody else can see, linked by next; 0 ends the chain. */
struct mheap_places {
	uint32_t head;
	uint32_t tail;
	uint32_t count;
};

struct mheap_refs {
	/* Readers take no lock: chunks never move, and are freed by fini only. */
	struct mheap_place *_Atomic chunk[MHEAP_REFS_CHUNKS];
	pthread_mutex_t lock;
	struct mheap_places free;	/* under lock */
	uint32_t used;			/* under lock: places ever given out */
	uint64_t sweep_at;		/* under lock: so many in use are too many */
};

void mheap_refs_init(struct mheap_refs *refs);
void mheap_refs_fini(struct mheap_refs *refs);

/* A new reference with this value; 0 if there is no memory. */
mheap_ref mheap_refs_new(struct mheap_refs *refs, struct mheap_places *from,
			 uint64_t value);

/* The value of a reference, 0 if it is not valid. */
uint64_t mheap_refs_value(struct mheap_refs *refs, mheap_ref ref);

/* The handle of the reference is known now. */
void mheap_refs_bind(struct mheap_refs *refs, mheap_ref ref, uint64_t handle);

/* Make the reference invalid, if it is not yet; its place goes to a chain. */
void mheap_refs_release(struct mheap_refs *refs, struct mheap_places *to,
			mheap_ref ref);

/* Give a chain back. */
void mheap_refs_put(struct mheap_refs *refs, struct mheap_places *chain);

/*
 * Is it time to look for references whose handles are dead?  0, or the number of
 * places to go through; nobody else is told to until the end.
 */
uint32_t mheap_refs_sweep_begin(struct mheap_refs *refs);
void mheap_refs_sweep_end(struct mheap_refs *refs);

/* The reference at a place below that number, 0 if it has no handle. */
mheap_ref mheap_refs_at(struct mheap_refs *refs, uint32_t n, uint64_t *handle);

static inline bool mheap_ref_is_kernel(mheap_ref ref)
{
	return ref >> 63;
}

/* What to tell the kernel for a handle that a caller gave. */
static inline uint64_t mheap_refs_handle(struct mheap_refs *refs, mheap_ref ref)
{
	if (!ref || mheap_ref_is_kernel(ref))
		return ref;
	ref = mheap_refs_value(refs, ref);
	return mheap_ref_is_kernel(ref) ? ref : MHEAP_BAD_HANDLE;
}

#endif /* LIBMHEAP_REFS_H */
