/* SPDX-License-Identifier: GPL-2.0 */
/* Slots, the counted references from object to object. */
#ifndef MHEAP_SLOT_H
#define MHEAP_SLOT_H

#include <linux/types.h>

struct mheap_dying;
struct mheap_heap;
struct mheap_object;

int mheap_slot_get(struct mheap_object *o, u32 slot, struct mheap_object **val);
int mheap_slot_set(struct mheap_heap *heap, struct mheap_object *o, u32 slot,
		   struct mheap_object *val, struct mheap_dying *dying);

#endif
