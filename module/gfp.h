/* SPDX-License-Identifier: GPL-2.0 */
/* The flags for allocations that programs cause. */
#ifndef MHEAP_GFP_H
#define MHEAP_GFP_H

#include <linux/gfp.h>

/*
 * The memory is charged to the cgroup of the calling task.  If there is none the call
 * fails with -ENOMEM; no task is killed and no warning is logged for it.
 */
#define MHEAP_GFP	(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

#endif
