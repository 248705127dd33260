// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of condemned objects before they are taken down: weak handles to
 * them are cleared; if one is to be finalized, all of them are set apart, whole,
 * until the finalizers have answered, and are examined again then (the order is
 * that of PEP 442, Safe object finalization); or they are saved for looking at.
 * Pure, as collect.c, which also names the variables.
 */
#include <linux/list.h>
#include <linux/minmax.h>

#include "collect.h"
#include "collect_pass.h"
#include "compat.h"
#include "limits.h"
#include "reclaim.h"

/* The condemned objects will be a group: its memory comes with a finalizer. */
static void mheap_quarantine_make(struct mheap_collector *gc,
				  struct mheap_object *o)
{
	struct mheap_quarantine *group = mheap_watch_quarantine(gc, o);

	INIT_LIST_HEAD(&group->node);
	INIT_LIST_HEAD(&group->ready);
	INIT_LIST_HEAD(&group->members);
	group->unanswered = 1;
	group->target = gc->target;
	group->collecting = gc->collecting;
	gc->group = group;
}

/* Clear the weak handles to condemned objects; is one of them to be finalized? */
void mheap_quarantine_clear_weaks(struct mheap_collector *gc,
				  unsigned int units)
{
	struct mheap_object *o;

	while (units) {
		if (gc->scan) {
			units = mheap_watch_clear_weaks(gc, gc->scan, units);
			if (units)
				gc->scan = NULL;
			continue;
		}
		units--;
		o = mheap_collect_visit(gc, &units);
		if (!o && gc->at_end) {
			mheap_collect_condemn_all(gc);
			return;
		}
		if (!o)
			continue;
		if (!o->watched || !mheap_collect_is_white(gc, o))
			continue;
		if (!gc->group && mheap_watch_is_finalizable(gc, o))
			mheap_quarantine_make(gc, o);
		mheap_collect_scan(gc, o);
	}
}

/*
 * As in CPython an object that had died is in generation 0 when it comes back, though
 * a wide frozen one stays where it is.  If it was white the event has put it on the
 * grey stack, so its slots will be looked at; if they are being looked at that goes on.
 */
static void mheap_quarantine_renew(struct mheap_collector *gc,
				   struct mheap_object *o)
{
	bool scanned = gc->scan == o && gc->phase <= MHEAP_MARK;
	bool suspect = o->suspect;

	if (!mheap_object_is_tracked(o) ||
	    (o->colour == MHEAP_FROZEN && !mheap_freeze_undo(gc, o)))
		return;
	mheap_collect_forget(gc, o);
	mheap_collect_track(gc, o);
	o->suspect = suspect;
	gc->suspects += suspect;
	if (scanned)
		gc->scan = o;
}

/**
 * mheap_collect_finalize() - The last reference to an object went: finalize it?
 * @gc: the collector
 * @o: the object
 *
 * Return: true if there is an event about it now, which keeps it alive.
 */
bool mheap_collect_finalize(struct mheap_collector *gc, struct mheap_object *o)
{
	bool white = mheap_collect_is_white(gc, o);

	if (o->flags & MHEAP_CONDEMNED || (white && gc->phase == MHEAP_TAKE_DOWN))
		return false;
	if (!mheap_watch_is_finalizable(gc, o))
		return false;
	/* An object that was dying had the last reference to a condemned one. */
	if (white && gc->phase == MHEAP_CLEAR_WEAKS && !gc->group)
		mheap_quarantine_make(gc, o);
	mheap_watch_finalize(gc, o, NULL);
	mheap_quarantine_renew(gc, o);
	return true;
}

/**
 * mheap_collect_answered() - A finalizer event was answered
 * @gc: the collector
 * @group: the group it belonged to
 */
void mheap_collect_answered(struct mheap_collector *gc,
			    struct mheap_quarantine *group)
{
	if (--group->unanswered)
		return;
	list_add_tail(&group->ready, &gc->ready);
	gc->readied++;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_collect_answered);

/*
 * Send the event of a condemned object, if it is to be finalized.  It may be too late
 * when it leaves the condemned ones: the memory of the group may be its finalizer's.
 */
void mheap_quarantine_tell(struct mheap_collector *gc, struct mheap_object *o)
{
	if (!o->watched || !mheap_watch_is_finalizable(gc, o))
		return;
	gc->group->unanswered++;
	mheap_watch_finalize(gc, o, gc->group);
}

/* A condemned object is whole, and at rest, in the group. */
static void mheap_quarantine_add(struct mheap_collector *gc,
				 struct mheap_object *o)
{
	gc->whites--;
	o->colour = gc->black;
	mheap_collect_relabel(gc, o, MHEAP_QUARANTINED);
	list_del_init(&o->node);
	list_add_tail(&o->node, &gc->group->members);
	mheap_quarantine_tell(gc, o);
}

/* Move the condemned objects to their group, and send the events. */
void mheap_quarantine_fill(struct mheap_collector *gc, unsigned int units)
{
	struct mheap_object *o;

	while (units--) {
		o = mheap_collect_visit(gc, &units);
		if (!o && gc->at_end) {
			list_add_tail(&gc->group->node, &gc->groups);
			mheap_collect_answered(gc, gc->group);
			gc->group = NULL;
			mheap_collect_end(gc);
			return;
		}
		if (!o || !mheap_collect_is_white(gc, o))
			continue;
		mheap_quarantine_add(gc, o);
		if (o->watched)
			units -= min(units, MHEAP_EVENT_UNITS);
	}
}

/* Put the condemned objects into the garbage list instead. */
void mheap_quarantine_save(struct mheap_collector *gc, unsigned int units)
{
	struct mheap_object *o;

	while (units--) {
		o = mheap_collect_visit(gc, &units);
		if (!o && gc->at_end) {
			mheap_collect_end(gc);
			return;
		}
		if (!o || !mheap_collect_is_white(gc, o))
			continue;
		gc->whites--;
		o->colour = gc->black;
		mheap_ref_get_root(gc, o);
		o->saved = 1;
		gc->saved++;
	}
}

/**
 * mheap_collect_start_exam() - Begin to examine a group in quarantine
 * @gc: the collector, idle, with a group that is ready
 *
 * It goes on as a young collection whose set is the group.
 */
void mheap_collect_start_exam(struct mheap_collector *gc)
{
	struct mheap_quarantine *group;

	group = list_first_entry(&gc->ready, struct mheap_quarantine, ready);
	list_del_init(&group->ready);
	list_del_init(&group->node);
	list_splice_init(&group->members, &gc->set);
	gc->exam = group;
	gc->collecting = group->collecting;
	mheap_collect_begin(gc, MHEAP_COPY, 0, group->target);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_collect_start_exam);
