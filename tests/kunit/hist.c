// SPDX-License-Identifier: GPL-2.0
/* Suite of hist.c: the buckets of both scales, and durations that only a part exceeds. */
#include <linux/sort.h>
#include <linux/string.h>

#include "hist.h"
#include "kunit.h"

/* Allocate a histogram with buckets of its own, which is freed with the test. */
static struct mheap_hist *kt_hist(struct kunit *test,
				  const struct mheap_hist_scale *scale,
				  unsigned int n)
{
	struct mheap_hist *h = kunit_kcalloc(test, n, sizeof(*h), GFP_KERNEL);
	unsigned int i;
	u64 *bucket;

	KUNIT_ASSERT_NOT_NULL(test, h);
	for (i = 0; i < n; i++) {
		bucket = kunit_kcalloc(test, scale->nr, sizeof(u64), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, bucket);
		mheap_hist_init(&h[i], scale, bucket);
	}
	return h;
}

static void kt_hist_clear(struct mheap_hist *h)
{
	memset(h->bucket, 0, h->scale->nr * sizeof(u64));
	h->count = 0;
	h->max_ns = 0;
}

/* The first and the last duration of each bucket fall into it, and no other does. */
static void kt_hist_buckets_of(struct kunit *test,
			       const struct mheap_hist_scale *scale)
{
	struct mheap_hist *h = kt_hist(test, scale, 1);
	u64 ns, before = 0;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, mheap_hist_exceeded_by(h, 1, 2), 0);
	for (i = 0; i < scale->nr; i++) {
		ns = mheap_hist_bucket_end(scale, i);
		KUNIT_EXPECT_TRUE(test, i == 0 || ns > before);
		mheap_hist_add(h, i ? before + 1 : 0);
		KUNIT_EXPECT_EQ(test, h->bucket[i], 1);
		mheap_hist_add(h, ns);
		KUNIT_EXPECT_EQ(test, h->bucket[i], 2);
		KUNIT_EXPECT_EQ(test, h->max_ns, ns);
		KUNIT_EXPECT_EQ(test, h->count, 2 * i + 2);
		before = ns;
	}
	KUNIT_EXPECT_EQ(test, before, U64_MAX);
}

static void kt_hist_buckets(struct kunit *test)
{
	kt_hist_buckets_of(test, &mheap_hist_coarse);
	kt_hist_buckets_of(test, &mheap_hist_fine);
	KUNIT_EXPECT_EQ(test, mheap_hist_bucket_end(&mheap_hist_coarse, 0), 127);
	KUNIT_EXPECT_EQ(test, mheap_hist_bucket_end(&mheap_hist_coarse, 22),
			(1 << 29) - 1);
	KUNIT_EXPECT_EQ(test, mheap_hist_bucket_end(&mheap_hist_fine, 15), 15);
	KUNIT_EXPECT_EQ(test, mheap_hist_bucket_end(&mheap_hist_fine, 16), 17);
}

static void kt_hist_parts(struct kunit *test)
{
	struct mheap_hist *h = kt_hist(test, &mheap_hist_coarse, 1);
	unsigned int i;

	for (i = 0; i < 10000; i++)
		mheap_hist_add(h, i < 9900 ? 1000 : i < 9999 ? 5000 : 70000);
	KUNIT_EXPECT_EQ(test, mheap_hist_exceeded_by(h, 1, 2), 1023);
	KUNIT_EXPECT_EQ(test, mheap_hist_exceeded_by(h, 1, 100), 1023);
	KUNIT_EXPECT_EQ(test, mheap_hist_exceeded_by(h, 1, 10000), 8191);
	mheap_hist_add(h, 70000);
	KUNIT_EXPECT_EQ(test, mheap_hist_exceeded_by(h, 1, 100), 8191);
	KUNIT_EXPECT_EQ(test, mheap_hist_exceeded_by(h, 1, 10000), 70000);
}

/*
 * The duration that 99 % do not exceed is never told too low, and at most 1/8 too high.
 * This is tried with every duration, together with a much longer one.
 */
static void kt_hist_fine_bound(struct kunit *test)
{
	struct mheap_hist *h = kt_hist(test, &mheap_hist_fine, 1);
	unsigned int shift, part, i, cases = 0;

	for (shift = 0; shift < 33; shift++) {
		for (part = 0; part < 32; part++, cases++) {
			u64 ns = (1ULL << shift) + ((u64)part << shift) / 32;

			kt_hist_clear(h);
			for (i = 0; i < 99; i++)
				mheap_hist_add(h, ns);
			KUNIT_EXPECT_EQ(test, mheap_hist_exceeded_by(h, 1, 100), ns);
			mheap_hist_add(h, 1ULL << 40);
			KUNIT_EXPECT_GE(test, mheap_hist_exceeded_by(h, 1, 100), ns);
			KUNIT_EXPECT_LE(test, mheap_hist_exceeded_by(h, 1, 100),
					ns + ns / 8);
			KUNIT_EXPECT_EQ(test, mheap_hist_longest(h, 1), 1ULL << 40);
		}
	}
	KUNIT_EXPECT_EQ(test, cases, 33 * 32);
}

static int kt_compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* Many durations in three histograms give the same result as sorting them. */
static void kt_hist_sorted(struct kunit *test)
{
	const unsigned int most = 5000;
	u64 *ns = kunit_kcalloc(test, most, sizeof(u64), GFP_KERNEL);
	struct mheap_hist *h = kt_hist(test, &mheap_hist_fine, 3);
	u64 x = 88172645463325252ULL, exact, p99;
	unsigned int n, i;

	KUNIT_ASSERT_NOT_NULL(test, ns);
	KUNIT_EXPECT_EQ(test, mheap_hist_exceeded_by(h, 3, 100), 0);
	for (n = 1; n <= most; n = n * 3 / 2 + 1) {
		for (i = 0; i < 3; i++)
			kt_hist_clear(&h[i]);
		for (i = 0; i < n; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			ns[i] = (x & 0xffffff) >> (x >> 60);
			mheap_hist_add(&h[x >> 30 & 1], ns[i]);
		}
		sort(ns, n, sizeof(u64), kt_compare, NULL);
		exact = ns[n - n / 100 - 1];
		p99 = mheap_hist_exceeded_by(h, 3, 100);
		KUNIT_EXPECT_GE(test, p99, exact);
		KUNIT_EXPECT_LE(test, p99, exact + exact / 8 + 1);
		KUNIT_EXPECT_LE(test, p99, ns[n - 1]);
	}
}

static struct kunit_case kt_hist_cases[] = {
	KUNIT_CASE(kt_hist_buckets),
	KUNIT_CASE(kt_hist_parts),
	KUNIT_CASE(kt_hist_fine_bound),
	KUNIT_CASE(kt_hist_sorted),
	{}
};

static struct kunit_suite kt_hist_suite = {
	.name = "mheap_hist",
	.test_cases = kt_hist_cases,
};

kunit_test_suite(kt_hist_suite);
