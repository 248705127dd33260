/* SPDX-License-Identifier: GPL-2.0 */
/* Types of a heap. */
#ifndef MHEAP_TYPE_H
#define MHEAP_TYPE_H

#include <linux/types.h>

#include "dict.h"

struct mheap_heap;

/**
 * struct mheap_type - A type of objects
 * @name: in mheap_heap.type_names; its text is @text
 * @number: its number in mheap_heap.types; constant
 * @objects: objects alive of this type
 * @bytes: their payload bytes
 * @text: the name, any bytes, with a NUL after them; constant
 *
 * It lives as long as the heap.  What is not constant is guarded by the heap lock.
 */
struct mheap_type {
	struct mheap_dict_node name;
	u32 number;
	u64 objects;
	u64 bytes;
	char text[];
};

int mheap_types_init(struct mheap_heap *heap);
void mheap_types_destroy(struct mheap_heap *heap);
int mheap_type_register(struct mheap_heap *heap, const char *name, u32 len,
			bool make, u32 *number);
struct mheap_type *mheap_type_get(struct mheap_heap *heap, u32 number);
struct mheap_type *mheap_type_next(struct mheap_heap *heap,
				   unsigned long *number);
void mheap_type_account(struct mheap_heap *heap, u32 number, int objects,
			s64 bytes);

#endif
