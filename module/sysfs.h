/* SPDX-License-Identifier: GPL-2.0 */
/* The files of heaps in sysfs. */
#ifndef MHEAP_SYSFS_H
#define MHEAP_SYSFS_H

struct kobject;
struct mheap_heap;

int mheap_sysfs_init(struct kobject *parent);
void mheap_sysfs_exit(void);
int mheap_sysfs_add(struct mheap_heap *heap);
void mheap_sysfs_del(struct mheap_heap *heap);

#endif
