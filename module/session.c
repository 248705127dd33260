// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions and their handles.  A handle is the number of a place in the table of
 * its session, disguised with the session's key: never 0, top bit set.
 */
#include <linux/bits.h>
#include <linux/prefetch.h>
#include <linux/random.h>
#include <linux/slab.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "event.h"
#include "finalizer.h"
#include "frame.h"
#include "heap.h"
#include "limits.h"
#include "memory.h"
#include "scanner.h"
#include "session.h"
#include "weak.h"

#define MHEAP_HANDLE_BIT	BIT_ULL(63)

static int mheap_session_add(struct mheap_heap *heap, struct mheap_session *s)
{
	if (heap->sessions == MHEAP_MAX_SESSIONS)
		return -EMFILE;
	mheap_heap_get(heap);
	s->id = ++heap->last_session;
	list_add_tail(&s->node, &heap->session_list);
	heap->sessions++;
	return 0;
}

/**
 * mheap_session_open() - Make a session on a heap
 * @heap: the heap, not locked
 * @rights: its MHEAP_RIGHT_*
 *
 * Sleeps.
 *
 * Return: the session, or -EMFILE or -ENOMEM as an error pointer.
 */
struct mheap_session *mheap_session_open(struct mheap_heap *heap, u32 rights)
{
	struct mheap_session *s = kzalloc(sizeof(*s), MHEAP_GFP);
	int err;

	if (!s)
		return ERR_PTR(-ENOMEM);
	s->heap = heap;
	s->rights = rights;
	s->key = get_random_u64() | MHEAP_HANDLE_BIT;
	s->weak_key = get_random_u64() | MHEAP_HANDLE_BIT;
	mheap_places_init(&s->handles, true);
	mheap_places_init(&s->weaks, false);
	INIT_LIST_HEAD(&s->frames);
	mheap_events_init(s);
	mheap_heap_lock(heap);
	err = mheap_session_add(heap, s);
	mheap_heap_unlock(heap);
	if (!err)
		return s;
	kfree(s);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_session_open);

/**
 * mheap_session_create() - Make a heap and the first session on it
 *
 * Sleeps.
 *
 * Return: the session or an error pointer.
 */
struct mheap_session *mheap_session_create(void)
{
	struct mheap_heap *heap = mheap_heap_create();
	struct mheap_session *s;

	if (IS_ERR(heap))
		return ERR_CAST(heap);
	s = mheap_session_open(heap, MHEAP_RIGHT_ALL);
	if (IS_ERR(s))
		mheap_heap_destroy(heap);
	return s;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_session_create);

static void mheap_handle_drop_at(struct mheap_session *s, u64 number,
				 struct mheap_object *o,
				 struct mheap_dying *dying)
{
	if (o->watched)
		mheap_finalizer_answer(s, o, mheap_places_number(&s->handles, number) ^
				       s->key);
	mheap_places_release(&s->handles, number);
	mheap_ref_put(&s->heap->gc, o, true, dying);
}

static void mheap_session_drop_handles(struct mheap_session *s)
{
	struct mheap_heap *heap = s->heap;
	struct mheap_dying dying;
	struct mheap_object *o;
	u32 looks = 0;
	u64 at = 0;

	mheap_dying_init(&dying);
	while (at != MHEAP_PLACES_END) {
		/* What finalizers had reserved may be many places, and empty ones. */
		o = mheap_places_look(&s->handles, &at);
		if (o)
			mheap_handle_drop_at(s, at - 1, o, &dying);
		if (!mheap_dying_empty(&dying))
			mheap_heap_reclaim(heap, &dying);
		if (++looks % MHEAP_CLOCK_OPS == 0)
			mheap_heap_breathe(heap);
	}
}

/**
 * mheap_session_destroy() - End a session
 * @s: the session, which no call uses any more
 *
 * Drops its weak handles, finalizers, unread events and handles, in this order, so
 * that it gets no events any more, and what only they kept alive.  With the last
 * session the heap goes, and counts do not matter then.  Sleeps.
 */
void mheap_session_destroy(struct mheap_session *s)
{
	struct mheap_heap *heap = s->heap;
	u64 readied;
	bool last;

	mheap_heap_lock(heap);
	mheap_hold_for(heap, MHEAP_HOLD_CLOSE);
	readied = heap->gc.readied;
	mheap_events_want(s, 0);
	mheap_weaks_drop(s);
	if (heap->sessions > 1) {
		mheap_finalizers_drop(s);
		mheap_session_drop_handles(s);
		mheap_scanner_examine(heap, readied);
	}
	mheap_heap_unlock(heap);
	mheap_scanner_settle(heap);
	mheap_heap_lock(heap);
	mheap_hold_for(heap, MHEAP_HOLD_CLOSE);
	list_del(&s->node);
	last = --heap->sessions == 0;
	heap->closing = last;
	mheap_heap_unlock(heap);
	if (last)
		mheap_heap_destroy(heap);
	mheap_heap_put(heap);
	mheap_frames_destroy(s);
	mheap_events_destroy(s);
	mheap_places_destroy(&s->weaks);
	mheap_places_destroy(&s->handles);
	kvfree(s->room);
	kfree(s);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_session_destroy);

/* The handle, if it is one, will be asked for soon. */
struct mheap_place *mheap_handle_prefetch(struct mheap_session *s, u64 handle)
{
	return mheap_places_prefetch(&s->handles, handle ^ s->key);
}

/* So will its object; @place was fetched, if there is one. */
void mheap_handle_prefetch_object(const struct mheap_place *place)
{
	struct mheap_object *o = place ? place->ptr : NULL;

	if (o)
		prefetch(&o->type);
}

/**
 * mheap_handle_find() - The object of a handle
 * @s: the session; its heap is locked
 * @handle: any number
 *
 * Return: the object, or NULL if the session has no such handle.
 */
struct mheap_object *mheap_handle_find(struct mheap_session *s, u64 handle)
{
	mheap_heap_assert_locked(s->heap);
	return mheap_places_find(&s->handles, handle ^ s->key);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_handle_find);

/**
 * mheap_handle_add() - Make a handle
 * @s: the session, with a place reserved; its heap is locked
 * @o: the object
 * @handle: set to the handle
 *
 * Return: 0 or -EOVERFLOW.
 */
int mheap_handle_add(struct mheap_session *s, struct mheap_object *o,
		     u64 *handle)
{
	u64 number;
	int err;

	mheap_heap_assert_locked(s->heap);
	err = mheap_ref_get(&s->heap->gc, o, true);
	if (err)
		return err;
	number = mheap_places_take(&s->handles, o);
	mheap_frame_take(s, number);
	*handle = number ^ s->key;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_handle_add);

/*
 * A reference becomes a handle that nobody knows of yet; a place was reserved.  It
 * will be kept, or undone.
 */
u64 mheap_handle_take(struct mheap_session *s, struct mheap_object *o)
{
	return mheap_places_take(&s->handles, o) ^ s->key;
}

/* The handle is known now, unless somebody was quick to drop it. */
void mheap_handle_keep(struct mheap_session *s, u64 handle)
{
	if (mheap_handle_find(s, handle))
		mheap_frame_take(s, handle ^ s->key);
}

/* The handle becomes a reference again; its place is reserved as before. */
void mheap_handle_untake(struct mheap_session *s, u64 handle)
{
	mheap_places_untake(&s->handles, handle ^ s->key);
}

/**
 * mheap_handle_drop() - Drop a handle
 * @s: the session; its heap is locked
 * @handle: any number
 * @dying: takes the object if this was the last reference
 *
 * Return: 0 or -EBADF.
 */
int mheap_handle_drop(struct mheap_session *s, u64 handle,
		      struct mheap_dying *dying)
{
	struct mheap_object *o = mheap_handle_find(s, handle);

	if (!o)
		return -EBADF;
	mheap_handle_drop_at(s, handle ^ s->key, o, dying);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_handle_drop);
