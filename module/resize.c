// SPDX-License-Identifier: GPL-2.0
/*
 * Resizing.  The slots and the payload of an object are copied into a new body piece by
 * piece, and other sessions go on meanwhile.  What they change goes to both bodies, and at
 * the end the new body replaces the old one.  The object keeps its address, so nothing that
 * refers to it has to change.
 *
 * The resize holds a reference to the object, so an object whose last handle another thread
 * drops meanwhile dies when its resize ends.  Calls that tell counts leave this reference
 * out, see mheap_object_refcount().
 */
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "area.h"
#include "compat.h"
#include "gc/reclaim.h"
#include "gc/ref.h"
#include "gc/track.h"
#include "heap.h"
#include "intern.h"
#include "limits.h"
#include "object.h"
#include "resize.h"
#include "scanner.h"
#include "type.h"

static struct mheap_resize *mheap_resize_find(struct mheap_heap *heap,
					      struct mheap_object *o)
{
	struct mheap_resize *job;

	list_for_each_entry(job, &heap->resizing, node)
		if (job->object == o)
			return job;
	return NULL;
}

/* Set a slot in the new body of an object that is being resized, if it has that slot. */
void mheap_resize_mirror_slot(struct mheap_heap *heap, struct mheap_object *o,
			      u32 slot, struct mheap_object *val)
{
	struct mheap_resize *job = mheap_resize_find(heap, o);

	if (slot < job->nslots)
		job->body->slots[slot] = val;
}

static void mheap_resize_copy_data(struct mheap_resize *job, u32 off,
				   const void *data, u32 len)
{
	struct mheap_payload *to = &job->body->payload;

	if (off < to->nbytes)
		memcpy(mheap_area_data(to) + off, data,
		       min(len, to->nbytes - off));
}

/* Write payload to the new body of an object that is being resized, up to its size. */
void mheap_resize_mirror_data(struct mheap_heap *heap, struct mheap_object *o,
			      u32 off, const void *data, u32 len)
{
	mheap_resize_copy_data(mheap_resize_find(heap, o), off, data, len);
}

static void mheap_resize_copy_slots(struct mheap_heap *heap,
				    struct mheap_resize *job)
{
	const u32 piece = MHEAP_COPY_BYTES / sizeof(void *);
	struct mheap_object *o = job->object;
	u32 keep = min(o->nslots, job->nslots), i, n;

	for (i = 0; i < keep; i += n) {
		n = min(keep - i, piece);
		memcpy(job->body->slots + i, mheap_object_slots(o) + i,
		       n * sizeof(void *));
		mheap_heap_worked(heap, n);
		mheap_heap_cond_resched(heap);
	}
}

static void mheap_resize_copy_payload(struct mheap_heap *heap,
				      struct mheap_resize *job)
{
	struct mheap_payload *from = mheap_object_payload(job->object);
	u32 off, n;

	for (off = 0; from && off < from->nbytes; off += n) {
		n = min(from->nbytes - off, MHEAP_COPY_BYTES);
		mheap_resize_copy_data(job, off, mheap_area_data(from) + off, n);
		mheap_heap_cond_resched(heap);
	}
}

/*
 * Drop the slots beyond the new number of slots.  They are hidden before the first of them
 * is dropped, so no other session sees a part of them.
 */
static void mheap_resize_cut(struct mheap_heap *heap, struct mheap_resize *job,
			     struct mheap_dying *dying)
{
	struct mheap_object *o = job->object, *t;
	u32 i = job->nslots, end = o->nslots;
	u64 frozen = 0;

	if (i >= end)
		return;
	/* Slots that are cut off may count with the roots.  No freezing visits them now. */
	if (o->gen == MHEAP_PERMANENT) {
		frozen = o->frozen_slots;
		if (frozen != MHEAP_ALL_SLOTS)
			o->frozen_slots = min_t(u64, frozen, i);
	}
	o->nslots = i;
	heap->slots -= end - i;
	if (!i && mheap_object_is_tracked(o)) {
		mheap_track_del(&heap->gc, o);
		mheap_trigger_died(&heap->gc.trigger);
	}
	for (; i < end; i++) {
		t = mheap_object_slots(o)[i];
		mheap_object_slots(o)[i] = NULL;
		if (t)
			mheap_ref_put(&heap->gc, t, o->flags & MHEAP_IMMORTAL ||
				      i < frozen, dying);
		if (!mheap_dying_empty(dying))
			mheap_scanner_reclaim(heap, dying);
		mheap_heap_worked(heap, 1);
		if (i % MHEAP_STEP_BUDGET == 0)
			mheap_heap_cond_resched(heap);
	}
}

static void mheap_resize_swap(struct mheap_resize *job)
{
	struct mheap_object *o = job->object;
	struct mheap_body *body = job->body;

	job->body = NULL;
	if (o->flags & MHEAP_MOVED)
		job->body = mheap_object_body(o);
	else if (mheap_object_payload(o))
		job->payload = *mheap_object_payload(o);
	o->tail[0] = body;
	o->flags &= ~(MHEAP_PAYLOAD | MHEAP_RESIZING);
	o->flags |= MHEAP_MOVED;
	o->nslots = job->nslots;
	list_del(&job->node);
}

static u32 mheap_body_nbytes(const struct mheap_body *body)
{
	return body->payload.nbytes;
}

/* Growth counts from the start of a resize, so that limits hold; shrinking at its end. */
static void mheap_resize_account(struct mheap_heap *heap, u32 type, s64 slots,
				 s64 bytes)
{
	heap->slots += slots;
	heap->bytes += bytes;
	mheap_type_account(heap, type, 0, bytes);
}

/**
 * mheap_resize() - Give an object another body
 * @heap: the heap
 * @job: the resize; @object, @body and its @nslots are set, and @payload is empty
 * @dying: receives what died because slots were cut off
 *
 * On success @job->body and @job->payload are for the caller to free when the heap lock is
 * dropped.  On failure @job is unchanged.
 *
 * Context: the heap lock is held; it may be dropped and taken again; may sleep.
 *
 * Return: 0, -EPERM if the object is interned, -EBUSY if another resize of it is under
 * way, -EDQUOT if the heap would exceed a limit, or -EOVERFLOW if the object has too many
 * references.
 */
int mheap_resize(struct mheap_heap *heap, struct mheap_resize *job,
		 struct mheap_dying *dying)
{
	struct mheap_object *o = job->object;
	s64 slots = (s64)job->nslots - o->nslots;
	s64 bytes = (s64)mheap_body_nbytes(job->body) - mheap_object_nbytes(o);
	bool born = !o->nslots && job->nslots && !(o->flags & MHEAP_IMMORTAL);
	int err;

	mheap_heap_assert_locked(heap);
	if (mheap_intern_has(heap, o))
		return -EPERM;
	if (o->flags & MHEAP_RESIZING)
		return -EBUSY;
	if (!mheap_heap_within_limits(heap, 0, max(slots, 0LL), max(bytes, 0LL)))
		return -EDQUOT;
	err = mheap_ref_get(&heap->gc, o, true);
	if (err)
		return err;
	mheap_heap_hold_for(heap, MHEAP_HOLD_RESIZE);
	o->flags |= MHEAP_RESIZING;
	list_add(&job->node, &heap->resizing);
	mheap_resize_account(heap, o->type, max(slots, 0LL), max(bytes, 0LL));
	mheap_resize_copy_slots(heap, job);
	mheap_resize_copy_payload(heap, job);
	mheap_resize_cut(heap, job, dying);
	mheap_resize_swap(job);
	mheap_resize_account(heap, o->type, 0, min(bytes, 0LL));
	if (born)
		mheap_track_add(&heap->gc, o);
	mheap_ref_put(&heap->gc, o, true, dying);
	if (born)
		mheap_scanner_born(heap);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_resize);
