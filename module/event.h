/* SPDX-License-Identifier: GPL-2.0 */
/* Events of a session: queued, read, put back. */
#ifndef MHEAP_EVENT_H
#define MHEAP_EVENT_H

#include <linux/list.h>
#include <linux/types.h>
#include <uapi/linux/mheap.h>

struct mheap_heap;
struct mheap_session;

/**
 * struct mheap_event - What an event needs; part of what it is about
 * @node: in mheap_session.events, while it is unread
 * @kind: MHEAP_EVENT_*
 * @cookie: the program's, for objects' events
 *
 * Guarded by the heap lock.
 */
struct mheap_event {
	struct list_head node;
	u32 kind;
	u64 cookie;
};

/**
 * struct mheap_gc_event - Start or end of a collection, or of several
 * @event: the event
 * @generation: the oldest generation of the last one
 * @collected: what they found
 * @duration_ns: how long they took
 * @merged: how many they were
 */
struct mheap_gc_event {
	struct mheap_event event;
	u32 generation;
	u64 collected;
	u64 duration_ns;
	u64 merged;
};

/**
 * struct mheap_taken - An event on its way to a reader
 * @out: what the reader gets
 * @weak: the number of the weak handle that it is about
 * @gc: the record of a collection's event
 */
struct mheap_taken {
	struct mheap_ioc_event out;
	u64 weak;
	struct mheap_gc_event *gc;
};

static inline void mheap_event_init(struct mheap_event *event, u32 kind,
				    u64 cookie)
{
	INIT_LIST_HEAD(&event->node);
	event->kind = kind;
	event->cookie = cookie;
}

void mheap_events_init(struct mheap_session *s);
void mheap_events_destroy(struct mheap_session *s);
void mheap_events_want(struct mheap_session *s, u32 mask);
int mheap_events_set_mask(struct mheap_session *s, u32 mask);
void mheap_event_append(struct mheap_session *s, struct mheap_event *event);
void mheap_event_send(struct mheap_session *s, struct mheap_event *event);
void mheap_event_requeue(struct mheap_session *s, struct mheap_event *event);
void mheap_event_unqueue(struct mheap_session *s, struct mheap_event *event);
void mheap_events_send_gc(struct mheap_heap *heap,
			  const struct mheap_gc_event *what);

int mheap_event_wait(struct mheap_session *s, bool nonblock,
		     struct mheap_taken *taken);
void mheap_event_commit(struct mheap_session *s, struct mheap_taken *taken);
void mheap_event_put_back(struct mheap_session *s, struct mheap_taken *taken);

#endif
