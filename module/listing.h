/* SPDX-License-Identifier: GPL-2.0 */
/* Lists of objects, for debugging. */
#ifndef MHEAP_LISTING_H
#define MHEAP_LISTING_H

#include <linux/types.h>
#include <uapi/linux/mheap.h>

struct mheap_heap;

int mheap_listing_fill(struct mheap_heap *heap, struct mheap_ioc_list *list,
		       u64 *ids);
int mheap_listing_clear_garbage(struct mheap_heap *heap);

#endif
