/* SPDX-License-Identifier: GPL-2.0 */
/* A checker of all invariants of a heap. */
#ifndef MHEAP_VERIFY_H
#define MHEAP_VERIFY_H

#include <linux/types.h>

struct mheap_heap;

extern bool mheap_verify_collections;

int mheap_verify(struct mheap_heap *heap);
void mheap_verify_if_due(struct mheap_heap *heap);

#endif
