// SPDX-License-Identifier: GPL-2.0
/*
 * Handle frames.  A handle belongs to the frame that was the newest when it was made, and
 * is dropped with that frame.
 */
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/slab.h>

#include "compat.h"
#include "frame.h"
#include "gfp.h"
#include "handle.h"
#include "heap.h"
#include "limits.h"
#include "session.h"

/* Allocate a frame that is on no session yet, or return NULL.  May sleep. */
struct mheap_frame *mheap_frame_alloc(void)
{
	return kzalloc(sizeof(struct mheap_frame), MHEAP_GFP);
}

void mheap_frame_free(struct mheap_frame *frame)
{
	kfree(frame);
}

/* The handles of the newest frame, if there is one, are in this list. */
static void mheap_frame_set_top(struct mheap_session *s)
{
	struct mheap_frame *frame;

	frame = list_first_entry_or_null(&s->frames, struct mheap_frame, node);
	s->top_frame = frame ? frame->head : 0;
}

/**
 * mheap_frame_push() - Begin a frame
 * @s: the session
 * @frame: a new frame; it belongs to the session on success
 *
 * Context: the heap lock is held; it may be dropped and taken again; may sleep.
 *
 * Return: 0, -E2BIG if the session has too many frames, or -ENOMEM.
 */
int mheap_frame_push(struct mheap_session *s, struct mheap_frame *frame)
{
	int err = mheap_handle_claim(s, &frame->head);

	if (err)
		return err;
	if (s->nr_frames == MHEAP_MAX_FRAMES) {
		mheap_handle_unclaim(s, frame->head);
		return -E2BIG;
	}
	mheap_handle_begin_list(s, frame->head);
	list_add(&frame->node, &s->frames);
	s->nr_frames++;
	s->top_frame = frame->head;
	return 0;
}

/**
 * mheap_frame_pop() - End the newest frame
 * @s: the session
 * @keep: a handle that is not to be dropped with the frame, or 0; if it belongs to the
 *	frame it moves to the frame below, or to none
 *
 * Context: the heap lock is held.
 *
 * Return: the frame, for mheap_frame_end() once the caller has dropped its handles; or an
 * error pointer: -EINVAL if there is no frame, -EBADF if @keep is no handle.
 */
struct mheap_frame *mheap_frame_pop(struct mheap_session *s, u32 keep)
{
	struct mheap_frame *frame;

	mheap_heap_assert_locked(s->heap);
	frame = list_first_entry_or_null(&s->frames, struct mheap_frame, node);
	if (!frame)
		return ERR_PTR(-EINVAL);
	if (keep && !mheap_handle_find(s, keep))
		return ERR_PTR(-EBADF);
	list_del(&frame->node);
	s->nr_frames--;
	mheap_frame_set_top(s);
	if (!keep || mheap_handle_list_of(s, keep) != frame->head)
		return frame;
	mheap_handle_leave(s, keep);
	if (s->top_frame)
		mheap_handle_join(s, keep, s->top_frame);
	return frame;
}

/* Free a frame that was popped and has no handle any more.  The heap lock is held. */
void mheap_frame_end(struct mheap_session *s, struct mheap_frame *frame)
{
	mheap_handle_unclaim(s, frame->head);
	mheap_frame_free(frame);
}

/* Free the frames of a session whose handles have been dropped, or whose heap is gone. */
void mheap_frames_destroy(struct mheap_session *s)
{
	struct mheap_frame *frame, *next;

	list_for_each_entry_safe(frame, next, &s->frames, node)
		mheap_frame_free(frame);
}
