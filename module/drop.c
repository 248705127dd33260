// SPDX-License-Identifier: GPL-2.0
/*
 * Dropping handles.  All handles are dropped here, since dropping one can answer the event
 * of a finalizer.
 */
#include <linux/errno.h>

#include "compat.h"
#include "drop.h"
#include "finalizer.h"
#include "gc/reclaim.h"
#include "handle.h"
#include "heap.h"
#include "object.h"
#include "session.h"

/**
 * mheap_drop_known() - Drop a handle whose object is known
 * @s: the session
 * @handle: the handle
 * @o: its object
 * @dying: receives the object if this was the last reference
 *
 * Context: the heap lock is held.
 */
void mheap_drop_known(struct mheap_session *s, u32 handle,
		      struct mheap_object *o, struct mheap_dying *dying)
{
	mheap_heap_assert_locked(s->heap);
	mheap_handle_free(s, handle);
	if (o->has_ext)
		mheap_finalizer_answer(s, o, handle);
	mheap_ref_put(&s->heap->gc, o, true, dying);
}

/**
 * mheap_drop_handle() - Drop a handle
 * @s: the session
 * @handle: any number
 * @dying: receives the object if this was the last reference
 *
 * Context: the heap lock is held.
 *
 * Return: 0, or -EBADF if the session has no such handle.
 */
int mheap_drop_handle(struct mheap_session *s, u32 handle,
		      struct mheap_dying *dying)
{
	struct mheap_object *o = mheap_handle_find(s, handle);

	if (!o)
		return -EBADF;
	mheap_drop_known(s, handle, o, dying);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_drop_handle);
