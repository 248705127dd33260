/* SPDX-License-Identifier: GPL-2.0 */
/* Interned objects, of which there is one for each type and content. */
#ifndef MHEAP_INTERN_H
#define MHEAP_INTERN_H

#include <linux/types.h>

struct mheap_heap;
struct mheap_object;
struct mheap_ext;

u64 mheap_intern_hash(struct mheap_heap *heap, u32 type, const void *data,
		      u32 len);
struct mheap_object *mheap_intern_find(struct mheap_heap *heap, u64 hash,
				       u32 type, const void *data, u32 len);
void mheap_intern_add(struct mheap_heap *heap, struct mheap_object *o, u64 hash,
		      struct mheap_ext **prealloc);
void mheap_intern_del(struct mheap_heap *heap, struct mheap_ext *ext);
bool mheap_intern_has(struct mheap_heap *heap,
		      const struct mheap_object *o);

#endif
