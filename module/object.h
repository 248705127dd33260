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
#define MHEAP_IMMORTAL		BIT(0)	/* does not count, never dies */
#define MHEAP_DEAD		BIT(1)	/* its count reached 0 */
#define MHEAP_CONDEMNED		BIT(2)	/* being taken down by the scanner */
#define MHEAP_GREY		BIT(3)	/* on the grey stack */
#define MHEAP_FREE_LATER	BIT(4)	/* to be freed when off the grey stack */
#define MHEAP_PAYLOAD		BIT(5)	/* the tail begins with the payload */
#define MHEAP_MOVED		BIT(6)	/* tail[0] is the body */
#define MHEAP_RESIZING		BIT(7)	/* slots are being copied, see resize.c */

/* Colours: 0 and 1 change their meaning with each full collection. */
#define MHEAP_NEVER_WHITE	2U		/* not tracked */
#define MHEAP_FROZEN		3U		/* tracked, but never collected */

/* Labels in mheap_object.gen: generations 0 to 2, and three more. */
#define MHEAP_GENERATIONS	3
#define MHEAP_PERMANENT		3U
#define MHEAP_NEWBORN		4U		/* generation 0 as well, see collect.h */
#define MHEAP_QUARANTINED	5U
#define MHEAP_GEN_LABELS	6

/* mheap_object.frozen_slots of an object that is frozen altogether. */
#define MHEAP_ALL_SLOTS		(~0ULL)

/**
 * struct mheap_object - One object of a heap
 * @node: in a generation, in the set being collected, in quarantine, among the
 *	dying or in the deferred_free
 * @gc_refs: while white in a young collection: references from outside the set
 * @grey: while on the grey stack: the next one
 * @frozen_slots: while in the permanent generation: how many of the first slots
 *	count with the roots
 * @id: its number in mheap_heap.ids
 * @count: handles, slots, names and unread finalizer events that refer to it,
 *	and the garbage list; 0 for immortal ones
 * @roots: those of @count that a full collection starts from: all but slots, and
 *	slots of objects that no collection looks at
 * @nslots: number of slots
 * @type: its type
 * @flags: MHEAP_IMMORTAL and so on
 * @colour: black or white, see collect.h; MHEAP_NEVER_WHITE if not tracked
 * @gen: generation label, if tracked; a frozen object that dies keeps it
 * @has_ext: there is a struct mheap_ext for it
 * @saved: in the garbage list
 * @suspect: a slot of it was set in a way that may have closed a cycle
 * @tail: the payload if there is one, then the slots; or the body
 *
 * Everything is guarded by the heap lock from the moment the object has an id;
 * @id and @type do not change.  Tracked is an object whose @node is in a
 * generation or in the set being collected.
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
 */
struct mheap_body {
	struct mheap_payload payload;
	struct mheap_object *slots[];
};

static inline struct mheap_body *mheap_object_body(const struct mheap_object *o)
{
	return o->tail[0];
}

/* The slots of an object, o->nslots of them. */
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

/* Does a slot count with the roots, since no collection looks at its object? */
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

/* The count as programs are told: a resize's own reference is left out. */
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
void mheap_object_free_bulk(struct mheap_object *o, struct mheap_bulk_free *d);
void mheap_object_free(struct mheap_object *o);
struct mheap_body *mheap_body_alloc(struct mheap_area *area, u32 nslots, u32 nbytes);
void mheap_body_free(struct mheap_body *body);

#endif
