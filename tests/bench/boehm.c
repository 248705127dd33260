// SPDX-License-Identifier: GPL-2.0
/*
 * Boehm's collector doing what bench.c does: prints "name value" lines, values in ns.
 *
 *   boehm OBJECTS MARKERS
 *
 * Nodes have 64 bytes, a line of the cache each.  Nothing is collected but when it is
 * asked for.
 */
#define GC_THREADS
#include <gc/gc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

struct node {
	struct node *to[2];
	char rest[48];
};

/* A block that the collector scans keeps objects alive. */
static struct node **held;

static struct node **make(unsigned int nr)
{
	struct node **nodes = GC_MALLOC(nr * sizeof(struct node *));
	unsigned int i;

	for (i = 0; i < nr; i++)
		nodes[i] = GC_MALLOC(sizeof(struct node));
	return nodes;
}

static double collect(void)
{
	double t;

	GC_enable();
	t = bench_now();
	GC_gcollect();
	t = bench_now() - t;
	GC_disable();
	return t;
}

/* Leave only the references of a block, in random order. */
static void hold_shuffled(struct node **nodes, unsigned int nr)
{
	unsigned int *order = bench_shuffled(nr), i;

	held = GC_MALLOC(nr * sizeof(*held));
	for (i = 0; i < nr; i++)
		held[i] = nodes[order[i]];
	free(order);
	memset(nodes, 0, nr * sizeof(*nodes));
}

static void let_go(unsigned int nr)
{
	memset(held, 0, nr * sizeof(*held));
	held = NULL;
	collect();
}

static void random_of_size(unsigned int objects, unsigned int size)
{
	unsigned int nr = bench_size(objects, size), i;
	double start = bench_now(), made, ns = 0;
	struct node **nodes = make(nr);

	made = bench_now();
	for (i = 0; i < nr; i++) {
		nodes[i]->to[0] = nodes[bench_below(nr)];
		nodes[i]->to[1] = nodes[bench_below(nr)];
	}
	if (size == BENCH_MANY) {
		bench_report("alloc_per_object", (made - start) / nr);
		bench_report("link_2_random_per_object", (bench_now() - made) / nr);
	}
	hold_shuffled(nodes, nr);
	collect();
	for (i = 0; i < bench_times(size); i++) {
		ns = collect();
		bench_report_n("full_random_%u_per_object", nr, ns / nr);
	}
	if (size == BENCH_MOST)
		bench_report_n("pause_max_of_%u", nr, ns);
	let_go(nr);
}

static void alloc(unsigned int nr)
{
	unsigned int i;
	double t;

	held = GC_MALLOC(nr * sizeof(*held));
	t = bench_now();
	for (i = 0; i < nr; i++) {
		held[i] = GC_MALLOC(sizeof(struct node));
		held[i]->to[0] = held[i / 2];
		held[i]->to[1] = held[i / 3];
	}
	bench_report("alloc_and_2_links_per_object", (bench_now() - t) / nr);
	let_go(nr);
}

static void tree(unsigned int nr)
{
	struct node **nodes = make(nr);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		nodes[i]->to[0] = 2 * i + 1 < nr ? nodes[2 * i + 1] : NULL;
		nodes[i]->to[1] = 2 * i + 2 < nr ? nodes[2 * i + 2] : NULL;
	}
	held = GC_MALLOC(sizeof(*held));
	held[0] = nodes[0];
	memset(nodes, 0, nr * sizeof(*nodes));
	collect();
	for (i = 0; i < BENCH_TIMES; i++)
		bench_report_n("full_tree_%u_per_object", nr, collect() / nr);
	let_go(1);
}

/* The collector clears this cell when the ring is gone. */
static void **witness;
static unsigned int ring_length;

/*
 * The ring is made by a thread of its own, so that none of its addresses stays on a stack.
 */
static void *make_ring(void *arg)
{
	struct node **nodes = make(ring_length);
	unsigned int i;

	for (i = 0; i < ring_length; i++)
		nodes[i]->to[0] = nodes[(i + 1) % ring_length];
	*witness = (void *)GC_HIDE_POINTER(nodes[0]);
	GC_general_register_disappearing_link(witness, nodes[0]);
	memset(nodes, 0, ring_length * sizeof(*nodes));
	return arg;
}

/* The rest of a lazy sweep is done when the next collection begins. */
static void ring(unsigned int nr)
{
	pthread_t thread;
	double t;

	witness = GC_MALLOC_ATOMIC_UNCOLLECTABLE(sizeof(*witness));
	ring_length = nr;
	pthread_create(&thread, NULL, make_ring, NULL);
	pthread_join(thread, NULL);
	t = collect();
	t += collect();
	if (*witness) {
		fprintf(stderr, "boehm: garbage was not found\n");
		return;
	}
	bench_report_n("garbage_ring_%u_found_and_freed_per_object", nr, t / nr);
}

int main(int argc, char **argv)
{
	unsigned int objects = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000, i;

	GC_set_markers_count(argc > 2 ? strtoul(argv[2], NULL, 0) : 1);
	GC_INIT();
	GC_disable();
	bench_report("bytes_per_object_without_handle", sizeof(struct node));
	alloc(objects);
	tree(objects);
	ring(objects);
	for (i = 0; i < BENCH_SIZES; i++)
		random_of_size(objects, i);
	return 0;
}
