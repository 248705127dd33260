// SPDX-License-Identifier: GPL-2.0
/* Suite of table.c: numbers are never used twice, whatever happens to their entries. */
#include <linux/slab.h>

#include "kunit.h"

static u64 kt_table_alloc(struct kunit *test, struct mheap_table *p, void *ptr)
{
	struct mheap_heap *heap = kt_heap(test);
	u64 number;

	mheap_heap_lock(heap);
	KUNIT_ASSERT_EQ(test, mheap_heap_reserve(heap, p, 1), 0);
	number = mheap_table_alloc(p, ptr);
	mheap_heap_unlock(heap);
	return number;
}

static struct mheap_table *kt_table_new(struct kunit *test)
{
	struct mheap_table *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	mheap_table_init(p);
	return p;
}

static struct mheap_table_entry *kt_entry_at(struct mheap_table *p, u64 number)
{
	struct mheap_chunk *chunk = xa_load(&p->chunks, (u32)number >> 8);

	return &chunk->entry[number & 0xff];
}

static unsigned int kt_table_chunks(struct mheap_table *p)
{
	struct mheap_chunk *chunk;
	unsigned long index;
	unsigned int n = 0;

	xa_for_each(&p->chunks, index, chunk)
		n += !xa_is_value(chunk);
	return n;
}

static void kt_table_basics(struct kunit *test)
{
	struct mheap_table *p = kt_table_new(test);
	int x, y;
	u64 a = kt_table_alloc(test, p, &x), b = kt_table_alloc(test, p, &y);

	KUNIT_EXPECT_NE(test, a, b);
	KUNIT_EXPECT_PTR_EQ(test, mheap_table_find(p, a), (void *)&x);
	KUNIT_EXPECT_PTR_EQ(test, mheap_table_find(p, b), (void *)&y);
	KUNIT_EXPECT_EQ(test, p->used, 2);
	KUNIT_EXPECT_EQ(test, p->free, MHEAP_CHUNK_ENTRIES - 2);
	KUNIT_EXPECT_EQ(test, p->reserved, 0);
	mheap_table_free(p, a);
	KUNIT_EXPECT_NULL(test, mheap_table_find(p, a));
	KUNIT_EXPECT_PTR_EQ(test, mheap_table_find(p, b), (void *)&y);
	KUNIT_EXPECT_EQ(test, p->used, 1);
	mheap_table_destroy(p);
}

/* A table forgets a chunk that was looked up lately when the chunk is freed. */
static void kt_table_recent(struct kunit *test)
{
	struct mheap_table *p = kt_table_new(test);
	unsigned int i, n = 2 * MHEAP_CHUNK_ENTRIES + 1;
	u64 *number = kunit_kcalloc(test, n, sizeof(*number), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, number);
	for (i = 0; i < n; i++)
		number[i] = kt_table_alloc(test, p, &number[i]);
	KUNIT_EXPECT_EQ(test, kt_table_chunks(p), 3);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_PTR_EQ(test, mheap_table_find(p, number[i]),
				    (void *)&number[i]);
	for (i = 0; i < n - 1; i++)
		mheap_table_free(p, number[i]);
	KUNIT_EXPECT_EQ(test, kt_table_chunks(p), 2);
	KUNIT_EXPECT_NULL(test, p->recent[1].chunk);
	KUNIT_EXPECT_NULL(test, mheap_table_find(p, number[n - 2]));
	KUNIT_EXPECT_PTR_EQ(test, mheap_table_find(p, number[n - 1]),
			    (void *)&number[n - 1]);
	mheap_table_destroy(p);
}

/* A made-up number finds nothing, even if it differs from one in use by a single bit. */
static void kt_table_made_up(struct kunit *test)
{
	struct mheap_table *p = kt_table_new(test);
	u64 number = kt_table_alloc(test, p, test);
	unsigned int bit;

	for (bit = 0; bit < 64; bit++)
		KUNIT_EXPECT_NULL(test, mheap_table_find(p, number ^ 1ULL << bit));
	KUNIT_EXPECT_NULL(test, mheap_table_find(p, 0));
	KUNIT_EXPECT_NULL(test, mheap_table_find(p, ~0ULL));
	KUNIT_EXPECT_NULL(test, mheap_table_find(p, number | 0xff));
	mheap_table_free(p, number);
	KUNIT_EXPECT_NULL(test, mheap_table_find(p, number + (1ULL << 32)));
	mheap_table_destroy(p);
}

/* An entry is used again, but its number is not. */
static void kt_table_reuse(struct kunit *test)
{
	struct mheap_table *p = kt_table_new(test);
	u64 first = kt_table_alloc(test, p, test), last = first, number;
	unsigned int i;

	for (i = 0; i < 10000; i++) {
		mheap_table_free(p, last);
		number = kt_table_alloc(test, p, test);
		KUNIT_ASSERT_EQ(test, (u32)number, (u32)first);
		KUNIT_ASSERT_EQ(test, number >> 32, (last >> 32) + 1);
		KUNIT_ASSERT_NULL(test, mheap_table_find(p, last));
		KUNIT_ASSERT_NULL(test, mheap_table_find(p, first));
		last = number;
	}
	mheap_table_destroy(p);
}

/* An entry whose sequence numbers are used up is never used again. */
static void kt_table_retire(struct kunit *test)
{
	struct mheap_table *p = kt_table_new(test);
	u64 number = kt_table_alloc(test, p, test), last, other;
	u32 entry = number;
	unsigned int i;

	mheap_table_free(p, number);
	kt_entry_at(p, number)->seq = MHEAP_MAX_SEQ - 1;
	number = kt_table_alloc(test, p, test);
	KUNIT_EXPECT_EQ(test, number >> 32, MHEAP_MAX_SEQ - 1);
	mheap_table_free(p, number);
	last = kt_table_alloc(test, p, test);
	KUNIT_EXPECT_EQ(test, last, (u64)MHEAP_MAX_SEQ << 32 | entry);
	KUNIT_EXPECT_FALSE(test, last >> 63);
	mheap_table_free(p, last);
	KUNIT_EXPECT_NULL(test, mheap_table_find(p, last));
	KUNIT_EXPECT_NULL(test, mheap_table_find(p, number));
	KUNIT_EXPECT_NULL(test, mheap_table_find(p, entry));
	KUNIT_EXPECT_EQ(test, p->free, MHEAP_CHUNK_ENTRIES - 1);
	for (i = 0; i < 2 * MHEAP_CHUNK_ENTRIES; i++) {
		other = kt_table_alloc(test, p, test);
		KUNIT_EXPECT_NE(test, (u32)other, entry);
	}
	mheap_table_destroy(p);
}

static void kt_table_fill(struct kunit *test, struct mheap_table *p,
			  u64 *number, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		number[i] = kt_table_alloc(test, p, &number[i]);
}

/* All empty chunks but one are freed, and chunks made later have new numbers. */
static void kt_table_chunk_remade(struct kunit *test)
{
	const unsigned int n = 3 * MHEAP_CHUNK_ENTRIES;
	struct mheap_table *p = kt_table_new(test);
	u64 *old = kunit_kcalloc(test, 2 * n, sizeof(u64), GFP_KERNEL);
	u64 *new = old + n;
	unsigned int i, j, round;

	KUNIT_ASSERT_NOT_NULL(test, old);
	kt_table_fill(test, p, old, n);
	for (round = 0; round < 4; round++) {
		KUNIT_EXPECT_EQ(test, kt_table_chunks(p), 3);
		for (i = 0; i < n; i++)
			mheap_table_free(p, old[i]);
		KUNIT_EXPECT_EQ(test, kt_table_chunks(p), 1);
		KUNIT_EXPECT_EQ(test, p->used, 0);
		KUNIT_EXPECT_EQ(test, p->free, MHEAP_CHUNK_ENTRIES);
		kt_table_fill(test, p, new, n);
		for (i = 0; i < n; i++)
			KUNIT_ASSERT_NULL(test, mheap_table_find(p, old[i]));
		for (i = 0; i < n; i += 7)
			for (j = 0; j < n; j++)
				KUNIT_ASSERT_NE(test, new[i], old[j]);
		memcpy(old, new, n * sizeof(u64));
	}
	mheap_table_destroy(p);
}

/* A remade chunk starts above the highest number that the old one reached. */
static void kt_table_chunk_seq(struct kunit *test)
{
	const unsigned int n = 2 * MHEAP_CHUNK_ENTRIES;
	struct mheap_table *p = kt_table_new(test);
	u64 *number = kunit_kcalloc(test, n, sizeof(u64), GFP_KERNEL), high;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, number);
	kt_table_fill(test, p, number, n);
	high = number[n - 1];
	for (i = 0; i < 50; i++) {
		mheap_table_free(p, high);
		high = kt_table_alloc(test, p, test);
	}
	number[n - 1] = high;
	for (i = n; i-- > 0;)
		mheap_table_free(p, number[i]);
	KUNIT_EXPECT_EQ(test, kt_table_chunks(p), 1);
	kt_table_fill(test, p, number, n);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_NE(test, number[i], high);
	KUNIT_EXPECT_NULL(test, mheap_table_find(p, high));
	mheap_table_destroy(p);
}

/* A chunk whose entries are all used up is freed, and its numbers are not used again. */
static void kt_table_chunk_retired(struct kunit *test)
{
	const unsigned int n = 3 * MHEAP_CHUNK_ENTRIES;
	struct mheap_table *p = kt_table_new(test);
	u64 *number = kunit_kcalloc(test, n, sizeof(u64), GFP_KERNEL);
	unsigned int i;
	u32 chunk;

	KUNIT_ASSERT_NOT_NULL(test, number);
	chunk = (u32)kt_table_alloc(test, p, test) >> 8;
	for (i = 0; i < MHEAP_CHUNK_ENTRIES; i++)
		kt_entry_at(p, chunk << 8 | i)->seq = MHEAP_MAX_SEQ;
	for (i = 1; i < MHEAP_CHUNK_ENTRIES; i++)
		number[i] = kt_table_alloc(test, p, test);
	for (i = 0; i < MHEAP_CHUNK_ENTRIES; i++)
		mheap_table_free(p, (u64)MHEAP_MAX_SEQ << 32 | chunk << 8 | i);
	KUNIT_EXPECT_EQ(test, p->used, 0);
	KUNIT_EXPECT_EQ(test, p->free, 0);
	kt_table_fill(test, p, number, n);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_NE(test, (u32)number[i] >> 8, chunk);
	for (i = 0; i < MHEAP_CHUNK_ENTRIES; i++)
		KUNIT_EXPECT_NULL(test, mheap_table_find(p, (u64)MHEAP_MAX_SEQ << 32 |
							 chunk << 8 | i));
	mheap_table_destroy(p);
}

/* Reserved entries can be allocated even if chunks become empty meanwhile. */
static void kt_table_reserve(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	struct mheap_table *p = kt_table_new(test);
	unsigned int i;
	u64 number;

	mheap_heap_lock(heap);
	KUNIT_ASSERT_EQ(test, mheap_heap_reserve(heap, p, 300), 0);
	KUNIT_EXPECT_EQ(test, p->free, 2 * MHEAP_CHUNK_ENTRIES);
	for (i = 0; i < 300; i++) {
		number = mheap_table_alloc(p, test);
		KUNIT_EXPECT_NE(test, number, 0);
		KUNIT_EXPECT_EQ(test, p->reserved, 299 - i);
		mheap_table_free(p, number);
	}
	KUNIT_ASSERT_EQ(test, mheap_heap_reserve(heap, p, 1000), 0);
	KUNIT_EXPECT_GE(test, p->free, 1000);
	mheap_table_unreserve(p, 1000);
	KUNIT_EXPECT_EQ(test, p->reserved, 0);
	mheap_heap_unlock(heap);
	mheap_table_destroy(p);
}

static void kt_table_walk(struct kunit *test)
{
	const unsigned int n = 5 * MHEAP_CHUNK_ENTRIES;
	struct mheap_table *p = kt_table_new(test);
	u64 *number = kunit_kcalloc(test, n, sizeof(u64), GFP_KERNEL), at = 0;
	unsigned int i, left = 0, seen = 0;
	u64 *ptr;

	KUNIT_ASSERT_NOT_NULL(test, number);
	KUNIT_EXPECT_NULL(test, mheap_table_next(p, &at));
	kt_table_fill(test, p, number, n);
	for (i = 0; i < n; i++) {
		if (i % 3 == 0 || i / MHEAP_CHUNK_ENTRIES == 2)
			mheap_table_free(p, number[i]);
		else
			left++;
	}
	for (at = 0; (ptr = mheap_table_next(p, &at)); seen++)
		KUNIT_EXPECT_PTR_EQ(test, mheap_table_find(p, *ptr),
				    (void *)ptr);
	KUNIT_EXPECT_EQ(test, seen, left);
	KUNIT_EXPECT_EQ(test, p->used, left);
	mheap_table_destroy(p);
}

static struct kunit_case kt_table_cases[] = {
	KUNIT_CASE(kt_table_basics),
	KUNIT_CASE(kt_table_recent),
	KUNIT_CASE(kt_table_made_up),
	KUNIT_CASE(kt_table_reuse),
	KUNIT_CASE(kt_table_retire),
	KUNIT_CASE(kt_table_chunk_remade),
	KUNIT_CASE(kt_table_chunk_seq),
	KUNIT_CASE(kt_table_chunk_retired),
	KUNIT_CASE(kt_table_reserve),
	KUNIT_CASE(kt_table_walk),
	{}
};

static struct kunit_suite kt_table_suite = {
	.name = "mheap_table",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_table_cases,
};

kunit_test_suite(kt_table_suite);
