// SPDX-License-Identifier: GPL-2.0
/*
 * Reading the events of a session.  The reader removes an event from the queue, copies it
 * to the program without the heap lock, and then commits it, or cancels it if the copy
 * failed.
 */
#include <linux/list.h>
#include <linux/wait.h>

#include "compat.h"
#include "event.h"
#include "event_read.h"
#include "finalizer.h"
#include "heap.h"
#include "object.h"
#include "session.h"
#include "weak.h"

static void mheap_event_read_gc(struct mheap_session *s,
				struct mheap_gc_event *g,
				struct mheap_event_read *r)
{
	mheap_event_pop_gc(&s->events, g);
	r->gc = g;
	r->out.generation = g->generation;
	r->out.collected = g->collected;
	r->out.duration_ns = g->duration_ns;
	r->out.merged = g->merged;
}

/* Remove the next event from the queue.  Returns false if there is none. */
static bool mheap_event_read_pop(struct mheap_session *s,
				 struct mheap_event_read *r)
{
	struct mheap_finalizer *f;
	struct mheap_event *event;
	struct mheap_weak *weak;

	event = list_first_entry_or_null(&s->events.unread, struct mheap_event,
					 node);
	if (!event)
		return false;
	mheap_event_unqueue(&s->events, event);
	*r = (struct mheap_event_read){
		.out.kind = event->kind,
		.out.cookie = event->cookie,
	};
	if (event->kind == MHEAP_EVENT_FINALIZE) {
		f = container_of(event, struct mheap_finalizer, event);
		r->out.ref = mheap_finalizer_read(f);
		r->object = f->object->id;
	} else if (event->kind == MHEAP_EVENT_WEAK) {
		weak = container_of(event, struct mheap_weak, event);
		r->weak = weak->number;
	} else {
		mheap_event_read_gc(s, container_of(event, struct mheap_gc_event,
						    event), r);
	}
	return true;
}

static bool mheap_event_read_try(struct mheap_session *s,
				 struct mheap_event_read *r)
{
	bool got;

	if (!READ_ONCE(s->events.nr))
		return false;
	mheap_heap_lock(s->heap);
	got = mheap_event_read_pop(s, r);
	mheap_heap_unlock(s->heap);
	return got;
}

/**
 * mheap_event_read_wait() - Begin to read the next event of a session
 * @s: the session
 * @nonblock: do not wait for one
 * @r: filled in; the caller commits or cancels it
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0, -EAGAIN if there is none, or -ERESTARTSYS.
 */
int mheap_event_read_wait(struct mheap_session *s, bool nonblock,
			  struct mheap_event_read *r)
{
	while (!mheap_event_read_try(s, r)) {
		if (nonblock)
			return -EAGAIN;
		if (wait_event_interruptible(s->events.wait,
					     READ_ONCE(s->events.nr)))
			return -ERESTARTSYS;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_event_read_wait);

/* Finish reading an event that was delivered.  The heap lock is not held; may sleep. */
void mheap_event_read_commit(struct mheap_session *s,
			     struct mheap_event_read *r)
{
	if (r->out.kind == MHEAP_EVENT_WEAK)
		return;
	mheap_heap_lock(s->heap);
	if (r->gc)
		mheap_event_free_gc(&s->events, r->gc);
	else
		mheap_finalizer_commit(s, r->out.ref, r->object);
	mheap_heap_unlock(s->heap);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_event_read_commit);

/*
 * Make an event unread that could not be delivered, unless its weak handle, or the handle
 * that came with it, has been dropped since.  The heap lock is not held; may sleep.
 */
void mheap_event_read_cancel(struct mheap_session *s,
			     struct mheap_event_read *r)
{
	struct mheap_weak *weak;

	mheap_heap_lock(s->heap);
	if (r->gc) {
		mheap_event_requeue_gc(&s->events, r->gc);
	} else if (r->out.kind == MHEAP_EVENT_FINALIZE) {
		mheap_finalizer_unread(s, r->out.ref, r->object);
	} else {
		weak = mheap_weak_find(s, r->weak);
		if (weak)
			mheap_event_requeue(&s->events, &weak->event);
	}
	mheap_heap_unlock(s->heap);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_event_read_cancel);
