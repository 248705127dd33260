// SPDX-License-Identifier: GPL-2.0
/*
 * Automatic collection of growing heaps: work, memory and stops. pacing.py has the same
 * shapes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "collect.h"
#include "common.h"
#include "heap.h"

struct work {
	double visits, ns;
};

static struct work work_so_far(void)
{
	struct mheap_gc_stats stats[3];
	struct work w = { 0, 0 };
	int i;

	heap_check("stats", mheap_gc_get_stats(heap.h, stats));
	for (i = 0; i < 3; i++) {
		w.visits += (double)stats[i].scanned;
		w.ns += (double)stats[i].time_ns;
	}
	return w;
}

static void report_one(const char *shape, const char *what, double value)
{
	char name[80];

	snprintf(name, sizeof(name), "%s_%s", shape, what);
	bench_report(name, value);
}

static void report(const char *shape, unsigned int objects, struct work before)
{
	double batch = heap_longest_submit();
	struct mheap_info info;
	struct work w;

	heap_check("info", mheap_info(heap.h, &info));
	/* This finishes a collection under way. */
	heap_check("freeze", mheap_gc_freeze(heap.h));
	w = work_so_far();
	report_one(shape, "visits_per_object", (w.visits - before.visits) / objects);
	report_one(shape, "collector_ns_per_object", (w.ns - before.ns) / objects);
	report_one(shape, "peak_objects", (double)info.objects_max);
	report_one(shape, "longest_hold", (double)info.lock_max_ns);
	report_one(shape, "longest_batch", batch);
}

/* Build a tree that stays alive. */
void pace_grow(unsigned int objects)
{
	unsigned int i;

	heap_begin(objects);
	heap_longest_submit();
	heap_check("enable", mheap_gc_enable(heap.h));
	for (i = 0; i < objects; i++) {
		heap.refs[i] = mheap_batch_alloc(heap.batch, 0, 2, 0, 0);
		heap_added();
		if (!i)
			continue;
		mheap_batch_set(heap.batch, heap.refs[(i - 1) / 2], !(i % 2), heap.refs[i]);
		heap_added();
	}
	heap_submit();
	report("grow_tree", objects, (struct work){ 0, 0 });
	heap_end();
}

/* Make half as many new objects as there are old ones; each refers to two old ones. */
void pace_new_to_old(unsigned int objects)
{
	struct work before;
	unsigned int i;
	mheap_ref o;

	heap_begin(objects);
	heap_alloc_all(2);
	heap_set_slots(0, heap_anywhere);
	heap_set_slots(1, heap_anywhere);
	heap_collect(2);
	before = work_so_far();
	heap_longest_submit();
	heap_check("enable", mheap_gc_enable(heap.h));
	for (i = 0; i < objects / 2; i++) {
		o = mheap_batch_alloc(heap.batch, 0, 2, 0, 0);
		heap_added();
		mheap_batch_set(heap.batch, o, 0, heap.refs[bench_below(objects)]);
		heap_added();
		mheap_batch_set(heap.batch, o, 1, heap.refs[bench_below(objects)]);
		heap_added();
	}
	heap_submit();
	report("new_to_old", objects / 2, before);
	heap_end();
}
