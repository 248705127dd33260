// SPDX-License-Identifier: GPL-2.0
/* Suite of query.c: the answers that programs get. */
#include "kunit.h"
#include "query.h"

static void kt_query_gc_stats(struct kunit *test)
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
	kt_collect(test, 0);
	mheap_query_info(kt_of(test)->s, &info);
	KUNIT_EXPECT_GT(test, info.lock_max_ns, 0);
	mheap_query_info(other, &info);
	KUNIT_EXPECT_EQ(test, info.handles, 0);
	mheap_life_session_end(other);
}

static struct kunit_case kt_query_cases[] = {
	KUNIT_CASE(kt_query_gc_stats),
	KUNIT_CASE(kt_query_info),
	{}
};

static struct kunit_suite kt_query_suite = {
	.name = "mheap_query",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_query_cases,
};

kunit_test_suite(kt_query_suite);
