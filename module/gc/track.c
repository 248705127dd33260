// SPDX-License-Identifier: GPL-2.0
/*
 * Which objects the collector knows: those that have slots.  They come, go, and are
 * noted as suspects when one of their slots may have closed a cycle.  Pure, as
 * collect.c, which also names the variables.
 */
#include <linux/list.h>

#include "compat.h"
#include "gc/gc.h"
#include "gc/track.h"
#include "limits.h"

/**
 * mheap_track_add() - Track an object, which has slots from now on
 * @gc: the collector
 * @o: the object; it is born into generation 0
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
EXPORT_SYMBOL_IF_KUNIT(mheap_track_add);

/*
 * Send the event of a condemned object if it is to be finalized.  An object that leaves
 * the condemned ones is told as well, since the memory of the quarantined set may have
 * come with its finalizer.
 */
void mheap_track_finalize(struct mheap_collector *gc, struct mheap_object *o)
{
	if (!o->has_ext || !gc->ops->is_finalizable(gc, o))
		return;
	gc->quarantine->unanswered++;
	gc->ops->finalize(gc, o, gc->quarantine);
}

/**
 * mheap_track_del() - Track an object no more: it dies, is condemned or has no slots now
 * @gc: the collector
 * @o: the object, tracked or not
 *
 * The cursor and the scan of a collection under way move on if they are at the object.
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
EXPORT_SYMBOL_IF_KUNIT(mheap_track_del);

/* Is it certain, at a short look, that the object refers to nothing? */
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
 * mheap_track_link() - A slot is about to refer to something
 * @gc: the collector
 * @o: the object with the slot
 * @t: what it will refer to
 *
 * The slot that closes a cycle belongs to an object that some slot refers to, and it
 * refers to an object whose slots refer to something.  As long as no slot has been set
 * like that, there is no cycle in the heap.  An object with such a slot is a suspect.
 * While there are frozen objects, whose slots count with the roots, the counts cannot
 * tell whether some slot refers to @o, and every object is taken for such a one.
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
