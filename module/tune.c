// SPDX-License-Identifier: GPL-2.0
/* Settings of a heap that its sessions can read and change. */
#include <linux/string.h>

#include "compat.h"
#include "heap.h"
#include "tune.h"

static void mheap_tune_set(struct mheap_heap *heap,
			   const struct mheap_ioc_tune *tune)
{
	struct mheap_trigger *trigger = &heap->gc.trigger;

	if (tune->set & MHEAP_TUNE_ENABLED)
		trigger->enabled = tune->enabled;
	if (tune->set & MHEAP_TUNE_THRESHOLD)
		memcpy(trigger->threshold, tune->threshold,
		       sizeof(trigger->threshold));
	if (tune->set & MHEAP_TUNE_LIMIT) {
		heap->limit_bytes = tune->limit_bytes ?:
				    mheap_defaults.limit_bytes;
		heap->limit_objects = tune->limit_objects ?:
				      mheap_defaults.limit_objects;
	}
	if (tune->set & MHEAP_TUNE_DEBUG)
		heap->gc.save_all = tune->debug & MHEAP_DEBUG_SAVE_ALL;
}

static void mheap_tune_get(const struct mheap_heap *heap,
			   struct mheap_ioc_tune *tune)
{
	const struct mheap_trigger *trigger = &heap->gc.trigger;

	tune->enabled = trigger->enabled;
	memcpy(tune->threshold, trigger->threshold, sizeof(tune->threshold));
	tune->limit_bytes = heap->limit_bytes;
	tune->limit_objects = heap->limit_objects;
	tune->debug = heap->gc.save_all ? MHEAP_DEBUG_SAVE_ALL : 0;
}

/**
 * mheap_tune() - Change and read settings
 * @heap: the heap
 * @tune: the settings to change; afterwards all settings that are in force
 *
 * Context: the heap lock is not held; may sleep.
 *
 * Return: 0, or -EINVAL with nothing changed.
 */
int mheap_tune(struct mheap_heap *heap, struct mheap_ioc_tune *tune)
{
	if (tune->set & ~(MHEAP_TUNE_ENABLED | MHEAP_TUNE_THRESHOLD |
			  MHEAP_TUNE_LIMIT | MHEAP_TUNE_DEBUG))
		return -EINVAL;
	if (tune->set & MHEAP_TUNE_ENABLED && tune->enabled > 1)
		return -EINVAL;
	if (tune->reserved || (tune->set & MHEAP_TUNE_DEBUG &&
			       tune->debug & ~MHEAP_DEBUG_SAVE_ALL))
		return -EINVAL;
	mheap_heap_lock(heap);
	mheap_tune_set(heap, tune);
	mheap_tune_get(heap, tune);
	mheap_heap_unlock(heap);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_tune);
