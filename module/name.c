// SPDX-License-Identifier: GPL-2.0
/* Named roots: a name keeps an object alive, whatever session made it. */
#include "compat.h"
#include "dict.h"
#include "heap.h"
#include "name.h"

/* The objects are freed by others; references from here do not matter then. */
void mheap_names_destroy(struct mheap_heap *heap)
{
	mheap_dict_destroy(&heap->names);
}

/**
 * mheap_name_publish() - Bind a name to an object
 * @heap: the heap, locked
 * @entry: the name; belongs to the heap on success
 * @o: the object
 *
 * Return: 0, -EEXIST if the name is bound, or -EOVERFLOW.
 */
int mheap_name_publish(struct mheap_heap *heap, struct mheap_entry *entry,
		       struct mheap_object *o)
{
	mheap_heap_assert_locked(heap);
	if (o->count >= MHEAP_MAX_COUNT)
		return -EOVERFLOW;
	entry->object = o;
	if (!mheap_dict_add(&heap->names, entry))
		return -EEXIST;
	return mheap_ref_get(&heap->gc, o, true);
}

/**
 * mheap_name_lookup() - The object that a name is bound to
 * @heap: the heap, locked
 * @text: the name
 * @len: its length
 *
 * Return: the object, or NULL if the name is not bound.
 */
struct mheap_object *mheap_name_lookup(struct mheap_heap *heap,
				       const char *text, u32 len)
{
	struct mheap_entry *entry;

	mheap_heap_assert_locked(heap);
	entry = mheap_dict_find(&heap->names, text, len);
	return entry ? entry->object : NULL;
}

/**
 * mheap_name_unpublish() - Unbind a name
 * @heap: the heap, locked
 * @text: the name
 * @len: its length
 * @dying: takes the object if the name was its last reference
 *
 * Return: the entry, for the caller to free, or NULL if the name is not bound.
 */
struct mheap_entry *mheap_name_unpublish(struct mheap_heap *heap,
					 const char *text, u32 len,
					 struct mheap_dying *dying)
{
	struct mheap_entry *entry;

	mheap_heap_assert_locked(heap);
	entry = mheap_dict_find(&heap->names, text, len);
	if (!entry)
		return NULL;
	mheap_dict_del(&heap->names, entry);
	mheap_ref_put(&heap->gc, entry->object, true, dying);
	return entry;
}
