// SPDX-License-Identifier: GPL-2.0
/*
 * Handles.  A handle is the number of an entry in the handle table of its session,
 * disguised with the session's key.  Its top bit is set, so it is never 0.  It belongs to
 * the frame that was the newest when it was made.
 */
#include <linux/list.h>
#include <linux/prefetch.h>

#include "compat.h"
#include "gc/ref.h"
#include "handle.h"
#include "heap.h"
#include "object.h"
#include "session.h"
#include "table.h"

/* Prefetch the entry of a number that may be a handle and will be looked up soon. */
struct mheap_table_entry *mheap_handle_prefetch(struct mheap_session *s,
						u64 handle)
{
	return mheap_table_prefetch(&s->handles, handle ^ s->key);
}

/* Prefetch the object of an entry that mheap_handle_prefetch() returned, or of NULL. */
void mheap_handle_prefetch_object(const struct mheap_table_entry *entry)
{
	struct mheap_object *o = entry ? entry->ptr : NULL;

	if (o)
		prefetch(&o->type);
}

/**
 * mheap_handle_find() - Find the object of a handle
 * @s: the session
 * @handle: any number
 *
 * Context: the heap lock is held.
 *
 * Return: the object, or NULL if the session has no such handle.
 */
struct mheap_object *mheap_handle_find(struct mheap_session *s, u64 handle)
{
	mheap_heap_assert_locked(s->heap);
	return mheap_table_find(&s->handles, handle ^ s->key);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_handle_find);

/* Add a handle, given by its number in the handle table, to the newest frame, if any. */
void mheap_handle_join_frame(struct mheap_session *s, u64 number)
{
	struct mheap_linked_entry *linked;
	struct mheap_frame *frame;

	frame = list_first_entry_or_null(&s->frames, struct mheap_frame, node);
	if (!frame)
		return;
	linked = mheap_table_link(&s->handles, number);
	linked->entry.owner = frame->serial;
	list_add(&linked->link, &frame->handles);
}

/**
 * mheap_handle_add() - Make a handle
 * @s: the session, with an entry reserved in its handle table
 * @o: the object
 * @handle: set to the handle
 *
 * Context: the heap lock is held.
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
	number = mheap_table_alloc(&s->handles, o);
	mheap_handle_join_frame(s, number);
	*handle = number ^ s->key;
	return 0;
}

/*
 * Turn an existing reference into a handle that no program knows yet.  It uses an entry
 * that was reserved, and belongs to no frame until the caller commits or cancels it.
 */
u64 mheap_handle_alloc(struct mheap_session *s, struct mheap_object *o)
{
	mheap_heap_assert_locked(s->heap);
	return mheap_table_alloc(&s->handles, o) ^ s->key;
}

/*
 * Add a handle that has been delivered to the newest frame.  Another thread of the program
 * may have dropped it since.
 */
void mheap_handle_commit(struct mheap_session *s, u64 handle)
{
	if (mheap_handle_find(s, handle))
		mheap_handle_join_frame(s, handle ^ s->key);
}

/* Turn a handle that was not delivered into a reference.  Its entry is reserved again. */
void mheap_handle_cancel(struct mheap_session *s, u64 handle)
{
	mheap_heap_assert_locked(s->heap);
	mheap_table_cancel(&s->handles, handle ^ s->key);
}
