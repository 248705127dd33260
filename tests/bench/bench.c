// SPDX-License-Identifier: GPL-2.0
/*
 * Benchmarks through the library: prints one line "name value" for each figure,
 * values in ns unless the name says otherwise.  bench OBJECTS [NAME...] runs all
 * or the named ones.
 */
#include <linux/mheap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "charge.h"
#include "collect.h"
#include "common.h"
#include "heap.h"

static unsigned int next_of(unsigned int i)
{
	return (i + 1) % heap.nr;
}

/* Each object has two slots, no payload, and keeps no handle. */
static void bench_memory(unsigned int objects)
{
	double before;

	charge_enter();
	heap_begin(objects);
	before = charged();
	heap_alloc_all(2);
	heap_set_slots(0, next_of);
	heap_drop_all_but(0);
	bench_report("bytes_per_object_without_handle", (charged() - before) / objects);
	heap_end();
}

/* Each new object refers to two older ones. */
static void bench_alloc(unsigned int objects)
{
	unsigned int i;
	double t;

	heap_begin(objects);
	t = bench_now();
	for (i = 0; i < objects; i++) {
		heap.refs[i] = mheap_batch_alloc(heap.batch, 0, 2, 0, 0);
		heap_added();
		mheap_batch_set(heap.batch, heap.refs[i], 0, heap.refs[i / 2]);
		heap_added();
		mheap_batch_set(heap.batch, heap.refs[i], 1, heap.refs[i / 3]);
		heap_added();
	}
	heap_submit();
	bench_report("alloc_and_2_links_per_object", (bench_now() - t) / objects);
	heap_end();
}

/* Measure a call that does nothing, and two of the cheapest operations. */
static void bench_calls(unsigned int objects)
{
	unsigned int i, n = 20000;
	mheap_ref a, b;
	double t;

	(void)objects;
	heap_begin(1);
	heap_check("alloc", mheap_alloc(heap.h, 0, 2, 0, 0, &a));
	t = bench_now();
	for (i = 0; i < n; i++)
		ioctl(mheap_fd(heap.h), _IO(MHEAP_IOC, 0xff));
	bench_report("null_call", (bench_now() - t) / n);
	t = bench_now();
	for (i = 0; i < n; i++) {
		heap_check("dup", mheap_dup(heap.h, a, &b));
		heap_check("drop", mheap_drop(heap.h, b));
	}
	bench_report("single_call", (bench_now() - t) / n / 2);
	t = bench_now();
	for (i = 0; i < n; i++) {
		b = mheap_batch_dup(heap.batch, a);
		heap_added();
		mheap_batch_drop(heap.batch, b);
		heap_added();
	}
	heap_submit();
	bench_report("batched_call", (bench_now() - t) / n / 2);
	heap_end();
}

/* Make a list of new objects and drop it. */
static void make_list(unsigned int length)
{
	mheap_ref last, r;
	unsigned int i;

	heap_check("alloc", mheap_alloc(heap.h, 0, 2, 0, 0, &last));
	for (i = 1; i < length; i++) {
		r = mheap_batch_alloc(heap.batch, 0, 2, 0, 0);
		heap_added();
		mheap_batch_set(heap.batch, r, 0, last);
		heap_added();
		mheap_batch_drop(heap.batch, last);
		heap_added();
		last = r;
	}
	heap_submit();
	heap_check("drop", mheap_drop(heap.h, last));
}

/* Build, keep and drop lists without cycles while automatic collection is on. */
static void bench_acyclic(unsigned int objects)
{
	struct mheap_gc_stats s[3];
	unsigned int made;
	double t;

	heap_begin(1);
	heap_check("enable", mheap_gc_enable(heap.h));
	t = bench_now();
	for (made = 0; made < 2 * objects; made += objects / 10)
		make_list(objects / 10);
	bench_report("acyclic_per_object", (bench_now() - t) / made);
	heap_check("stats", mheap_gc_get_stats(heap.h, s));
	bench_report("acyclic_collections_number",
		     (double)(s[0].collections + s[1].collections + s[2].collections));
	bench_report("acyclic_visits_number",
		     (double)(s[0].scanned + s[1].scanned + s[2].scanned));
	heap_end();
}

static const struct {
	const char *name;
	void (*run)(unsigned int objects);
} benches[] = {
	{ "calls", bench_calls },
	{ "memory", bench_memory },
	{ "alloc", bench_alloc },
	{ "tree", collect_tree },
	{ "ring", collect_ring },
	{ "acyclic", bench_acyclic },
	{ "random", collect_random },
	{ "grow", pace_grow },
	{ "new_to_old", pace_new_to_old },
	{ "frame", pause_frame },
	{ "pauses", pause_collection },
};

static int wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 2; i < argc; i++)
		if (!strcmp(argv[i], name))
			return 1;
	return argc <= 2;
}

int main(int argc, char **argv)
{
	unsigned int objects = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000;
	size_t i;

	for (i = 0; i < sizeof(benches) / sizeof(benches[0]); i++)
		if (wanted(benches[i].name, argc, argv))
			benches[i].run(objects);
	return 0;
}
