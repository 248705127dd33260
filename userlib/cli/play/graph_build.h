/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Building a heap graph in a heap.
 */
#ifndef MHEAPCTL_GRAPH_BUILD_H
#define MHEAPCTL_GRAPH_BUILD_H

#include <mheap.h>

#include "feed.h"
#include "mhg.h"

/* A graph in a heap: the handles of its roots, and the ids of its objects. */
struct built {
	const struct graph *g;
	struct mheap *h;
	struct feed feed;
	uint64_t *ids;		/* per object */
	uint32_t *root_of;	/* per object: number of its root + 1, or 0 */
	mheap_ref *held;	/* handles, those of a root in a row */
	uint64_t *held_first;	/* per root */
	uint32_t *held_count;	/* per root */
	mheap_ref *made;	/* per object, while building: its first handle */
};

/* order: of the objects, all numbers once.  0 or -errno. */
int built_make(struct built *b, const uint32_t *order);

/*
 * While every object still has its first handle: how many have another count
 * than the oracle says for the finished graph?
 */
int built_check(struct built *b, const uint32_t *refcount, uint64_t *wrong);

/* Drop the handles that only building needed. */
int built_finish(struct built *b);

void built_free(struct built *b);

#endif /* MHEAPCTL_GRAPH_BUILD_H */
