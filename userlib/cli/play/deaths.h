/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the objects of a trace died: by their count, or freed by a collection.
 */
#ifndef MHEAPCTL_DEATHS_H
#define MHEAPCTL_DEATHS_H

#include "events.h"
#include "stage.h"

struct deaths {
	struct stage *stage;
	struct events *events;
	uint64_t collected;	/* objects freed by collections */
};

/* The totals of the heap, with a look at who is alive.  Returns false to stop. */
bool deaths_look(struct deaths *d, struct mheap_info *info);

/*
 * Those that died since the last look died by their count.  This one and the next
 * need a shadow.  Returns false if the player has to stop.
 */
bool deaths_by_count(struct deaths *d);

/*
 * Those that died since the last look were freed by a collection, or died by their
 * count in its course: perhaps because the last handle of an object was dropped (0 if
 * none was).  Reads events.  Returns false if the player has to stop.
 */
bool deaths_by_collection(struct deaths *d, uint32_t dropped);

#endif /* MHEAPCTL_DEATHS_H */
