// SPDX-License-Identifier: GPL-2.0
/*
 * Benchmarks through the library: prints one line "name value" for each figure,
 * values in ns unless the name says otherwise.  bench OBJECTS [NAME...] runs all
 * or the named ones.
 */
#include <mheap.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 4096U

static unsigned int nr;
static struct mheap *heap;
static struct mheap_batch *batch;
static mheap_ref *refs;

static void die(const char *what, int err)
{
	fprintf(stderr, "bench: %s: %s\n", what, mheap_strerror(err));
	exit(1);
}

static int check(const char *what, int ret)
{
	if (ret < 0)
		die(what, ret);
	return ret;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static void report(const char *name, double value)
{
	printf("%s %.1f\n", name, value);
	fflush(stdout);
}

static void submit(void)
{
	check("submit", mheap_batch_submit(batch));
	mheap_batch_reset(batch);
}

/* The same order in every run: xorshift, a fixed seed. */
static unsigned int below(unsigned int n)
{
	static unsigned long long x = 88172645463325252ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x % n;
}

static void begin(void)
{
	check("open", mheap_open(&heap));
	check("disable", mheap_gc_disable(heap));
	batch = mheap_batch_new(heap, BATCH);
	refs = calloc(nr, sizeof(*refs));
	if (!batch || !refs)
		die("memory", -12);
}

static void end(void)
{
	mheap_batch_free(batch);
	free(refs);
	mheap_close(heap);
}

static void alloc_all(unsigned int nslots)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		refs[i] = mheap_batch_alloc(batch, 0, nslots, 0, 0);
		if (i % BATCH == BATCH - 1)
			submit();
	}
	submit();
}

static void set_slots(unsigned int slot, unsigned int (*target)(unsigned int))
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		mheap_batch_set(batch, refs[i], slot, refs[target(i)]);
		if (i % BATCH == BATCH - 1)
			submit();
	}
	submit();
}

static void drop_all_but(unsigned int keep)
{
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++) {
		if (i == keep)
			continue;
		mheap_batch_drop(batch, refs[i]);
		if (++n % BATCH == 0)
			submit();
	}
	submit();
}

static unsigned int anywhere(unsigned int i)
{
	(void)i;
	return below(nr);
}

/* One object with a slot for each other, in random order, as the only root. */
static mheap_ref hold_shuffled(void)
{
	unsigned int *order = malloc(nr * sizeof(*order)), i, j, t;
	mheap_ref root;

	check("root", mheap_alloc(heap, 0, nr, 0, 0, &root));
	for (i = 0; i < nr; i++)
		order[i] = i;
	for (i = nr - 1; i; i--) {
		j = below(i + 1);
		t = order[i];
		order[i] = order[j];
		order[j] = t;
	}
	for (i = 0; i < nr; i++) {
		mheap_batch_set(batch, root, i, refs[order[i]]);
		if (i % BATCH == BATCH - 1)
			submit();
	}
	submit();
	free(order);
	return root;
}

/* All that the module has is slab memory, but for large objects. */
static double slab_kib(void)
{
	char line[128];
	double kib = 0;
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Slab: %lf", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

/* Random graph, all live: build, link, full collections, slices. */
static void bench_collect(void)
{
	struct mheap_gc_stats before[3], after[3];
	double t;
	int i;

	begin();
	t = now();
	alloc_all(2);
	report("alloc_per_object", (now() - t) / nr);
	t = now();
	set_slots(0, anywhere);
	set_slots(1, anywhere);
	report("link_per_object", (now() - t) / nr);
	hold_shuffled();
	t = now();
	drop_all_but(nr);
	report("drop_handle", (now() - t) / nr);
	check("collect", (int)mheap_gc_collect(heap, 2));
	for (i = 0; i < 5; i++) {
		check("stats", mheap_gc_get_stats(heap, before));
		t = now();
		check("collect", (int)mheap_gc_collect(heap, 2));
		report("full_collection_per_object", (now() - t) / nr);
		check("stats", mheap_gc_get_stats(heap, after));
		report("full_collection_slices_per_object",
		       (double)(after[2].time_ns - before[2].time_ns) / nr);
	}
	report("slice_p99", after[2].pause_p99_ns);
	report("slice_max", after[2].pause_max_ns);
	end();
}

static unsigned int child(unsigned int i)
{
	return 2 * i + 1 < nr ? 2 * i + 1 : 0;
}

/* A binary tree that goes when its root is dropped. */
static void bench_tree(void)
{
	unsigned int i;
	double t;

	begin();
	alloc_all(2);
	for (i = 0; child(i); i++) {
		mheap_batch_set(batch, refs[i], 0, refs[child(i)]);
		if (child(i) + 1 < nr)
			mheap_batch_set(batch, refs[i], 1, refs[child(i) + 1]);
		if (i % (BATCH / 2) == BATCH / 2 - 1)
			submit();
	}
	submit();
	drop_all_but(0);
	t = now();
	check("drop", mheap_drop(heap, refs[0]));
	report("death_by_count_per_object", (now() - t) / nr);
	end();
}

/* A ring with no handle: found and taken down. */
static unsigned int next_of(unsigned int i)
{
	return (i + 1) % nr;
}

static void bench_garbage(void)
{
	double t;

	begin();
	alloc_all(2);
	set_slots(0, next_of);
	drop_all_but(nr);
	t = now();
	if (mheap_gc_collect(heap, 2) != nr)
		die("garbage", -1);
	report("garbage_found_and_freed_per_object", (now() - t) / nr);
	end();
}

static void bench_memory(void)
{
	double kib;

	begin();
	kib = slab_kib();
	alloc_all(2);
	set_slots(0, next_of);
	drop_all_but(0);
	report("kernel_bytes_per_object", (slab_kib() - kib) * 1024 / nr);
	end();
}

static void bench_calls(void)
{
	unsigned int i, n = 20000;
	mheap_ref a, b;
	double t;

	begin();
	check("alloc", mheap_alloc(heap, 0, 2, 0, 0, &a));
	t = now();
	for (i = 0; i < n; i++) {
		check("dup", mheap_dup(heap, a, &b));
		check("drop", mheap_drop(heap, b));
	}
	report("single_call", (now() - t) / n / 2);
	t = now();
	for (i = 0; i < n; i++) {
		b = mheap_batch_dup(batch, a);
		mheap_batch_drop(batch, b);
		if (i % (BATCH / 2) == BATCH / 2 - 1)
			submit();
	}
	submit();
	report("batched_call", (now() - t) / n / 2);
	end();
}

/* Lists that are built, kept and dropped with automatic collection on: no cycles. */
static void bench_acyclic(void)
{
	struct mheap_gc_stats s[3];
	unsigned int i, made;
	mheap_ref last;
	double t;

	begin();
	check("enable", mheap_gc_enable(heap));
	t = now();
	for (made = 0; made < 10 * nr; made += nr / 10) {
		check("alloc", mheap_alloc(heap, 0, 2, 0, 0, &last));
		for (i = 1; i < nr / 10; i++) {
			mheap_ref r = mheap_batch_alloc(batch, 0, 2, 0, 0);

			mheap_batch_set(batch, r, 0, last);
			mheap_batch_drop(batch, last);
			last = r;
			if (i % (BATCH / 4) == 0)
				submit();
		}
		submit();
		check("drop", mheap_drop(heap, last));
	}
	report("acyclic_per_object", (now() - t) / made);
	check("stats", mheap_gc_get_stats(heap, s));
	report("acyclic_collections", s[0].collections + s[1].collections + s[2].collections);
	report("acyclic_visits", s[0].scanned + s[1].scanned + s[2].scanned);
	end();
}

/* ---- a large frame, and what another thread notices of its end ---- */

#define CALLS 1000000U

static atomic_bool popping;
static float latency[CALLS];
static unsigned int calls;

static void *work(void *arg)
{
	mheap_ref *r = arg;
	double t;

	while (!atomic_load(&popping))
		;
	for (calls = 0; atomic_load(&popping) && calls < CALLS; calls++) {
		uint64_t n;

		t = now();
		check("refcount", mheap_refcount(heap, *r, &n));
		latency[calls] = now() - t;
	}
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

static void bench_frame(void)
{
	struct mheap_info info;
	pthread_t other;
	mheap_ref r;
	double t;

	begin();
	check("alloc", mheap_alloc(heap, 0, 0, 0, 0, &r));
	pthread_create(&other, NULL, work, &r);
	check("push", mheap_frame_push(heap));
	alloc_all(0);
	atomic_store(&popping, true);
	t = now();
	check("pop", mheap_frame_pop(heap, 0, NULL));
	t = now() - t;
	atomic_store(&popping, false);
	pthread_join(other, NULL);
	report("frame_pop_per_handle", t / nr);
	qsort(latency, calls, sizeof(*latency), by_value);
	if (calls) {
		report("frame_pop_other_call_median", latency[calls / 2]);
		report("frame_pop_other_call_p99", latency[calls - calls / 100 - 1]);
		report("frame_pop_other_call_max", latency[calls - 1]);
	}
	check("info", mheap_info(heap, &info));
	report("frame_longest_hold", info.lock_max_ns);
	end();
}

static const struct {
	const char *name;
	void (*run)(void);
} benches[] = {
	{ "memory", bench_memory },
	{ "collect", bench_collect },
	{ "tree", bench_tree },
	{ "garbage", bench_garbage },
	{ "calls", bench_calls },
	{ "acyclic", bench_acyclic },
	{ "frame", bench_frame },
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
	size_t i;

	nr = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000;
	for (i = 0; i < sizeof(benches) / sizeof(*benches); i++)
		if (wanted(benches[i].name, argc, argv))
			benches[i].run();
	return 0;
}
