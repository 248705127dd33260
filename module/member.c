// SPDX-License-Identifier: GPL-2.0
/*
 * Objects as members of a heap.  An object gets an id when it joins a heap, and leaves in
 * two steps.  It is subtracted from all totals when it dies.  Its id and its memory are
 * freed when it refers to nothing any more.
 */
#include <linux/list.h>
#include <linux/minmax.h>

#include "compat.h"
#include "ext.h"
#include "finalizer.h"
#include "gc/track.h"
#include "heap.h"
#include "intern.h"
#include "member.h"
#include "object.h"
#include "table.h"
#include "type.h"

/**
 * mheap_member_add() - Add an object to a heap
 * @heap: the heap, with an entry reserved in @heap->ids
 * @o: the object; nothing refers to it yet
 * @type: number of an existing type
 * @flags: 0 or MHEAP_IMMORTAL
 *
 * Context: the heap lock is held.
 */
void mheap_member_add(struct mheap_heap *heap, struct mheap_object *o, u32 type,
		      u32 flags)
{
	mheap_heap_assert_locked(heap);
	o->type = type;
	o->flags |= flags;
	o->id = mheap_table_alloc(&heap->ids, o);
	heap->objects++;
	heap->objects_max = max(heap->objects_max, heap->objects);
	heap->slots += o->nslots;
	heap->bytes += mheap_object_nbytes(o);
	mheap_type_account(heap, type, 1, mheap_object_nbytes(o));
	if (o->nslots && !(flags & MHEAP_IMMORTAL))
		mheap_track_add(&heap->gc, o);
}

/**
 * mheap_member_died() - Subtract an object that died from the totals of its heap
 * @gc: the collector of its heap
 * @o: the object, which still holds references
 *
 * From now on nobody finds an interned object by its content.
 *
 * Context: the heap lock is held.
 */
void mheap_member_died(struct mheap_collector *gc, struct mheap_object *o)
{
	struct mheap_heap *heap = mheap_heap_of(gc);

	mheap_heap_assert_locked(heap);
	if (o->has_ext)
		mheap_intern_del(heap, mheap_ext_find(heap, o));
	heap->objects--;
	heap->slots -= o->nslots;
	heap->bytes -= mheap_object_nbytes(o);
	mheap_type_account(heap, o->type, -1, -(s64)mheap_object_nbytes(o));
}

static void mheap_member_del_ext(struct mheap_heap *heap, struct mheap_object *o)
{
	struct mheap_ext *ext = mheap_ext_find(heap, o);

	if (ext->finalizer)
		mheap_finalizer_skip(heap, ext);
	mheap_ext_del(heap, ext);
}

/**
 * mheap_member_free() - Free an object when the heap lock is dropped
 * @gc: the collector of its heap
 * @o: the object, which died, refers to nothing and has no weak handles
 *
 * Context: the heap lock is held.
 */
void mheap_member_free(struct mheap_collector *gc, struct mheap_object *o)
{
	struct mheap_heap *heap = mheap_heap_of(gc);

	mheap_heap_assert_locked(heap);
	if (o->has_ext)
		mheap_member_del_ext(heap, o);
	mheap_table_free(&heap->ids, o->id);
	list_add(&o->node, &heap->deferred_free);
}
