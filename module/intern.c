// SPDX-License-Identifier: GPL-2.0
/*
 * Interned objects.  The heap has them in a red-black tree that holds no references; an
 * object leaves it when it dies.  The tree is ordered by a hash with a secret key.  So a
 * search costs O(log n) and as a rule compares content once, whatever contents a program
 * chooses.
 */
#include <linux/rbtree.h>
#include <linux/siphash.h>
#include <linux/string.h>

#include "area.h"
#include "compat.h"
#include "ext.h"
#include "heap.h"
#include "intern.h"
#include "object.h"

/**
 * struct mheap_intern_key - The key by which an interned object is found
 * @hash: hash of the other members
 * @type: number of the type
 * @len: length of the payload
 * @data: the payload
 */
struct mheap_intern_key {
	u64 hash;
	u32 type;
	u32 len;
	const void *data;
};

static int mheap_intern_order(u64 a, u64 b)
{
	return a < b ? -1 : a > b;
}

static struct mheap_intern_key mheap_intern_key_of(const struct rb_node *node)
{
	struct mheap_ext *ext = rb_entry(node, struct mheap_ext, intern_node);
	struct mheap_payload *payload = mheap_object_payload(ext->object);

	return (struct mheap_intern_key){
		.hash = ext->hash,
		.type = ext->object->type,
		.len = payload ? payload->nbytes : 0,
		.data = payload ? mheap_area_data(payload) : NULL,
	};
}

static int mheap_intern_compare(const void *key, const struct rb_node *node)
{
	const struct mheap_intern_key *a = key;
	struct mheap_intern_key b = mheap_intern_key_of(node);

	return mheap_intern_order(a->hash, b.hash) ?:
	       mheap_intern_order(a->type, b.type) ?:
	       mheap_intern_order(a->len, b.len) ?:
	       (a->len ? memcmp(a->data, b.data, a->len) : 0);
}

static int mheap_intern_compare_node(struct rb_node *node,
				     const struct rb_node *other)
{
	struct mheap_intern_key key = mheap_intern_key_of(node);

	return mheap_intern_compare(&key, other);
}

/* Return the hash of a type and content.  The heap lock need not be held. */
u64 mheap_intern_hash(struct mheap_heap *heap, u32 type, const void *data,
		      u32 len)
{
	return siphash_1u64(siphash(data, len, &heap->intern_key) ^ type,
			    &heap->intern_key);
}

/* Return the interned object of that type and content, or NULL. */
struct mheap_object *mheap_intern_find(struct mheap_heap *heap, u64 hash,
				       u32 type, const void *data, u32 len)
{
	struct mheap_intern_key key = {
		.hash = hash,
		.type = type,
		.len = len,
		.data = data,
	};
	struct rb_node *node;

	mheap_heap_assert_locked(heap);
	node = rb_find(&key, &heap->interned, mheap_intern_compare);
	if (!node)
		return NULL;
	return rb_entry(node, struct mheap_ext, intern_node)->object;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_intern_find);

/**
 * mheap_intern_add() - Intern an object
 * @heap: the heap
 * @o: the object, alive; no other with its type and content is interned
 * @hash: hash of its type and content
 * @prealloc: as for mheap_ext_add()
 *
 * Context: the heap lock is held.
 */
void mheap_intern_add(struct mheap_heap *heap, struct mheap_object *o, u64 hash,
		      struct mheap_ext **prealloc)
{
	struct mheap_ext *ext = mheap_ext_add(heap, o, prealloc);

	ext->hash = hash;
	ext->interned = true;
	rb_find_add(&ext->intern_node, &heap->interned,
		    mheap_intern_compare_node);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_intern_add);

/* Remove the object of an ext record from the interned ones, if it is one of them. */
void mheap_intern_del(struct mheap_heap *heap, struct mheap_ext *ext)
{
	if (ext->interned)
		rb_erase(&ext->intern_node, &heap->interned);
	ext->interned = false;
}

/* Is the object interned?  The heap lock is held. */
bool mheap_intern_has(struct mheap_heap *heap,
		      const struct mheap_object *o)
{
	return o->has_ext && mheap_ext_find(heap, o)->interned;
}
