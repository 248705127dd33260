/* SPDX-License-Identifier: GPL-2.0 */
/* Making counted references: the barrier of the collector is here. */
#ifndef MHEAP_GC_REF_H
#define MHEAP_GC_REF_H

#include <linux/errno.h>
#include <linux/limits.h>

#include "gc/gc.h"
#include "gc/mark.h"

/* Two more are for an unread finalizer event and the garbage list, which must not fail. */
#define MHEAP_MAX_COUNT	(U32_MAX - 2)

/**
 * mheap_ref_get() - Make a counted reference
 * @gc: the heap's collector
 * @o: the object referred to
 * @root: the reference is a handle, a name, or a slot of an object that no
 *	collection looks at
 *
 * Every counted reference is made here: this is the barrier of the scanner.
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

/* The same for an event and the garbage list: there is always room for them. */
static inline void mheap_ref_get_root(struct mheap_collector *gc,
				      struct mheap_object *o)
{
	o->count++;
	o->roots++;
	if (mheap_gc_is_white(gc, o))
		mheap_mark_touch(gc, o);
}

#endif
