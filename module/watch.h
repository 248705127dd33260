/* SPDX-License-Identifier: GPL-2.0 */
/* Watched objects: those with weak handles, a finalizer, or interned ones. */
#ifndef MHEAP_WATCH_H
#define MHEAP_WATCH_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct mheap_finalizer;
struct mheap_heap;
struct mheap_object;

/**
 * struct mheap_watch - What is known of a watched object
 * @node: in mheap_heap.watches
 * @object: the object, which has its bit "watched" set
 * @weaks: weak handles that refer to it
 * @finalizer: its finalizer, until the event was answered, or NULL
 * @finalized: there was an event
 * @interned: it is in mheap_heap.interned
 * @intern_node: there
 * @hash: hash of its type and payload, if interned
 *
 * It goes with the object.  Guarded by the heap lock.
 */
struct mheap_watch {
	struct rb_node node;
	struct mheap_object *object;
	struct list_head weaks;
	struct mheap_finalizer *finalizer;
	bool finalized;
	bool interned;
	struct rb_node intern_node;
	u64 hash;
};

struct mheap_watch *mheap_watch_alloc(void);
struct mheap_watch *mheap_watch_find(struct mheap_heap *heap,
				     const struct mheap_object *o);
struct mheap_watch *mheap_watch_add(struct mheap_heap *heap,
				    struct mheap_object *o,
				    struct mheap_watch **fresh);
void mheap_watch_died(struct mheap_heap *heap, struct mheap_object *o);
void mheap_watch_del(struct mheap_heap *heap, struct mheap_object *o);
void mheap_watches_destroy(struct mheap_heap *heap);

#endif
