// SPDX-License-Identifier: GPL-2.0
/* Named roots: a name keeps an object alive, whatever session made it. */
#include <linux/overflow.h>
#include <linux/slab.h>

#include "compat.h"
#include "dict.h"
#include "gc/reclaim.h"
#include "gc/ref.h"
#include "gfp.h"
#include "heap.h"
#include "name.h"

static struct mheap_name *mheap_name_of(struct mheap_dict_node *node)
{
	return node ? container_of(node, struct mheap_name, key) : NULL;
}

/**
 * mheap_name_alloc() - Allocate a name
 * @len: its length; the text is left to the caller to fill in
 *
 * Context: may sleep.
 *
 * Return: the name, which is not published, or NULL.
 */
struct mheap_name *mheap_name_alloc(u32 len)
{
	struct mheap_name *name;

	name = kzalloc(struct_size(name, text, len), MHEAP_GFP);
	if (!name)
		return NULL;
	name->key.text = name->text;
	name->key.len = len;
	return name;
}

/* Free a name that is not published, or NULL. */
void mheap_name_free(struct mheap_name *name)
{
	kfree(name);
}

/**
 * mheap_name_publish() - Bind a name to an object
 * @heap: the heap
 * @name: the name; it belongs to the heap on success
 * @o: the object
 *
 * Context: the heap lock is held.
 *
 * Return: 0, -EEXIST if the name is bound, or -EOVERFLOW.
 */
int mheap_name_publish(struct mheap_heap *heap, struct mheap_name *name,
		       struct mheap_object *o)
{
	mheap_heap_assert_locked(heap);
	if (o->count >= MHEAP_MAX_COUNT)
		return -EOVERFLOW;
	name->object = o;
	if (!mheap_dict_add(&heap->names, &name->key))
		return -EEXIST;
	return mheap_ref_get(&heap->gc, o, true);
}

/**
 * mheap_name_lookup() - Find the object that a name is bound to
 * @heap: the heap
 * @text: the name
 * @len: its length
 *
 * Context: the heap lock is held.
 *
 * Return: the object, or NULL if the name is not bound.
 */
struct mheap_object *mheap_name_lookup(struct mheap_heap *heap,
				       const char *text, u32 len)
{
	struct mheap_name *name;

	mheap_heap_assert_locked(heap);
	name = mheap_name_of(mheap_dict_find(&heap->names, text, len));
	return name ? name->object : NULL;
}

/* Return the first name after @text, which need not be bound, or NULL at the end. */
struct mheap_name *mheap_name_next(struct mheap_heap *heap, const char *text,
				   u32 len)
{
	mheap_heap_assert_locked(heap);
	return mheap_name_of(mheap_dict_next(&heap->names, text, len));
}

/**
 * mheap_name_unpublish() - Unbind a name
 * @heap: the heap
 * @text: the name
 * @len: its length
 * @dying: receives the object if the name was its last reference
 *
 * Context: the heap lock is held.
 *
 * Return: the name, for the caller to free, or NULL if the name is not bound.
 */
struct mheap_name *mheap_name_unpublish(struct mheap_heap *heap,
					const char *text, u32 len,
					struct mheap_dying *dying)
{
	struct mheap_name *name;

	mheap_heap_assert_locked(heap);
	name = mheap_name_of(mheap_dict_find(&heap->names, text, len));
	if (!name)
		return NULL;
	mheap_dict_del(&heap->names, &name->key);
	mheap_ref_put(&heap->gc, name->object, true, dying);
	return name;
}

static void mheap_name_destroy(struct mheap_dict_node *node)
{
	mheap_name_free(mheap_name_of(node));
}

/* Free the names of a heap that is being destroyed.  The objects are freed elsewhere. */
void mheap_names_destroy(struct mheap_heap *heap)
{
	mheap_dict_destroy(&heap->names, mheap_name_destroy);
}
