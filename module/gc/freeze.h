/* SPDX-License-Identifier: GPL-2.0 */
/* The permanent generation. */
#ifndef MHEAP_GC_FREEZE_H
#define MHEAP_GC_FREEZE_H

#include <linux/types.h>

struct mheap_collector;
struct mheap_object;

void mheap_freeze_start(struct mheap_collector *gc);
unsigned int mheap_freeze_step(struct mheap_collector *gc, unsigned int budget);
void mheap_freeze_start_undo(struct mheap_collector *gc);
unsigned int mheap_freeze_undo_step(struct mheap_collector *gc,
				    unsigned int budget);
bool mheap_freeze_undo_object(struct mheap_collector *gc,
			      struct mheap_object *o);

#endif
