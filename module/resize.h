/* SPDX-License-Identifier: GPL-2.0 */
/* Changing the number of slots and payload bytes of an object. */
#ifndef MHEAP_RESIZE_H
#define MHEAP_RESIZE_H

#include <linux/list.h>
#include <linux/types.h>

struct mheap_body;
struct mheap_dying;
struct mheap_heap;
struct mheap_object;
struct mheap_payload;

/**
 * struct mheap_resize - A resize under way
 * @node: in mheap_heap.resizing
 * @object: the object
 * @body: the new body; afterwards the old one, which is to be freed, or NULL
 * @nslots: number of slots of the new body
 * @payload: afterwards the old payload, which is to be freed, if it was not in a body
 */
struct mheap_resize {
	struct list_head node;
	struct mheap_object *object;
	struct mheap_body *body;
	u32 nslots;
	struct mheap_payload payload;
};

int mheap_resize(struct mheap_heap *heap, struct mheap_resize *job,
		 struct mheap_dying *dying);
void mheap_resize_mirror_slot(struct mheap_heap *heap, struct mheap_object *o,
			      u32 slot, struct mheap_object *val);
void mheap_resize_mirror_data(struct mheap_heap *heap, struct mheap_object *o,
			      u32 off, const void *data, u32 len);

#endif
