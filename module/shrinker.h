/* SPDX-License-Identifier: GPL-2.0 */
/* The shrinker, which asks the heaps for memory when the system is short of it. */
#ifndef MHEAP_SHRINKER_H
#define MHEAP_SHRINKER_H

struct mheap_heap;

int mheap_shrinker_init(void);
void mheap_shrinker_exit(void);
void mheap_shrinker_add(struct mheap_heap *heap);
void mheap_shrinker_del(struct mheap_heap *heap);

#endif
