// SPDX-License-Identifier: GPL-2.0
/*
 * Events of a session.  An event about an object is part of the finalizer or weak
 * handle that it is about, so sending it needs no memory.  Starts and ends of
 * collections come from a small store of the session; when that is empty they are
 * added to the last unread one of their kind, or wait for a record if there is none,
 * so that a slow reader holds up nobody.
 */
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "compat.h"
#include "event.h"
#include "finalizer.h"
#include "heap.h"
#include "limits.h"
#include "memory.h"
#include "session.h"
#include "weak.h"

#define MHEAP_EVENT_GC	(MHEAP_EVENT_GC_START | MHEAP_EVENT_GC_STOP)
#define MHEAP_EVENT_ALL	(MHEAP_EVENT_FINALIZE | MHEAP_EVENT_WEAK | \
			 MHEAP_EVENT_GC)

/* A new session wants to know of its objects. */
void mheap_events_init(struct mheap_session *s)
{
	INIT_LIST_HEAD(&s->events);
	INIT_LIST_HEAD(&s->gc_store);
	INIT_LIST_HEAD(&s->finalizers);
	init_waitqueue_head(&s->event_wait);
	s->event_mask = MHEAP_EVENT_FINALIZE | MHEAP_EVENT_WEAK;
}

void mheap_events_destroy(struct mheap_session *s)
{
	kvfree(s->gc_events);
}

/* Give the session its store, if it has none. */
static int mheap_events_make_store(struct mheap_session *s)
{
	struct mheap_gc_event *store;
	u32 i;

	store = kvcalloc(MHEAP_GC_EVENTS, sizeof(*store), MHEAP_GFP);
	if (!store)
		return -ENOMEM;
	mheap_heap_lock(s->heap);
	if (!s->gc_events) {
		for (i = 0; i < MHEAP_GC_EVENTS; i++)
			list_add_tail(&store[i].event.node, &s->gc_store);
		swap(s->gc_events, store);
	}
	mheap_heap_unlock(s->heap);
	kvfree(store);
	return 0;
}

/**
 * mheap_events_want() - Which kinds of events the session wants from now on
 * @s: the session; its heap is locked
 * @mask: MHEAP_EVENT_*, for which it has what is needed
 *
 * Who wants to know of collections comes first in the list of sessions: those are told
 * under one hold of the lock, and others, of which there may be many, must not cost it.
 */
void mheap_events_want(struct mheap_session *s, u32 mask)
{
	mheap_heap_assert_locked(s->heap);
	s->event_mask = mask;
	if (mask & MHEAP_EVENT_GC)
		list_move(&s->node, &s->heap->session_list);
	else
		list_move_tail(&s->node, &s->heap->session_list);
}

/**
 * mheap_events_set_mask() - Which kinds of events the session wants from now on
 * @s: the session; its heap is not locked
 * @mask: MHEAP_EVENT_*
 *
 * Sleeps.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int mheap_events_set_mask(struct mheap_session *s, u32 mask)
{
	int err = 0;

	if (mask & ~MHEAP_EVENT_ALL)
		return -EINVAL;
	if (mask & MHEAP_EVENT_GC && !READ_ONCE(s->gc_events))
		err = mheap_events_make_store(s);
	if (err)
		return err;
	mheap_heap_lock(s->heap);
	mheap_events_want(s, mask);
	mheap_heap_unlock(s->heap);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_events_set_mask);

/* ---- sending ---- */

static void mheap_event_queue(struct mheap_session *s,
			      struct mheap_event *event, struct list_head *after)
{
	list_add(&event->node, after);
	WRITE_ONCE(s->nr_events, s->nr_events + 1);
	wake_up_interruptible_poll(&s->event_wait, EPOLLIN | EPOLLRDNORM);
}

/* Queue an event, whether or not the session wants it. */
void mheap_event_append(struct mheap_session *s, struct mheap_event *event)
{
	mheap_heap_assert_locked(s->heap);
	mheap_event_queue(s, event, s->events.prev);
}

/**
 * mheap_event_send() - Queue an event, if the session wants it
 * @s: the session; the heap is locked
 * @event: the event, not queued
 */
void mheap_event_send(struct mheap_session *s, struct mheap_event *event)
{
	if (s->event_mask & event->kind)
		mheap_event_append(s, event);
}

/* An event that was read, but not delivered, is the next one again. */
void mheap_event_requeue(struct mheap_session *s, struct mheap_event *event)
{
	mheap_event_queue(s, event, &s->events);
}

/* Take an event out of the queue, if it is there. */
void mheap_event_unqueue(struct mheap_session *s, struct mheap_event *event)
{
	mheap_heap_assert_locked(s->heap);
	if (list_empty(&event->node))
		return;
	list_del_init(&event->node);
	WRITE_ONCE(s->nr_events, s->nr_events - 1);
}

/* Index of a kind in the session's last_gc and pending_gc. */
static unsigned int mheap_event_gc_kind(u32 kind)
{
	return kind == MHEAP_EVENT_GC_STOP;
}

static void mheap_event_merge_gc(struct mheap_gc_event *to,
				 const struct mheap_gc_event *what)
{
	to->event.kind = what->event.kind;
	to->generation = what->generation;
	to->collected += what->collected;
	to->duration_ns += what->duration_ns;
	to->merged += what->merged;
}

static void mheap_event_send_gc(struct mheap_session *s,
				const struct mheap_gc_event *what)
{
	unsigned int kind = mheap_event_gc_kind(what->event.kind);
	struct mheap_gc_event **last = &s->last_gc[kind];
	struct mheap_gc_event *g;

	g = list_first_entry_or_null(&s->gc_store, struct mheap_gc_event,
				     event.node);
	if (g) {
		list_del(&g->event.node);
		*g = *what;
		mheap_event_queue(s, &g->event, s->events.prev);
		*last = g;
	} else {
		mheap_event_merge_gc(*last ?: &s->pending_gc[kind], what);
	}
}

/* There is an unused record again: for an event that waits for one. */
static void mheap_event_send_pending(struct mheap_session *s)
{
	struct mheap_gc_event what;
	unsigned int kind;

	for (kind = 0; kind < ARRAY_SIZE(s->pending_gc); kind++) {
		what = s->pending_gc[kind];
		if (!what.merged)
			continue;
		memset(&s->pending_gc[kind], 0, sizeof(what));
		mheap_event_send_gc(s, &what);
	}
}

/* Tell all sessions that want to know of a start or end of a collection. */
void mheap_events_send_gc(struct mheap_heap *heap,
			  const struct mheap_gc_event *what)
{
	struct mheap_session *s;

	mheap_heap_assert_locked(heap);
	list_for_each_entry(s, &heap->session_list, node) {
		if (!(s->event_mask & MHEAP_EVENT_GC))
			break;
		if (s->event_mask & what->event.kind)
			mheap_event_send_gc(s, what);
	}
}

/* ---- reading ---- */

static void mheap_event_take_gc(struct mheap_session *s,
				struct mheap_gc_event *g,
				struct mheap_taken *taken)
{
	struct mheap_gc_event **last;

	last = &s->last_gc[mheap_event_gc_kind(g->event.kind)];
	if (*last == g)
		*last = NULL;
	taken->gc = g;
	taken->out.generation = g->generation;
	taken->out.collected = g->collected;
	taken->out.duration_ns = g->duration_ns;
	taken->out.merged = g->merged;
}

/* Take the next event; false if there is none. */
static bool mheap_event_take(struct mheap_session *s, struct mheap_taken *taken)
{
	struct mheap_finalizer *f;
	struct mheap_gc_event *g;
	struct mheap_event *event;
	struct mheap_weak *weak;

	event = list_first_entry_or_null(&s->events, struct mheap_event, node);
	if (!event)
		return false;
	mheap_event_unqueue(s, event);
	*taken = (struct mheap_taken){
		.out.kind = event->kind,
		.out.cookie = event->cookie,
	};
	if (event->kind == MHEAP_EVENT_FINALIZE) {
		f = container_of(event, struct mheap_finalizer, event);
		taken->out.ref = mheap_finalizer_read(f);
	} else if (event->kind == MHEAP_EVENT_WEAK) {
		weak = container_of(event, struct mheap_weak, event);
		taken->weak = weak->number;
	} else {
		g = container_of(event, struct mheap_gc_event, event);
		mheap_event_take_gc(s, g, taken);
	}
	return true;
}

static bool mheap_event_try(struct mheap_session *s, struct mheap_taken *taken)
{
	bool got;

	if (!READ_ONCE(s->nr_events))
		return false;
	mheap_heap_lock(s->heap);
	got = mheap_event_take(s, taken);
	mheap_heap_unlock(s->heap);
	return got;
}

/**
 * mheap_event_wait() - Take the next event of a session
 * @s: the session; its heap is not locked
 * @nonblock: do not wait for one
 * @taken: filled in; to be committed or put back
 *
 * Return: 0, -EAGAIN if there is none, or -ERESTARTSYS.
 */
int mheap_event_wait(struct mheap_session *s, bool nonblock,
		     struct mheap_taken *taken)
{
	while (!mheap_event_try(s, taken)) {
		if (nonblock)
			return -EAGAIN;
		if (wait_event_interruptible(s->event_wait,
					     READ_ONCE(s->nr_events)))
			return -ERESTARTSYS;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_event_wait);

/* The event was delivered. */
void mheap_event_commit(struct mheap_session *s, struct mheap_taken *taken)
{
	if (taken->out.kind == MHEAP_EVENT_WEAK)
		return;
	mheap_heap_lock(s->heap);
	if (taken->gc) {
		list_add(&taken->gc->event.node, &s->gc_store);
		mheap_event_send_pending(s);
	} else {
		mheap_handle_keep(s, taken->out.ref);
	}
	mheap_heap_unlock(s->heap);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_event_commit);

/*
 * The event could not be delivered: it is unread again, unless the weak handle or
 * the handle that came with it was dropped meanwhile.
 */
void mheap_event_put_back(struct mheap_session *s, struct mheap_taken *taken)
{
	struct mheap_gc_event **last;
	struct mheap_weak *weak;

	mheap_heap_lock(s->heap);
	if (taken->gc) {
		last = &s->last_gc[mheap_event_gc_kind(taken->out.kind)];
		mheap_event_requeue(s, &taken->gc->event);
		*last = *last ?: taken->gc;
	} else if (taken->out.kind == MHEAP_EVENT_FINALIZE) {
		mheap_finalizer_unread(s, taken->out.ref);
	} else {
		weak = mheap_weak_find(s, taken->weak);
		if (weak)
			mheap_event_requeue(s, &weak->event);
	}
	mheap_heap_unlock(s->heap);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_event_put_back);
