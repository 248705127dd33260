// SPDX-License-Identifier: GPL-2.0
/* Types of a heap.  A type has a name and a number, and counts its objects. */
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "dict.h"
#include "gfp.h"
#include "heap.h"
#include "limits.h"
#include "type.h"

/**
 * mheap_types_init() - Give a heap its first type, "object", which has the number 0
 * @heap: the heap, not yet in use
 *
 * Context: may sleep.
 *
 * Return: 0, or -ENOMEM with nothing to destroy.
 */
int mheap_types_init(struct mheap_heap *heap)
{
	static const char name[] = "object";
	u32 number;
	int err;

	xa_init_flags(&heap->types, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	err = mheap_type_register(heap, name, sizeof(name) - 1, true, &number);
	if (err)
		mheap_types_destroy(heap);
	return err;
}

static void mheap_type_destroy(struct mheap_dict_node *node)
{
	kfree(container_of(node, struct mheap_type, name));
}

/**
 * mheap_types_destroy() - Free all types
 * @heap: the heap, which nobody uses any more
 *
 * Context: may sleep.
 */
void mheap_types_destroy(struct mheap_heap *heap)
{
	xa_destroy(&heap->types);
	mheap_dict_destroy(&heap->type_names, mheap_type_destroy);
}

static struct mheap_type *mheap_type_alloc(const char *name, u32 len)
{
	struct mheap_type *type;

	type = kzalloc(struct_size(type, text, len + 1), MHEAP_GFP);
	if (!type)
		return NULL;
	memcpy(type->text, name, len);
	type->name.text = type->text;
	type->name.len = len;
	return type;
}

/* Find a type with the name of @wanted.  Returns true with @number set if there is one. */
static bool mheap_type_find(struct mheap_heap *heap,
			    const struct mheap_type *wanted, u32 *number)
{
	struct mheap_dict_node *node;

	mheap_heap_assert_locked(heap);
	node = mheap_dict_find(&heap->type_names, wanted->name.text,
			       wanted->name.len);
	if (node)
		*number = container_of(node, struct mheap_type, name)->number;
	return node;
}

/*
 * Add a type whose number is reserved in @heap->types, so that storing it there needs no
 * memory.  Another task may have added a type of that name since the caller looked.
 */
static int mheap_type_add(struct mheap_heap *heap, struct mheap_type *type,
			  u32 *number)
{
	if (mheap_type_find(heap, type, number))
		return -EEXIST;
	mheap_dict_add(&heap->type_names, &type->name);
	xa_store(&heap->types, type->number, type, GFP_NOWAIT);
	*number = type->number;
	return 0;
}

/* Add a type.  Returns -EEXIST with @number set if the heap has a type of its name. */
static int mheap_type_try(struct mheap_heap *heap, struct mheap_type *type,
			  bool make, u32 *number)
{
	bool found;
	int err;

	mheap_heap_lock(heap);
	found = mheap_type_find(heap, type, number);
	mheap_heap_unlock(heap);
	if (found)
		return -EEXIST;
	if (!make)
		return -EPERM;
	err = xa_alloc(&heap->types, &type->number, NULL,
		       XA_LIMIT(0, MHEAP_MAX_TYPES - 1), MHEAP_GFP);
	if (err)
		return err == -EBUSY ? -E2BIG : err;
	mheap_heap_lock(heap);
	err = mheap_type_add(heap, type, number);
	mheap_heap_unlock(heap);
	if (err)
		xa_erase(&heap->types, type->number);
	return err;
}

/**
 * mheap_type_register() - Find or make the type of a name
 * @heap: the heap
 * @name: the name
 * @len: its length, 1 to MHEAP_MAX_NAME
 * @make: make the type if the heap has none of that name
 * @number: set to its number
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0, -EPERM if there is no such type and @make is false, -E2BIG if the heap has
 * too many types, or -ENOMEM.
 */
int mheap_type_register(struct mheap_heap *heap, const char *name, u32 len,
			bool make, u32 *number)
{
	struct mheap_type *type = mheap_type_alloc(name, len);
	int err;

	if (!type)
		return -ENOMEM;
	err = mheap_type_try(heap, type, make, number);
	if (err)
		kfree(type);
	return err == -EEXIST ? 0 : err;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_type_register);

/**
 * mheap_type_get() - Find a type by its number
 * @heap: the heap
 * @number: any number
 *
 * Context: the heap lock is held.
 *
 * Return: the type, which lives as long as the heap, or NULL.
 */
struct mheap_type *mheap_type_get(struct mheap_heap *heap, u32 number)
{
	struct mheap_type *type = heap->recent_type;

	mheap_heap_assert_locked(heap);
	if (!type || type->number != number) {
		type = xa_load(&heap->types, number);
		heap->recent_type = type;
	}
	return type;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_type_get);

/**
 * mheap_type_next() - Walk through the types
 * @heap: the heap
 * @number: the number to begin at; set to the number of the type found
 *
 * Context: the heap lock is held.
 *
 * Return: the first type with this number or a higher one, or NULL.
 */
struct mheap_type *mheap_type_next(struct mheap_heap *heap,
				   unsigned long *number)
{
	mheap_heap_assert_locked(heap);
	return xa_find(&heap->types, number, ULONG_MAX, XA_PRESENT);
}

/**
 * mheap_type_account() - Count objects that came or went
 * @heap: the heap
 * @number: number of an existing type
 * @objects: how many came; negative if they went
 * @bytes: their payload bytes; negative if they went
 *
 * Context: the heap lock is held.
 */
void mheap_type_account(struct mheap_heap *heap, u32 number, int objects,
			s64 bytes)
{
	struct mheap_type *type = mheap_type_get(heap, number);

	type->objects += objects;
	type->bytes += bytes;
}
