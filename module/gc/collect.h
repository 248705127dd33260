/* SPDX-License-Identifier: GPL-2.0 */
/* Starting a collection, and continuing it step by step. */
#ifndef MHEAP_GC_COLLECT_H
#define MHEAP_GC_COLLECT_H

#include <linux/types.h>

struct mheap_collector;
struct mheap_dying;
struct mheap_gc_ops;

void mheap_collect_init(struct mheap_collector *gc,
			const struct mheap_gc_ops *ops,
			struct mheap_dying *dying, const u32 threshold[3]);
void mheap_collect_start(struct mheap_collector *gc, unsigned int generation);
void mheap_collect_skip(struct mheap_collector *gc, unsigned int generation);
bool mheap_collect_step(struct mheap_collector *gc, unsigned int budget);

#endif
