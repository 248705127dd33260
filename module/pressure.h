/* SPDX-License-Identifier: GPL-2.0 */
/* What the heaps do when the system is short of memory. */
#ifndef MHEAP_PRESSURE_H
#define MHEAP_PRESSURE_H

struct mheap_heap;

int mheap_pressure_init(void);
void mheap_pressure_exit(void);
void mheap_pressure_add(struct mheap_heap *heap);
void mheap_pressure_del(struct mheap_heap *heap);

#endif
