/* SPDX-License-Identifier: GPL-2.0 */
/* The number of heaps that a user may have. */
#ifndef MHEAP_QUOTA_H
#define MHEAP_QUOTA_H

#include <linux/uidgid.h>

extern unsigned int mheap_max_user_heaps;

int mheap_quota_charge(kuid_t user);
void mheap_quota_uncharge(kuid_t user);

#endif
