/* SPDX-License-Identifier: GPL-2.0 */
/* What the passes of a collection share. */
#ifndef MHEAP_GC_PASS_H
#define MHEAP_GC_PASS_H

#include "gc/gc.h"

void mheap_pass_begin(struct mheap_collector *gc, enum mheap_phase phase,
		      u64 size, unsigned int target);
void mheap_pass_next(struct mheap_collector *gc, enum mheap_phase phase);
bool mheap_pass_next_list(struct mheap_collector *gc);
struct mheap_object *mheap_pass_visit(struct mheap_collector *gc,
				      unsigned int *budget);
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

#endif
