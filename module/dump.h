/* SPDX-License-Identifier: GPL-2.0 */
/* A heap as text, for tools that look at it through debugfs. */
#ifndef MHEAP_DUMP_H
#define MHEAP_DUMP_H

#include <linux/fs.h>

extern const struct file_operations mheap_dump_objects_fops;
extern const struct file_operations mheap_dump_names_fops;

#endif
