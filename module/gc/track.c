// SPDX-License-Identifier: GPL-2.0
/*
 * The collector tracks the objects that have slots.  This file adds and removes them,
 * and notes which are suspects because one of their slots may have closed a cycle.
 *
 * This file is as pure as collect.c, which explains the variable names.
 */
#include <linux/list.h>

#include "compat.h"
#include "gc/gc.h"
#include "gc/track.h"
#include "limits.h"

/**
 * mheap_track_add() - Track an object
 * @gc: the collector
 * @o: the object, which has slots; it joins generation 0
 *
 * Context: the heap lock is held.
 */
void mheap_track_add(struct mheap_collector *gc, struct mheap_object *o)
{
	o->colour = gc->black;
	o->gen = gc->newborn;
	gc->nr[o->gen]++;
	list_add_tail(&o->node, &gc->generation[0]);
}

/*
 * Send the event of a condemned object if it is to be finalized.  The event is also sent
 * if the object leaves the condemned ones, since the quarantined set may use the memory
 * that was allocated with its finalizer.
 */
void mheap_track_finalize(struct mheap_collector *gc, struct mheap_object *o)
{
	if (!o->has_ext || !gc->ops->is_finalizable(gc, o))
		return;
	gc->quarantine->unanswered++;
	gc->ops->finalize(gc, o, gc->quarantine);
}

/**
 * mheap_track_del() - Stop tracking an object
 * @gc: the collector
 * @o: the object, tracked or not, which dies, is taken down or has no slots any more
 *
 * If the cursor or the scan of a collection under way is at the object, it moves on.
 *
 * Context: the heap lock is held.
 */
void mheap_track_del(struct mheap_collector *gc, struct mheap_object *o)
{
	if (gc->scan == o)
		gc->scan = NULL;
	if (!mheap_object_is_tracked(o))
		return;
	if (mheap_gc_is_white(gc, o)) {
		if (gc->quarantine)
			mheap_track_finalize(gc, o);
		gc->whites--;
	}
	if (gc->cursor == &o->node)
		gc->cursor = o->node.next;
	list_del_init(&o->node);
	gc->nr[o->gen]--;
	o->colour = MHEAP_NEVER_WHITE;
	gc->suspects -= o->suspect;
	o->suspect = 0;
}

/* Does a short look show that the object refers to nothing? */
static bool mheap_track_is_leaf(struct mheap_object *o)
{
	struct mheap_object **slots = mheap_object_slots(o);
	u32 i;

	if (o->nslots > MHEAP_LEAF_SLOTS)
		return false;
	for (i = 0; i < o->nslots; i++)
		if (slots[i])
			return false;
	return true;
}

/**
 * mheap_track_link() - Note that a slot is about to refer to an object
 * @gc: the collector
 * @o: the object with the slot
 * @t: the object that the slot will refer to
 *
 * The slot that closes a cycle belongs to an object that some slot refers to, and it
 * refers to an object whose slots refer to something.  As long as no slot has been set
 * like that, there is no cycle in the heap.  An object with such a slot is a suspect.
 * While there are frozen objects, whose slots count as roots, the counts cannot tell
 * whether a slot refers to @o, so it is assumed that one does.
 *
 * Context: the heap lock is held.
 */
void mheap_track_link(struct mheap_collector *gc, struct mheap_object *o,
		      struct mheap_object *t)
{
	if (o->suspect || !mheap_object_is_tracked(o) ||
	    !mheap_object_is_tracked(t))
		return;
	if (o != t && o->count == o->roots && !gc->nr[MHEAP_PERMANENT])
		return;
	if (o != t && mheap_track_is_leaf(t))
		return;
	o->suspect = 1;
	gc->suspects++;
}
