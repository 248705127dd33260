// SPDX-License-Identifier: GPL-2.0
/*
 * The permanent generation.  No collection looks at frozen objects, so what their
 * slots refer to counts with the roots: slot by slot while they are frozen, and
 * back when they are thawed.  Pure, as collect.c, which also names the variables.
 */
#include <linux/list.h>

#include "collect.h"
#include "collect_pass.h"
#include "compat.h"
#include "limits.h"

/**
 * mheap_collect_start_freeze() - Begin to move all generations to the permanent one
 * @gc: the collector, idle
 *
 * The triggers' counters start again, as in CPython.
 */
void mheap_collect_start_freeze(struct mheap_collector *gc)
{
	u64 size = mheap_collect_collectable(gc);
	unsigned int i;

	for (i = 0; i < MHEAP_GENERATIONS; i++) {
		list_splice_init(&gc->generation[i], &gc->set);
		gc->trigger.count[i] = 0;
	}
	mheap_collect_begin(gc, MHEAP_FREEZE, size, MHEAP_PERMANENT);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_collect_start_freeze);

/**
 * mheap_collect_start_unfreeze() - Begin to move the permanent generation to 2
 * @gc: the collector, idle
 */
void mheap_collect_start_unfreeze(struct mheap_collector *gc)
{
	list_splice_init(&gc->permanent, &gc->set);
	mheap_collect_begin(gc, MHEAP_UNFREEZE, gc->nr[MHEAP_PERMANENT], 2);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_collect_start_unfreeze);

static void mheap_freeze_object(struct mheap_collector *gc,
				struct mheap_object *o)
{
	mheap_collect_relabel(gc, o, MHEAP_PERMANENT);
	list_del_init(&o->node);
	list_add_tail(&o->node, &gc->permanent);
	o->colour = MHEAP_FROZEN;
	o->frozen_slots = 0;
	gc->scan = o;
}

static void mheap_freeze_slots(struct mheap_collector *gc, unsigned int *units)
{
	struct mheap_object *o = gc->scan, *t;

	for (; *units && o->frozen_slots < o->nslots; --*units) {
		t = mheap_object_slots(o)[o->frozen_slots++];
		if (t && !(t->flags & MHEAP_IMMORTAL))
			t->roots++;
	}
	if (o->frozen_slots < o->nslots)
		return;
	o->frozen_slots = MHEAP_ALL_SLOTS;
	gc->scan = NULL;
}

/* Go on with freezing. */
void mheap_freeze_step(struct mheap_collector *gc, unsigned int units)
{
	struct mheap_object *o;

	while (units) {
		if (gc->scan) {
			mheap_freeze_slots(gc, &units);
			continue;
		}
		units--;
		o = mheap_collect_visit(gc, &units);
		if (!o) {
			mheap_collect_rest(gc);
			return;
		}
		mheap_freeze_object(gc, o);
	}
}

static void mheap_unfreeze_slots(struct mheap_collector *gc,
				 unsigned int *units)
{
	struct mheap_object *o = gc->scan, *t;

	for (; *units && o->frozen_slots; --*units) {
		t = mheap_object_slots(o)[--o->frozen_slots];
		if (t && !(t->flags & MHEAP_IMMORTAL))
			t->roots--;
	}
	if (o->frozen_slots)
		return;
	mheap_collect_relabel(gc, o, 2);
	o->colour = gc->black;
	gc->scan = NULL;
}

/* Go on with unfreezing. */
void mheap_unfreeze_step(struct mheap_collector *gc, unsigned int units)
{
	while (units) {
		if (gc->scan) {
			mheap_unfreeze_slots(gc, &units);
			continue;
		}
		units--;
		gc->scan = mheap_collect_visit(gc, &units);
		if (!gc->scan) {
			list_splice_tail_init(&gc->set, &gc->generation[2]);
			mheap_collect_rest(gc);
			return;
		}
		if (gc->scan->frozen_slots == MHEAP_ALL_SLOTS)
			gc->scan->frozen_slots = gc->scan->nslots;
	}
}

/*
 * Thaw an object at once, unless it is wide or only in part frozen.  A collection
 * under way does not look at its slots, and may have relied on them as roots: what
 * they refer to is touched.
 */
bool mheap_freeze_undo(struct mheap_collector *gc, struct mheap_object *o)
{
	struct mheap_object *t;
	u32 i;

	if (o->frozen_slots != MHEAP_ALL_SLOTS || o->nslots > MHEAP_STEP_UNITS)
		return false;
	o->frozen_slots = 0;
	for (i = 0; i < o->nslots; i++) {
		t = mheap_object_slots(o)[i];
		if (!t || t->flags & MHEAP_IMMORTAL)
			continue;
		t->roots--;
		if (mheap_collect_is_white(gc, t))
			mheap_collect_touch(gc, t);
	}
	return true;
}
