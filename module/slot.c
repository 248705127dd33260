// SPDX-License-Identifier: GPL-2.0
/* Slots.  Whatever a program reads or changes in a slot goes through here. */
#include <linux/errno.h>
#include <linux/nospec.h>

#include "compat.h"
#include "gc/reclaim.h"
#include "gc/ref.h"
#include "gc/track.h"
#include "heap.h"
#include "object.h"
#include "resize.h"
#include "slot.h"

/**
 * mheap_slot_get() - Get the object that a slot refers to
 * @o: the object that has the slot
 * @slot: any number
 * @val: set to the object that the slot refers to, or NULL
 *
 * Context: the heap lock is held.
 *
 * Return: 0, or -EINVAL if there is no such slot.
 */
int mheap_slot_get(struct mheap_object *o, u32 slot, struct mheap_object **val)
{
	if (slot >= o->nslots)
		return -EINVAL;
	*val = mheap_object_slots(o)[array_index_nospec(slot, o->nslots)];
	return 0;
}

/**
 * mheap_slot_set() - Make a slot refer to another object
 * @heap: the heap
 * @o: the object that has the slot
 * @slot: any number
 * @val: the object that the slot is to refer to, or NULL
 * @dying: receives the object that the slot referred to if this was the last reference
 *
 * The new reference is made before the old one is dropped, since both can be to the same
 * object.
 *
 * Context: the heap lock is held.
 *
 * Return: 0, -EINVAL if there is no such slot, or -EOVERFLOW if @val has too many
 * references.
 */
int mheap_slot_set(struct mheap_heap *heap, struct mheap_object *o, u32 slot,
		   struct mheap_object *val, struct mheap_dying *dying)
{
	struct mheap_object *old;
	bool root;
	int err;

	mheap_heap_assert_locked(heap);
	err = mheap_slot_get(o, slot, &old);
	if (err)
		return err;
	slot = array_index_nospec(slot, o->nslots);
	root = mheap_object_slot_is_root(o, slot);
	if (val) {
		err = mheap_ref_get(&heap->gc, val, root);
		if (err)
			return err;
		mheap_track_link(&heap->gc, o, val);
	}
	mheap_object_slots(o)[slot] = val;
	if (o->flags & MHEAP_RESIZING)
		mheap_resize_mirror_slot(heap, o, slot, val);
	if (old)
		mheap_ref_put(&heap->gc, old, root, dying);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_slot_set);
