/* SPDX-License-Identifier: GPL-2.0 */
/* Named roots of a heap. */
#ifndef MHEAP_NAME_H
#define MHEAP_NAME_H

#include <linux/types.h>

#include "dict.h"

struct mheap_dying;
struct mheap_heap;
struct mheap_object;

/**
 * struct mheap_name - A name of an object
 * @key: in mheap_heap.names; its text is @text
 * @object: the object, which the name keeps alive
 * @text: the name, any bytes
 *
 * Guarded by the heap lock once it is published.
 */
struct mheap_name {
	struct mheap_dict_node key;
	struct mheap_object *object;
	char text[];
};

struct mheap_name *mheap_name_alloc(u32 len);
void mheap_name_free(struct mheap_name *name);
int mheap_name_publish(struct mheap_heap *heap, struct mheap_name *name,
		       struct mheap_object *o);
struct mheap_object *mheap_name_lookup(struct mheap_heap *heap,
				       const char *text, u32 len);
struct mheap_name *mheap_name_next(struct mheap_heap *heap, const char *text,
				   u32 len);
struct mheap_name *mheap_name_unpublish(struct mheap_heap *heap,
					const char *text, u32 len,
					struct mheap_dying *dying);
void mheap_names_destroy(struct mheap_heap *heap);

#endif
