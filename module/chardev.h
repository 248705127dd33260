/* SPDX-License-Identifier: GPL-2.0 */
/* The device /dev/mheap, and files of more sessions. */
#ifndef MHEAP_CHARDEV_H
#define MHEAP_CHARDEV_H

#include <linux/miscdevice.h>

struct mheap_session;

extern struct miscdevice mheap_misc;

int mheap_chardev_attach(struct mheap_session *s, u32 rights);

#endif
