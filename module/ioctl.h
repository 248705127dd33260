/* SPDX-License-Identifier: GPL-2.0 */
/* The ioctls of a session. */
#ifndef MHEAP_IOCTL_H
#define MHEAP_IOCTL_H

struct mheap_session;

long mheap_ioctl(struct mheap_session *s, unsigned int cmd, void __user *arg);

#endif
