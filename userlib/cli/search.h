/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How an object is held: the shortest path from a root to it.
 */
#ifndef MHEAPCTL_SEARCH_H
#define MHEAPCTL_SEARCH_H

#include "census.h"

enum search_root {
	SEARCH_NONE,
	SEARCH_NAME,
	SEARCH_IMMORTAL,
	SEARCH_HANDLE,	/* or an unread event */
	SEARCH_FROZEN,
};

/* An object on the path, and the slot that refers to the next one. */
struct search_hop {
	uint32_t object;
	uint32_t slot;
};

struct search {
	enum search_root root;
	struct search_hop *hops;	/* the last is the object itself */
	size_t hop_count;
};

/* Search from the object with this index.  root is SEARCH_NONE if nothing holds it. */
void search_path(struct search *s, const struct census *c, uint32_t object);
void search_free(struct search *s);

#endif /* MHEAPCTL_SEARCH_H */
