// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to condemned objects before they are taken down.  Weak handles to them
 * are cleared.  If one of them is to be finalized, all of them are set apart, whole,
 * until the finalizers have answered, and are then examined again.  This is the order
 * of PEP 442 (Safe object finalization).  With SAVEALL they go to the garbage list.
 *
 * This file is as pure as collect.c, which explains the variable names; q is a
 * quarantined set.
 */
#include <linux/list.h>
#include <linux/minmax.h>

#include "compat.h"
#include "gc/freeze.h"
#include "gc/gc.h"
#include "gc/pass.h"
#include "gc/quarantine.h"
#include "gc/ref.h"
#include "gc/track.h"
#include "limits.h"

/*
 * Decide that the condemned objects become a quarantined set.  The memory for the set
 * was allocated with the finalizer of one of them.
 */
static void mheap_quarantine_make(struct mheap_collector *gc,
				  struct mheap_object *o)
{
	struct mheap_quarantine *q = gc->ops->take_quarantine(gc, o);

	INIT_LIST_HEAD(&q->node);
	INIT_LIST_HEAD(&q->ready);
	INIT_LIST_HEAD(&q->members);
	q->unanswered = 1;
	q->target = gc->target;
	q->collecting = gc->collecting;
	gc->quarantine = q;
}

/* Clear the weak handles to condemned objects, and check if one is to be finalized. */
unsigned int mheap_quarantine_clear_weaks(struct mheap_collector *gc,
					  unsigned int budget)
{
	struct mheap_object *o;

	while (budget) {
		if (gc->scan) {
			budget = gc->ops->clear_weaks(gc, gc->scan, budget);
			if (budget)
				gc->scan = NULL;
			continue;
		}
		budget--;
		o = mheap_pass_visit(gc, &budget);
		if (!o && gc->at_end) {
			mheap_pass_condemned(gc);
			return budget;
		}
		if (!o)
			continue;
		if (!o->has_ext || !mheap_gc_is_white(gc, o))
			continue;
		if (!gc->quarantine && gc->ops->is_finalizable(gc, o))
			mheap_quarantine_make(gc, o);
		mheap_pass_scan(gc, o);
	}
	return budget;
}

/*
 * An object that lost its last reference and is finalized starts again in generation 0,
 * as in CPython.  A wide frozen object stays frozen, since thawing it would take too
 * long here.  If the object was white, the reference of the event has greyed it, so its
 * slots will be scanned.  A scan of its slots that is under way goes on.
 */
static void mheap_quarantine_renew(struct mheap_collector *gc,
				   struct mheap_object *o)
{
	bool scanned = gc->scan == o && gc->phase <= MHEAP_MARK;
	bool suspect = o->suspect;

	if (!mheap_object_is_tracked(o) ||
	    (o->colour == MHEAP_FROZEN && !mheap_freeze_undo_object(gc, o)))
		return;
	mheap_track_del(gc, o);
	mheap_track_add(gc, o);
	o->suspect = suspect;
	gc->suspects += suspect;
	if (scanned)
		gc->scan = o;
}

/**
 * mheap_quarantine_finalize() - Finalize an object that lost its last reference
 * @gc: the collector
 * @o: the object, which has an ext record
 *
 * Context: the heap lock is held.
 *
 * Return: true if an event was sent, which keeps the object alive; false if there is no
 * finalizer to tell, so that the object dies.
 */
bool mheap_quarantine_finalize(struct mheap_collector *gc, struct mheap_object *o)
{
	bool white = mheap_gc_is_white(gc, o);

	if (o->flags & MHEAP_CONDEMNED || (white && gc->phase == MHEAP_TAKE_DOWN))
		return false;
	if (!gc->ops->is_finalizable(gc, o))
		return false;
	/* A dying object held the last reference to this condemned one. */
	if (white && gc->phase == MHEAP_CLEAR_WEAKS && !gc->quarantine)
		mheap_quarantine_make(gc, o);
	gc->ops->finalize(gc, o, NULL);
	mheap_quarantine_renew(gc, o);
	return true;
}

/**
 * mheap_quarantine_answered() - Account for the answer to a finalizer event
 * @gc: the collector
 * @q: the quarantined set that the object belongs to
 *
 * The last answer makes the set ready to be examined.
 *
 * Context: the heap lock is held.
 */
void mheap_quarantine_answered(struct mheap_collector *gc,
			       struct mheap_quarantine *q)
{
	if (--q->unanswered)
		return;
	list_add_tail(&q->ready, &gc->ready);
	gc->readied++;
}

/* Make a condemned object a member of the quarantined set, whole and at rest. */
static void mheap_quarantine_add(struct mheap_collector *gc,
				 struct mheap_object *o)
{
	gc->whites--;
	o->colour = gc->black;
	mheap_gc_relabel(gc, o, MHEAP_QUARANTINED);
	list_del_init(&o->node);
	list_add_tail(&o->node, &gc->quarantine->members);
	mheap_track_finalize(gc, o);
}

/* Move the condemned objects to the quarantined set, and send the events. */
unsigned int mheap_quarantine_fill(struct mheap_collector *gc, unsigned int budget)
{
	struct mheap_object *o;

	while (budget) {
		budget--;
		o = mheap_pass_visit(gc, &budget);
		if (!o && gc->at_end) {
			list_add_tail(&gc->quarantine->node, &gc->quarantined);
			mheap_quarantine_answered(gc, gc->quarantine);
			gc->quarantine = NULL;
			mheap_pass_end(gc);
			return budget;
		}
		if (!o || !mheap_gc_is_white(gc, o))
			continue;
		mheap_quarantine_add(gc, o);
		if (o->has_ext)
			budget -= min(budget, MHEAP_EVENT_COST);
	}
	return budget;
}

/* Move the condemned objects to the garbage list instead of taking them down. */
unsigned int mheap_quarantine_save(struct mheap_collector *gc, unsigned int budget)
{
	struct mheap_object *o;

	while (budget) {
		budget--;
		o = mheap_pass_visit(gc, &budget);
		if (!o && gc->at_end) {
			mheap_pass_end(gc);
			return budget;
		}
		if (!o || !mheap_gc_is_white(gc, o))
			continue;
		gc->whites--;
		o->colour = gc->black;
		mheap_ref_get_root(gc, o);
		o->saved = 1;
		gc->saved++;
	}
	return budget;
}

/**
 * mheap_quarantine_start_exam() - Begin to examine a quarantined set
 * @gc: the collector, idle, with a set that is ready
 *
 * The examination is a young collection of the members of the set.
 *
 * Context: the heap lock is held.
 */
void mheap_quarantine_start_exam(struct mheap_collector *gc)
{
	struct mheap_quarantine *q;

	q = list_first_entry(&gc->ready, struct mheap_quarantine, ready);
	list_del_init(&q->ready);
	list_del_init(&q->node);
	list_splice_init(&q->members, &gc->set);
	gc->exam = q;
	gc->collecting = q->collecting;
	mheap_pass_begin(gc, MHEAP_COPY, 0, q->target);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_quarantine_start_exam);
