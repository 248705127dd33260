// SPDX-License-Identifier: GPL-2.0
/*
 * Watched objects.  Most objects have neither weak handles nor a finalizer, so what
 * belongs to these lies apart, in a tree by the place of the object's id: adding to
 * it needs no memory but the record's, so it cannot fail under the heap lock.
 */
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat.h"
#include "finalizer.h"
#include "heap.h"
#include "intern.h"
#include "memory.h"
#include "watch.h"
#include "weak.h"

static int mheap_watch_compare(const void *key, const struct rb_node *node)
{
	u32 place = *(const u32 *)key;
	u32 other = rb_entry(node, struct mheap_watch, node)->object->id;

	return place < other ? -1 : place > other;
}

static int mheap_watch_compare_node(struct rb_node *node,
				    const struct rb_node *other)
{
	u32 place = rb_entry(node, struct mheap_watch, node)->object->id;

	return mheap_watch_compare(&place, other);
}

/* A record for an object that is not watched yet.  Sleeps. */
struct mheap_watch *mheap_watch_alloc(void)
{
	struct mheap_watch *w = kzalloc(sizeof(*w), MHEAP_GFP);

	if (w)
		INIT_LIST_HEAD(&w->weaks);
	return w;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_watch_alloc);

/* The record of a watched object. */
struct mheap_watch *mheap_watch_find(struct mheap_heap *heap,
				     const struct mheap_object *o)
{
	u32 place = o->id;

	mheap_heap_assert_locked(heap);
	return rb_entry(rb_find(&place, &heap->watches, mheap_watch_compare),
			struct mheap_watch, node);
}

/**
 * mheap_watch_add() - Watch an object
 * @heap: the heap, locked
 * @o: the object, watched or not
 * @fresh: a record for it; NULL afterwards if it was used
 *
 * Return: the record of the object.
 */
struct mheap_watch *mheap_watch_add(struct mheap_heap *heap,
				    struct mheap_object *o,
				    struct mheap_watch **fresh)
{
	struct mheap_watch *w = *fresh;

	mheap_heap_assert_locked(heap);
	if (o->watched)
		return mheap_watch_find(heap, o);
	*fresh = NULL;
	w->object = o;
	rb_find_add(&w->node, &heap->watches, mheap_watch_compare_node);
	o->watched = 1;
	heap->gc.watched++;
	return w;
}

/* The object died: nobody finds it by its content any more. */
void mheap_watch_died(struct mheap_heap *heap, struct mheap_object *o)
{
	mheap_intern_del(heap, mheap_watch_find(heap, o));
}

/* The object is to be freed; its weak handles were cleared. */
void mheap_watch_del(struct mheap_heap *heap, struct mheap_object *o)
{
	struct mheap_watch *w = mheap_watch_find(heap, o);

	if (w->finalizer)
		mheap_finalizer_skip(heap, w);
	rb_erase(&w->node, &heap->watches);
	o->watched = 0;
	heap->gc.watched--;
	kfree(w);
}

/* Free all records of a heap that goes, with finalizers of its last session. */
void mheap_watches_destroy(struct mheap_heap *heap)
{
	struct mheap_watch *w, *next;

	rbtree_postorder_for_each_entry_safe(w, next, &heap->watches, node) {
		mheap_finalizer_free(w->finalizer);
		kfree(w);
		cond_resched();
	}
	mheap_quarantines_destroy(&heap->gc);
}

/* ---- what the collector asks ---- */

unsigned int mheap_watch_clear_weaks(struct mheap_collector *gc,
				     struct mheap_object *o,
				     unsigned int units)
{
	return mheap_weak_clear(mheap_watch_find(mheap_heap_of(gc), o), units);
}

bool mheap_watch_is_finalizable(struct mheap_collector *gc,
				struct mheap_object *o)
{
	struct mheap_watch *w = mheap_watch_find(mheap_heap_of(gc), o);

	return mheap_finalizer_is_due(w->finalizer);
}

struct mheap_quarantine *mheap_watch_quarantine(struct mheap_collector *gc,
						struct mheap_object *o)
{
	struct mheap_watch *w = mheap_watch_find(mheap_heap_of(gc), o);

	return mheap_finalizer_take_group(w->finalizer);
}

void mheap_watch_finalize(struct mheap_collector *gc, struct mheap_object *o,
			  struct mheap_quarantine *group)
{
	mheap_finalizer_tell(mheap_heap_of(gc),
			     mheap_watch_find(mheap_heap_of(gc), o), group);
}
