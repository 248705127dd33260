/* SPDX-License-Identifier: GPL-2.0 */
/* Dropping counted references, and the death of objects whose count reaches 0. */
#ifndef MHEAP_GC_RECLAIM_H
#define MHEAP_GC_RECLAIM_H

#include "gc/gc.h"

void mheap_reclaim_kill(struct mheap_collector *gc, struct mheap_object *o,
			struct mheap_dying *dying);
unsigned int mheap_reclaim_step(struct mheap_collector *gc,
				struct mheap_dying *dying, unsigned int budget);

/**
 * mheap_ref_put() - Drop a counted reference
 * @gc: the heap's collector
 * @o: the object referred to
 * @root: the value that mheap_ref_get() was given for this reference
 * @dying: the list that the object joins if this was the last reference
 *
 * Context: the heap lock is held.
 */
static inline void mheap_ref_put(struct mheap_collector *gc,
				 struct mheap_object *o, bool root,
				 struct mheap_dying *dying)
{
	if (o->flags & MHEAP_IMMORTAL)
		return;
	o->roots -= root;
	if (--o->count == 0)
		mheap_reclaim_kill(gc, o, dying);
}

#endif
