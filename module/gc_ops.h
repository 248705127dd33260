/* SPDX-License-Identifier: GPL-2.0 */
/* The collector's hooks, as the heap implements them. */
#ifndef MHEAP_GC_OPS_H
#define MHEAP_GC_OPS_H

struct mheap_gc_ops;

extern const struct mheap_gc_ops mheap_gc_ops;

#endif
