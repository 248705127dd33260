// SPDX-License-Identifier: GPL-2.0
/* Suite of area.c: where payloads lie, and when memory is given back. */
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "area.h"
#include "area_verify.h"
#include "kunit.h"

static struct mheap_area *kt_area(struct kunit *test)
{
	return &kt_heap(test)->areas[MHEAP_CHANGING];
}

static void kt_area_sound(struct kunit *test, u64 payloads)
{
	u64 found;

	KUNIT_EXPECT_STREQ(test, mheap_area_verify(kt_area(test), &found) ?: "", "");
	KUNIT_EXPECT_EQ(test, found, payloads);
}

static struct mheap_payload kt_area_alloc(struct kunit *test, u32 nbytes)
{
	struct mheap_payload p = {};

	KUNIT_EXPECT_EQ(test, mheap_area_alloc(kt_area(test), nbytes, &p), 0);
	KUNIT_ASSERT_EQ(test, p.nbytes, nbytes);
	return p;
}

static void kt_area_empty(struct kunit *test)
{
	kt_area_sound(test, 0);
	KUNIT_EXPECT_EQ(test, kt_area(test)->nr_arenas, 0);
	KUNIT_EXPECT_EQ(test, kt_area(test)->nr_pages, 0);
}

/* Payloads of all sizes up to two pages are zeroed and aligned, and do not overlap. */
static void kt_area_sizes(struct kunit *test)
{
	u32 n = 2 * PAGE_SIZE + 1, i;
	struct mheap_payload *p = kvcalloc(n, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	for (i = 1; i < n; i++) {
		p[i] = kt_area_alloc(test, i);
		KUNIT_ASSERT_NULL(test, memchr_inv(mheap_area_data(&p[i]), 0, i));
		KUNIT_EXPECT_EQ(test, mheap_area_map_offset(&p[i]) % 16, 0);
		memset(mheap_area_data(&p[i]), i, i);
	}
	kt_area_sound(test, n - 1);
	for (i = 1; i < n; i++) {
		KUNIT_ASSERT_NULL(test, memchr_inv(mheap_area_data(&p[i]),
						   (u8)i, i));
		mheap_area_free(&p[i]);
	}
	kt_area_empty(test);
	kvfree(p);
}

/* A block that was freed is zeroed when it is allocated again. */
static void kt_area_zeroed(struct kunit *test)
{
	struct mheap_payload keep = kt_area_alloc(test, 64);
	struct mheap_payload p = kt_area_alloc(test, 64), again;
	u64 offset = mheap_area_map_offset(&p);

	memset(mheap_area_data(&p), 1, 64);
	mheap_area_free(&p);
	again = kt_area_alloc(test, 50);
	KUNIT_EXPECT_EQ(test, mheap_area_map_offset(&again), offset);
	KUNIT_EXPECT_NULL(test, memchr_inv(mheap_area_data(&again), 0, 64));
	mheap_area_free(&again);
	mheap_area_free(&keep);
	kt_area_empty(test);
}

/* An empty pool is kept if it is the only one of its class with a free block. */
static void kt_area_empty_pools(struct kunit *test)
{
	struct mheap_area *area = kt_area(test);
	struct mheap_payload other = kt_area_alloc(test, 16), a[3];
	u32 i;

	for (i = 0; i < 3; i++)
		a[i] = kt_area_alloc(test, 2048);
	KUNIT_EXPECT_EQ(test, area->nr_pages, 3);
	mheap_area_free(&a[2]);
	KUNIT_EXPECT_EQ(test, area->nr_pages, 3);
	kt_area_sound(test, 3);
	mheap_area_free(&a[0]);
	KUNIT_EXPECT_EQ(test, area->nr_pages, 3);
	mheap_area_free(&a[1]);
	KUNIT_EXPECT_EQ(test, area->nr_pages, 2);
	mheap_area_trim(area);
	KUNIT_EXPECT_EQ(test, area->nr_pages, 1);
	kt_area_sound(test, 1);
	mheap_area_trim(area);
	KUNIT_EXPECT_EQ(test, area->nr_pages, 1);
	mheap_area_free(&other);
	kt_area_empty(test);
}

/* Arena indices are used again, the lowest first, and the bitmap of them grows. */
static void kt_area_arenas(struct kunit *test)
{
	u32 nbytes = MHEAP_ARENA_PAGES * PAGE_SIZE, i;
	const u32 n = 3 * MHEAP_AREA_MIN_ARENAS / 2;
	struct mheap_payload *p = kvcalloc(n, sizeof(*p), GFP_KERNEL), wide;

	KUNIT_ASSERT_NOT_NULL(test, p);
	for (i = 0; i < n; i++) {
		p[i] = kt_area_alloc(test, nbytes);
		KUNIT_EXPECT_EQ(test, mheap_area_map_offset(&p[i]), (u64)i * nbytes);
	}
	KUNIT_EXPECT_EQ(test, kt_area(test)->nr_arenas, n);
	mheap_area_free(&p[7]);
	wide = kt_area_alloc(test, nbytes + 1);
	KUNIT_EXPECT_EQ(test, mheap_area_map_offset(&wide), (u64)n * nbytes);
	p[7] = kt_area_alloc(test, nbytes - 5);
	KUNIT_EXPECT_EQ(test, mheap_area_map_offset(&p[7]), 7ULL * nbytes);
	kt_area_sound(test, n + 1);
	for (i = 0; i < n; i++)
		mheap_area_free(&p[i]);
	mheap_area_free(&wide);
	kt_area_empty(test);
	kvfree(p);
}

static struct page *kt_page(struct kunit *test, u64 page)
{
	struct page *found;

	down_read(&kt_area(test)->lock);
	found = mheap_area_page(kt_area(test), page);
	up_read(&kt_area(test)->lock);
	return found;
}

static void kt_area_pages(struct kunit *test)
{
	static const u32 pages[] = { 1, 2, 33, 64, 65, 200 };
	struct mheap_payload p;
	u32 i, k;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		KUNIT_EXPECT_NULL(test, kt_page(test, 0));
		p = kt_area_alloc(test, pages[i] * PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, mheap_area_map_offset(&p), 0);
		for (k = 0; k < pages[i]; k++) {
			*(u32 *)(mheap_area_data(&p) + k * PAGE_SIZE) = k + 1;
			KUNIT_ASSERT_NOT_NULL(test, kt_page(test, k));
			KUNIT_EXPECT_EQ(test, *(u32 *)page_address(kt_page(test, k)),
					k + 1);
		}
		KUNIT_EXPECT_NULL(test, kt_page(test, pages[i]));
		KUNIT_EXPECT_NULL(test, kt_page(test, U64_MAX / PAGE_SIZE));
		mheap_area_free(&p);
	}
	kt_area_empty(test);
}

/* Payloads do not overlap, whatever is allocated and freed. */
static void kt_area_random(struct kunit *test)
{
	const u32 n = 300, steps = kt_slow() ? 3000 : 20000;
	struct mheap_payload *p = kvcalloc(n, sizeof(*p), GFP_KERNEL);
	struct rnd_state seed;
	u32 i, k, live = 0;

	KUNIT_ASSERT_NOT_NULL(test, p);
	prandom_seed_state(&seed, 4711);
	for (i = 0; i < steps; i++) {
		k = prandom_u32_state(&seed) % n;
		if (p[k].nbytes) {
			KUNIT_ASSERT_NULL(test, memchr_inv(mheap_area_data(&p[k]),
							   (u8)k, p[k].nbytes));
			mheap_area_free(&p[k]);
			p[k].nbytes = 0;
			live--;
			continue;
		}
		p[k] = kt_area_alloc(test, 1 + (prandom_u32_state(&seed) >>
						(12 + prandom_u32_state(&seed) % 20)));
		memset(mheap_area_data(&p[k]), k, p[k].nbytes);
		live++;
		if (i % 64 == 0)
			kt_area_sound(test, live);
	}
	for (k = 0; k < n; k++)
		if (p[k].nbytes)
			mheap_area_free(&p[k]);
	kt_area_empty(test);
	kvfree(p);
}

/* The payload of an interned object lies where no program can write. */
static void kt_area_constant(struct kunit *test)
{
	struct mheap_object *o = kt_object(test, kt_intern(test, "abc", 3));
	u64 offset = mheap_area_map_offset(mheap_object_payload(o));

	KUNIT_EXPECT_EQ(test, offset, MHEAP_MAP_CONSTANT);
	o = kt_object(test, kt_alloc(test, 0, 3));
	offset = mheap_area_map_offset(mheap_object_payload(o));
	KUNIT_EXPECT_EQ(test, offset, 0);
}

static struct kunit_case kt_area_cases[] = {
	KUNIT_CASE(kt_area_sizes),
	KUNIT_CASE(kt_area_zeroed),
	KUNIT_CASE(kt_area_empty_pools),
	KUNIT_CASE(kt_area_arenas),
	KUNIT_CASE(kt_area_pages),
	KUNIT_CASE(kt_area_random),
	KUNIT_CASE(kt_area_constant),
	{}
};

static struct kunit_suite kt_area_suite = {
	.name = "mheap_area",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_area_cases,
};

kunit_test_suite(kt_area_suite);
