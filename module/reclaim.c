// SPDX-License-Identifier: GPL-2.0
/*
 * Death by count: an object whose count reached 0 drops its slots, without
 * recursion and in steps, so that a chain of any length and an object of any
 * width can go while other sessions work.
 */
#include <linux/list.h>

#include "compat.h"
#include "reclaim.h"

/**
 * mheap_object_kill() - The last reference to an object went
 * @gc: the heap's collector
 * @o: the object
 * @dying: takes it
 *
 * From here on no id and no collection finds the object, unless it is to be
 * finalized first: then the event refers to it.
 */
void mheap_object_kill(struct mheap_collector *gc, struct mheap_object *o,
		       struct mheap_dying *dying)
{
	if (o->watched && mheap_collect_finalize(gc, o))
		return;
	/* What a collection frees must not hide what was born during it. */
	if (mheap_object_is_tracked(o) && dying != gc->dying)
		mheap_trigger_died(&gc->trigger);
	if (o->flags & MHEAP_CONDEMNED)
		dying->condemned = true;
	o->flags |= MHEAP_DEAD;
	mheap_collect_forget(gc, o);
	mheap_object_died(gc, o);
	list_add(&o->node, &dying->list);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_object_kill);

static bool mheap_dying_next(struct mheap_dying *dying)
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

/* An object on the grey stack is freed when it is taken from there. */
static void mheap_dying_bury(struct mheap_collector *gc,
			     struct mheap_dying *dying)
{
	struct mheap_object *o = dying->current_object;

	dying->current_object = NULL;
	dying->buried++;
	if (o->flags & MHEAP_GREY)
		o->flags |= MHEAP_BURIED;
	else
		mheap_object_bury(gc, o);
}

static unsigned int mheap_dying_drop_slots(struct mheap_collector *gc,
					   struct mheap_dying *dying,
					   unsigned int units)
{
	struct mheap_object *o = dying->current_object;
	struct mheap_object **slots = mheap_object_slots(o);

	for (; units && dying->slot < o->nslots; units--) {
		struct mheap_object *t = slots[dying->slot];

		slots[dying->slot] = NULL;
		if (t)
			mheap_ref_put(gc, t,
				      mheap_object_slot_is_root(o, dying->slot),
				      dying);
		dying->slot++;
	}
	return units;
}

/**
 * mheap_reclaim_step() - Go on with objects that die
 * @gc: the heap's collector
 * @dying: the objects
 * @units: how many slots and objects to deal with
 *
 * Return: how many units were not needed.
 */
unsigned int mheap_reclaim_step(struct mheap_collector *gc,
				struct mheap_dying *dying, unsigned int units)
{
	while (units) {
		if (!dying->current_object && !mheap_dying_next(dying))
			break;
		if (dying->current_object->watched && !dying->slot)
			units = mheap_watch_clear_weaks(gc,
							dying->current_object,
							units);
		units = mheap_dying_drop_slots(gc, dying, units);
		if (units && dying->slot == dying->current_object->nslots) {
			mheap_dying_bury(gc, dying);
			units--;
		}
	}
	return units;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_reclaim_step);
