// SPDX-License-Identifier: GPL-2.0
/*
 * The shrinker: when the system is short of memory, heaps in which there can be
 * garbage begin a full collection, and give back empty pools.  It frees nothing itself:
 * a heap lock cannot be waited for here, and garbage has to be found first.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/shrinker.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "heap.h"
#include "pressure.h"
#include "scanner.h"

/* Guards the list of all heaps.  The shrinker tries heap locks under it, and does not
 * wait for them; see the lock order in heap.h.
 */
static DEFINE_MUTEX(mheap_pressure_lock);
static LIST_HEAD(mheap_all);

static unsigned long mheap_pressure_count(struct shrinker *shrinker,
					  struct shrink_control *sc)
{
	unsigned long objects = 0;
	struct mheap_heap *heap;

	if (!mutex_trylock(&mheap_pressure_lock))
		return 0;
	list_for_each_entry(heap, &mheap_all, all) {
		if (READ_ONCE(heap->gc.suspects))
			objects += mheap_collect_collectable(&heap->gc);
		objects += READ_ONCE(heap->areas[MHEAP_CHANGING].nr_empty) +
			   READ_ONCE(heap->areas[MHEAP_CONSTANT].nr_empty);
	}
	mutex_unlock(&mheap_pressure_lock);
	return objects;
}

/* Who could take the lock finds the graveyard empty, so unlocking frees nothing here. */
static bool mheap_pressure_try(struct mheap_heap *heap)
{
	bool began;

	if (!mheap_heap_trylock(heap))
		return false;
	began = mheap_scanner_press(heap);
	mheap_heap_unlock(heap);
	return began;
}

/* Heaps that had nothing to do so far get their threads. */
static void mheap_pressure_start(struct work_struct *work)
{
	struct mheap_heap *heap;

	mutex_lock(&mheap_pressure_lock);
	list_for_each_entry(heap, &mheap_all, all)
		if (READ_ONCE(heap->scanner_wanted))
			mheap_scanner_start(heap);
	mutex_unlock(&mheap_pressure_lock);
}

static DECLARE_WORK(mheap_pressure_work, mheap_pressure_start);

static unsigned long mheap_pressure_scan(struct shrinker *shrinker,
					 struct shrink_control *sc)
{
	struct mheap_heap *heap;
	bool began = false;

	if (!mutex_trylock(&mheap_pressure_lock))
		return SHRINK_STOP;
	list_for_each_entry(heap, &mheap_all, all)
		began |= mheap_pressure_try(heap);
	mutex_unlock(&mheap_pressure_lock);
	if (!began)
		return SHRINK_STOP;
	schedule_work(&mheap_pressure_work);
	return 0;
}

MHEAP_SHRINKER(mheap_shrinker, mheap_pressure_count, mheap_pressure_scan);

int mheap_pressure_init(void)
{
	return mheap_shrinker_register(&mheap_shrinker, "mheap");
}

void mheap_pressure_exit(void)
{
	mheap_shrinker_unregister(&mheap_shrinker);
	cancel_work_sync(&mheap_pressure_work);
}

void mheap_pressure_add(struct mheap_heap *heap)
{
	mutex_lock(&mheap_pressure_lock);
	list_add_tail(&heap->all, &mheap_all);
	mutex_unlock(&mheap_pressure_lock);
}

void mheap_pressure_del(struct mheap_heap *heap)
{
	mutex_lock(&mheap_pressure_lock);
	list_del(&heap->all);
	mutex_unlock(&mheap_pressure_lock);
}
