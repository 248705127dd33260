/* SPDX-License-Identifier: GPL-2.0 */
/* Counted references, and the death of objects whose count reaches 0. */
#ifndef MHEAP_RECLAIM_H
#define MHEAP_RECLAIM_H

#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/list.h>

#include "collect.h"
#include "object.h"

/**
 * struct mheap_dying - Objects whose count reached 0 by one call
 * @list: those that still hold references
 * @current_object: the one whose slots are being dropped, not in @list
 * @slot: its first slot that was not dropped yet
 * @buried: how many were freed
 * @condemned: one had been condemned: a collection takes down what it referred to
 *
 * It belongs to the call that made them; the heap lock guards it.
 */
struct mheap_dying {
	struct list_head list;
	struct mheap_object *current_object;
	u32 slot;
	u64 buried;
	bool condemned;
};

static inline void mheap_dying_init(struct mheap_dying *dying)
{
	INIT_LIST_HEAD(&dying->list);
	dying->current_object = NULL;
	dying->slot = 0;
	dying->buried = 0;
	dying->condemned = false;
}

static inline bool mheap_dying_empty(const struct mheap_dying *dying)
{
	return list_empty(&dying->list) && !dying->current_object;
}

void mheap_object_kill(struct mheap_collector *gc, struct mheap_object *o,
		       struct mheap_dying *dying);
unsigned int mheap_reclaim_step(struct mheap_collector *gc,
				struct mheap_dying *dying, unsigned int units);

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
	if (mheap_collect_is_white(gc, o))
		mheap_collect_touch(gc, o);
	return 0;
}

/* The same for an event and the garbage list: there is always room for them. */
static inline void mheap_ref_get_root(struct mheap_collector *gc,
				      struct mheap_object *o)
{
	o->count++;
	o->roots++;
	if (mheap_collect_is_white(gc, o))
		mheap_collect_touch(gc, o);
}

/**
 * mheap_ref_put() - Drop a counted reference
 * @gc: the heap's collector
 * @o: the object referred to
 * @root: as when it was made
 * @dying: takes the object if this was the last reference
 */
static inline void mheap_ref_put(struct mheap_collector *gc,
				 struct mheap_object *o, bool root,
				 struct mheap_dying *dying)
{
	if (o->flags & MHEAP_IMMORTAL)
		return;
	o->roots -= root;
	if (--o->count == 0)
		mheap_object_kill(gc, o, dying);
}

#endif
