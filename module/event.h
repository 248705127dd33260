/* SPDX-License-Identifier: GPL-2.0 */
/* The queue of unread events of a session. */
#ifndef MHEAP_EVENT_H
#define MHEAP_EVENT_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/wait.h>

struct mheap_heap;

/**
 * struct mheap_event - An event, embedded in the struct that it is about
 * @node: in mheap_event_queue.unread
 * @kind: MHEAP_EVENT_*
 * @cookie: the program's, for events about objects
 *
 * Guarded by the heap lock.
 */
struct mheap_event {
	struct list_head node;
	u32 kind;
	u64 cookie;
};

/**
 * struct mheap_gc_event - The start or the end of a collection, or of several
 * @event: the event
 * @generation: the oldest generation of the last collection
 * @collected: unreachable objects that the collections found
 * @duration_ns: how long they took
 * @merged: number of collections
 */
struct mheap_gc_event {
	struct mheap_event event;
	u32 generation;
	u64 collected;
	u64 duration_ns;
	u64 merged;
};

/**
 * struct mheap_event_queue - The events of a session
 * @heap: its heap; constant
 * @listener: in mheap_heap.gc_listeners if the session wants events about collections
 * @mask: MHEAP_EVENT_* that the session wants
 * @unread: unread events
 * @nr: number of unread events; also read without the heap lock
 * @wait: readers that wait for an event; has a lock of its own
 * @gc_events: records of events about collections, or NULL; set once, also read without
 *	the heap lock
 * @gc_store: unused records of @gc_events
 * @last_gc: the last unread event about collections of each kind, or NULL
 * @pending_gc: events of each kind, merged into one, that wait for an unused record
 *
 * The heap lock guards what is not constant.
 */
struct mheap_event_queue {
	struct mheap_heap *heap;
	struct list_head listener;
	u32 mask;
	struct list_head unread;
	u64 nr;
	wait_queue_head_t wait;
	struct mheap_gc_event *gc_events;
	struct list_head gc_store;
	struct mheap_gc_event *last_gc[2];
	struct mheap_gc_event pending_gc[2];
};

static inline void mheap_event_init(struct mheap_event *event, u32 kind,
				    u64 cookie)
{
	INIT_LIST_HEAD(&event->node);
	event->kind = kind;
	event->cookie = cookie;
}

void mheap_event_queue_init(struct mheap_event_queue *q,
			    struct mheap_heap *heap);
void mheap_event_queue_destroy(struct mheap_event_queue *q);
void mheap_event_want(struct mheap_event_queue *q, u32 mask);
int mheap_event_set_mask(struct mheap_event_queue *q, u32 mask);
void mheap_event_append(struct mheap_event_queue *q, struct mheap_event *event);
void mheap_event_send(struct mheap_event_queue *q, struct mheap_event *event);
void mheap_event_requeue(struct mheap_event_queue *q,
			 struct mheap_event *event);
void mheap_event_unqueue(struct mheap_event_queue *q,
			 struct mheap_event *event);
void mheap_event_send_gc(struct mheap_heap *heap,
			 const struct mheap_gc_event *what);
void mheap_event_pop_gc(struct mheap_event_queue *q, struct mheap_gc_event *g);
void mheap_event_free_gc(struct mheap_event_queue *q, struct mheap_gc_event *g);
void mheap_event_requeue_gc(struct mheap_event_queue *q,
			    struct mheap_gc_event *g);

#endif
