/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table that tells, for each number that a handle can have, what the number is used for
 * and how often it was used before.
 */
#ifndef LIBMHEAP_TABLE_H
#define LIBMHEAP_TABLE_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * Segment k of the table has 2^(10 + k) entries, so that the table grows without moving
 * and 22 segments hold every 31-bit index.
 */
#define MHEAP_TABLE_FIRST_SHIFT	10
#define MHEAP_TABLE_SEGMENTS	22

/*
 * What a number is used for: nothing; a handle that is yet to be made; a handle that was
 * made; or null, until the submit ends that found no object to make a handle of.
 */
#define MHEAP_USE_NONE		0U
#define MHEAP_USE_PLANNED	1U
#define MHEAP_USE_MADE		2U
#define MHEAP_USE_NULL		3U

/* The lowest bits of a state tell the use, the others count how often there was one. */
#define MHEAP_USE_BITS		2
#define MHEAP_USE_MASK		3U
#define MHEAP_TURN_MASK		(UINT32_MAX >> MHEAP_USE_BITS)

/**
 * struct mheap_table_entry - What is known about a number
 * @state: its use and its turn, which grows by one when a use begins; 0 if the number was
 *	never used
 * @next: the next number of a free list; belongs to the owner of the list
 */
struct mheap_table_entry {
	_Atomic uint32_t state;
	uint32_t next;
};

/*
 * Segments are allocated as they are needed.  Readers take no lock, since segments never
 * move and only mheap_table_fini() frees them.
 */
struct mheap_table {
	struct mheap_table_entry *_Atomic segment[MHEAP_TABLE_SEGMENTS];
};

void mheap_table_fini(struct mheap_table *t);

/* Returns the entry with this index, or NULL if its segment does not exist. */
struct mheap_table_entry *mheap_table_find(struct mheap_table *t, uint32_t index);

/*
 * Do the same, but make the segment if it does not exist.  Returns NULL if there is no
 * memory.  Only one thread at a time may call this.
 */
struct mheap_table_entry *mheap_table_make(struct mheap_table *t, uint32_t index);

static inline uint32_t mheap_table_state(struct mheap_table_entry *e)
{
	return e ? atomic_load_explicit(&e->state, memory_order_relaxed) : 0;
}

static inline uint32_t mheap_state_use(uint32_t state)
{
	return state & MHEAP_USE_MASK;
}

static inline uint32_t mheap_state_turn(uint32_t state)
{
	return state >> MHEAP_USE_BITS;
}

/* Returns the state at the beginning of the next use. */
static inline uint32_t mheap_state_next(uint32_t state, uint32_t use)
{
	return (mheap_state_turn(state) + 1) << MHEAP_USE_BITS | use;
}

#endif /* LIBMHEAP_TABLE_H */
