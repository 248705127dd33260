// SPDX-License-Identifier: GPL-2.0
/* Suite of stats.c and query.c: pause times, and what programs are told. */
#include <linux/sort.h>

#include "kunit.h"
#include "query.h"
#include "stats.h"

static struct mheap_stats *kt_stats(struct kunit *test)
{
	struct mheap_stats *s = kunit_kzalloc(test, 3 * sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	return s;
}

/*
 * Every duration below a much longer one: what 99 % do not exceed is never told
 * too low, and at most 1/8 too high.
 */
static void kt_stats_one(struct kunit *test)
{
	unsigned int shift, part, i, cases = 0;
	struct mheap_stats *s = kt_stats(test);

	for (shift = 0; shift < 33; shift++) {
		for (part = 0; part < 32; part++, cases++) {
			u64 ns = (1ULL << shift) + ((u64)part << shift) / 32;

			memset(s, 0, sizeof(*s));
			for (i = 0; i < 99; i++)
				mheap_stats_pause(s, ns);
			KUNIT_EXPECT_EQ(test, mheap_stats_p99(s, 1), ns);
			mheap_stats_pause(s, 1ULL << 40);
			KUNIT_EXPECT_GE(test, mheap_stats_p99(s, 1), ns);
			KUNIT_EXPECT_LE(test, mheap_stats_p99(s, 1),
					ns + ns / 8);
			KUNIT_EXPECT_EQ(test, s->pause_max_ns, 1ULL << 40);
			KUNIT_EXPECT_EQ(test, s->time_ns, 99 * ns + (1ULL << 40));
		}
	}
	KUNIT_EXPECT_EQ(test, cases, 33 * 32);
}

static int kt_compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* Many durations of three generations, against sorting them. */
static void kt_stats_p99(struct kunit *test)
{
	const unsigned int most = 5000;
	u64 *ns = kunit_kcalloc(test, most, sizeof(u64), GFP_KERNEL);
	struct mheap_stats *s = kt_stats(test);
	unsigned int n, i;
	u64 x = 88172645463325252ULL, exact, p99;

	KUNIT_ASSERT_NOT_NULL(test, ns);
	KUNIT_EXPECT_EQ(test, mheap_stats_p99(s, 3), 0);
	for (n = 1; n <= most; n = n * 3 / 2 + 1) {
		memset(s, 0, 3 * sizeof(*s));
		for (i = 0; i < n; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			ns[i] = (x & 0xffffff) >> (x >> 60);
			mheap_stats_pause(&s[x >> 30 & 1], ns[i]);
		}
		sort(ns, n, sizeof(u64), kt_compare, NULL);
		exact = ns[n - n / 100 - 1];
		p99 = mheap_stats_p99(s, 3);
		KUNIT_EXPECT_GE(test, p99, exact);
		KUNIT_EXPECT_LE(test, p99, exact + exact / 8 + 1);
		KUNIT_EXPECT_LE(test, p99, ns[n - 1]);
	}
}

static void kt_stats_of_collections(struct kunit *test)
{
	struct mheap_ioc_gc_stats stats = { .generation = 3 };
	unsigned int g, i;
	u64 h;

	KUNIT_EXPECT_EQ(test, mheap_query_gc_stats(kt_heap(test), &stats),
			-EINVAL);
	kt_alloc(test, 1, 0);
	for (g = 0; g < 3; g++) {
		for (i = 0; i <= g; i++) {
			h = kt_alloc(test, 2, 0);
			kt_set(test, h, 0, h);
			kt_set(test, h, 1, kt_alloc(test, 0, 8));
			kt_drop(test, h);
			KUNIT_EXPECT_EQ(test, kt_collect(test, g), 1);
		}
		stats.generation = g;
		KUNIT_EXPECT_EQ(test, mheap_query_gc_stats(kt_heap(test),
							   &stats), 0);
		KUNIT_EXPECT_EQ(test, stats.collections, g + 1);
		KUNIT_EXPECT_EQ(test, stats.collected, g + 1);
		KUNIT_EXPECT_EQ(test, stats.freed, g + 1);
		KUNIT_EXPECT_EQ(test, stats.scanned, g == 2 ? 6 : 2 * g + 2 - g);
		KUNIT_EXPECT_GT(test, stats.time_ns, 0);
		KUNIT_EXPECT_GE(test, stats.pause_max_ns, stats.pause_p99_ns);
	}
}

static void kt_query_info(struct kunit *test)
{
	struct mheap_session *other = kt_attach(test);
	struct mheap_ioc_info info = {};
	u64 h = kt_alloc(test, 2, 100);

	kt_dup(test, h);
	kt_alloc(test, 0, 1);
	kt_alloc_immortal(test, 3);
	mheap_query_info(kt_of(test)->s, &info);
	KUNIT_EXPECT_EQ(test, info.rights, MHEAP_RIGHT_ALL);
	KUNIT_EXPECT_EQ(test, info.heap_id, kt_heap(test)->id);
	KUNIT_EXPECT_EQ(test, info.objects, 3);
	KUNIT_EXPECT_EQ(test, info.tracked, 1);
	KUNIT_EXPECT_EQ(test, info.bytes, 101);
	KUNIT_EXPECT_EQ(test, info.slots, 5);
	KUNIT_EXPECT_EQ(test, info.handles, 4);
	KUNIT_EXPECT_EQ(test, info.sessions, 2);
	KUNIT_EXPECT_EQ(test, info.count[0], 1);
	KUNIT_EXPECT_GT(test, info.lock_max_ns, 0);
	mheap_query_info(other, &info);
	KUNIT_EXPECT_EQ(test, info.handles, 0);
	mheap_session_destroy(other);
}

static struct kunit_case kt_stats_cases[] = {
	KUNIT_CASE(kt_stats_one),
	KUNIT_CASE(kt_stats_p99),
	KUNIT_CASE(kt_stats_of_collections),
	KUNIT_CASE(kt_query_info),
	{}
};

static struct kunit_suite kt_stats_suite = {
	.name = "mheap_stats",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_stats_cases,
};

kunit_test_suite(kt_stats_suite);
