// SPDX-License-Identifier: GPL-2.0
/*
 * The shrinker.  When the system is short of memory, it makes heaps in which there can be
 * garbage begin a full collection and give back empty pools.  The shrinker itself frees
 * nothing, since it must not wait for a heap lock and garbage has to be found first.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/shrinker.h>
#include <linux/workqueue.h>

#include "area.h"
#include "compat.h"
#include "heap.h"
#include "scanner.h"
#include "shrinker.h"

/*
 * Guards the list of all heaps.  The shrinker tries heap locks under it and does not wait
 * for them; see the lock order in heap.h.
 */
static DEFINE_MUTEX(mheap_shrinker_lock);
static LIST_HEAD(mheap_shrinker_heaps);

static unsigned long mheap_shrinker_count(struct shrinker *shrinker,
					  struct shrink_control *sc)
{
	unsigned long objects = 0;
	struct mheap_heap *heap;

	if (!mutex_trylock(&mheap_shrinker_lock))
		return 0;
	list_for_each_entry(heap, &mheap_shrinker_heaps, all) {
		/* Slightly stale values are good enough for an estimate. */
		if (data_race(heap->gc.suspects))
			/* They will do here, too. */
			objects += data_race(mheap_gc_collectable(&heap->gc));
		objects += mheap_area_nr_empty(&heap->areas[MHEAP_CHANGING]) +
			   mheap_area_nr_empty(&heap->areas[MHEAP_CONSTANT]);
	}
	mutex_unlock(&mheap_shrinker_lock);
	return objects;
}

/* Nothing dies in this lock hold, so dropping the heap lock frees no memory here. */
static bool mheap_shrinker_try(struct mheap_heap *heap)
{
	bool began;

	if (!mheap_heap_trylock(heap))
		return false;
	/* An earlier wish may be left because there was no memory for a thread. */
	began = mheap_scanner_shrink(heap) || heap->scanner_wanted;
	mheap_heap_unlock(heap);
	return began;
}

/*
 * Move the first heap of the list to its end.  Return it if it wants a thread and has
 * none, or NULL.  The caller drops the reference to its struct.
 */
static struct mheap_heap *mheap_shrinker_next(void)
{
	struct mheap_heap *heap;

	mutex_lock(&mheap_shrinker_lock);
	heap = list_first_entry_or_null(&mheap_shrinker_heaps, struct mheap_heap,
					all);
	if (heap)
		list_move_tail(&heap->all, &mheap_shrinker_heaps);
	if (heap && READ_ONCE(heap->scanner_wanted))
		mheap_heap_get(heap);
	else
		heap = NULL;
	mutex_unlock(&mheap_shrinker_lock);
	return heap;
}

static unsigned int mheap_shrinker_count_heaps(void)
{
	struct list_head *pos;
	unsigned int n = 0;

	mutex_lock(&mheap_shrinker_lock);
	list_for_each(pos, &mheap_shrinker_heaps)
		n++;
	mutex_unlock(&mheap_shrinker_lock);
	return n;
}

/*
 * Start the threads of heaps that want one.  The list may change meanwhile, so each heap
 * is tried about once.  A heap whose thread cannot be started is tried again the next time.
 */
static void mheap_shrinker_start(struct work_struct *work)
{
	unsigned int n = mheap_shrinker_count_heaps();
	struct mheap_heap *heap;

	while (n--) {
		heap = mheap_shrinker_next();
		if (!heap)
			continue;
		mheap_scanner_start(heap);
		mheap_heap_put(heap);
	}
}

static DECLARE_WORK(mheap_shrinker_work, mheap_shrinker_start);

static unsigned long mheap_shrinker_scan(struct shrinker *shrinker,
					 struct shrink_control *sc)
{
	struct mheap_heap *heap;
	bool began = false;

	if (!mutex_trylock(&mheap_shrinker_lock))
		return SHRINK_STOP;
	list_for_each_entry(heap, &mheap_shrinker_heaps, all)
		began |= mheap_shrinker_try(heap);
	mutex_unlock(&mheap_shrinker_lock);
	if (!began)
		return SHRINK_STOP;
	schedule_work(&mheap_shrinker_work);
	return 0;
}

MHEAP_SHRINKER(mheap_shrinker, mheap_shrinker_count, mheap_shrinker_scan);

/* Register the shrinker when the module is loaded.  Returns 0 or -ENOMEM. */
int mheap_shrinker_init(void)
{
	return mheap_compat_shrinker_register(&mheap_shrinker, "mheap");
}

/* Unregister the shrinker when the module is unloaded, when no heap is left. */
void mheap_shrinker_exit(void)
{
	mheap_compat_shrinker_unregister(&mheap_shrinker);
	cancel_work_sync(&mheap_shrinker_work);
}

/* Add a heap that is complete to those that the shrinker asks for memory.  May sleep. */
void mheap_shrinker_add(struct mheap_heap *heap)
{
	mutex_lock(&mheap_shrinker_lock);
	list_add_tail(&heap->all, &mheap_shrinker_heaps);
	mutex_unlock(&mheap_shrinker_lock);
}

/* Remove a heap that is being destroyed.  The heap lock is not held; may sleep. */
void mheap_shrinker_del(struct mheap_heap *heap)
{
	mutex_lock(&mheap_shrinker_lock);
	list_del(&heap->all);
	mutex_unlock(&mheap_shrinker_lock);
}
