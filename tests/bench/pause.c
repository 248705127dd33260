// SPDX-License-Identifier: GPL-2.0
/*
 * What a thread that makes calls notices when a large frame is popped, and of collections.
 */
#include "collect.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common.h"
#include "heap.h"

/* The bucket of the histogram of holds that ends at 2^17 ns: the first ends at 2^7. */
#define HOLD_BUCKET	10

#define CALLS 1000000U

enum { WAIT, GO, STOP };

/**
 * struct other - A thread that makes one call after the other
 * @thread: it
 * @ref: what the calls are about
 * @ready: it only waits to be let go
 * @state: what it is to do
 * @calls: how many it made
 * @latency: how long each took, in ns
 */
static struct other {
	pthread_t thread;
	mheap_ref ref;
	atomic_bool ready;
	atomic_int state;
	unsigned int calls;
	float latency[CALLS];
} other;

static void *work(void *arg)
{
	uint64_t n;
	double t;

	(void)arg;
	atomic_store(&other.ready, true);
	while (atomic_load(&other.state) == WAIT)
		;
	other.calls = 0;
	do {
		t = bench_now();
		heap_check("refcount", mheap_refcount(heap.h, other.ref, &n));
		other.latency[other.calls++] = (float)(bench_now() - t);
	} while (atomic_load(&other.state) == GO && other.calls < CALLS);
	return NULL;
}

static void other_begin(void)
{
	atomic_store(&other.ready, false);
	atomic_store(&other.state, WAIT);
	pthread_create(&other.thread, NULL, work, NULL);
	while (!atomic_load(&other.ready))
		sched_yield();
}

static void other_go(void)
{
	atomic_store(&other.state, GO);
}

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

static void other_end(void)
{
	atomic_store(&other.state, STOP);
	pthread_join(other.thread, NULL);
	qsort(other.latency, other.calls, sizeof(*other.latency), by_value);
}

/* Returns the latency that this many of ten thousand calls exceeded. */
static double other_latency(unsigned int longer)
{
	return other.latency[other.calls - 1 - (unsigned long)other.calls * longer / 10000];
}

void pause_frame(unsigned int objects)
{
	struct mheap_info info;
	double t;

	heap_begin(objects);
	heap_check("alloc", mheap_alloc(heap.h, 0, 0, 0, 0, &other.ref));
	other_begin();
	heap_check("push", mheap_frame_push(heap.h));
	heap_alloc_all(0);
	other_go();
	t = bench_now();
	heap_check("pop", mheap_frame_pop(heap.h, 0, NULL));
	t = bench_now() - t;
	other_end();
	bench_report("frame_pop_per_handle", t / objects);
	bench_report("frame_pop_other_call_median", other_latency(5000));
	bench_report("frame_pop_other_call_p99", other_latency(100));
	bench_report("frame_pop_other_call_max", other_latency(0));
	heap_check("info", mheap_info(heap.h, &info));
	bench_report("frame_longest_lock_hold", (double)info.lock_max_ns);
	heap_end();
}

/* Print how long the calls took, by quantiles. */
static void report_calls(const char *format)
{
	static const unsigned int parts[] = { 5000, 2000, 1000, 300, 100, 30, 10, 3, 1, 0 };
	unsigned int i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		bench_report_n(format, parts[i], other_latency(parts[i]));
}

/* Make calls for half a second while nothing else runs. */
static void idle(void)
{
	other_begin();
	other_go();
	usleep(500000);
	other_end();
	report_calls("call_while_idle_%u_of_10000_longer");
}

static void collecting(void)
{
	other_begin();
	other_go();
	heap_collect(2);
	other_end();
	report_calls("call_while_collecting_%u_of_10000_longer");
}

#define GAP_NS		120e3
#define GAP_SECONDS	0.5

/*
 * What the machine takes from a thread that only looks at the clock, while the other one
 * makes its calls: so long a gap makes a hold last longer than the bucket of the histogram
 * that ends at 131 us, if the hold is as short as they are while somebody waits.
 */
static void gaps(void)
{
	double begin, last, t, longest = 0;
	unsigned int n = 0;

	other_begin();
	other_go();
	begin = bench_now();
	last = begin;
	for (; last < begin + GAP_SECONDS * 1e9; last = t) {
		t = bench_now();
		n += t - last > GAP_NS;
		if (t - last > longest)
			longest = t - last;
	}
	bench_report("machine_gaps_over_120_us_per_second", n / GAP_SECONDS);
	other_end();
	bench_report("machine_gap_max", longest);
}

/* Count the holds longer than 2^17 ns in the rest of a line of the histogram. */
static double longer_holds(const char *buckets)
{
	double longer = 0;
	char *end;
	int i;

	for (i = 0;; i++, buckets = end) {
		unsigned long long n = strtoull(buckets, &end, 10);

		if (end == buckets)
			return longer;
		longer += i > HOLD_BUCKET ? n : 0;
	}
}

/*
 * Print how long the lock was held for each purpose: the 99.99 % quantile and the longest.
 */
static void report_holds(void)
{
	char path[64], line[1024], kind[16], name[64];
	unsigned long long holds, p50, p99, p9999, max;
	struct mheap_gc_stats stats[3];
	struct mheap_info info;
	int at;
	FILE *f;

	heap_check("stats", mheap_gc_get_stats(heap.h, stats));
	bench_report("slices_ns_all", (double)stats[2].time_ns);
	heap_check("info", mheap_info(heap.h, &info));
	snprintf(path, sizeof(path), "/sys/kernel/debug/mheap/%llu/holds",
		 (unsigned long long)info.heap_id);
	f = fopen(path, "r");
	if (!f) {
		perror(path);
		exit(1);
	}
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%15s %llu %llu %llu %llu %llu%n", kind, &holds, &p50,
			   &p99, &p9999, &max, &at) != 6 || !holds)
			continue;
		snprintf(name, sizeof(name), "hold_%s_number", kind);
		bench_report(name, (double)holds);
		snprintf(name, sizeof(name), "hold_%s_p99.99", kind);
		bench_report(name, (double)p9999);
		snprintf(name, sizeof(name), "hold_%s_max", kind);
		bench_report(name, (double)max);
		snprintf(name, sizeof(name), "hold_%s_over_131_us_number", kind);
		bench_report(name, longer_holds(line + at));
	}
	fclose(f);
}

/* Measure how long calls wait while the whole heap is collected, $ROUNDS times. */
void pause_collection(unsigned int objects)
{
	const char *rounds = getenv("ROUNDS");
	unsigned int i = rounds ? strtoul(rounds, NULL, 0) : 1;

	heap_begin(bench_size(objects, BENCH_MOST));
	heap_alloc_all(2);
	heap_set_slots(0, heap_anywhere);
	heap_set_slots(1, heap_anywhere);
	other.ref = heap_hold_shuffled();
	heap_drop_all_but(heap.nr);
	heap_collect(2);
	while (i--) {
		gaps();
		idle();
		collecting();
	}
	heap_check("drop", mheap_drop(heap.h, other.ref));
	heap_collect(2);
	report_holds();
	heap_end();
}
