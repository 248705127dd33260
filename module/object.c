// SPDX-License-Identifier: GPL-2.0
/* The object: its memory, and what is reported about it to programs. */
#include <linux/build_bug.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "area.h"
#include "compat.h"
#include "gfp.h"
#include "limits.h"
#include "magazine.h"
#include "object.h"

/*
 * The generation that is reported to programs: 0 to 2, 3 for permanent objects and
 * immortal ones with slots, 4 for quarantined ones, -1 for all others.
 */
int mheap_object_generation(const struct mheap_object *o)
{
	if (o->flags & MHEAP_IMMORTAL)
		return o->nslots ? MHEAP_PERMANENT : -1;
	if (!mheap_object_is_tracked(o))
		return -1;
	if (o->gen == MHEAP_QUARANTINED)
		return MHEAP_PERMANENT + 1;
	return o->gen == MHEAP_NEWBORN ? 0 : o->gen;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_object_generation);

/*
 * The index of the size of an object's memory, for magazine.c.  A wide object has one
 * word behind the header, for its body.  The smallest size has two, so any object can
 * get a body when it is resized.
 */
unsigned int mheap_object_size(u32 nslots, u32 nbytes)
{
	u32 words = nslots + (nbytes ? MHEAP_PAYLOAD_WORDS : 0);

	static_assert(sizeof(struct mheap_object) + 2 * sizeof(void *) == 64);
	if (nslots > MHEAP_INLINE_SLOTS)
		words = 1;
	return mheap_magazine_size(sizeof(struct mheap_object) +
				   words * sizeof(void *));
}

static void mheap_object_init(struct mheap_object *o, u32 nslots)
{
	INIT_LIST_HEAD(&o->node);
	o->colour = MHEAP_NEVER_WHITE;
	o->nslots = nslots;
}

/**
 * mheap_object_take() - Make an object of memory that a magazine has
 * @magazine: the magazine
 * @nslots: number of slots, at most MHEAP_INLINE_SLOTS
 *
 * Context: any.
 *
 * Return: the object, without payload, with all slots null and in no heap yet; or NULL if
 * the magazine has no memory for it.
 */
struct mheap_object *mheap_object_take(struct mheap_magazine *magazine, u32 nslots)
{
	struct mheap_object *o = mheap_magazine_take(magazine,
						     mheap_object_size(nslots, 0));

	if (o)
		mheap_object_init(o, nslots);
	return o;
}

/**
 * mheap_object_alloc() - Allocate an object, which is in no heap yet
 * @area: the area for its payload
 * @magazine: memory that was allocated for a chunk of ops, or NULL
 * @nslots: number of slots, at most MHEAP_MAX_SLOTS
 * @nbytes: number of payload bytes, at most MHEAP_MAX_BYTES
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: the object with all slots null and all bytes 0, or NULL.
 */
struct mheap_object *mheap_object_alloc(struct mheap_area *area,
					struct mheap_magazine *magazine, u32 nslots,
					u32 nbytes)
{
	struct mheap_object *o = mheap_magazine_pop(magazine,
						    mheap_object_size(nslots, nbytes));
	bool wide = nslots > MHEAP_INLINE_SLOTS, there;

	if (!o)
		return NULL;
	mheap_object_init(o, nslots);
	if (!wide && !nbytes)
		return o;
	o->flags = wide ? MHEAP_MOVED : MHEAP_PAYLOAD;
	if (wide)
		there = (o->tail[0] = mheap_body_alloc(area, nslots, nbytes));
	else
		there = !mheap_area_alloc(area, nbytes,
					  (struct mheap_payload *)&o->tail[0]);
	if (there)
		return o;
	kfree(o);
	return NULL;
}

/**
 * mheap_object_free_bulk() - Free an object, its own memory perhaps later
 * @o: the object, which is in no heap or in one that is being destroyed
 * @d: the bulk free that the object's own memory is added to
 *
 * Body and payload are freed at once.
 *
 * Context: the heap lock is not held; may sleep.
 */
void mheap_object_free_bulk(struct mheap_object *o, struct mheap_bulk_free *d)
{
	/* The size of the object before it was resized is not known any more. */
	if (o->flags & MHEAP_MOVED) {
		mheap_body_free(mheap_object_body(o));
		kfree(o);
		return;
	}
	if (mheap_object_payload(o))
		mheap_area_free(mheap_object_payload(o));
	mheap_bulk_free_add(d, mheap_object_size(o->nslots, o->flags & MHEAP_PAYLOAD), o);
}

/* Free an object that is in no heap.  The heap lock is not held; may sleep. */
void mheap_object_free(struct mheap_object *o)
{
	struct mheap_bulk_free d;

	d.n = 0;
	mheap_object_free_bulk(o, &d);
	mheap_bulk_free_flush(&d);
}

/* Allocate a zeroed body, with its payload, or return NULL.  May sleep. */
struct mheap_body *mheap_body_alloc(struct mheap_area *area, u32 nslots, u32 nbytes)
{
	struct mheap_body *body;

	body = kvzalloc(struct_size(body, slots, nslots), MHEAP_GFP);
	if (!body || !nbytes || !mheap_area_alloc(area, nbytes, &body->payload))
		return body;
	kvfree(body);
	return NULL;
}

void mheap_body_free(struct mheap_body *body)
{
	if (body && body->payload.nbytes)
		mheap_area_free(&body->payload);
	kvfree(body);
}
