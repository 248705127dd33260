/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which objects are alive, as the heap says of each by its id.
 */
#ifndef MHEAPCTL_ALIVE_H
#define MHEAPCTL_ALIVE_H

#include <mheap.h>

/* Numbers of objects, in any order; ids[number] is the object's id. */
struct alive {
	const uint64_t *ids;
	uint32_t *list;
	size_t count;
};

/* Is told of each object that died. */
struct alive_watch {
	void (*died)(void *context, uint32_t number);
	void *context;
};

/*
 * Take the objects that died out of the list.  Returns 0 or -errno, after which
 * the list is of no use.
 */
int alive_update(struct mheap *h, struct alive *alive,
		 const struct alive_watch *watch);

#endif /* MHEAPCTL_ALIVE_H */
