/* SPDX-License-Identifier: GPL-2.0 */
/* The object: what it looks like in memory and how its parts are reached. */
#ifndef MHEAP_OBJECT_H
#define MHEAP_OBJECT_H

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/types.h>
#include <uapi/linux/mheap.h>

#include "block.h"

struct mheap_area;
struct mheap_bulk_free;
struct mheap_magazine;

/* Bits of mheap_object.flags */
#define MHEAP_IMMORTAL		BIT(0)	/* has no counts and never dies */
#define MHEAP_DEAD		BIT(1)	/* its count reached 0 */
#define MHEAP_CONDEMNED		BIT(2)	/* being taken down by the scanner */
#define MHEAP_GREY		BIT(3)	/* on a grey stack */
#define MHEAP_FREE_LATER	BIT(4)	/* to be freed when popped from the grey stack */
#define MHEAP_PAYLOAD		BIT(5)	/* the tail begins with the payload */
#define MHEAP_MOVED		BIT(6)	/* tail[0] is the body */
#define MHEAP_RESIZING		BIT(7)	/* slots are being copied, see resize.c */

/* Colours 0 and 1 are black and white; each full collection swaps them. */
#define MHEAP_NEVER_WHITE	2U		/* not tracked */
#define MHEAP_FROZEN		3U		/* tracked, but never collected */

/* Labels in mheap_object.gen: generations 0 to 2, and three more. */
#define MHEAP_GENERATIONS	3
#define MHEAP_PERMANENT		3U
#define MHEAP_NEWBORN		4U		/* generation 0, too: mheap_collector.newborn */
#define MHEAP_QUARANTINED	5U
#define MHEAP_GEN_LABELS	6

/* mheap_object.frozen_slots of an object that is completely frozen. */
#define MHEAP_ALL_SLOTS		(~0ULL)

/**
 * struct mheap_object - One object of a heap
 * @node: in a generation, in the set being collected, in a quarantined set, in
 *	mheap_dying.list or in mheap_heap.deferred_free
 * @gc_refs: number of references from outside the set, while the object is white in a
 *	young collection
 * @grey: the next object on the grey stack, while this one is on it
 * @frozen_slots: while the object is in the permanent generation, how many of its first
 *	slots count as roots
 * @id: its number in mheap_heap.ids
 * @count: number of handles, slots, names and unread finalizer events that refer to it,
 *	plus one while it is in the garbage list; 0 for immortal objects
 * @roots: number of the references in @count that a full collection starts from: all but
 *	slots, and of these the slots of objects that no collection looks at
 * @nslots: number of slots
 * @type: its type
 * @flags: MHEAP_IMMORTAL and so on
 * @colour: black, white or MHEAP_FROZEN; MHEAP_NEVER_WHITE if the object is not tracked
 * @gen: label of its generation while it is tracked; a frozen object that dies keeps it
 * @has_ext: the object has an ext record (struct mheap_ext)
 * @saved: the object is in the garbage list
 * @suspect: one of its slots was set in a way that may have closed a cycle
 * @tail: the payload if there is one, then the slots; or the body
 *
 * An object is tracked while its @node is in a generation, in the set being collected or
 * in a quarantined set.
 *
 * The heap lock guards everything from the moment the object has an id; @id and @type do
 * not change then.
 */
struct mheap_object {
	struct list_head node;
	union {
		s64 gc_refs;
		struct mheap_object *grey;
		u64 frozen_slots;
	};
	u64 id;
	u32 count;
	u32 roots;
	u32 nslots;
	u16 type;
	u8 flags;
	u8 colour:2,
	   gen:3,
	   has_ext:1,
	   saved:1,
	   suspect:1;
	void *tail[];
};

/**
 * struct mheap_body - Slots and payload of an object that is wide or was resized
 * @payload: the payload
 * @slots: the slots
 *
 * The heap lock guards it, as it guards the object.
 */
struct mheap_body {
	struct mheap_payload payload;
	struct mheap_object *slots[];
};

static inline struct mheap_body *mheap_object_body(const struct mheap_object *o)
{
	return o->tail[0];
}

/* The array of the slots of an object, which has o->nslots elements. */
static inline struct mheap_object **mheap_object_slots(struct mheap_object *o)
{
	if (o->flags & MHEAP_MOVED)
		return mheap_object_body(o)->slots;
	return (struct mheap_object **)&o->tail[o->flags & MHEAP_PAYLOAD ?
						MHEAP_PAYLOAD_WORDS : 0];
}

/* The payload of an object, or NULL. */
static inline struct mheap_payload *mheap_object_payload(const struct mheap_object *o)
{
	struct mheap_payload *p = NULL;

	if (o->flags & MHEAP_MOVED)
		p = &mheap_object_body(o)->payload;
	else if (o->flags & MHEAP_PAYLOAD)
		p = (struct mheap_payload *)&o->tail[0];
	return p && p->nbytes ? p : NULL;
}

static inline u32 mheap_object_nbytes(const struct mheap_object *o)
{
	const struct mheap_payload *p = mheap_object_payload(o);

	return p ? p->nbytes : 0;
}

/* Does a slot count as a root, since no collection looks at its object? */
static inline bool mheap_object_slot_is_root(const struct mheap_object *o,
					     u32 slot)
{
	return o->flags & MHEAP_IMMORTAL ||
	       (o->gen == MHEAP_PERMANENT && slot < o->frozen_slots);
}

static inline bool mheap_object_is_tracked(const struct mheap_object *o)
{
	return o->colour != MHEAP_NEVER_WHITE;
}

/* The count that is reported to programs, without the reference that a resize holds. */
static inline u64 mheap_object_refcount(const struct mheap_object *o)
{
	if (o->flags & MHEAP_IMMORTAL)
		return MHEAP_COUNT_IMMORTAL;
	return o->count - !!(o->flags & MHEAP_RESIZING);
}

int mheap_object_generation(const struct mheap_object *o);

unsigned int mheap_object_size(u32 nslots, u32 nbytes);
struct mheap_object *mheap_object_alloc(struct mheap_area *area,
					struct mheap_magazine *magazine, u32 nslots,
					u32 nbytes);
struct mheap_object *mheap_object_take(struct mheap_magazine *magazine, u32 nslots);
void mheap_object_free_bulk(struct mheap_object *o, struct mheap_bulk_free *d);
void mheap_object_free(struct mheap_object *o);
struct mheap_body *mheap_body_alloc(struct mheap_area *area, u32 nslots, u32 nbytes);
void mheap_body_free(struct mheap_body *body);

#endif
