// SPDX-License-Identifier: GPL-2.0
/* Answers to what programs ask about the module, a heap and its collections. */
#include <linux/bits.h>
#include <linux/nospec.h>

#include "compat.h"
#include "heap.h"
#include "limits.h"
#include "query.h"
#include "session.h"

void mheap_query(struct mheap_ioc_query *query)
{
	*query = (struct mheap_ioc_query){
		.size = sizeof(*query),
		.abi_level = MHEAP_ABI_LEVEL,
		.opcodes = GENMASK_ULL(MHEAP_OP_COUNT - 1, 0),
		.max_ops = MHEAP_MAX_OPS,
		.op_size = sizeof(struct mheap_entry),
		.max_slots = MHEAP_MAX_SLOTS,
		.max_name = MHEAP_MAX_NAME,
		.max_bytes = MHEAP_MAX_BYTES,
		.max_types = MHEAP_MAX_TYPES,
		.max_intern = MHEAP_MAX_INTERN,
		.max_frames = MHEAP_MAX_FRAMES,
	};
}

void mheap_query_info(struct mheap_session *s, struct mheap_ioc_info *info)
{
	struct mheap_heap *heap = s->heap;
	unsigned int i;

	info->arenas = 0;
	info->pages = 0;
	mheap_heap_lock(heap);
	info->rights = s->rights;
	info->heap_id = heap->id;
	info->objects = heap->objects;
	info->tracked = mheap_gc_tracked(&heap->gc);
	info->bytes = heap->bytes;
	info->slots = heap->slots;
	info->handles = s->handles.used;
	info->sessions = heap->sessions;
	for (i = 0; i < MHEAP_GENERATIONS; i++)
		info->count[i] = heap->gc.trigger.count[i];
	info->lock_max_ns = mheap_hist_longest(heap->holds, MHEAP_HOLD_KINDS);
	info->frozen = heap->gc.nr[MHEAP_PERMANENT];
	info->quarantined = heap->gc.nr[MHEAP_QUARANTINED];
	info->garbage = heap->gc.saved;
	info->weaks = s->weaks.used;
	info->frames = s->nr_frames;
	info->events = s->events.nr;
	info->handle_end = s->handles.end + 1ULL;
	info->objects_max = heap->objects_max;
	for (i = 0; i < ARRAY_SIZE(heap->areas); i++)
		mheap_area_count(&heap->areas[i], &info->arenas, &info->pages);
	mheap_heap_unlock(heap);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_query_info);

int mheap_query_gc_stats(struct mheap_heap *heap,
			 struct mheap_ioc_gc_stats *stats)
{
	const struct mheap_hist *pauses;
	const struct mheap_stats *s;
	u32 generation;

	if (stats->generation >= MHEAP_GENERATIONS)
		return -EINVAL;
	generation = array_index_nospec(stats->generation, MHEAP_GENERATIONS);
	s = &heap->stats[generation];
	pauses = &heap->pauses[generation];
	mheap_heap_lock(heap);
	stats->collections = s->collections;
	stats->collected = s->collected;
	stats->uncollectable = 0;
	stats->freed = s->freed;
	stats->scanned = s->scanned;
	stats->time_ns = s->time_ns;
	stats->pause_max_ns = pauses->max_ns;
	stats->pause_p99_ns = mheap_hist_exceeded_by(pauses, 1, 100);
	mheap_heap_unlock(heap);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_query_gc_stats);
