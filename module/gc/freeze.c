// SPDX-License-Identifier: GPL-2.0
/*
 * The permanent generation.  No collection looks at frozen objects, so the references
 * in their slots count as roots.  Freezing makes them roots slot by slot, and undoing it
 * makes them ordinary references again.
 *
 * This file is as pure as collect.c, which explains the variable names.
 */
#include <linux/list.h>

#include "compat.h"
#include "gc/freeze.h"
#include "gc/gc.h"
#include "gc/mark.h"
#include "gc/pass.h"
#include "limits.h"

/**
 * mheap_freeze_start() - Begin to move all generations to the permanent one
 * @gc: the collector, idle
 *
 * The counters of the trigger start at 0 again, as in CPython.
 *
 * Context: the heap lock is held.
 */
void mheap_freeze_start(struct mheap_collector *gc)
{
	u64 size = mheap_gc_collectable(gc);
	unsigned int i;

	for (i = 0; i < MHEAP_GENERATIONS; i++) {
		list_splice_init(&gc->generation[i], &gc->set);
		gc->trigger.count[i] = 0;
	}
	mheap_pass_begin(gc, MHEAP_FREEZE, size, MHEAP_PERMANENT);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_freeze_start);

/**
 * mheap_freeze_start_undo() - Begin to move the permanent generation to generation 2
 * @gc: the collector, idle
 *
 * Context: the heap lock is held.
 */
void mheap_freeze_start_undo(struct mheap_collector *gc)
{
	list_splice_init(&gc->permanent, &gc->set);
	mheap_pass_begin(gc, MHEAP_UNFREEZE, gc->nr[MHEAP_PERMANENT], 2);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_freeze_start_undo);

static void mheap_freeze_object(struct mheap_collector *gc,
				struct mheap_object *o)
{
	mheap_gc_relabel(gc, o, MHEAP_PERMANENT);
	list_del_init(&o->node);
	list_add_tail(&o->node, &gc->permanent);
	o->colour = MHEAP_FROZEN;
	o->frozen_slots = 0;
	gc->scan = o;
}

static void mheap_freeze_slots(struct mheap_collector *gc, unsigned int *budget)
{
	struct mheap_object *o = gc->scan, *t;

	for (; *budget && o->frozen_slots < o->nslots; --*budget) {
		t = mheap_object_slots(o)[o->frozen_slots++];
		if (t && !(t->flags & MHEAP_IMMORTAL))
			t->roots++;
	}
	if (o->frozen_slots < o->nslots)
		return;
	o->frozen_slots = MHEAP_ALL_SLOTS;
	gc->scan = NULL;
}

/* Continue to freeze.  The heap lock is held. */
unsigned int mheap_freeze_step(struct mheap_collector *gc, unsigned int budget)
{
	struct mheap_object *o;

	while (budget) {
		if (gc->scan) {
			mheap_freeze_slots(gc, &budget);
			continue;
		}
		budget--;
		o = mheap_pass_visit(gc, &budget);
		if (!o) {
			mheap_pass_rest(gc);
			return budget;
		}
		mheap_freeze_object(gc, o);
	}
	return budget;
}

static void mheap_freeze_undo_slots(struct mheap_collector *gc,
				    unsigned int *budget)
{
	struct mheap_object *o = gc->scan, *t;

	for (; *budget && o->frozen_slots; --*budget) {
		t = mheap_object_slots(o)[--o->frozen_slots];
		if (t && !(t->flags & MHEAP_IMMORTAL))
			t->roots--;
	}
	if (o->frozen_slots)
		return;
	mheap_gc_relabel(gc, o, 2);
	o->colour = gc->black;
	gc->scan = NULL;
}

/* Continue to undo freezing.  The heap lock is held. */
unsigned int mheap_freeze_undo_step(struct mheap_collector *gc, unsigned int budget)
{
	while (budget) {
		if (gc->scan) {
			mheap_freeze_undo_slots(gc, &budget);
			continue;
		}
		budget--;
		gc->scan = mheap_pass_visit(gc, &budget);
		if (!gc->scan) {
			list_splice_tail_init(&gc->set, &gc->generation[2]);
			mheap_pass_rest(gc);
			return budget;
		}
		if (gc->scan->frozen_slots == MHEAP_ALL_SLOTS)
			gc->scan->frozen_slots = gc->scan->nslots;
	}
	return budget;
}

/*
 * Thaw one object at once.  Returns false if the object is too wide for that, or only
 * partly frozen.  A collection under way does not scan the slots of the object and may
 * have relied on them as roots, so the barrier is needed for what they refer to.
 */
bool mheap_freeze_undo_object(struct mheap_collector *gc, struct mheap_object *o)
{
	struct mheap_object *t;
	u32 i;

	if (o->frozen_slots != MHEAP_ALL_SLOTS || o->nslots > MHEAP_STEP_BUDGET)
		return false;
	o->frozen_slots = 0;
	for (i = 0; i < o->nslots; i++) {
		t = mheap_object_slots(o)[i];
		if (!t || t->flags & MHEAP_IMMORTAL)
			continue;
		t->roots--;
		if (mheap_gc_is_white(gc, t))
			mheap_mark_touch(gc, t);
	}
	return true;
}
