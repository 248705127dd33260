// SPDX-License-Identifier: GPL-2.0
/* The collector's hooks, as the heap implements them.  See gc/gc.h for what each means. */
#include "compat.h"
#include "ext.h"
#include "finalizer.h"
#include "gc/gc.h"
#include "gc_ops.h"
#include "heap.h"
#include "member.h"
#include "weak.h"

static unsigned int mheap_gc_ops_clear_weaks(struct mheap_collector *gc,
					     struct mheap_object *o,
					     unsigned int budget)
{
	return mheap_weak_clear(mheap_ext_find(mheap_heap_of(gc), o), budget);
}

static bool mheap_gc_ops_is_finalizable(struct mheap_collector *gc,
					struct mheap_object *o)
{
	struct mheap_ext *ext = mheap_ext_find(mheap_heap_of(gc), o);

	return mheap_finalizer_is_due(ext->finalizer);
}

static struct mheap_quarantine *
mheap_gc_ops_take_quarantine(struct mheap_collector *gc, struct mheap_object *o)
{
	struct mheap_ext *ext = mheap_ext_find(mheap_heap_of(gc), o);

	return mheap_finalizer_take_quarantine(ext->finalizer);
}

static void mheap_gc_ops_finalize(struct mheap_collector *gc,
				  struct mheap_object *o,
				  struct mheap_quarantine *q)
{
	struct mheap_heap *heap = mheap_heap_of(gc);

	mheap_finalizer_tell(heap, mheap_ext_find(heap, o), q);
}

const struct mheap_gc_ops mheap_gc_ops = {
	.died = mheap_member_died,
	.free = mheap_member_free,
	.clear_weaks = mheap_gc_ops_clear_weaks,
	.is_finalizable = mheap_gc_ops_is_finalizable,
	.take_quarantine = mheap_gc_ops_take_quarantine,
	.finalize = mheap_gc_ops_finalize,
};
EXPORT_SYMBOL_IF_KUNIT(mheap_gc_ops);
