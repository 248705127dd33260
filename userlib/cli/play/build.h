/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Building a heap graph in a heap.
 */
#ifndef MHEAPCTL_BUILD_H
#define MHEAPCTL_BUILD_H

#include <mheap.h>

#include "feed.h"
#include "mhg.h"

/* A graph in a heap: the handles of its roots, and the ids of its objects. */
struct build {
	const struct mhg *g;
	struct mheap *h;
	struct feed feed;
	uint64_t *ids;		/* per object */
	uint32_t *root_of;	/* per object: number of its root + 1, or 0 */
	mheap_ref *held;	/* handles, those of a root in a row */
	uint64_t *held_first;	/* per root */
	uint32_t *held_count;	/* per root */
	mheap_ref *made;	/* per object, until build_finish(): its first handle */
};

/* order holds the number of every object once.  Returns 0 or -errno. */
int build_make(struct build *b, const uint32_t *order);

/*
 * Count the objects whose reference count is not the one that the finished graph
 * has to have.  Every object still has the handle it was made with.
 */
int build_check(struct build *b, const uint32_t *refcount, uint64_t *wrong);

/* Drop the handles that were needed for building only. */
int build_finish(struct build *b);

void build_free(struct build *b);

#endif /* MHEAPCTL_BUILD_H */
