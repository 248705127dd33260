/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * References: what the program gets for the handles of the kernel.
 *
 * Bits 31..0 of a reference are the number of the handle.  The library chooses it, before
 * the kernel makes the handle; only the handles of finalizer events have numbers that the
 * kernel chose.  Numbers are used again and again, so bits 61..32 of a reference are a
 * turn: how often the number was used before, counted from a random start.  A reference
 * whose handle was dropped stays invalid in this way, and a reference of another session
 * is hardly ever valid.
 */
#ifndef LIBMHEAP_REFS_H
#define LIBMHEAP_REFS_H

#include <linux/mheap.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "mheap.h"
#include "table.h"

/* A number that the library never chooses: the kernel answers -EBADF. */
#define MHEAP_BAD_HANDLE	MHEAP_HANDLE_MAX

/**
 * struct mheap_free_list - References that were freed by one thread or batch
 * @head: first number of a list, linked by the next of its entry; 0 ends it
 * @tail: last number of the list
 * @count: how many references were freed, including those whose numbers are not in the
 *	list, because the kernel chooses them
 */
struct mheap_free_list {
	uint32_t head;
	uint32_t tail;
	uint32_t count;
};

/**
 * struct mheap_refs - The references of a session
 * @tables: of the numbers that the library chooses, and of those that the kernel chooses
 * @base: where turns begin
 * @first: the first number that the library chooses
 * @inherited: the session had handles before
 * @lock: guards the members below
 * @free: numbers that were used before
 * @end: no number from here on was ever chosen
 * @own_end: the same for numbers that the kernel chooses
 * @taken: references, and numbers in free lists other than @free
 * @sweep_at: number of @taken at which the next sweep is due
 */
struct mheap_refs {
	struct mheap_table tables[2];
	uint32_t base;
	uint32_t first;
	bool inherited;
	pthread_mutex_t lock;
	struct mheap_free_list free;
	uint32_t end;
	uint32_t own_end;
	uint32_t taken;
	uint64_t sweep_at;
};

/* What a sweep has yet to look at: numbers from at to end, in each table. */
struct mheap_refs_walk {
	uint32_t at[2];
	uint32_t end[2];
};

/*
 * Set up the references of a session whose handles had smaller numbers than first, and
 * which has such handles if inherited is set.
 */
void mheap_refs_init(struct mheap_refs *refs, uint32_t first, bool inherited);
void mheap_refs_fini(struct mheap_refs *refs);

/*
 * Make a reference of a handle that is yet to be made; its number is from a private free
 * list, which is refilled if it is empty.  Returns 0 if there is no memory.
 */
mheap_ref mheap_refs_alloc(struct mheap_refs *refs, struct mheap_free_list *from);
mheap_ref mheap_refs_alloc_one(struct mheap_refs *refs);

/*
 * Make a reference of a handle that came with an event, so that the kernel chose its
 * number.  Returns 0 if there is no memory.
 */
mheap_ref mheap_refs_adopt(struct mheap_refs *refs, uint32_t number);

/* The handle of the reference was made, or there was no object and it stands for null. */
void mheap_refs_made(struct mheap_refs *refs, mheap_ref ref);
void mheap_refs_null(struct mheap_refs *refs, mheap_ref ref);

/* Returns what the kernel is to be told for any number that the caller gave. */
uint32_t mheap_refs_number(struct mheap_refs *refs, mheap_ref ref);

/* Make the reference invalid.  Does nothing if it is invalid already. */
void mheap_refs_free(struct mheap_refs *refs, struct mheap_free_list *to, mheap_ref ref);
void mheap_refs_free_one(struct mheap_refs *refs, mheap_ref ref);

/* Make the reference invalid, and never use its number again: it is somebody else's. */
void mheap_refs_abandon(struct mheap_refs *refs, mheap_ref ref);

/* Let others use what was freed to a private list; empties the list. */
void mheap_refs_give_back(struct mheap_refs *refs, struct mheap_free_list *list);

/*
 * Begin a sweep if one is due.  Returns false if not.  No other sweep becomes due before
 * mheap_refs_sweep_end().
 */
bool mheap_refs_sweep_begin(struct mheap_refs *refs, struct mheap_refs_walk *walk);
void mheap_refs_sweep_end(struct mheap_refs *refs);

/* Returns the next reference whose handle was made, or 0 at the end of the walk. */
mheap_ref mheap_refs_walk(struct mheap_refs *refs, struct mheap_refs_walk *walk);

#endif /* LIBMHEAP_REFS_H */
