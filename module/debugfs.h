/* SPDX-License-Identifier: GPL-2.0 */
/* The files of heaps in debugfs. */
#ifndef MHEAP_DEBUGFS_H
#define MHEAP_DEBUGFS_H

struct mheap_heap;

void mheap_debugfs_init(void);
void mheap_debugfs_exit(void);
void mheap_debugfs_add(struct mheap_heap *heap);
void mheap_debugfs_del(struct mheap_heap *heap);

#endif
