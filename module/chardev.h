/* SPDX-License-Identifier: GPL-2.0 */
/* The device /dev/mheap. */
#ifndef MHEAP_CHARDEV_H
#define MHEAP_CHARDEV_H

#include <linux/miscdevice.h>

extern struct miscdevice mheap_misc;

#endif
