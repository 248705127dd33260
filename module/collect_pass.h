/* SPDX-License-Identifier: GPL-2.0 */
/* What the passes of a collection share: for collect.c, mark.c, quarantine.c, freeze.c. */
#ifndef MHEAP_COLLECT_PASS_H
#define MHEAP_COLLECT_PASS_H

#include "collect.h"

void mheap_collect_begin(struct mheap_collector *gc, enum mheap_phase phase,
			 u64 size, unsigned int target);
void mheap_collect_next_pass(struct mheap_collector *gc,
			     enum mheap_phase phase);
struct mheap_object *mheap_collect_visit(struct mheap_collector *gc,
					 unsigned int *units);
bool mheap_collect_next_list(struct mheap_collector *gc);
void mheap_collect_condemn_all(struct mheap_collector *gc);
void mheap_collect_end(struct mheap_collector *gc);
void mheap_collect_rest(struct mheap_collector *gc);

void mheap_collect_subtract(struct mheap_collector *gc, unsigned int units);
bool mheap_collect_mark_some(struct mheap_collector *gc, unsigned int units);
void mheap_quarantine_clear_weaks(struct mheap_collector *gc,
				  unsigned int units);
void mheap_quarantine_tell(struct mheap_collector *gc, struct mheap_object *o);
void mheap_quarantine_fill(struct mheap_collector *gc, unsigned int units);
void mheap_quarantine_save(struct mheap_collector *gc, unsigned int units);
void mheap_freeze_step(struct mheap_collector *gc, unsigned int units);
void mheap_unfreeze_step(struct mheap_collector *gc, unsigned int units);

bool mheap_freeze_undo(struct mheap_collector *gc, struct mheap_object *o);

/* Are all generations collected, not a group alone? */
static inline bool mheap_collect_is_full(const struct mheap_collector *gc)
{
	return gc->collecting == 2 && !gc->exam;
}

static inline void mheap_collect_relabel(struct mheap_collector *gc,
					 struct mheap_object *o,
					 unsigned int label)
{
	gc->nr[o->gen]--;
	o->gen = label;
	gc->nr[label]++;
}

static inline void mheap_collect_scan(struct mheap_collector *gc,
				      struct mheap_object *o)
{
	gc->scan = o;
	gc->scan_slot = 0;
}

#endif
