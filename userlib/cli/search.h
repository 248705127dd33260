/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How an object is held: the shortest way from a root to it.
 */
#ifndef MHEAPCTL_SEARCH_H
#define MHEAPCTL_SEARCH_H

#include "census.h"

enum search_root {
	ROOT_NONE,
	ROOT_NAME,
	ROOT_IMMORTAL,
	ROOT_HANDLE,	/* or an unread event */
	ROOT_FROZEN,
};

/* An object on the way, and the slot that refers to the next one. */
struct search_hop {
	uint32_t object;
	uint32_t slot;
};

struct search {
	enum search_root root;
	struct search_hop *hops;	/* the last is the object itself */
	size_t hop_count;
};

/* To the object with this index.  root is ROOT_NONE if there is no way. */
void search_path(struct search *s, const struct census *c, uint32_t object);
void search_free(struct search *s);

#endif /* MHEAPCTL_SEARCH_H */
