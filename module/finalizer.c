// SPDX-License-Identifier: GPL-2.0
/*
 * Finalizers.  What an event needs (its memory, memory for a group in quarantine,
 * a place for the handle) is set aside when the finalizer is set, so that no event
 * can be lost.  The life of a finalizer: set; told (the event is unread and holds a
 * reference); read (the reference is a handle); answered (that handle is dropped).
 */
#include <linux/sched.h>
#include <linux/slab.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "finalizer.h"
#include "heap.h"
#include "limits.h"
#include "memory.h"
#include "session.h"
#include "watch.h"

/* A finalizer of no object yet.  Sleeps. */
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
EXPORT_SYMBOL_IF_KUNIT(mheap_finalizer_alloc);

void mheap_finalizer_free(struct mheap_finalizer *f)
{
	if (f)
		kfree(f->spare);
	kfree(f);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_finalizer_free);

/**
 * mheap_finalizer_set() - A session finalizes an object
 * @s: the session, with a place reserved in @s->handles; the heap is locked
 * @fresh: the finalizer; NULL afterwards if it was used, with the place
 * @o: the object
 * @watch: as for mheap_watch_add()
 *
 * If the session finalizes it already only the cookie changes.
 *
 * Return: 0, or -EEXIST if another session does, or it was finalized.
 */
int mheap_finalizer_set(struct mheap_session *s, struct mheap_finalizer **fresh,
			struct mheap_object *o, struct mheap_watch **watch)
{
	struct mheap_finalizer *f = *fresh;
	struct mheap_watch *w;

	w = mheap_watch_add(s->heap, o, watch);
	if (w->finalized || (w->finalizer && w->finalizer->session != s))
		return -EEXIST;
	if (w->finalizer) {
		w->finalizer->event.cookie = f->event.cookie;
		return 0;
	}
	*fresh = NULL;
	f->session = s;
	f->object = o;
	list_add_tail(&f->node, &s->finalizers);
	w->finalizer = f;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_finalizer_set);

/*
 * Is the session to be told if the object dies now?  If a group has taken the spare
 * memory it is, even if the session does not want events any more: there would be no
 * memory for another group.
 */
bool mheap_finalizer_is_due(const struct mheap_finalizer *f)
{
	return f && !f->told &&
	       (!f->spare || f->session->event_mask & MHEAP_EVENT_FINALIZE);
}

/* A finalizer is told once, so it needs its group once at most. */
struct mheap_quarantine *mheap_finalizer_take_group(struct mheap_finalizer *f)
{
	struct mheap_quarantine *group = f->spare;

	f->spare = NULL;
	return group;
}

/**
 * mheap_finalizer_tell() - Send the event
 * @heap: the heap, locked
 * @w: the record of an object whose finalizer is due
 * @group: the group in quarantine that it belongs to, or NULL
 */
void mheap_finalizer_tell(struct mheap_heap *heap, struct mheap_watch *w,
			  struct mheap_quarantine *group)
{
	struct mheap_finalizer *f = w->finalizer;

	mheap_ref_get_root(&heap->gc, w->object);
	f->told = true;
	f->group = group;
	w->finalized = true;
	mheap_event_append(f->session, &f->event);
}

/* The event is being read: its reference becomes a handle. */
u64 mheap_finalizer_read(struct mheap_finalizer *f)
{
	list_del_init(&f->node);
	f->answer = mheap_handle_take(f->session, f->object);
	return f->answer;
}

/* The event could not be delivered after all: it is the next one again. */
void mheap_finalizer_unread(struct mheap_session *s, u64 handle)
{
	struct mheap_object *o = mheap_handle_find(s, handle);
	struct mheap_finalizer *f;

	if (!o)
		return;
	f = mheap_watch_find(s->heap, o)->finalizer;
	mheap_handle_untake(s, handle);
	f->answer = 0;
	list_add(&f->node, &s->finalizers);
	mheap_event_requeue(s, &f->event);
}

static void mheap_finalizer_done(struct mheap_heap *heap, struct mheap_watch *w)
{
	struct mheap_finalizer *f = w->finalizer;

	w->finalizer = NULL;
	if (f->group)
		mheap_collect_answered(&heap->gc, f->group);
	list_del(&f->node);
	mheap_finalizer_free(f);
}

/* A handle of a watched object was dropped: was that the answer? */
void mheap_finalizer_answer(struct mheap_session *s, struct mheap_object *o,
			    u64 handle)
{
	struct mheap_watch *w = mheap_watch_find(s->heap, o);

	if (w->finalizer && w->finalizer->session == s &&
	    w->finalizer->answer == handle)
		mheap_finalizer_done(s->heap, w);
}

/* The object goes, or the session: the finalizer is not told any more. */
void mheap_finalizer_skip(struct mheap_heap *heap, struct mheap_watch *w)
{
	mheap_places_unreserve(&w->finalizer->session->handles, 1);
	mheap_finalizer_done(heap, w);
}

static void mheap_finalizer_drop(struct mheap_session *s,
				 struct mheap_finalizer *f,
				 struct mheap_dying *dying)
{
	struct mheap_object *o = f->object;
	bool told = f->told;

	mheap_event_unqueue(s, &f->event);
	mheap_finalizer_skip(s->heap, mheap_watch_find(s->heap, o));
	if (told)
		mheap_ref_put(&s->heap->gc, o, true, dying);
}

/*
 * The session ends: drop its finalizers and their unread events, which is an
 * answer.  The lock may be dropped.
 */
void mheap_finalizers_drop(struct mheap_session *s)
{
	struct mheap_finalizer *f;
	struct mheap_dying dying;
	u32 dropped = 0;

	mheap_dying_init(&dying);
	while ((f = list_first_entry_or_null(&s->finalizers,
					     struct mheap_finalizer, node))) {
		mheap_finalizer_drop(s, f, &dying);
		if (!mheap_dying_empty(&dying))
			mheap_heap_reclaim(s->heap, &dying);
		if (++dropped % MHEAP_CLOCK_OPS == 0)
			mheap_heap_breathe(s->heap);
	}
}

void mheap_quarantine_free(struct mheap_quarantine *group)
{
	kfree(group);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_quarantine_free);

/* The heap goes, with groups that nobody will answer for. */
void mheap_quarantines_destroy(struct mheap_collector *gc)
{
	struct mheap_quarantine *group, *next;

	list_for_each_entry_safe(group, next, &gc->groups, node) {
		mheap_quarantine_free(group);
		cond_resched();
	}
	mheap_quarantine_free(gc->group);
	mheap_quarantine_free(gc->exam);
}
