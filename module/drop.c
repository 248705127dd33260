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
#include "table.h"

/**
 * mheap_drop_entry() - Drop a handle whose object is known
 * @s: the session
 * @number: its number in the handle table, or the low 32 bits of it
 * @o: its object
 * @dying: receives the object if this was the last reference
 *
 * Context: the heap lock is held.
 */
void mheap_drop_entry(struct mheap_session *s, u64 number,
		      struct mheap_object *o, struct mheap_dying *dying)
{
	mheap_heap_assert_locked(s->heap);
	if (o->has_ext)
		mheap_finalizer_answer(s, o, mheap_table_number(&s->handles,
								number) ^ s->key);
	mheap_table_free(&s->handles, number);
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
int mheap_drop_handle(struct mheap_session *s, u64 handle,
		      struct mheap_dying *dying)
{
	struct mheap_object *o = mheap_handle_find(s, handle);

	if (!o)
		return -EBADF;
	mheap_drop_entry(s, handle ^ s->key, o, dying);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_drop_handle);
