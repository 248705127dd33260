// SPDX-License-Identifier: GPL-2.0
/* Collections of heaps of several sizes and shapes. */
#include "collect.h"

#include <stdio.h>
#include <stdlib.h>

#include "common.h"
#include "heap.h"

/* ---- new objects in a heap with many old ones ---- */

static void make_young(mheap_ref young[BENCH_YOUNG])
{
	unsigned int i;

	for (i = 0; i < BENCH_YOUNG; i++) {
		young[i] = mheap_batch_alloc(heap.batch, 0, 2, 0, 0);
		heap_added();
	}
	heap_submit();
}

/* Make a ring of objects that refer to an old object as well. */
static void link_young(const mheap_ref young[BENCH_YOUNG], mheap_ref root)
{
	mheap_ref old;
	unsigned int i;

	for (i = 0; i < BENCH_YOUNG; i++) {
		mheap_batch_set(heap.batch, young[i], 0, young[(i + 1) % BENCH_YOUNG]);
		heap_added();
		old = mheap_batch_get(heap.batch, root, bench_below(heap.nr));
		heap_added();
		mheap_batch_set(heap.batch, young[i], 1, old);
		heap_added();
		mheap_batch_drop(heap.batch, old);
		heap_added();
	}
	heap_submit();
}

/* All new objects survive the collection and are dropped after it. */
static double young_once(mheap_ref root)
{
	mheap_ref young[BENCH_YOUNG];
	unsigned int i;
	double t;

	make_young(young);
	link_young(young, root);
	t = heap_collect(0);
	for (i = 0; i < BENCH_YOUNG; i++) {
		mheap_batch_drop(heap.batch, young[i]);
		heap_added();
	}
	heap_submit();
	heap_collect(1);
	return t;
}

static double collect_young(mheap_ref root)
{
	double ns[BENCH_YOUNG_TIMES];
	unsigned int i;

	for (i = 0; i < BENCH_YOUNG_TIMES; i++)
		ns[i] = young_once(root);
	return bench_median(ns, BENCH_YOUNG_TIMES);
}

/* ---- shapes ---- */

/* Make a random graph, all of it alive. */
static mheap_ref make_random(unsigned int nr, double steps[3])
{
	double t[4];
	mheap_ref root;

	heap_begin(nr);
	t[0] = bench_now();
	heap_alloc_all(2);
	t[1] = bench_now();
	heap_set_slots(0, heap_anywhere);
	heap_set_slots(1, heap_anywhere);
	t[2] = bench_now();
	root = heap_hold_shuffled();
	t[3] = bench_now();
	heap_drop_all_but(nr);
	steps[0] = (t[1] - t[0]) / nr;
	steps[1] = (t[2] - t[1]) / nr;
	steps[2] = (bench_now() - t[3]) / nr;
	heap_collect(2);
	return root;
}

static void report_pauses(unsigned int nr)
{
	struct mheap_gc_stats stats[3];
	struct mheap_info info;

	heap_check("stats", mheap_gc_get_stats(heap.h, stats));
	heap_check("info", mheap_info(heap.h, &info));
	bench_report_n("pause_p99_of_%u", nr, (double)stats[2].pause_p99_ns);
	bench_report_n("pause_max_of_%u", nr, (double)stats[2].pause_max_ns);
	bench_report_n("longest_lock_hold_of_%u", nr, (double)info.lock_max_ns);
}

/* Returns what a collection of new objects took, in the sizes where that is asked. */
static double random_of_size(unsigned int objects, unsigned int size)
{
	unsigned int nr = bench_size(objects, size);
	double steps[3], young = 0;
	mheap_ref root = make_random(nr, steps);
	unsigned int i;

	for (i = 0; i < bench_times(size); i++)
		bench_report_n("full_random_%u_per_object", nr, heap_collect(2) / nr);
	if (size == BENCH_MOST)
		report_pauses(nr);
	if (size == BENCH_FEW || size == BENCH_MANY) {
		young = collect_young(root);
		bench_report_n("young_700_over_%u_old", nr, young);
	}
	if (size == BENCH_MANY) {
		bench_report("alloc_per_object", steps[0]);
		bench_report("link_2_random_per_object", steps[1]);
		bench_report("drop_handle", steps[2]);
	}
	heap_end();
	return young;
}

void collect_random(unsigned int objects)
{
	double young[BENCH_SIZES];
	unsigned int i;

	for (i = 0; i < BENCH_SIZES; i++)
		young[i] = random_of_size(objects, i);
	bench_report("young_ratio_of_both", young[BENCH_MANY] / young[BENCH_FEW]);
}

static unsigned int left_child(unsigned int i)
{
	return 2 * i + 1 < heap.nr ? 2 * i + 1 : 0;
}

static void link_tree(void)
{
	unsigned int i, child;

	for (i = 0; left_child(i); i++)
		for (child = 0; child < 2 && left_child(i) + child < heap.nr; child++) {
			mheap_batch_set(heap.batch, heap.refs[i], child,
					heap.refs[left_child(i) + child]);
			heap_added();
		}
	heap_submit();
}

/* A binary tree is collected while it is alive, and freed when its root is dropped. */
void collect_tree(unsigned int objects)
{
	double t;
	int i;

	heap_begin(objects);
	heap_alloc_all(2);
	link_tree();
	heap_drop_all_but(0);
	heap_collect(2);
	for (i = 0; i < BENCH_TIMES; i++)
		bench_report_n("full_tree_%u_per_object", objects,
			       heap_collect(2) / objects);
	t = bench_now();
	heap_check("drop", mheap_drop(heap.h, heap.refs[0]));
	bench_report("tree_freed_by_count_per_object", (bench_now() - t) / objects);
	heap_end();
}

static unsigned int next_of(unsigned int i)
{
	return (i + 1) % heap.nr;
}

/* A ring without handles is found and taken down. */
void collect_ring(unsigned int objects)
{
	struct mheap_info info;
	double t;

	heap_begin(objects);
	heap_alloc_all(2);
	heap_set_slots(0, next_of);
	heap_drop_all_but(objects);
	t = heap_collect(2);
	heap_check("info", mheap_info(heap.h, &info));
	if (info.objects) {
		fprintf(stderr, "bench: garbage was not found\n");
		exit(1);
	}
	bench_report_n("garbage_ring_%u_found_and_freed_per_object", objects, t / objects);
	heap_end();
}
