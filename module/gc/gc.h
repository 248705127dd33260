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
 * @MHEAP_COPY: a young collection copies counts to gc_refs
 * @MHEAP_SUBTRACT: a young collection subtracts the references within its set
 * @MHEAP_MARK: the collection marks what is reachable from outside its set
 * @MHEAP_CLEAR_WEAKS: unmarked objects are condemned, and their weak handles cleared
 * @MHEAP_QUARANTINE: a condemned object is to be finalized, so all condemned objects
 *	become a quarantined set, whole, and the events are sent
 * @MHEAP_SAVE: the condemned objects move to the garbage list
 * @MHEAP_TAKE_DOWN: the slots of the condemned objects are cleared
 * @MHEAP_FREEZE: objects move to the permanent generation
 * @MHEAP_UNFREEZE: objects move from the permanent generation to generation 2
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
 * @ready: in mheap_collector.ready once all events are answered
 * @members: the objects that have neither died nor left the set since
 * @unanswered: number of unanswered events, plus one while the events are being sent
 * @target: the generation for objects that come back to life
 * @collecting: the oldest generation of the collection that condemned the objects
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
 * struct mheap_dying - Objects that die because their count reached 0
 * @list: objects that still hold references
 * @current_object: the object whose slots are being dropped; it is not in @list
 * @slot: the first slot of @current_object that was not dropped yet
 * @freed: number of objects freed so far
 * @condemned: one of the objects had been condemned, so the collection under way is
 *	taking down what it referred to
 *
 * Each call that drops references has its own, and so has the collector.  The heap lock
 * guards it.
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
 * @died: the object died and leaves the heap's totals; it still holds references
 * @free: the object died and refers to nothing any more, so its memory can be freed
 * @clear_weaks: clear the weak handles to the object and send their events; returns the
 *	budget that is left, or 0 if there may be more to clear
 * @is_finalizable: does the object have a finalizer that is still to be told?
 * @take_quarantine: hand over the memory for a quarantined set, which was allocated
 *	with the object's finalizer
 * @finalize: send the event of the object's finalizer; @q is the quarantined set that
 *	the object belongs to, or NULL if its count reached 0
 *
 * The collector calls out of this folder through these functions alone.  All but @died
 * and @free are called only for objects that have an ext record.
 *
 * The heap lock is held in all of them, and none may sleep.
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
 * @generation: the tracked objects of each generation that are not being collected
 * @permanent: frozen objects
 * @quarantined: quarantined sets
 * @readied: number of sets that have become ready so far
 * @examined: number of sets that have been examined so far
 * @ready: the sets of @quarantined that are to be examined
 * @set: the tracked objects that are being collected ("C"); in a full collection the
 *	objects in @old and @quarantined belong to C, too
 * @old: in a full collection, the members of C that were in generation 2
 * @list: the list that the pass walks: @set, @old or the members of a quarantined set
 * @cursor: the next object of @list that the pass visits
 * @at_end: the pass has no object left to visit
 * @phase: what the collection is doing
 * @collecting: the oldest generation of the collection
 * @target: the generation for its survivors
 * @exam: the quarantined set under examination, whose members are in @set; or NULL
 * @quarantine: the quarantined set that the condemned objects become if one of them is
 *	to be finalized; or NULL
 * @nr_ext: number of objects with an ext record
 * @save_all: condemned objects go to the garbage list instead of being taken down
 * @saved: number of objects in the garbage list
 * @suspects: number of objects of which a slot may have closed a cycle; while it is 0
 *	there is no cycle
 * @ops: what the collector asks and tells the owner of the objects; constant
 * @black: the colour of objects at rest, of new and of marked objects; the other colour
 *	is white
 * @newborn: the label of objects born now: 0 or MHEAP_NEWBORN.  It changes when a
 *	collection starts, which tells the youngest members of C from new objects.
 * @nr: number of tracked objects by label
 * @whites: number of white objects
 * @grey: tops of the stacks of grey objects, which are marked but whose slots have not
 *	been looked at; the objects themselves are linked.  The stacks are used in
 *	turn, so the objects that will be popped next are known long before and can be
 *	on their way into the cache.
 * @grey_turn: the stack that the next grey object goes to
 * @scan: the object whose slots are being looked at or cleared
 * @scan_slot: the next slot of @scan
 * @dying: objects that die because they are taken down
 * @size: number of members of C when the collection began; 0 for an examination
 * @visited: number of members looked at.  A full collection walks @old only until
 *	nothing is white any more; all members count as visited then.
 * @found: number of unreachable members found
 * @left: the budget that the last step had left
 * @trigger: when the next collection is due
 *
 * Colours.  At rest every tracked object is black, except that frozen objects have a
 * colour of their own.  A young collection whitens the members of its set when it copies
 * their counts; a full one makes all black objects white at once by changing the meaning
 * of the colours.  Objects outside C are never white, so one comparison tells both that
 * an object is in C and that it was not reached.  When nothing is grey and C has been
 * walked, the white objects are condemned, all in that moment.  If one of them is to be
 * finalized they are not taken down but become a quarantined set, black and whole.  When
 * the last event is answered the set is examined, which is a collection of that set
 * alone.
 *
 * Barrier.  A new reference to a white object greys it (mheap_ref_get() in ref.h).  An
 * object whose count was not copied yet needs no barrier, since the copy will include
 * the new reference.
 *
 * A collection allocates nothing.  The heap lock guards everything here.
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
	const struct mheap_gc_ops *ops;
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
	unsigned int left;
	struct mheap_trigger trigger;
};

/* Is the object in the set being collected, and not reached so far? */
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

/*
 * Is what is white unreachable for everybody, and to stay so?  Condemned objects that move
 * to quarantine or to the garbage list come back into sight while they do.
 */
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

/* The number of tracked objects that a full collection covers. */
static inline u64 mheap_gc_collectable(const struct mheap_collector *gc)
{
	return gc->nr[0] + gc->nr[1] + gc->nr[2] + gc->nr[MHEAP_NEWBORN] +
	       gc->nr[MHEAP_QUARANTINED];
}

static inline u64 mheap_gc_tracked(const struct mheap_collector *gc)
{
	return mheap_gc_collectable(gc) + gc->nr[MHEAP_PERMANENT];
}

/* Does the collection cover all generations, rather than a single quarantined set? */
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
