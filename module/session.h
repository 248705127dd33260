/* SPDX-License-Identifier: GPL-2.0 */
/* The session: an open file of the device, on a heap. */
#ifndef MHEAP_SESSION_H
#define MHEAP_SESSION_H

#include <linux/list.h>
#include <linux/types.h>

#include "event.h"
#include "handle_table.h"
#include "table.h"

struct mheap_heap;
struct mheap_scratch;

/**
 * struct mheap_frame - A frame of a session
 * @node: in mheap_session.frames, the newest first
 * @head: the number that is the head of the list of its handles
 *
 * Guarded by the heap lock.
 */
struct mheap_frame {
	struct list_head node;
	u32 head;
};

/**
 * struct mheap_session - A session on a heap
 * @heap: the heap; constant
 * @node: in mheap_heap.session_list
 * @weak_key: what the numbers of @weaks are disguised with, so that the weak handles of
 *	one session mean nothing in another; constant, top bit set
 * @id: number of the session in its heap; constant
 * @rights: MHEAP_RIGHT_*; constant
 * @handles: its handles
 * @weaks: its weak handles
 * @frames: its frames, the newest first
 * @nr_frames: number of frames
 * @top_frame: the head of the newest frame, or 0
 * @finalizers: its finalizers whose events were not read
 * @events: its events
 * @scratch: memory of its last batch, or NULL; it belongs to the task that exchanges the
 *	pointer for another one
 *
 * The heap lock guards what is not constant, other than @scratch.
 */
struct mheap_session {
	struct mheap_heap *heap;
	struct list_head node;
	u64 weak_key;
	u64 id;
	u32 rights;
	struct mheap_handles handles;
	struct mheap_table weaks;
	struct list_head frames;
	u32 nr_frames;
	u32 top_frame;
	struct list_head finalizers;
	struct mheap_event_queue events;

	struct mheap_scratch *scratch;
};

struct mheap_session *mheap_session_alloc(struct mheap_heap *heap, u32 rights);
void mheap_session_free(struct mheap_session *s);
int mheap_session_add(struct mheap_session *s);
u64 mheap_session_del(struct mheap_session *s);

#endif
