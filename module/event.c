// SPDX-License-Identifier: GPL-2.0
/*
 * The queue of unread events of a session.  An event about an object is embedded in the
 * finalizer or weak handle that it is about, so sending it needs no memory.  Events about
 * collections come from a small store of the session.  When the store is empty, such an
 * event is merged into the last unread one of its kind, or waits for a record from the
 * store if there is none.  So a slow reader holds up nobody.
 */
#include <linux/list.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "event.h"
#include "gfp.h"
#include "heap.h"
#include "limits.h"

#define MHEAP_EVENT_GC	(MHEAP_EVENT_GC_START | MHEAP_EVENT_GC_STOP)
#define MHEAP_EVENT_ALL	(MHEAP_EVENT_FINALIZE | MHEAP_EVENT_WEAK | \
			 MHEAP_EVENT_GC)

/**
 * mheap_event_queue_init() - Set up an empty queue
 * @q: the queue
 * @heap: its heap
 *
 * A new session wants events about objects, but none about collections.
 */
void mheap_event_queue_init(struct mheap_event_queue *q,
			    struct mheap_heap *heap)
{
	q->heap = heap;
	INIT_LIST_HEAD(&q->listener);
	INIT_LIST_HEAD(&q->unread);
	INIT_LIST_HEAD(&q->gc_store);
	init_waitqueue_head(&q->wait);
	q->mask = MHEAP_EVENT_FINALIZE | MHEAP_EVENT_WEAK;
}

/* Free the memory of a queue that nobody uses any more. */
void mheap_event_queue_destroy(struct mheap_event_queue *q)
{
	kvfree(q->gc_events);
}

/* Give the queue its store of events about collections, if it has none. */
static int mheap_event_make_store(struct mheap_event_queue *q)
{
	struct mheap_gc_event *store;
	u32 i;

	store = kvcalloc(MHEAP_GC_EVENTS, sizeof(*store), MHEAP_GFP);
	if (!store)
		return -ENOMEM;
	mheap_heap_lock(q->heap);
	if (!q->gc_events) {
		for (i = 0; i < MHEAP_GC_EVENTS; i++)
			list_add_tail(&store[i].event.node, &q->gc_store);
		WRITE_ONCE(q->gc_events, store);
		store = NULL;
	}
	mheap_heap_unlock(q->heap);
	kvfree(store);
	return 0;
}

/**
 * mheap_event_want() - Say which kinds of events a session wants from now on
 * @q: its queue, with a store if @mask has events about collections
 * @mask: MHEAP_EVENT_*
 *
 * All listeners are told of a collection in one lock hold.  Sessions that do not want to
 * know of collections can be many, so they are not in the list of listeners.
 *
 * Context: the heap lock is held.
 */
void mheap_event_want(struct mheap_event_queue *q, u32 mask)
{
	mheap_heap_assert_locked(q->heap);
	q->mask = mask;
	if (!(mask & MHEAP_EVENT_GC))
		list_del_init(&q->listener);
	else if (list_empty(&q->listener))
		list_add(&q->listener, &q->heap->gc_listeners);
}

/**
 * mheap_event_set_mask() - Set the kinds of events that a program asks for
 * @q: the queue of its session
 * @mask: any number
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0, -EINVAL if @mask has other bits than MHEAP_EVENT_*, or -ENOMEM.
 */
int mheap_event_set_mask(struct mheap_event_queue *q, u32 mask)
{
	int err;

	if (mask & ~MHEAP_EVENT_ALL)
		return -EINVAL;
	if (mask & MHEAP_EVENT_GC && !READ_ONCE(q->gc_events)) {
		err = mheap_event_make_store(q);
		if (err)
			return err;
	}
	mheap_heap_lock(q->heap);
	mheap_event_want(q, mask);
	mheap_heap_unlock(q->heap);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_event_set_mask);

/* ---- events about objects ---- */

static void mheap_event_insert(struct mheap_event_queue *q,
			       struct mheap_event *event,
			       struct list_head *after)
{
	mheap_heap_assert_locked(q->heap);
	list_add(&event->node, after);
	WRITE_ONCE(q->nr, q->nr + 1);
	wake_up_interruptible_poll(&q->wait, EPOLLIN | EPOLLRDNORM);
}

/* Queue an event, whether or not the session wants it. */
void mheap_event_append(struct mheap_event_queue *q, struct mheap_event *event)
{
	mheap_event_insert(q, event, q->unread.prev);
}

/* Queue an event if the session wants it. */
void mheap_event_send(struct mheap_event_queue *q, struct mheap_event *event)
{
	if (q->mask & event->kind)
		mheap_event_append(q, event);
}

/* Put an event that was read but could not be delivered back at the head of the queue. */
void mheap_event_requeue(struct mheap_event_queue *q, struct mheap_event *event)
{
	mheap_event_insert(q, event, &q->unread);
}

/* Remove an event from the queue, if it is queued. */
void mheap_event_unqueue(struct mheap_event_queue *q, struct mheap_event *event)
{
	mheap_heap_assert_locked(q->heap);
	if (list_empty(&event->node))
		return;
	list_del_init(&event->node);
	WRITE_ONCE(q->nr, q->nr - 1);
}

/* ---- events about collections ---- */

/* Return the index of a kind in last_gc and pending_gc. */
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

static void mheap_event_add_gc(struct mheap_event_queue *q,
			       const struct mheap_gc_event *what)
{
	unsigned int kind = mheap_event_gc_kind(what->event.kind);
	struct mheap_gc_event **last = &q->last_gc[kind];
	struct mheap_gc_event *g;

	g = list_first_entry_or_null(&q->gc_store, struct mheap_gc_event,
				     event.node);
	if (g) {
		list_del(&g->event.node);
		*g = *what;
		mheap_event_append(q, &g->event);
		*last = g;
	} else {
		mheap_event_merge_gc(*last ?: &q->pending_gc[kind], what);
	}
}

/**
 * mheap_event_send_gc() - Tell all listeners of the start or end of a collection
 * @heap: the heap
 * @what: the event, of which each queue gets a copy
 *
 * Context: the heap lock is held.
 */
void mheap_event_send_gc(struct mheap_heap *heap,
			 const struct mheap_gc_event *what)
{
	struct mheap_event_queue *q;

	mheap_heap_assert_locked(heap);
	list_for_each_entry(q, &heap->gc_listeners, listener)
		if (q->mask & what->event.kind)
			mheap_event_add_gc(q, what);
}

/* Let nothing be merged into an event about collections that is being read. */
void mheap_event_pop_gc(struct mheap_event_queue *q, struct mheap_gc_event *g)
{
	struct mheap_gc_event **last;

	last = &q->last_gc[mheap_event_gc_kind(g->event.kind)];
	if (*last == g)
		*last = NULL;
}

/*
 * Put the record of an event about collections that was delivered back into the store,
 * where an event that waits for a record can have it.
 */
void mheap_event_free_gc(struct mheap_event_queue *q, struct mheap_gc_event *g)
{
	struct mheap_gc_event what;
	unsigned int kind;

	mheap_heap_assert_locked(q->heap);
	list_add(&g->event.node, &q->gc_store);
	for (kind = 0; kind < ARRAY_SIZE(q->pending_gc); kind++) {
		what = q->pending_gc[kind];
		if (!what.merged)
			continue;
		memset(&q->pending_gc[kind], 0, sizeof(what));
		mheap_event_add_gc(q, &what);
	}
}

/* Queue an event about collections that was read but could not be delivered. */
void mheap_event_requeue_gc(struct mheap_event_queue *q,
			    struct mheap_gc_event *g)
{
	struct mheap_gc_event **last;

	last = &q->last_gc[mheap_event_gc_kind(g->event.kind)];
	mheap_event_requeue(q, &g->event);
	*last = *last ?: g;
}
