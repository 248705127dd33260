/* SPDX-License-Identifier: GPL-2.0 */
/* Named roots of a heap. */
#ifndef MHEAP_NAME_H
#define MHEAP_NAME_H

#include <linux/types.h>

struct mheap_dying;
struct mheap_entry;
struct mheap_heap;
struct mheap_object;

void mheap_names_destroy(struct mheap_heap *heap);
int mheap_name_publish(struct mheap_heap *heap, struct mheap_entry *entry,
		       struct mheap_object *o);
struct mheap_object *mheap_name_lookup(struct mheap_heap *heap,
				       const char *text, u32 len);
struct mheap_entry *mheap_name_unpublish(struct mheap_heap *heap,
					 const char *text, u32 len,
					 struct mheap_dying *dying);

#endif
