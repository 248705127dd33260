/* SPDX-License-Identifier: GPL-2.0 */
/* Sessions, and the handles that they own. */
#ifndef MHEAP_SESSION_H
#define MHEAP_SESSION_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "event.h"
#include "place.h"

struct mheap_dying;
struct mheap_heap;
struct mheap_object;

/**
 * struct mheap_room - Memory of a batch, for the session's next one
 * @nbytes: how much it is
 * @bytes: the memory
 */
struct mheap_room {
	size_t nbytes;
	u8 bytes[] __aligned(8);
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
 * @nr_frames: how many
 * @last_frame: serial number of the last one
 * @finalizers: its finalizers, as far as the events were not read
 * @event_mask: MHEAP_EVENT_* that it wants
 * @events: unread events
 * @nr_events: how many; also read without the lock
 * @event_wait: readers that wait for one; has a lock of its own
 * @gc_events: memory for events about collections, or NULL
 * @gc_store: the unused ones of @gc_events
 * @last_gc: the last unread one of each kind, or NULL
 * @pending_gc: those of each kind that wait for an unused one
 * @room: memory of its last batch, or NULL; whoever exchanges it has it
 *
 * What is not constant is guarded by the heap lock, other than @room.
 */
struct mheap_session {
	struct mheap_heap *heap;
	struct list_head node;
	u64 key;
	u64 weak_key;
	u64 id;
	u32 rights;
	struct mheap_places handles;
	struct mheap_places weaks;
	struct list_head frames;
	u32 nr_frames;
	u32 last_frame;
	struct list_head finalizers;
	u32 event_mask;
	struct list_head events;
	u64 nr_events;
	wait_queue_head_t event_wait;
	struct mheap_gc_event *gc_events;
	struct list_head gc_store;
	struct mheap_gc_event *last_gc[2];
	struct mheap_gc_event pending_gc[2];

	struct mheap_room *room;
};

struct mheap_session *mheap_session_open(struct mheap_heap *heap, u32 rights);
struct mheap_session *mheap_session_create(void);
void mheap_session_destroy(struct mheap_session *s);

struct mheap_place *mheap_handle_prefetch(struct mheap_session *s, u64 handle);
void mheap_handle_prefetch_object(const struct mheap_place *place);
struct mheap_object *mheap_handle_find(struct mheap_session *s, u64 handle);
int mheap_handle_add(struct mheap_session *s, struct mheap_object *o,
		     u64 *handle);
u64 mheap_handle_take(struct mheap_session *s, struct mheap_object *o);
void mheap_handle_keep(struct mheap_session *s, u64 handle);
void mheap_handle_untake(struct mheap_session *s, u64 handle);
int mheap_handle_drop(struct mheap_session *s, u64 handle,
		      struct mheap_dying *dying);

#endif
