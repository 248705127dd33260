// SPDX-License-Identifier: GPL-2.0
/*
 * The cycle collector as a pure algorithm: it neither sleeps nor allocates, takes
 * no lock and knows no clock.  Whoever holds the heap lock makes it go on by some
 * units; programs change the heap between two steps.
 *
 * Young collections find what is reachable from outside their set by subtracting
 * the references within it from the counts (CPython's method, see its
 * InternalDocs/garbage_collector.md).  Full ones mark from the roots, which are
 * counted apart.  Marking is incremental with a barrier on every new reference
 * (after Dijkstra et al., On-the-fly Garbage Collection, 1978).  mark.c follows the
 * references for both.
 *
 * Names: gc the collector, o an object, t what a slot refers to.
 */
#include <linux/bug.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>
#include <linux/string.h>

#include "collect.h"
#include "collect_pass.h"
#include "compat.h"
#include "limits.h"
#include "reclaim.h"

/**
 * mheap_collect_init() - No objects, no collection
 * @gc: the collector
 * @dying: takes what collections free
 * @threshold: thresholds of generations 0 to 2
 */
void mheap_collect_init(struct mheap_collector *gc, struct mheap_dying *dying,
			const u32 threshold[3])
{
	unsigned int i;

	memset(gc, 0, sizeof(*gc));
	for (i = 0; i < MHEAP_GENERATIONS; i++)
		INIT_LIST_HEAD(&gc->generation[i]);
	INIT_LIST_HEAD(&gc->permanent);
	INIT_LIST_HEAD(&gc->groups);
	INIT_LIST_HEAD(&gc->ready);
	INIT_LIST_HEAD(&gc->set);
	INIT_LIST_HEAD(&gc->old);
	mheap_dying_init(dying);
	gc->dying = dying;
	mheap_trigger_init(&gc->trigger, threshold);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_collect_init);

/**
 * mheap_collect_track() - An object has slots from now on
 * @gc: the collector
 * @o: the object; it is born into generation 0
 */
void mheap_collect_track(struct mheap_collector *gc, struct mheap_object *o)
{
	o->colour = gc->black;
	o->gen = gc->newborn;
	gc->nr[o->gen]++;
	list_add_tail(&o->node, &gc->generation[0]);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_collect_track);

/**
 * mheap_collect_forget() - An object dies, is condemned or has no slots any more
 * @gc: the collector
 * @o: the object, tracked or not
 */
void mheap_collect_forget(struct mheap_collector *gc, struct mheap_object *o)
{
	if (gc->scan == o)
		gc->scan = NULL;
	if (!mheap_object_is_tracked(o))
		return;
	if (mheap_collect_is_white(gc, o)) {
		if (gc->group)
			mheap_quarantine_tell(gc, o);
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
EXPORT_SYMBOL_IF_KUNIT(mheap_collect_forget);

/* Surely nothing refers from it to anything else. */
static bool mheap_collect_is_leaf(struct mheap_object *o)
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
 * mheap_collect_linked() - A slot is about to refer to something
 * @gc: the collector
 * @o: the object with the slot
 * @t: what it will refer to
 *
 * The slot that closes a cycle belongs to an object that slots refer to, and refers
 * to one whose slots refer to something.  So as long as there is no object of which
 * a slot was set like that, there is no cycle.  (Frozen objects' slots count with
 * the roots, so nothing can be told of those while there are any.)
 */
void mheap_collect_linked(struct mheap_collector *gc, struct mheap_object *o,
			  struct mheap_object *t)
{
	if (o->suspect || !mheap_object_is_tracked(o) ||
	    !mheap_object_is_tracked(t))
		return;
	if (o != t && o->count == o->roots && !gc->nr[MHEAP_PERMANENT])
		return;
	if (o != t && mheap_collect_is_leaf(t))
		return;
	o->suspect = 1;
	gc->suspects++;
}

void mheap_collect_next_pass(struct mheap_collector *gc,
			     enum mheap_phase phase)
{
	gc->phase = phase;
	gc->list = &gc->set;
	gc->cursor = gc->set.next;
}

void mheap_collect_begin(struct mheap_collector *gc, enum mheap_phase phase,
			 u64 size, unsigned int target)
{
	gc->size = size;
	gc->target = target;
	gc->visited = 0;
	gc->found = 0;
	gc->dying->buried = 0;
	mheap_collect_next_pass(gc, phase);
}

/**
 * mheap_collect_start() - Begin a collection, in constant time
 * @gc: the collector, idle
 * @generation: the oldest generation to collect
 */
void mheap_collect_start(struct mheap_collector *gc, unsigned int generation)
{
	bool full = generation == 2;
	u64 size = full ? gc->nr[MHEAP_QUARANTINED] : 0;
	unsigned int i;

	for (i = 0; i <= generation; i++) {
		list_splice_init(&gc->generation[i], i < 2 ? &gc->set : &gc->old);
		size += gc->nr[i ?: gc->newborn];
	}
	gc->newborn ^= MHEAP_NEWBORN;
	gc->collecting = generation;
	if (full) {
		gc->whites = size;
		gc->black ^= 1;
	}
	mheap_collect_begin(gc, full ? MHEAP_MARK : MHEAP_COPY, size,
			    full ? 2 : generation + 1);
	mheap_trigger_began(&gc->trigger, generation);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_collect_start);

/**
 * mheap_collect_skip() - A collection is due, but there is no cycle in the heap
 * @gc: the collector, idle, without suspects
 * @generation: the oldest generation that was to be collected
 *
 * It counts like one that found nothing; no object is visited or moved.
 */
void mheap_collect_skip(struct mheap_collector *gc, unsigned int generation)
{
	gc->collecting = generation;
	gc->visited = 0;
	gc->found = 0;
	gc->dying->buried = 0;
	mheap_trigger_skipped(&gc->trigger, generation,
			      mheap_collect_collectable(gc));
}
EXPORT_SYMBOL_IF_KUNIT(mheap_collect_skip);

/* A full collection goes on from the set to the old ones and the groups in quarantine. */
bool mheap_collect_next_list(struct mheap_collector *gc)
{
	struct list_head *node;

	if (!mheap_collect_is_full(gc) || gc->phase >= MHEAP_FREEZE)
		return false;
	if (gc->list == &gc->set) {
		gc->list = &gc->old;
		gc->cursor = gc->list->next;
		return true;
	}
	if (gc->list == &gc->old)
		node = gc->groups.next;
	else
		node = list_entry(gc->list, struct mheap_quarantine,
				  members)->node.next;
	if (node == &gc->groups)
		return false;
	gc->list = &list_entry(node, struct mheap_quarantine, node)->members;
	gc->cursor = gc->list->next;
	return true;
}

/*
 * The next object to visit in this pass.  NULL at its end, with @at_end set, or if
 * the units are used up: a list costs one, an object is for the caller to count.
 */
struct mheap_object *mheap_collect_visit(struct mheap_collector *gc,
					 unsigned int *units)
{
	struct mheap_object *o;

	gc->at_end = false;
	while (gc->cursor == gc->list) {
		gc->at_end = !mheap_collect_next_list(gc);
		if (gc->at_end || !*units)
			return NULL;
		--*units;
	}
	o = list_entry(gc->cursor, struct mheap_object, node);
	gc->cursor = o->node.next;
	prefetch(gc->cursor);
	return o;
}

/*
 * The next slot of the object being scanned that refers to something, or NULL
 * if the object is done with or the units are used up.
 */
static struct mheap_object *mheap_collect_next_ref(struct mheap_collector *gc,
						   unsigned int *units)
{
	struct mheap_object *o = gc->scan, *t;
	struct mheap_object **slots = mheap_object_slots(o);

	while (gc->scan_slot < o->nslots && *units) {
		t = slots[gc->scan_slot++];
		--*units;
		if (t)
			return t;
	}
	if (gc->scan_slot >= o->nslots)
		gc->scan = NULL;
	return NULL;
}

/* Young collections have the set alone to go through. */
static void mheap_collect_copy(struct mheap_collector *gc, unsigned int units)
{
	struct list_head *cursor = gc->cursor;
	unsigned int left = units;
	struct mheap_object *o;

	for (; left && cursor != &gc->set; left--) {
		o = list_entry(cursor, struct mheap_object, node);
		cursor = cursor->next;
		prefetch(cursor);
		o->colour = gc->black ^ 1;
		o->gc_refs = o->count;
	}
	gc->cursor = cursor;
	gc->visited += units - left;
	gc->whites += units - left;
	if (left)
		mheap_collect_next_pass(gc, MHEAP_SUBTRACT);
}

/* How many members of all generations and groups there still are. */
static u64 mheap_collect_members(const struct mheap_collector *gc)
{
	return mheap_collect_collectable(gc) - gc->nr[gc->newborn];
}

void mheap_collect_rest(struct mheap_collector *gc)
{
	gc->list = NULL;
	gc->cursor = NULL;
	gc->phase = MHEAP_IDLE;
}

/* An examined group is freed by who looks at the result of the collection. */
void mheap_collect_end(struct mheap_collector *gc)
{
	list_splice_tail_init(&gc->old, &gc->generation[gc->target]);
	list_splice_tail_init(&gc->set, &gc->generation[gc->target]);
	mheap_collect_rest(gc);
	if (!gc->exam)
		mheap_trigger_ended(&gc->trigger, gc->collecting,
				    gc->visited - gc->found);
}

void mheap_collect_condemn_all(struct mheap_collector *gc)
{
	if (gc->group)
		mheap_collect_next_pass(gc, MHEAP_QUARANTINE);
	else
		mheap_collect_next_pass(gc, gc->save_all ? MHEAP_SAVE :
							   MHEAP_TAKE_DOWN);
}

static void mheap_collect_mark(struct mheap_collector *gc, unsigned int units)
{
	if (!mheap_collect_mark_some(gc, units))
		return;
	gc->found = gc->whites;
	if (!gc->found && mheap_collect_is_full(gc))
		gc->visited = mheap_collect_members(gc);
	if (!gc->found)
		mheap_collect_end(gc);
	else if (gc->watched)
		mheap_collect_next_pass(gc, MHEAP_CLEAR_WEAKS);
	else
		mheap_collect_condemn_all(gc);
}

/* Start to take down the next condemned object; false if there is none. */
static bool mheap_collect_condemn(struct mheap_collector *gc,
				  unsigned int *units)
{
	struct mheap_object *o = mheap_collect_visit(gc, units);

	if (!o)
		return !gc->at_end;
	if (mheap_collect_is_white(gc, o)) {
		mheap_collect_forget(gc, o);
		o->flags |= MHEAP_CONDEMNED;
		mheap_collect_scan(gc, o);
	}
	return true;
}

/*
 * A condemned object dies when the condemned objects that refer to it have been
 * taken down; it then drops the rest of its slots itself.
 */
static void mheap_collect_clear(struct mheap_collector *gc, unsigned int *units)
{
	struct mheap_object *o = gc->scan, *t;
	u32 slot;

	t = mheap_collect_next_ref(gc, units);
	if (!t)
		return;
	slot = gc->scan_slot - 1;
	mheap_object_slots(o)[slot] = NULL;
	mheap_ref_put(gc, t, false, gc->dying);
}

static void mheap_collect_take_down(struct mheap_collector *gc,
				    unsigned int units)
{
	while (units) {
		if (!mheap_dying_empty(gc->dying)) {
			units = mheap_reclaim_step(gc, gc->dying, units);
		} else if (gc->scan) {
			mheap_collect_clear(gc, &units);
		} else if (gc->whites && mheap_collect_condemn(gc, &units)) {
			units -= !!units;
		} else {
			WARN_ON_ONCE(gc->whites);
			gc->whites = 0;
			mheap_collect_end(gc);
			return;
		}
	}
}

/**
 * mheap_collect_step() - Go on with the collection under way
 * @gc: the collector, not idle
 * @units: how many slots and objects to look at
 *
 * Return: false when the collection has ended: @gc->found objects were
 * unreachable, @gc->dying->buried were freed.  If @gc->exam was examined, it is to
 * be freed then.
 */
bool mheap_collect_step(struct mheap_collector *gc, unsigned int units)
{
	switch (gc->phase) {
	case MHEAP_COPY:
		mheap_collect_copy(gc, units);
		break;
	case MHEAP_SUBTRACT:
		mheap_collect_subtract(gc, units);
		break;
	case MHEAP_MARK:
		mheap_collect_mark(gc, units);
		break;
	case MHEAP_CLEAR_WEAKS:
		mheap_quarantine_clear_weaks(gc, units);
		break;
	case MHEAP_QUARANTINE:
		mheap_quarantine_fill(gc, units);
		break;
	case MHEAP_SAVE:
		mheap_quarantine_save(gc, units);
		break;
	case MHEAP_TAKE_DOWN:
		mheap_collect_take_down(gc, units);
		break;
	case MHEAP_FREEZE:
		mheap_freeze_step(gc, units);
		break;
	case MHEAP_UNFREEZE:
		mheap_unfreeze_step(gc, units);
		break;
	case MHEAP_IDLE:
		break;
	}
	return gc->phase != MHEAP_IDLE;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_collect_step);
