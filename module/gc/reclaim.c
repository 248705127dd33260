// SPDX-License-Identifier: GPL-2.0
/*
 * Death by count: an object whose count reached 0 drops its slots without recursion and
 * in steps, so that other sessions work on while a chain of any length or an object of
 * any width goes.  Pure, as collect.c, which also names the variables.
 */
#include <linux/list.h>

#include "compat.h"
#include "gc/gc.h"
#include "gc/quarantine.h"
#include "gc/reclaim.h"
#include "gc/track.h"

/**
 * mheap_reclaim_kill() - The last reference to an object went
 * @gc: the heap's collector
 * @o: the object
 * @dying: takes it
 *
 * No id and no collection finds the object from here on, unless it is to be finalized
 * first: the event refers to it then.
 * Context: the heap lock is held.
 */
void mheap_reclaim_kill(struct mheap_collector *gc, struct mheap_object *o,
			struct mheap_dying *dying)
{
	if (o->has_ext && mheap_quarantine_finalize(gc, o))
		return;
	/* Deaths by a collection must not offset births since that collection began. */
	if (mheap_object_is_tracked(o) && dying != gc->dying)
		mheap_trigger_died(&gc->trigger);
	if (o->flags & MHEAP_CONDEMNED)
		dying->condemned = true;
	o->flags |= MHEAP_DEAD;
	mheap_track_del(gc, o);
	gc->ops->died(gc, o);
	list_add(&o->node, &dying->list);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_reclaim_kill);

static bool mheap_reclaim_next(struct mheap_dying *dying)
{
	struct mheap_object *o;

	o = list_first_entry_or_null(&dying->list, struct mheap_object, node);
	if (!o)
		return false;
	list_del_init(&o->node);
	dying->current_object = o;
	dying->slot = 0;
	return true;
}

/* An object on the grey stack cannot be freed before it is popped from there. */
static void mheap_reclaim_free(struct mheap_collector *gc,
			       struct mheap_dying *dying)
{
	struct mheap_object *o = dying->current_object;

	dying->current_object = NULL;
	dying->freed++;
	if (o->flags & MHEAP_GREY)
		o->flags |= MHEAP_FREE_LATER;
	else
		gc->ops->free(gc, o);
}

static unsigned int mheap_reclaim_slots(struct mheap_collector *gc,
					struct mheap_dying *dying,
					unsigned int budget)
{
	struct mheap_object *o = dying->current_object;
	struct mheap_object **slots = mheap_object_slots(o);

	for (; budget && dying->slot < o->nslots; budget--) {
		struct mheap_object *t = slots[dying->slot];

		slots[dying->slot] = NULL;
		if (t)
			mheap_ref_put(gc, t,
				      mheap_object_slot_is_root(o, dying->slot),
				      dying);
		dying->slot++;
	}
	return budget;
}

/**
 * mheap_reclaim_step() - Go on with objects that die
 * @gc: the heap's collector
 * @dying: the objects
 * @budget: how many slots and objects to deal with
 *
 * Context: the heap lock is held.
 *
 * Return: the budget that is left.
 */
unsigned int mheap_reclaim_step(struct mheap_collector *gc,
				struct mheap_dying *dying, unsigned int budget)
{
	while (budget) {
		if (!dying->current_object && !mheap_reclaim_next(dying))
			break;
		if (dying->current_object->has_ext && !dying->slot)
			budget = gc->ops->clear_weaks(gc, dying->current_object,
						      budget);
		budget = mheap_reclaim_slots(gc, dying, budget);
		if (budget && dying->slot == dying->current_object->nslots) {
			mheap_reclaim_free(gc, dying);
			budget--;
		}
	}
	return budget;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_reclaim_step);
