/* SPDX-License-Identifier: GPL-2.0 */
/* Ext records, for objects that have weak handles or a finalizer or are interned. */
#ifndef MHEAP_EXT_H
#define MHEAP_EXT_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct mheap_finalizer;
struct mheap_heap;
struct mheap_object;

/**
 * struct mheap_ext - The ext record of an object
 * @node: in mheap_heap.exts
 * @object: the object, whose bit "has_ext" is set
 * @weaks: weak handles that refer to the object
 * @finalizer: its finalizer, until the event was answered, or NULL
 * @finalized: the event was sent
 * @interned: the object is interned
 * @intern_node: in mheap_heap.interned, if the object is interned
 * @hash: hash of its type and payload, if the object is interned
 *
 * The record lives until its object is freed.  Guarded by the heap lock.
 */
struct mheap_ext {
	struct rb_node node;
	struct mheap_object *object;
	struct list_head weaks;
	struct mheap_finalizer *finalizer;
	bool finalized;
	bool interned;
	struct rb_node intern_node;
	u64 hash;
};

struct mheap_ext *mheap_ext_alloc(void);
struct mheap_ext *mheap_ext_find(struct mheap_heap *heap,
				 const struct mheap_object *o);
struct mheap_ext *mheap_ext_add(struct mheap_heap *heap,
				struct mheap_object *o,
				struct mheap_ext **prealloc);
void mheap_ext_del(struct mheap_heap *heap, struct mheap_ext *ext);

#endif
