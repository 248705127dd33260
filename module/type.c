// SPDX-License-Identifier: GPL-2.0
/* Types of a heap: a name, a number, and how many objects there are of it. */
#include <linux/string.h>

#include "compat.h"
#include "dict.h"
#include "heap.h"
#include "limits.h"
#include "memory.h"
#include "type.h"

/**
 * mheap_types_init() - A heap has one type, "object", with the number 0
 * @heap: the heap, not yet in use
 *
 * Return: 0 or -ENOMEM with nothing to destroy.
 */
int mheap_types_init(struct mheap_heap *heap)
{
	static const char name[] = "object";
	u32 type;
	int err;

	xa_init_flags(&heap->types, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	err = mheap_type_register(heap, name, sizeof(name) - 1, true,
				  &type);
	if (err)
		mheap_types_destroy(heap);
	return err;
}

/**
 * mheap_types_destroy() - Free all types
 * @heap: the heap, which nobody uses any more
 */
void mheap_types_destroy(struct mheap_heap *heap)
{
	xa_destroy(&heap->types);
	mheap_dict_destroy(&heap->type_names);
}

static bool mheap_type_find(struct mheap_heap *heap,
			    const struct mheap_entry *wanted, u32 *type)
{
	struct mheap_entry *entry;

	entry = mheap_dict_find(&heap->type_names, wanted->text, wanted->len);
	if (entry)
		*type = entry->type;
	return entry;
}

/* The number is reserved in @heap->types, so nothing is allocated there. */
static int mheap_type_add(struct mheap_heap *heap, struct mheap_entry *entry,
			  u32 *type)
{
	mheap_heap_assert_locked(heap);
	if (mheap_type_find(heap, entry, type))
		return -EEXIST;
	mheap_dict_add(&heap->type_names, entry);
	xa_store(&heap->types, entry->type, entry, GFP_NOWAIT);
	*type = entry->type;
	return 0;
}

static int mheap_type_try(struct mheap_heap *heap, struct mheap_entry *entry,
			  bool make, u32 *type)
{
	bool found;
	int err;

	mheap_heap_lock(heap);
	found = mheap_type_find(heap, entry, type);
	mheap_heap_unlock(heap);
	if (found)
		return -EEXIST;
	if (!make)
		return -EPERM;
	err = xa_alloc(&heap->types, &entry->type, NULL,
		       XA_LIMIT(0, MHEAP_MAX_TYPES - 1), MHEAP_GFP);
	if (err)
		return err == -EBUSY ? -E2BIG : err;
	mheap_heap_lock(heap);
	err = mheap_type_add(heap, entry, type);
	mheap_heap_unlock(heap);
	if (err)
		xa_erase(&heap->types, entry->type);
	return err;
}

/**
 * mheap_type_register() - Find or make the type of a name
 * @heap: the heap, not locked
 * @name: the name
 * @len: its length, 1 to MHEAP_MAX_NAME
 * @make: make it if there is none
 * @type: set to the number
 *
 * Return: 0, -EPERM if there is none and none may be made, -E2BIG if there are too
 * many types, or -ENOMEM.
 */
int mheap_type_register(struct mheap_heap *heap, const char *name, u32 len,
			bool make, u32 *type)
{
	struct mheap_entry *entry = mheap_entry_alloc(len);
	int err;

	if (!entry)
		return -ENOMEM;
	memcpy(entry->text, name, len);
	err = mheap_type_try(heap, entry, make, type);
	if (err)
		mheap_entry_free(entry);
	return err == -EEXIST ? 0 : err;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_type_register);

/**
 * mheap_type_get() - The type of a number
 * @heap: the heap, locked
 * @type: any number
 *
 * Return: the type, which lives as long as the heap, or NULL.
 */
struct mheap_entry *mheap_type_get(struct mheap_heap *heap, u32 type)
{
	struct mheap_entry *entry = heap->recent_type;

	mheap_heap_assert_locked(heap);
	if (!entry || entry->type != type) {
		entry = xa_load(&heap->types, type);
		heap->recent_type = entry;
	}
	return entry;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_type_get);

/**
 * mheap_type_next() - Walk through the types
 * @heap: the heap, locked
 * @type: where to look first; set to the number of the type found
 *
 * Return: the first type with this number or a higher one, or NULL.
 */
struct mheap_entry *mheap_type_next(struct mheap_heap *heap, unsigned long *type)
{
	mheap_heap_assert_locked(heap);
	return xa_find(&heap->types, type, ULONG_MAX, XA_PRESENT);
}

/**
 * mheap_type_account() - Objects came or went
 * @heap: the heap, locked
 * @type: an existing type
 * @objects: how many came; negative if they went
 * @bytes: their payload bytes; negative if they went
 */
void mheap_type_account(struct mheap_heap *heap, u32 type, int objects,
			s64 bytes)
{
	struct mheap_entry *entry = mheap_type_get(heap, type);

	entry->objects += objects;
	entry->bytes += bytes;
}
