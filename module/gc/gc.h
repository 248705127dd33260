/* SPDX-License-Identifier: GPL-2.0 */
/* The cycle collector: generations, colours and the state of a collection. */
#ifndef MHEAP_GC_H
#define MHEAP_GC_H

#include <linux/list.h>
#include <linux/types.h>

#include "gc/trigger.h"
#include "limits.h"
#include "object.h"

struct mheap_collector;
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
 * struct mheap_quarantine - A quarantined set: objects condemned together
 * @node: in mheap_collector.quarantined
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
 * struct mheap_dying - Objects whose count reached 0 by one call
 * @list: those that still hold references
 * @current_object: the one whose slots are being dropped, not in @list
 * @slot: its first slot that was not dropped yet
 * @freed: how many were freed
 * @condemned: one had been condemned: a collection takes down what it referred to
 *
 * It belongs to the call that made them; the heap lock guards it.
 */
struct mheap_dying {
	struct list_head list;
	struct mheap_object *current_object;
	u32 slot;
	u64 freed;
	bool condemned;
};

static inline void mheap_dying_init(struct mheap_dying *dying)
{
	INIT_LIST_HEAD(&dying->list);
	dying->current_object = NULL;
	dying->slot = 0;
	dying->freed = 0;
	dying->condemned = false;
}

static inline bool mheap_dying_empty(const struct mheap_dying *dying)
{
	return list_empty(&dying->list) && !dying->current_object;
}

/**
 * struct mheap_gc_ops - What the collector asks and tells the owner of the objects
 * @died: the object is no longer one of the heap's; it still holds references
 * @free: the object died and refers to nothing any more: its memory can go
 * @clear_weaks: clear weak handles to the object and send their events; returns the
 *	budget that is left, 0 if there may be more to clear
 * @is_finalizable: has the object a finalizer that is still to be told?
 * @take_quarantine: memory for a quarantined set, which comes with the finalizer
 * @finalize: send the event of the object's finalizer; @q is the quarantined set that
 *	the object belongs to, or NULL if it died by its count
 *
 * This is the only way up from here.  All but @died and @free are called for objects
 * with an ext record alone.  Context: the heap lock is held; none may sleep.
 */
struct mheap_gc_ops {
	void (*died)(struct mheap_collector *gc, struct mheap_object *o);
	void (*free)(struct mheap_collector *gc, struct mheap_object *o);
	unsigned int (*clear_weaks)(struct mheap_collector *gc,
				    struct mheap_object *o,
				    unsigned int budget);
	bool (*is_finalizable)(struct mheap_collector *gc,
			       struct mheap_object *o);
	struct mheap_quarantine *(*take_quarantine)(struct mheap_collector *gc,
						    struct mheap_object *o);
	void (*finalize)(struct mheap_collector *gc, struct mheap_object *o,
			 struct mheap_quarantine *q);
};

/**
 * struct mheap_collector - Generations of a heap, and the collection under way
 * @generation: tracked objects that are not being collected, per generation
 * @permanent: frozen objects
 * @quarantined: the quarantined sets
 * @readied: sets that have become ready so far
 * @examined: sets that have been examined so far
 * @ready: those of @quarantined that are to be examined again
 * @set: the tracked objects that are being collected ("C"); in a full collection
 *	those in @old and @quarantined belong to them
 * @old: those that were in generation 2
 * @list: the list that this pass is in: @set, @old or the members of a quarantined set
 * @cursor: next object of @list to visit in this pass
 * @at_end: there was none
 * @phase: what is being done
 * @collecting: the oldest generation of the collection
 * @target: the generation for its survivors
 * @exam: the quarantined set that is examined again, whose members are in @set; or NULL
 * @quarantine: the set that the condemned objects will be, if one is to be finalized
 * @nr_ext: objects with an ext record
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
 * @ops: what the collector asks and tells the owner of the objects; constant
 *
 * Colours.  At rest every tracked object is black.  A young collection whitens
 * the members of its set when it copies their counts; a full one makes all
 * tracked objects white at once by changing the meaning of the colours.  Objects
 * not in the set are never white, so one comparison is both "is in the set" and
 * "was not reached".  When nothing is grey and the set is walked through, the
 * white ones are condemned, all in that moment.  If one of them is to be finalized
 * they are not taken down but become a quarantined set, black and whole.  When the
 * last event is answered the set is examined: a collection of that set alone.
 *
 * The barrier.  A reference made to a white object greys it (mheap_ref_get() in ref.h).
 * An object whose count was not copied yet needs none: the copy will include the
 * new reference.
 *
 * Nothing is allocated.  Everything is guarded by the heap lock.
 */
struct mheap_collector {
	struct list_head generation[MHEAP_GENERATIONS];
	struct list_head permanent;
	struct list_head quarantined;
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
	struct mheap_quarantine *quarantine;
	u64 nr_ext;
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
	const struct mheap_gc_ops *ops;
};

/* Is the object in the set being collected, and was not reached? */
static inline bool mheap_gc_is_white(const struct mheap_collector *gc,
				     const struct mheap_object *o)
{
	return o->colour == (gc->black ^ 1);
}

/* Is no object grey? */
static inline bool mheap_gc_no_grey(const struct mheap_collector *gc)
{
	return !gc->grey[(gc->grey_turn - 1) % MHEAP_GREY_STACKS];
}

/* Is what is white unreachable for everybody, and to stay so? */
static inline bool mheap_gc_is_closed(const struct mheap_collector *gc)
{
	return gc->phase == MHEAP_CLEAR_WEAKS || gc->phase == MHEAP_TAKE_DOWN;
}

/* Is the object dead for everybody who asks for it by id? */
static inline bool mheap_gc_is_gone(const struct mheap_collector *gc,
				    const struct mheap_object *o)
{
	return (o->flags & (MHEAP_DEAD | MHEAP_CONDEMNED)) ||
	       (mheap_gc_is_closed(gc) && mheap_gc_is_white(gc, o));
}

/* Tracked objects that full collections look at. */
static inline u64 mheap_gc_collectable(const struct mheap_collector *gc)
{
	return gc->nr[0] + gc->nr[1] + gc->nr[2] + gc->nr[MHEAP_NEWBORN] +
	       gc->nr[MHEAP_QUARANTINED];
}

static inline u64 mheap_gc_tracked(const struct mheap_collector *gc)
{
	return mheap_gc_collectable(gc) + gc->nr[MHEAP_PERMANENT];
}

/* Are all generations collected, not a quarantined set alone? */
static inline bool mheap_gc_is_full(const struct mheap_collector *gc)
{
	return gc->collecting == 2 && !gc->exam;
}

static inline void mheap_gc_relabel(struct mheap_collector *gc,
				    struct mheap_object *o, unsigned int label)
{
	gc->nr[o->gen]--;
	o->gen = label;
	gc->nr[label]++;
}

#endif
