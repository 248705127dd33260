// SPDX-License-Identifier: GPL-2.0
/* The collector: what it finds, when it runs by itself, and what it reports. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dev.h"
#include "harness.h"

/* ---- collections that are asked for ---- */

TEST(ring_is_found)
{
	int fd = quiet_heap();
	struct mheap_ioc_collect c;

	make_ring(fd, 5);
	CHECK_EQ(info_of(fd).objects, 5);
	c = collect(fd, 0);
	CHECK_EQ(c.found, 5);
	CHECK_EQ(c.freed, 5);
	CHECK_EQ(info_of(fd).objects, 0);
	check_sound(fd);
}

TEST(large_ring_is_found)
{
	int fd = quiet_heap();

	make_ring(fd, 5000);
	CHECK_EQ(collect(fd, 2).found, 5000);
	CHECK_EQ(info_of(fd).objects, 0);
}

TEST(what_hangs_on_a_cycle_goes_too)
{
	int fd = quiet_heap();
	uint64_t a = make(fd, 2, 0), b = make(fd, 1, 0), c = make(fd, 0, 7);
	struct mheap_ioc_collect found;

	OUT(fd, SET, .obj = a, .val = a);
	OUT(fd, SET, .obj = a, .index = 1, .val = b);
	OUT(fd, SET, .obj = b, .val = c);
	drop(fd, a);
	drop(fd, b);
	drop(fd, c);
	found = collect(fd, 0);
	CHECK_EQ(found.found, 2);
	CHECK_EQ(found.freed, 3);
}

TEST(what_is_held_stays)
{
	int fd = quiet_heap();
	uint64_t a = make(fd, 1, 0), b = make(fd, 1, 0), n;
	uint32_t generation;

	OUT(fd, SET, .obj = a, .val = b);
	OUT(fd, SET, .obj = b, .val = a);
	drop(fd, b);
	for (generation = 0; generation < 3; generation++)
		CHECK_EQ(collect(fd, generation).found, 0);
	n = OUT(fd, GET, .obj = a);
	CHECK_EQ(refcount(fd, n), 2);
	drop(fd, n);
	drop(fd, a);
	CHECK_EQ(collect(fd, 2).found, 2);
}

TEST(second_collection_finds_nothing)
{
	int fd = quiet_heap();

	make_ring(fd, 3);
	CHECK_EQ(collect(fd, 2).found, 3);
	CHECK_EQ(collect(fd, 2).found, 0);
	CHECK_EQ(collect(fd, 2).freed, 0);
}

TEST(empty_heap)
{
	int fd = quiet_heap();
	uint32_t generation;

	for (generation = 0; generation < 3; generation++)
		CHECK_EQ(collect(fd, generation).found, 0);
}

TEST(generations)
{
	int fd = quiet_heap();
	uint64_t a = make(fd, 1, 0);

	CHECK_EQ(stat_of(fd, a).generation, 0);
	collect(fd, 0);
	CHECK_EQ(stat_of(fd, a).generation, 1);
	collect(fd, 0);
	CHECK_EQ(stat_of(fd, a).generation, 1);
	collect(fd, 1);
	CHECK_EQ(stat_of(fd, a).generation, 2);
	collect(fd, 2);
	CHECK_EQ(stat_of(fd, a).generation, 2);
	CHECK_EQ(stat_of(fd, make(fd, 0, 3)).generation, -1);
}

/* Old garbage keeps a young object alive until its own generation is collected. */
TEST(young_collections_trust_old_objects)
{
	int fd = quiet_heap();
	uint64_t old = make(fd, 2, 0), young, id;

	OUT(fd, SET, .obj = old, .val = old);
	collect(fd, 1);
	young = make(fd, 1, 0);
	id = id_of(fd, young);
	OUT(fd, SET, .obj = young, .val = young);
	OUT(fd, SET, .obj = old, .index = 1, .val = young);
	drop(fd, young);
	drop(fd, old);
	CHECK_EQ(collect(fd, 0).found, 0);
	CHECK_EQ(collect(fd, 1).found, 0);
	drop(fd, OUT(fd, OPEN_ID, .arg = id));
	CHECK_EQ(collect(fd, 2).found, 2);
	CHECK_EQ(info_of(fd).objects, 0);
}

/* ---- counts and thresholds ---- */

TEST(count_0_is_new_minus_dead)
{
	int fd = quiet_heap();
	uint64_t a = make(fd, 1, 0), b = make(fd, 1, 0);

	make(fd, 0, 100);
	CHECK_EQ(info_of(fd).count[0], 2);
	drop(fd, a);
	CHECK_EQ(info_of(fd).count[0], 1);
	drop(fd, b);
	CHECK_EQ(info_of(fd).count[0], 0);
	a = make(fd, 1, 0);
	collect(fd, 0);
	CHECK_EQ(info_of(fd).count[0], 0);
	drop(fd, a);
	CHECK_EQ(info_of(fd).count[0], 0);
}

TEST(counts_of_older_generations)
{
	struct mheap_ioc_info info;
	int fd = quiet_heap();

	collect(fd, 0);
	collect(fd, 0);
	collect(fd, 0);
	CHECK_EQ(info_of(fd).count[1], 3);
	collect(fd, 1);
	info = info_of(fd);
	CHECK_EQ(info.count[1], 0);
	CHECK_EQ(info.count[2], 1);
	collect(fd, 2);
	info = info_of(fd);
	CHECK_EQ(info.count[0] + info.count[1] + info.count[2], 0);
}

TEST(default_settings)
{
	struct mheap_ioc_tune tune = tune_of(dev_open());

	CHECK_EQ(tune.enabled, 1);
	CHECK_EQ(tune.threshold[0], 700);
	CHECK_EQ(tune.threshold[1], 10);
	CHECK_EQ(tune.threshold[2], 10);
	CHECK_GE(tune.limit_objects, 10000000);
	CHECK_GE(tune.limit_bytes, 1 << 28);
}

TEST(settings_are_kept)
{
	int fd = dev_open();
	struct mheap_ioc_tune tune;

	tune_threshold(fd, 5, 6, 0xffffffff);
	tune_limit(fd, 1ULL << 40, 77);
	tune_enabled(fd, 0);
	tune = tune_of(fd);
	CHECK_EQ(tune.enabled, 0);
	CHECK_EQ(tune.threshold[0], 5);
	CHECK_EQ(tune.threshold[1], 6);
	CHECK_EQ(tune.threshold[2], 0xffffffff);
	CHECK_EQ(tune.limit_bytes, 1ULL << 40);
	CHECK_EQ(tune.limit_objects, 77);
	tune_limit(fd, 0, 0);
	CHECK_GE(tune_of(fd).limit_objects, 10000000);
}

/*
 * Wait up to 20 s for that many collections of the generation; returns how many there were.
 */
static uint64_t wait_collections(int fd, uint32_t generation, uint64_t at_least)
{
	uint64_t end = now_ns() + 20000000000ULL, n;

	do {
		n = gc_stats_of(fd, generation).collections;
	} while (n < at_least && now_ns() < end);
	return n;
}

TEST(automatic_collection_at_the_threshold)
{
	int fd = dev_open();
	unsigned int i;

	tune_threshold(fd, 50, 10, 10);
	for (i = 0; i < 10; i++)
		make_ring(fd, 5);
	CHECK_EQ(info_of(fd).count[0], 50);
	CHECK_EQ(gc_stats_of(fd, 0).collections, 0);
	make(fd, 1, 0);
	CHECK_EQ(wait_collections(fd, 0, 1), 1);
	CHECK_EQ(info_of(fd).objects, 1);
	CHECK_EQ(gc_stats_of(fd, 0).collected, 50);
	CHECK_EQ(info_of(fd).count[1], 1);
}

TEST(no_automatic_collection_when_disabled)
{
	int fd = dev_open();

	tune_enabled(fd, 0);
	make_ring(fd, 5000);
	CHECK_EQ(info_of(fd).objects, 5000);
	CHECK_EQ(gc_stats_of(fd, 0).collections, 0);
	tune_enabled(fd, 1);
	make(fd, 1, 0);
	CHECK_GE(wait_collections(fd, 0, 1), 1);
	CHECK_EQ(info_of(fd).objects, 1);
}

TEST(no_automatic_collection_with_threshold_0)
{
	int fd = dev_open();

	tune_threshold(fd, 0, 10, 10);
	make_ring(fd, 5000);
	CHECK_EQ(info_of(fd).objects, 5000);
	CHECK_EQ(gc_stats_of(fd, 0).collections, 0);
	tune_threshold(fd, 4999, 10, 10);
	make(fd, 1, 0);
	CHECK_GE(wait_collections(fd, 0, 1), 1);
}

TEST(untracked_objects_do_not_count)
{
	struct op ops[100];
	int fd = dev_open();
	unsigned int i, k;

	for (i = 0; i < 100; i++) {
		for (k = 0; k < 100; k++)
			ops[k] = OP(ALLOC, .arg = 8);
		dev_all(fd, ops, 100);
	}
	CHECK_EQ(info_of(fd).count[0], 0);
	CHECK_EQ(gc_stats_of(fd, 0).collections, 0);
}

/* Make objects that stay alive, in one call. */
static void make_list(int fd, uint32_t n)
{
	struct op ops[11];
	uint32_t i;

	for (i = 0; i < n; i++)
		ops[i] = OP(ALLOC, .len = 1);
	dev_all(fd, ops, n);
}

/*
 * More than two collections of generation 0 make one of generation 1 due.  Each
 * round begins when the collection of the last one has ended.
 */
TEST(older_generations_in_turn)
{
	uint64_t n, ended;
	int fd = dev_open();

	tune_threshold(fd, 10, 2, 0xffffffff);
	for (n = 0; n < 40; n++) {
		ended = gc_stats_of(fd, 0).collections +
			gc_stats_of(fd, 1).collections;
		CHECK_EQ(ended, n);
		make_list(fd, 11);
		if (n % 4 == 3)
			CHECK_EQ(wait_collections(fd, 1, (n + 1) / 4),
				 (n + 1) / 4);
		else
			wait_collections(fd, 0, n + 1 - (n + 1) / 4);
	}
	CHECK_EQ(gc_stats_of(fd, 0).collections, 30);
	CHECK_EQ(gc_stats_of(fd, 1).collections, 10);
	CHECK_EQ(gc_stats_of(fd, 2).collections, 0);
	check_sound(fd);
}

/* ---- statistics ---- */

TEST(statistics)
{
	struct mheap_ioc_gc_stats s;
	int fd = quiet_heap();

	make_ring(fd, 7);
	make(fd, 3, 0);
	collect(fd, 1);
	s = gc_stats_of(fd, 1);
	CHECK_EQ(s.collections, 1);
	CHECK_EQ(s.collected, 7);
	CHECK_EQ(s.uncollectable, 0);
	CHECK_EQ(s.freed, 7);
	CHECK_EQ(s.scanned, 8);
	CHECK_GE(s.time_ns, 1);
	CHECK_LE(s.pause_p99_ns, s.pause_max_ns);
	CHECK_LE(s.pause_max_ns, s.time_ns);
	CHECK_EQ(gc_stats_of(fd, 0).collections, 0);
	CHECK_EQ(gc_stats_of(fd, 2).collections, 0);
	collect(fd, 1);
	s = gc_stats_of(fd, 1);
	CHECK_EQ(s.collections, 2);
	CHECK_EQ(s.collected, 7);
	CHECK_EQ(s.scanned, 8);
}

/* ---- limits ---- */

TEST(limit_collects_first)
{
	int fd = quiet_heap();

	tune_limit(fd, 0, 100);
	make_ring(fd, 100);
	make(fd, 1, 0);
	CHECK_EQ(info_of(fd).objects, 1);
	CHECK_EQ(gc_stats_of(fd, 2).collections, 1);
}

TEST(byte_limit_collects_first)
{
	int fd = quiet_heap();

	tune_limit(fd, 80000, 0);
	make_ring(fd, 5000);
	OUT(fd, ALLOC, .arg = 70000);
	CHECK_EQ(info_of(fd).objects, 1);
	CHECK_EQ(DO(fd, ALLOC, .arg = 70000), -EDQUOT);
}

TEST(limit_collects_first_for_resize)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0);

	tune_limit(fd, 8000, 0);
	make_ring(fd, 999);
	CHECK_EQ(DO(fd, RESIZE, .obj = o, .len = 1000), 0);
	CHECK_EQ(info_of(fd).objects, 1);
}

/* A program that makes nothing but garbage never meets the limit. */
TEST(limit_is_no_end_for_garbage)
{
	int fd = dev_open();
	unsigned int i;

	tune_limit(fd, 0, 300);
	for (i = 0; i < 500; i++)
		make_ring(fd, 20);
	CHECK_LE(info_of(fd).objects, 300);
	CHECK_GE(gc_stats_of(fd, 2).collections, 30);
}

/* ---- against running programs ---- */

struct shared {
	int fd;
	uint64_t hub;
	volatile bool stop;
};

/* This thread moves a live chain between slots; none of it may ever be collected. */
static void *move_around(void *arg)
{
	struct shared *s = arg;
	uint64_t seed = 99, o, back;
	unsigned int moves = 0;

	while (goes_on(&s->stop)) {
		uint32_t from = random_next(&seed) % 64;
		uint32_t to = random_next(&seed) % 64;

		o = OUT(s->fd, XCHG, .obj = s->hub, .index = from);
		if (!o)
			continue;
		back = OUT(s->fd, XCHG, .obj = s->hub, .index = to, .val = o);
		drop(s->fd, o);
		if (back) {
			OUT(s->fd, SET, .obj = s->hub, .index = from,
			    .val = back);
			drop(s->fd, back);
		}
		moves++;
	}
	return (void *)(uintptr_t)moves;
}

TEST(live_objects_on_the_move_survive)
{
	struct shared s = { .fd = dev_open() };
	uint32_t rounds = test_is_short() ? 300 : 2000, i;
	struct worker *worker;
	uint64_t o;

	tune_threshold(s.fd, 100, 2, 2);
	s.hub = make(s.fd, 64, 0);
	for (i = 0; i < 64; i++) {
		o = make(s.fd, 1, i + 1);
		OUT(s.fd, SET, .obj = o, .val = o);
		OUT(s.fd, SET, .obj = s.hub, .index = i, .val = o);
		drop(s.fd, o);
	}
	worker = worker_start(move_around, &s);
	for (i = 0; i < rounds; i++) {
		make_ring(s.fd, 10);
		if (i % 16 == 0)
			collect(s.fd, i % 3);
	}
	s.stop = true;
	note("%lu moves", (unsigned long)(uintptr_t)worker_join(worker));
	collect(s.fd, 2);
	CHECK_EQ(info_of(s.fd).objects, 65);
	for (o = 0, i = 0; i < 64; i++)
		o += stat_of(s.fd, OUT(s.fd, GET, .obj = s.hub,
				       .index = i)).nbytes;
	CHECK_EQ(o, 64 * 65 / 2);
	check_sound(s.fd);
}

static void *collect_again(void *arg)
{
	struct shared *s = arg;
	unsigned int i = 0;

	while (goes_on(&s->stop))
		collect(s->fd, i++ % 3);
	return NULL;
}

TEST(collections_from_several_threads)
{
	struct shared s = { .fd = dev_open() };
	struct worker *worker[3];
	uint64_t collected;
	unsigned int i;

	for (i = 0; i < 3; i++)
		worker[i] = worker_start(collect_again, &s);
	for (i = 0; i < 300; i++)
		make_ring(s.fd, 7);
	s.stop = true;
	for (i = 0; i < 3; i++)
		worker_join(worker[i]);
	collect(s.fd, 2);
	CHECK_EQ(info_of(s.fd).objects, 0);
	for (collected = 0, i = 0; i < 3; i++)
		collected += gc_stats_of(s.fd, i).collected;
	CHECK_EQ(collected, 2100);
	check_sound(s.fd);
}
