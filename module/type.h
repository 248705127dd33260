/* SPDX-License-Identifier: GPL-2.0 */
/* Types of a heap. */
#ifndef MHEAP_TYPE_H
#define MHEAP_TYPE_H

#include <linux/types.h>

struct mheap_entry;
struct mheap_heap;

int mheap_types_init(struct mheap_heap *heap);
void mheap_types_destroy(struct mheap_heap *heap);
int mheap_type_register(struct mheap_heap *heap, const char *name, u32 len,
			bool make, u32 *type);
struct mheap_entry *mheap_type_get(struct mheap_heap *heap, u32 type);
struct mheap_entry *mheap_type_next(struct mheap_heap *heap,
				    unsigned long *type);
void mheap_type_account(struct mheap_heap *heap, u32 type, int objects,
			s64 bytes);

#endif
