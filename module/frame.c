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
#include "table.h"

/* Allocate a frame without handles, or return NULL.  May sleep. */
struct mheap_frame *mheap_frame_alloc(void)
{
	struct mheap_frame *frame = kzalloc(sizeof(*frame), MHEAP_GFP);

	if (frame)
		INIT_LIST_HEAD(&frame->handles);
	return frame;
}

void mheap_frame_free(struct mheap_frame *frame)
{
	kfree(frame);
}

/**
 * mheap_frame_push() - Begin a frame
 * @s: the session
 * @frame: a frame without handles; it belongs to the session on success
 *
 * Context: the heap lock is held.
 *
 * Return: 0, or -E2BIG if the session has too many frames.
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

/* Move a handle of a frame that was popped to the frame below it, or to none. */
static void mheap_frame_keep(struct mheap_session *s, struct mheap_frame *frame,
			     u64 handle)
{
	struct mheap_linked_entry *linked;

	linked = mheap_table_link(&s->handles, handle ^ s->key);
	if (list_empty(&linked->link) || linked->entry.owner != frame->serial)
		return;
	list_del_init(&linked->link);
	mheap_handle_join_frame(s, handle ^ s->key);
}

/**
 * mheap_frame_pop() - End the newest frame
 * @s: the session
 * @keep: a handle that is not to be dropped with the frame, or 0
 *
 * Context: the heap lock is held.
 *
 * Return: the frame, whose handles the caller drops before it frees it; or an error
 * pointer: -EINVAL if there is no frame, -EBADF if @keep is no handle.
 */
struct mheap_frame *mheap_frame_pop(struct mheap_session *s, u64 keep)
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
	if (keep)
		mheap_frame_keep(s, frame, keep);
	return frame;
}

/* Return a handle that belongs to the frame, or 0.  The heap lock is held. */
u64 mheap_frame_first(struct mheap_session *s, struct mheap_frame *frame)
{
	mheap_heap_assert_locked(s->heap);
	if (list_empty(&frame->handles))
		return 0;
	return mheap_table_linked(frame->handles.next) ^ s->key;
}

/* Free the frames of a session whose handles have been dropped, or whose heap is gone. */
void mheap_frames_destroy(struct mheap_session *s)
{
	struct mheap_frame *frame, *next;

	list_for_each_entry_safe(frame, next, &s->frames, node)
		mheap_frame_free(frame);
}
