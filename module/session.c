// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions and their handles.  A handle is the number of a place in the table of
 * its session, disguised with the session's key: never 0, top bit set.
 */
#include <linux/bits.h>
#include <linux/random.h>
#include <linux/slab.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "heap.h"
#include "limits.h"
#include "session.h"

#define MHEAP_HANDLE_BIT	BIT_ULL(63)

/**
 * mheap_session_open() - Make a session on a heap
 * @heap: the heap, not locked
 *
 * Sleeps.
 *
 * Return: the session, with all rights, or an error pointer.
 */
struct mheap_session *mheap_session_open(struct mheap_heap *heap)
{
	struct mheap_session *s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);

	if (!s)
		return ERR_PTR(-ENOMEM);
	s->heap = heap;
	s->rights = MHEAP_RIGHT_ALL;
	s->key = get_random_u64() | MHEAP_HANDLE_BIT;
	mheap_places_init(&s->handles);
	mheap_heap_lock(heap);
	list_add_tail(&s->node, &heap->session_list);
	heap->sessions++;
	mheap_heap_unlock(heap);
	return s;
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
	s = mheap_session_open(heap);
	if (IS_ERR(s))
		mheap_heap_destroy(heap);
	return s;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_session_create);

static void mheap_session_drop_handles(struct mheap_session *s)
{
	struct mheap_heap *heap = s->heap;
	struct mheap_dying dying;
	struct mheap_object *o;
	u32 dropped = 0;
	u64 at = 0;

	mheap_dying_init(&dying);
	while ((o = mheap_places_next(&s->handles, &at))) {
		mheap_places_release(&s->handles, at - 1);
		mheap_ref_put(&heap->gc, o, true, &dying);
		if (!mheap_dying_empty(&dying))
			mheap_heap_reclaim(heap, &dying);
		if (++dropped % MHEAP_CLOCK_OPS == 0)
			mheap_heap_breathe(heap);
	}
}

/**
 * mheap_session_destroy() - End a session
 * @s: the session, which no call uses any more
 *
 * Drops its handles and what only they kept alive.  With the last session the
 * heap goes, and counts do not matter then.  Sleeps.
 */
void mheap_session_destroy(struct mheap_session *s)
{
	struct mheap_heap *heap = s->heap;
	bool last;

	mheap_heap_lock(heap);
	last = heap->sessions == 1;
	if (last)
		heap->closing = true;
	else
		mheap_session_drop_handles(s);
	list_del(&s->node);
	heap->sessions--;
	mheap_heap_unlock(heap);
	if (last)
		mheap_heap_destroy(heap);
	mheap_places_destroy(&s->handles);
	kfree(s);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_session_destroy);

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
	int err;

	mheap_heap_assert_locked(s->heap);
	err = mheap_ref_get(&s->heap->gc, o, true);
	if (err)
		return err;
	*handle = mheap_places_take(&s->handles, o) ^ s->key;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_handle_add);

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
	mheap_places_release(&s->handles, handle ^ s->key);
	mheap_ref_put(&s->heap->gc, o, true, dying);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_handle_drop);
