// SPDX-License-Identifier: GPL-2.0
/*
 * Finalizers.  So that no event can be lost, all that it needs is set aside when the
 * finalizer is set: its own memory, the memory of a quarantined set, and a number for the
 * handle.
 *
 * In its life a finalizer is first set.  Then it is told: its event is unread and holds a
 * reference.  When the event is read, that reference becomes a handle.  When that handle
 * is dropped, the event is answered.
 */
#include <linux/slab.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "ext.h"
#include "finalizer.h"
#include "gc/quarantine.h"
#include "gc/reclaim.h"
#include "gc/ref.h"
#include "gfp.h"
#include "handle.h"
#include "heap.h"
#include "session.h"

/* Allocate a finalizer that has no object yet, or return NULL.  May sleep. */
struct mheap_finalizer *mheap_finalizer_alloc(u64 cookie)
{
	struct mheap_finalizer *f = kzalloc(sizeof(*f), MHEAP_GFP);

	if (!f)
		return NULL;
	INIT_LIST_HEAD(&f->node);
	mheap_event_init(&f->event, MHEAP_EVENT_FINALIZE, cookie);
	f->spare = kzalloc(sizeof(*f->spare), MHEAP_GFP);
	if (f->spare)
		return f;
	kfree(f);
	return NULL;
}

void mheap_finalizer_free(struct mheap_finalizer *f)
{
	if (f)
		kfree(f->spare);
	kfree(f);
}

/**
 * mheap_finalizer_set() - Let a session finalize an object
 * @s: the session
 * @prealloc: the finalizer; NULL afterwards if it was used, and @number with it
 * @number: a number that was claimed for the handle that will come with the event
 * @o: the object
 * @ext_prealloc: as for mheap_ext_add()
 *
 * If the session finalizes the object already, only the cookie changes.
 *
 * Context: the heap lock is held.
 *
 * Return: 0, or -EEXIST if another session finalizes the object, or if its event was sent.
 */
int mheap_finalizer_set(struct mheap_session *s, struct mheap_finalizer **prealloc,
			u32 number, struct mheap_object *o,
			struct mheap_ext **ext_prealloc)
{
	struct mheap_finalizer *f = *prealloc;
	struct mheap_ext *ext;

	ext = mheap_ext_add(s->heap, o, ext_prealloc);
	if (ext->finalized || (ext->finalizer && ext->finalizer->session != s))
		return -EEXIST;
	if (ext->finalizer) {
		ext->finalizer->event.cookie = f->event.cookie;
		return 0;
	}
	*prealloc = NULL;
	f->session = s;
	f->object = o;
	f->number = number;
	list_add_tail(&f->node, &s->finalizers);
	ext->finalizer = f;
	return 0;
}

/*
 * Is the session to be told if the object dies now?  Once a quarantined set has used the
 * spare memory the session is told even if it wants no events any more, since there is no
 * memory for another set.
 */
bool mheap_finalizer_is_due(const struct mheap_finalizer *f)
{
	return f && !f->told &&
	       (!f->spare || f->session->events.mask & MHEAP_EVENT_FINALIZE);
}

/*
 * Return the memory for a quarantined set.  A finalizer is told once, so it needs memory
 * for one set at most.
 */
struct mheap_quarantine *mheap_finalizer_take_quarantine(struct mheap_finalizer *f)
{
	struct mheap_quarantine *q = f->spare;

	f->spare = NULL;
	return q;
}

/**
 * mheap_finalizer_tell() - Send the event of a finalizer
 * @heap: the heap
 * @ext: the ext record of an object whose finalizer is due
 * @q: the quarantined set that the object belongs to, or NULL
 *
 * Context: the heap lock is held.
 */
void mheap_finalizer_tell(struct mheap_heap *heap, struct mheap_ext *ext,
			  struct mheap_quarantine *q)
{
	struct mheap_finalizer *f = ext->finalizer;

	mheap_ref_get_root(&heap->gc, ext->object);
	f->told = true;
	f->quarantine = q;
	ext->finalized = true;
	mheap_event_append(&f->session->events, &f->event);
}

/* Turn the reference of an event that is being read into a handle, and return that. */
u32 mheap_finalizer_read(struct mheap_finalizer *f)
{
	list_del_init(&f->node);
	f->answer = f->number;
	mheap_handle_lend(f->session, f->number, f->object);
	return f->answer;
}

/*
 * The event of a finalizer was delivered: its handle joins the newest frame.  Another thread
 * of the program may have dropped it since, and its number may be that of another handle.
 */
void mheap_finalizer_commit(struct mheap_session *s, u32 handle, u64 id)
{
	struct mheap_object *o = mheap_handle_find(s, handle);

	if (o && o->id == id && s->top_frame && !mheap_handle_list_of(s, handle))
		mheap_handle_join(s, handle, s->top_frame);
}

/*
 * Put an event that could not be delivered back at the head of the queue, unless another
 * thread of the program has dropped its handle since.
 */
void mheap_finalizer_unread(struct mheap_session *s, u32 handle, u64 id)
{
	struct mheap_object *o = mheap_handle_find(s, handle);
	struct mheap_finalizer *f;

	if (!o || o->id != id || !o->has_ext)
		return;
	f = mheap_ext_find(s->heap, o)->finalizer;
	if (!f || f->session != s || f->answer != handle)
		return;
	mheap_handle_leave(s, handle);
	mheap_handle_return(s, handle);
	f->answer = 0;
	list_add(&f->node, &s->finalizers);
	mheap_event_requeue(&s->events, &f->event);
}

static void mheap_finalizer_done(struct mheap_heap *heap, struct mheap_ext *ext)
{
	struct mheap_finalizer *f = ext->finalizer;

	ext->finalizer = NULL;
	if (f->quarantine)
		mheap_quarantine_answered(&heap->gc, f->quarantine);
	list_del(&f->node);
	mheap_finalizer_free(f);
}

/* Answer the event if the handle that is being dropped came with it. */
void mheap_finalizer_answer(struct mheap_session *s, struct mheap_object *o,
			    u32 handle)
{
	struct mheap_ext *ext = mheap_ext_find(s->heap, o);

	if (ext->finalizer && ext->finalizer->session == s &&
	    ext->finalizer->answer == handle)
		mheap_finalizer_done(s->heap, ext);
}

/* Free a finalizer whose event was not read.  Its object or its session goes. */
void mheap_finalizer_skip(struct mheap_heap *heap, struct mheap_ext *ext)
{
	mheap_handle_unclaim(ext->finalizer->session, ext->finalizer->number);
	mheap_finalizer_done(heap, ext);
}

/**
 * mheap_finalizer_drop() - Drop a finalizer of a session that ends
 * @f: the finalizer, whose event was not read
 * @dying: receives the object if its event held the last reference
 *
 * Dropping an unread event answers it.
 *
 * Context: the heap lock is held.
 */
void mheap_finalizer_drop(struct mheap_finalizer *f, struct mheap_dying *dying)
{
	struct mheap_heap *heap = f->session->heap;
	struct mheap_object *o = f->object;
	bool told = f->told;

	mheap_event_unqueue(&f->session->events, &f->event);
	mheap_finalizer_skip(heap, mheap_ext_find(heap, o));
	if (told)
		mheap_ref_put(&heap->gc, o, true, dying);
}
