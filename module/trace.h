/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints for the beginning and end of heaps and of collections. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mheap

#if !defined(MHEAP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MHEAP_TRACE_H

#include <linux/tracepoint.h>

#include "heap.h"

DECLARE_EVENT_CLASS(mheap_heap,
	TP_PROTO(const struct mheap_heap *heap),
	TP_ARGS(heap),
	TP_STRUCT__entry(
		__field(u32, heap)
		__field(u64, objects)
	),
	TP_fast_assign(
		__entry->heap = heap->id;
		__entry->objects = heap->objects;
	),
	TP_printk("heap=%u objects=%llu", __entry->heap, __entry->objects)
);

DEFINE_EVENT(mheap_heap, mheap_heap_create,
	TP_PROTO(const struct mheap_heap *heap),
	TP_ARGS(heap)
);

DEFINE_EVENT(mheap_heap, mheap_heap_destroy,
	TP_PROTO(const struct mheap_heap *heap),
	TP_ARGS(heap)
);

TRACE_EVENT(mheap_gc_start,
	TP_PROTO(const struct mheap_heap *heap, unsigned int generation),
	TP_ARGS(heap, generation),
	TP_STRUCT__entry(
		__field(u32, heap)
		__field(u32, generation)
		__field(bool, automatic)
		__field(u64, objects)
	),
	TP_fast_assign(
		__entry->heap = heap->id;
		__entry->generation = generation;
		__entry->automatic = heap->automatic;
		__entry->objects = heap->objects;
	),
	TP_printk("heap=%u generation=%u automatic=%d objects=%llu",
		  __entry->heap, __entry->generation, __entry->automatic,
		  __entry->objects)
);

TRACE_EVENT(mheap_gc_stop,
	TP_PROTO(const struct mheap_heap *heap, unsigned int generation,
		 u64 found, u64 freed),
	TP_ARGS(heap, generation, found, freed),
	TP_STRUCT__entry(
		__field(u32, heap)
		__field(u32, generation)
		__field(u64, found)
		__field(u64, freed)
	),
	TP_fast_assign(
		__entry->heap = heap->id;
		__entry->generation = generation;
		__entry->found = found;
		__entry->freed = freed;
	),
	TP_printk("heap=%u generation=%u found=%llu freed=%llu",
		  __entry->heap, __entry->generation, __entry->found,
		  __entry->freed)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
