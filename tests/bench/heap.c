// SPDX-License-Identifier: GPL-2.0
/* The heap under test, whose objects are made, linked and dropped in batches. */
#include "heap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common.h"

struct heap heap;

/* The batch has room for this many operations. */
static unsigned int pending;

int heap_check(const char *what, int ret)
{
	if (ret >= 0)
		return ret;
	fprintf(stderr, "bench: %s: %s\n", what, mheap_strerror(ret));
	exit(1);
}

void heap_begin(unsigned int nr)
{
	heap_check("open", mheap_open(&heap.h));
	heap_check("disable", mheap_gc_disable(heap.h));
	heap.nr = nr;
	heap.batch = mheap_batch_new(heap.h, HEAP_BATCH);
	heap.refs = calloc(nr, sizeof(*heap.refs));
	if (!heap.batch || !heap.refs)
		heap_check("memory", -ENOMEM);
}

void heap_end(void)
{
	mheap_batch_free(heap.batch);
	free(heap.refs);
	mheap_close(heap.h);
}

static double longest;

void heap_submit(void)
{
	double begin = bench_now(), took;

	if (pending)
		heap_check("submit", mheap_batch_submit(heap.batch));
	took = bench_now() - begin;
	if (took > longest)
		longest = took;
	mheap_batch_reset(heap.batch);
	pending = 0;
}

double heap_longest_submit(void)
{
	double was = longest;

	longest = 0;
	return was;
}

void heap_added(void)
{
	if (++pending == HEAP_BATCH)
		heap_submit();
}

void heap_alloc_all(unsigned int nslots)
{
	unsigned int i;

	for (i = 0; i < heap.nr; i++) {
		heap.refs[i] = mheap_batch_alloc(heap.batch, 0, nslots, 0, 0);
		heap_added();
	}
	heap_submit();
}

void heap_set_slots(unsigned int slot, unsigned int (*target)(unsigned int i))
{
	unsigned int i;

	for (i = 0; i < heap.nr; i++) {
		mheap_batch_set(heap.batch, heap.refs[i], slot, heap.refs[target(i)]);
		heap_added();
	}
	heap_submit();
}

unsigned int heap_anywhere(unsigned int i)
{
	(void)i;
	return bench_below(heap.nr);
}

void heap_drop_all_but(unsigned int keep)
{
	unsigned int i;

	for (i = 0; i < heap.nr; i++) {
		if (i == keep)
			continue;
		mheap_batch_drop(heap.batch, heap.refs[i]);
		heap_added();
	}
	heap_submit();
}

mheap_ref heap_hold_shuffled(void)
{
	unsigned int *order = bench_shuffled(heap.nr), i;
	mheap_ref root;

	heap_check("root", mheap_alloc(heap.h, 0, heap.nr, 0, 0, &root));
	for (i = 0; i < heap.nr; i++) {
		mheap_batch_set(heap.batch, root, i, heap.refs[order[i]]);
		heap_added();
	}
	heap_submit();
	free(order);
	return root;
}

double heap_collect(int generation)
{
	double t = bench_now();

	heap_check("collect", (int)mheap_gc_collect(heap.h, generation));
	return bench_now() - t;
}
