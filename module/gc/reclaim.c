// SPDX-License-Identifier: GPL-2.0
/*
 * Death by count: an object whose count reached 0 drops its slots in steps and without
 * recursion, so other sessions can work while a chain of any length or an object of any
 * width is freed.
 *
 * This file is as pure as collect.c, which explains the variable names.
 */
#include <linux/list.h>

#include "compat.h"
#include "gc/gc.h"
#include "gc/quarantine.h"
#include "gc/reclaim.h"
#include "gc/track.h"

/**
 * mheap_reclaim_kill() - Let an object die that lost its last reference
 * @gc: the heap's collector
 * @o: the object
 * @dying: the list that the object joins
 *
 * From here on neither an id nor a collection finds the object.  If the object is to be
 * finalized it lives on instead, since the event refers to it.
 *
 * Context: the heap lock is held.
 */
void mheap_reclaim_kill(struct mheap_collector *gc, struct mheap_object *o,
			struct mheap_dying *dying)
{
	if (o->has_ext && mheap_quarantine_finalize(gc, o))
		return;
	/* A death by a collection must not offset a birth since that collection began. */
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

/* An object on a grey stack cannot be unlinked, so it is freed when it is popped. */
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
 * mheap_reclaim_step() - Continue to free dying objects
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
