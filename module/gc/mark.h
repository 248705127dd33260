/* SPDX-License-Identifier: GPL-2.0 */
/* Following references: the barrier, subtracting and marking. */
#ifndef MHEAP_GC_MARK_H
#define MHEAP_GC_MARK_H

#include <linux/types.h>

struct mheap_collector;
struct mheap_object;

void mheap_mark_touch(struct mheap_collector *gc, struct mheap_object *o);
unsigned int mheap_mark_subtract(struct mheap_collector *gc,
				 unsigned int budget);
bool mheap_mark_step(struct mheap_collector *gc, unsigned int *budget);
bool mheap_mark_abandon(struct mheap_collector *gc, unsigned int budget);

#endif
