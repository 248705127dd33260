// SPDX-License-Identifier: GPL-2.0
/*
 * Handle frames: a handle belongs to the frame that was the newest when it was
 * made, and goes with it.
 */
#include <linux/list.h>
#include <linux/slab.h>

#include "compat.h"
#include "frame.h"
#include "heap.h"
#include "limits.h"
#include "memory.h"
#include "session.h"

/* A frame without handles.  Sleeps. */
struct mheap_frame *mheap_frame_alloc(void)
{
	struct mheap_frame *frame = kzalloc(sizeof(*frame), MHEAP_GFP);

	if (frame)
		INIT_LIST_HEAD(&frame->handles);
	return frame;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_frame_alloc);

void mheap_frame_free(struct mheap_frame *frame)
{
	kfree(frame);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_frame_free);

static struct mheap_frame *mheap_frame_newest(struct mheap_session *s)
{
	return list_first_entry_or_null(&s->frames, struct mheap_frame, node);
}

/* A handle was made, at this place: it belongs to the newest frame, if there is one. */
void mheap_frame_take(struct mheap_session *s, u64 place)
{
	struct mheap_frame *frame = mheap_frame_newest(s);
	struct mheap_linked_place *linked;

	if (!frame)
		return;
	linked = mheap_places_link(&s->handles, place);
	linked->place.owner = frame->serial;
	list_add(&linked->link, &frame->handles);
}

/**
 * mheap_frame_push() - Begin a frame
 * @s: the session; the heap is locked
 * @frame: a frame without handles; belongs to the session on success
 *
 * Return: 0, or -E2BIG if the session has too many.
 */
int mheap_frame_push(struct mheap_session *s, struct mheap_frame *frame)
{
	mheap_heap_assert_locked(s->heap);
	if (s->nr_frames == MHEAP_MAX_FRAMES)
		return -E2BIG;
	list_add(&frame->node, &s->frames);
	frame->serial = ++s->last_frame;
	s->nr_frames++;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_frame_push);

/* The newest frame is not the newest any more, and has lost the handle kept. */
static struct mheap_frame *mheap_frame_remove(struct mheap_session *s, u64 keep)
{
	struct mheap_frame *frame = mheap_frame_newest(s);
	struct mheap_linked_place *linked;

	list_del(&frame->node);
	s->nr_frames--;
	if (!keep)
		return frame;
	linked = mheap_places_link(&s->handles, keep ^ s->key);
	if (!list_empty(&linked->link) &&
	    linked->place.owner == frame->serial) {
		list_del_init(&linked->link);
		mheap_frame_take(s, keep ^ s->key);
	}
	return frame;
}

/**
 * mheap_frame_pop() - End the newest frame, and drop the handles that belong to it
 * @s: the session; the heap is locked; the lock is dropped after each slice
 * @keep: a handle that is to stay, or 0
 * @dying: takes what dies
 *
 * If @keep belongs to the frame it moves to the one below, or to none.
 *
 * Return: 0, -EINVAL if there is no frame, or -EBADF if @keep is no handle.
 */
int mheap_frame_pop(struct mheap_session *s, u64 keep,
		    struct mheap_dying *dying)
{
	struct mheap_frame *frame;
	u32 dropped = 0;
	u64 place;

	mheap_heap_assert_locked(s->heap);
	if (list_empty(&s->frames))
		return -EINVAL;
	if (keep && !mheap_handle_find(s, keep))
		return -EBADF;
	mheap_hold_for(s->heap, MHEAP_HOLD_FRAME);
	frame = mheap_frame_remove(s, keep);
	while (!list_empty(&frame->handles)) {
		place = mheap_places_linked(frame->handles.next);
		mheap_handle_drop(s, place ^ s->key, dying);
		if (!mheap_dying_empty(dying))
			mheap_heap_reclaim(s->heap, dying);
		if (++dropped % MHEAP_CLOCK_OPS == 0)
			mheap_heap_breathe(s->heap);
	}
	mheap_frame_free(frame);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_frame_pop);

/* The session ends; its handles were dropped, or do not matter any more. */
void mheap_frames_destroy(struct mheap_session *s)
{
	struct mheap_frame *frame, *next;

	list_for_each_entry_safe(frame, next, &s->frames, node)
		mheap_frame_free(frame);
}
