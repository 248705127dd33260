/* SPDX-License-Identifier: GPL-2.0 */
/* What the passes of a collection share. */
#ifndef MHEAP_GC_PASS_H
#define MHEAP_GC_PASS_H

#include <linux/list.h>
#include <linux/prefetch.h>

#include "gc/gc.h"

void mheap_pass_begin(struct mheap_collector *gc, enum mheap_phase phase,
		      u64 size, unsigned int target);
void mheap_pass_next(struct mheap_collector *gc, enum mheap_phase phase);
bool mheap_pass_next_list(struct mheap_collector *gc);
void mheap_pass_condemned(struct mheap_collector *gc);
void mheap_pass_rest(struct mheap_collector *gc);
void mheap_pass_end(struct mheap_collector *gc);

/* Scan the slots of an object in the steps to come. */
static inline void mheap_pass_scan(struct mheap_collector *gc,
				   struct mheap_object *o)
{
	gc->scan = o;
	gc->scan_slot = 0;
}

/*
 * Return the next object of the pass, or NULL: at the end of the pass, with @at_end set,
 * or when the budget is used up.  Each new list costs one unit; the caller accounts for
 * the object.
 */
static inline struct mheap_object *mheap_pass_visit(struct mheap_collector *gc,
						    unsigned int *budget)
{
	struct mheap_object *o;

	gc->at_end = false;
	while (gc->cursor == gc->list) {
		gc->at_end = !mheap_pass_next_list(gc);
		if (gc->at_end || !*budget)
			return NULL;
		--*budget;
	}
	o = list_entry(gc->cursor, struct mheap_object, node);
	gc->cursor = o->node.next;
	prefetch(gc->cursor);
	return o;
}

#endif
