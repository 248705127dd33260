/* SPDX-License-Identifier: GPL-2.0 */
/* Making counted references, which includes the barrier of the collector. */
#ifndef MHEAP_GC_REF_H
#define MHEAP_GC_REF_H

#include <linux/errno.h>
#include <linux/limits.h>

#include "gc/gc.h"
#include "gc/mark.h"

/* An unread finalizer event and the garbage list need one more each, and must not fail. */
#define MHEAP_MAX_COUNT	(U32_MAX - 2)

/**
 * mheap_ref_get() - Make a counted reference
 * @gc: the heap's collector
 * @o: the object referred to
 * @root: the reference is a handle, a name, or a slot of an object that no
 *	collection looks at
 *
 * Every counted reference is made here or in mheap_ref_get_root(), so no reference can
 * evade the barrier.
 *
 * Context: the heap lock is held.
 *
 * Return: 0, or -EOVERFLOW if the count is at its maximum.
 */
static inline int mheap_ref_get(struct mheap_collector *gc,
				struct mheap_object *o, bool root)
{
	if (o->flags & MHEAP_IMMORTAL)
		return 0;
	if (o->count >= MHEAP_MAX_COUNT)
		return -EOVERFLOW;
	o->count++;
	o->roots += root;
	if (mheap_gc_is_white(gc, o))
		mheap_mark_touch(gc, o);
	return 0;
}

/* Make a reference for an event or the garbage list, which cannot fail: see above. */
static inline void mheap_ref_get_root(struct mheap_collector *gc,
				      struct mheap_object *o)
{
	o->count++;
	o->roots++;
	if (mheap_gc_is_white(gc, o))
		mheap_mark_touch(gc, o);
}

#endif
