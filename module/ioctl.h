/* SPDX-License-Identifier: GPL-2.0 */
/* The ioctls of a session, and read() of its events. */
#ifndef MHEAP_IOCTL_H
#define MHEAP_IOCTL_H

#include <linux/types.h>

struct file;
struct iov_iter;
struct mheap_session;

long mheap_ioctl(struct file *file, unsigned int cmd, void __user *arg);
ssize_t mheap_read(struct mheap_session *s, struct iov_iter *to, bool nonblock);

#endif
