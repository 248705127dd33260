/* SPDX-License-Identifier: GPL-2.0 */
/* Objects as members of a heap: how they join it, and how they leave. */
#ifndef MHEAP_MEMBER_H
#define MHEAP_MEMBER_H

#include <linux/types.h>

struct mheap_collector;
struct mheap_heap;
struct mheap_object;

void mheap_member_add(struct mheap_heap *heap, struct mheap_object *o, u32 type,
		      u32 flags);
void mheap_member_died(struct mheap_collector *gc, struct mheap_object *o);
void mheap_member_free(struct mheap_collector *gc, struct mheap_object *o);

#endif
