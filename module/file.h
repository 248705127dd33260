/* SPDX-License-Identifier: GPL-2.0 */
/* Open files of sessions. */
#ifndef MHEAP_FILE_H
#define MHEAP_FILE_H

#include <linux/types.h>

struct file;
struct mheap_session;

void mheap_file_init(struct file *file, struct mheap_session *s);
int mheap_file_attach(const struct file *file, u32 rights);

#endif
