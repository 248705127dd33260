/* SPDX-License-Identifier: GPL-2.0 */
/* The cycle collector: generations, colours and the state of a collection. */
#ifndef MHEAP_COLLECT_H
#define MHEAP_COLLECT_H

#include <linux/list.h>
#include <linux/types.h>

#include "object.h"
#include "trigger.h"

struct mheap_dying;

/**
 * enum mheap_phase - What a collection is doing
 * @MHEAP_IDLE: no collection is under way
 * @MHEAP_COPY: young collections: counts are copied to gc_refs
 * @MHEAP_SUBTRACT: young collections: references within the set are subtracted
 * @MHEAP_MARK: what is reachable from outside is marked
 * @MHEAP_TAKE_DOWN: what was not marked is condemned; its slots are cleared
 */
enum mheap_phase {
	MHEAP_IDLE,
	MHEAP_COPY,
	MHEAP_SUBTRACT,
	MHEAP_MARK,
	MHEAP_TAKE_DOWN,
};

/**
 * struct mheap_collector - Generations of a heap, and the collection under way
 * @generation: tracked objects that are not being collected, per generation
 * @set: the tracked objects that are being collected ("C")
 * @cursor: next member of @set to visit in this pass
 * @phase: what is being done
 * @collecting: the oldest generation of the collection
 * @black: the colour of objects at rest, of new ones and of marked ones; the
 *	other one is white
 * @newborn: the label of objects born now: 0 or MHEAP_NEWBORN.  It changes when
 *	a collection starts, which tells its youngest members from new objects.
 * @nr: tracked objects by label
 * @whites: how many objects are white
 * @grey: marked objects whose slots were not looked at, linked through them
 * @scan: the object whose slots are being looked at or cleared
 * @scan_slot: its next slot
 * @dying: objects that died by being taken down
 * @size: members of @set when the collection began
 * @visited: those that the collection looked at
 * @found: unreachable members found
 * @trigger: when the next collection is due
 *
 * Colours.  At rest every tracked object is black.  A young collection whitens
 * the members of its set when it copies their counts; a full one makes all
 * tracked objects white at once by changing the meaning of the colours.  Objects
 * not in the set are never white, so one comparison is both "is in the set" and
 * "was not reached".  When nothing is grey and the set is walked through, the
 * white ones are condemned, all in that moment.
 *
 * The barrier.  A reference made to a white object greys it (mheap_ref_get()).
 * An object whose count was not copied yet needs none: the copy will include the
 * new reference.
 *
 * Nothing is allocated.  Everything is guarded by the heap lock.
 */
struct mheap_collector {
	struct list_head generation[MHEAP_GENERATIONS];
	struct list_head set;
	struct list_head *cursor;
	enum mheap_phase phase;
	u8 collecting;
	u8 black;
	u8 newborn;
	u64 nr[MHEAP_GEN_LABELS];
	u64 whites;
	struct mheap_object *grey;
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
bool mheap_collect_step(struct mheap_collector *gc, unsigned int units);
void mheap_collect_abandon(struct mheap_collector *gc);

/* Is the object in the set being collected, and was not reached? */
static inline bool mheap_collect_is_white(const struct mheap_collector *gc,
					  const struct mheap_object *o)
{
	return o->colour == (gc->black ^ 1);
}

/* Is the object dead for everybody who asks for it by id? */
static inline bool mheap_collect_is_gone(const struct mheap_collector *gc,
					 const struct mheap_object *o)
{
	return (o->flags & (MHEAP_DEAD | MHEAP_CONDEMNED)) ||
	       (gc->phase == MHEAP_TAKE_DOWN && mheap_collect_is_white(gc, o));
}

static inline u64 mheap_collect_tracked(const struct mheap_collector *gc)
{
	return gc->nr[0] + gc->nr[1] + gc->nr[2] + gc->nr[MHEAP_NEWBORN];
}

#endif
