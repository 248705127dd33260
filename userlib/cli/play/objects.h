/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The objects of a trace, by serial number: 1, 2, 3, ... in the order of allocation.
 */
#ifndef MHEAPCTL_OBJECTS_H
#define MHEAPCTL_OBJECTS_H

#include "alive.h"
#include "shadow.h"

struct objects {
	uint64_t *ids;		/* by serial number */
	uint32_t most;		/* as the head of the trace says */
	uint32_t made;
	struct alive alive;	/* serial numbers */
	uint64_t alive_sum;	/* of serial numbers */
	struct shadow shadow;
};

void objects_open(struct objects *o, uint32_t most, bool shadowed);
void objects_close(struct objects *o);

/* The serial number of a new object, or 0 if there would be too many. */
uint32_t objects_add(struct objects *o, uint32_t slots);

/*
 * Find the objects that died since the last look, and tell the shadow of them.  Gives
 * the totals of the heap too.  Returns 0 or -errno.
 */
int objects_look(struct objects *o, struct mheap *h, struct mheap_info *info);

#endif /* MHEAPCTL_OBJECTS_H */
