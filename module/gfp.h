/* SPDX-License-Identifier: GPL-2.0 */
/* How memory is asked for. */
#ifndef MHEAP_GFP_H
#define MHEAP_GFP_H

#include <linux/gfp.h>

/*
 * What users cause is charged to their memory cgroup.  Where there is no memory the
 * call fails: nobody is killed for it, and nothing is written to the log.
 */
#define MHEAP_GFP	(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

#endif
