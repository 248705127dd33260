/* SPDX-License-Identifier: GPL-2.0 */
/* The cycle collector: generations, colours and the state of a collection. */
#ifndef MHEAP_COLLECT_H
#define MHEAP_COLLECT_H

#include <linux/list.h>
#include <linux/types.h>

#include "limits.h"
#include "object.h"
#include "trigger.h"

struct mheap_dying;

/**
 * enum mheap_phase - What a collection is doing
 * @MHEAP_IDLE: no collection is under way
 * @MHEAP_COPY: young collections: counts are copied to gc_refs
 * @MHEAP_SUBTRACT: young collections: references within the set are subtracted
 * @MHEAP_MARK: what is reachable from outside is marked
 * @MHEAP_CLEAR_WEAKS: what was not marked is condemned; its weak handles are cleared
 * @MHEAP_QUARANTINE: a condemned object is to be finalized: all of them go to
 *	quarantine, whole, and the events are sent
 * @MHEAP_SAVE: the condemned objects go to the garbage list
 * @MHEAP_TAKE_DOWN: their slots are cleared
 * @MHEAP_FREEZE: objects go to the permanent generation
 * @MHEAP_UNFREEZE: they come back
 */
enum mheap_phase {
	MHEAP_IDLE,
	MHEAP_COPY,
	MHEAP_SUBTRACT,
	MHEAP_MARK,
	MHEAP_CLEAR_WEAKS,
	MHEAP_QUARANTINE,
	MHEAP_SAVE,
	MHEAP_TAKE_DOWN,
	MHEAP_FREEZE,
	MHEAP_UNFREEZE,
};

/**
 * struct mheap_quarantine - Objects condemned together, with finalizer events
 * @node: in mheap_collector.groups
 * @ready: in mheap_collector.ready, when all events are answered
 * @members: the objects, as far as they have not died since
 * @unanswered: events without an answer; one more while they are being sent
 * @target: the generation for those that come back to life
 * @collecting: the oldest generation of the collection that condemned them
 */
struct mheap_quarantine {
	struct list_head node;
	struct list_head ready;
	struct list_head members;
	u32 unanswered;
	u8 target;
	u8 collecting;
};

/**
 * struct mheap_collector - Generations of a heap, and the collection under way
 * @generation: tracked objects that are not being collected, per generation
 * @permanent: frozen objects
 * @groups: quarantined objects
 * @readied: groups that became ready, ever
 * @examined: groups that were examined, ever
 * @ready: those of @groups that are to be examined again
 * @set: the tracked objects that are being collected ("C"); with those in @old and
 *	@groups if the collection is a full one
 * @old: those that were in generation 2
 * @list: the list that this pass is in: @set, @old or members of a group
 * @cursor: next object of @list to visit in this pass
 * @at_end: there was none
 * @phase: what is being done
 * @collecting: the oldest generation of the collection
 * @target: the generation for its survivors
 * @exam: the group that is examined again: @set has its members; or NULL
 * @group: the group that the condemned objects will be, if one is to be finalized
 * @watched: objects with weak handles or a finalizer, or that had them
 * @save_all: condemned objects are saved in the garbage list
 * @saved: objects in the garbage list
 * @suspects: objects of which a slot may have closed a cycle; 0: there is none
 * @black: the colour of objects at rest, of new ones and of marked ones; the
 *	other one is white
 * @newborn: the label of objects born now: 0 or MHEAP_NEWBORN.  It changes when
 *	a collection starts, which tells its youngest members from new objects.
 * @nr: tracked objects by label
 * @whites: how many objects are white
 * @grey: marked objects whose slots were not looked at, linked through them: the
 *	tops of stacks that are used in turn, so that the next ones to be popped are
 *	known, and on their way into the cache, long before
 * @grey_turn: the stack that takes the next one
 * @scan: the object whose slots are being looked at or cleared
 * @scan_slot: its next slot
 * @dying: objects that died by being taken down
 * @size: members of @set when the collection began
 * @visited: those that the collection looked at: a full one visits @old until all are
 *	marked, and has then, at its end, looked at all members
 * @found: unreachable members found
 * @trigger: when the next collection is due
 *
 * Colours.  At rest every tracked object is black.  A young collection whitens
 * the members of its set when it copies their counts; a full one makes all
 * tracked objects white at once by changing the meaning of the colours.  Objects
 * not in the set are never white, so one comparison is both "is in the set" and
 * "was not reached".  When nothing is grey and the set is walked through, the
 * white ones are condemned, all in that moment.  If one of them is to be finalized
 * they are not taken down but become a group in quarantine, black and whole; when
 * the last event is answered the group is examined: a collection of it alone.
 *
 * The barrier.  A reference made to a white object greys it (mheap_ref_get()).
 * An object whose count was not copied yet needs none: the copy will include the
 * new reference.
 *
 * Nothing is allocated.  Everything is guarded by the heap lock.
 */
struct mheap_collector {
	struct list_head generation[MHEAP_GENERATIONS];
	struct list_head permanent;
	struct list_head groups;
	struct list_head ready;
	u64 readied;
	u64 examined;
	struct list_head set;
	struct list_head old;
	struct list_head *list;
	struct list_head *cursor;
	bool at_end;
	enum mheap_phase phase;
	u8 collecting;
	u8 target;
	struct mheap_quarantine *exam;
	struct mheap_quarantine *group;
	u64 watched;
	bool save_all;
	u64 saved;
	u64 suspects;
	u8 black;
	u8 newborn;
	u64 nr[MHEAP_GEN_LABELS];
	u64 whites;
	struct mheap_object *grey[MHEAP_GREY_STACKS];
	u32 grey_turn;
	struct mheap_object *scan;
	u32 scan_slot;
	struct mheap_dying *dying;
	u64 size;
	u64 visited;
	u64 found;
	struct mheap_trigger trigger;
};

void mheap_collect_init(struct mheap_collector *gc, struct mheap_dying *dying,
			const u32 threshold[3]);
void mheap_collect_track(struct mheap_collector *gc, struct mheap_object *o);
void mheap_collect_forget(struct mheap_collector *gc, struct mheap_object *o);
void mheap_collect_touch(struct mheap_collector *gc, struct mheap_object *o);
void mheap_collect_start(struct mheap_collector *gc, unsigned int generation);
void mheap_collect_start_exam(struct mheap_collector *gc);
void mheap_collect_start_freeze(struct mheap_collector *gc);
void mheap_collect_start_unfreeze(struct mheap_collector *gc);
void mheap_collect_skip(struct mheap_collector *gc, unsigned int generation);
bool mheap_collect_finalize(struct mheap_collector *gc, struct mheap_object *o);
void mheap_collect_answered(struct mheap_collector *gc,
			    struct mheap_quarantine *group);
void mheap_collect_linked(struct mheap_collector *gc, struct mheap_object *o,
			  struct mheap_object *t);
bool mheap_collect_step(struct mheap_collector *gc, unsigned int units);
bool mheap_collect_abandon(struct mheap_collector *gc, unsigned int units);

/*
 * What the collector asks about weak handles and finalizers of a watched object,
 * and tells: see watch.c.
 */
unsigned int mheap_watch_clear_weaks(struct mheap_collector *gc,
				     struct mheap_object *o,
				     unsigned int units);
bool mheap_watch_is_finalizable(struct mheap_collector *gc,
				struct mheap_object *o);
struct mheap_quarantine *mheap_watch_quarantine(struct mheap_collector *gc,
						struct mheap_object *o);
void mheap_watch_finalize(struct mheap_collector *gc, struct mheap_object *o,
			  struct mheap_quarantine *group);
void mheap_quarantine_free(struct mheap_quarantine *group);

/* Is the object in the set being collected, and was not reached? */
static inline bool mheap_collect_is_white(const struct mheap_collector *gc,
					  const struct mheap_object *o)
{
	return o->colour == (gc->black ^ 1);
}

/* Is no object grey? */
static inline bool mheap_collect_no_grey(const struct mheap_collector *gc)
{
	return !gc->grey[(gc->grey_turn - 1) % MHEAP_GREY_STACKS];
}

/* Is what is white unreachable for everybody, and to stay so? */
static inline bool mheap_collect_is_closed(const struct mheap_collector *gc)
{
	return gc->phase == MHEAP_CLEAR_WEAKS || gc->phase == MHEAP_TAKE_DOWN;
}

/* Is the object dead for everybody who asks for it by id? */
static inline bool mheap_collect_is_gone(const struct mheap_collector *gc,
					 const struct mheap_object *o)
{
	return (o->flags & (MHEAP_DEAD | MHEAP_CONDEMNED)) ||
	       (mheap_collect_is_closed(gc) && mheap_collect_is_white(gc, o));
}

/* Tracked objects that full collections look at. */
static inline u64 mheap_collect_collectable(const struct mheap_collector *gc)
{
	return gc->nr[0] + gc->nr[1] + gc->nr[2] + gc->nr[MHEAP_NEWBORN] +
	       gc->nr[MHEAP_QUARANTINED];
}

static inline u64 mheap_collect_tracked(const struct mheap_collector *gc)
{
	return mheap_collect_collectable(gc) + gc->nr[MHEAP_PERMANENT];
}

#endif
