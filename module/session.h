/* SPDX-License-Identifier: GPL-2.0 */
/* The session: an open file of the device, on a heap. */
#ifndef MHEAP_SESSION_H
#define MHEAP_SESSION_H

#include <linux/list.h>
#include <linux/types.h>

#include "event.h"
#include "table.h"

struct mheap_heap;

/**
 * struct mheap_scratch - Memory of a batch, which the session's next batch can use
 * @nbytes: size of @bytes
 * @bytes: the memory
 */
struct mheap_scratch {
	size_t nbytes;
	u8 bytes[] __aligned(8);
};

/**
 * struct mheap_frame - A frame of a session
 * @node: in mheap_session.frames, the newest first
 * @handles: the handles that belong to the frame, by the links of their entries
 * @serial: the owner that these entries are marked with
 *
 * Guarded by the heap lock.
 */
struct mheap_frame {
	struct list_head node;
	struct list_head handles;
	u32 serial;
};

/**
 * struct mheap_session - A session on a heap
 * @heap: the heap; constant
 * @node: in mheap_heap.session_list
 * @key: what the numbers of @handles are disguised with, so that the handles of
 *	one session mean nothing in another; constant, top bit set
 * @weak_key: the same for @weaks
 * @id: number of the session in its heap; constant
 * @rights: MHEAP_RIGHT_*; constant
 * @handles: its handles
 * @weaks: its weak handles
 * @frames: its frames, the newest first
 * @nr_frames: number of frames
 * @last_frame: serial number of the frame that was pushed last
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
	u64 key;
	u64 weak_key;
	u64 id;
	u32 rights;
	struct mheap_table handles;
	struct mheap_table weaks;
	struct list_head frames;
	u32 nr_frames;
	u32 last_frame;
	struct list_head finalizers;
	struct mheap_event_queue events;

	struct mheap_scratch *scratch;
};

struct mheap_session *mheap_session_alloc(struct mheap_heap *heap, u32 rights);
void mheap_session_free(struct mheap_session *s);
int mheap_session_add(struct mheap_session *s);
u64 mheap_session_del(struct mheap_session *s);

#endif
