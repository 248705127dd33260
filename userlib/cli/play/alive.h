/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who is alive: asks the heap for every object by its id.
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

/*
 * Take those that died out of the list and tell of each.  0 or -errno, after
 * which the list is of no use.
 */
int alive_update(struct mheap *h, struct alive *alive,
		 void (*died)(void *context, uint32_t number), void *context);

#endif /* MHEAPCTL_ALIVE_H */
