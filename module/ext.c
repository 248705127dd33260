// SPDX-License-Identifier: GPL-2.0
/*
 * Ext records.  Most objects have no weak handles and no finalizer and are not interned,
 * so what these need is kept in a record apart from the object.  The records of a heap are
 * in a tree, ordered by the entries of the objects in the id table.  Adding a record needs
 * no memory but the record itself, so it cannot fail under the heap lock.
 */
#include <linux/rbtree.h>
#include <linux/slab.h>

#include "compat.h"
#include "ext.h"
#include "gfp.h"
#include "heap.h"

/* The low half of an id names its entry in the id table, which no other object shares. */
static int mheap_ext_compare(const void *key, const struct rb_node *node)
{
	u32 entry = *(const u32 *)key;
	u32 other = rb_entry(node, struct mheap_ext, node)->object->id;

	return entry < other ? -1 : entry > other;
}

static int mheap_ext_compare_node(struct rb_node *node,
				  const struct rb_node *other)
{
	u32 entry = rb_entry(node, struct mheap_ext, node)->object->id;

	return mheap_ext_compare(&entry, other);
}

/* Allocate a record for an object that has none yet, or return NULL.  May sleep. */
struct mheap_ext *mheap_ext_alloc(void)
{
	struct mheap_ext *ext = kzalloc(sizeof(*ext), MHEAP_GFP);

	if (ext)
		INIT_LIST_HEAD(&ext->weaks);
	return ext;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_ext_alloc);

/* Return the record of an object that has one.  The heap lock is held. */
struct mheap_ext *mheap_ext_find(struct mheap_heap *heap,
				 const struct mheap_object *o)
{
	u32 entry = o->id;

	mheap_heap_assert_locked(heap);
	return rb_entry(rb_find(&entry, &heap->exts, mheap_ext_compare),
			struct mheap_ext, node);
}

/**
 * mheap_ext_add() - Make sure that an object has a record
 * @heap: the heap
 * @o: the object, with a record or without
 * @prealloc: a record for it; NULL afterwards if it was used
 *
 * Context: the heap lock is held.
 *
 * Return: the record of the object.
 */
struct mheap_ext *mheap_ext_add(struct mheap_heap *heap,
				struct mheap_object *o,
				struct mheap_ext **prealloc)
{
	struct mheap_ext *ext = *prealloc;

	mheap_heap_assert_locked(heap);
	if (o->has_ext)
		return mheap_ext_find(heap, o);
	*prealloc = NULL;
	ext->object = o;
	rb_find_add(&ext->node, &heap->exts, mheap_ext_compare_node);
	o->has_ext = 1;
	heap->gc.nr_ext++;
	return ext;
}

/**
 * mheap_ext_del() - Remove and free a record whose object is to be freed
 * @heap: the heap
 * @ext: the record, without weak handles or a finalizer; its object is not interned any
 *	more
 *
 * Context: the heap lock is held.
 */
void mheap_ext_del(struct mheap_heap *heap, struct mheap_ext *ext)
{
	mheap_heap_assert_locked(heap);
	rb_erase(&ext->node, &heap->exts);
	ext->object->has_ext = 0;
	heap->gc.nr_ext--;
	kfree(ext);
}
