// SPDX-License-Identifier: GPL-2.0
/* Suite of magazine.c: allocating and freeing the memory of many objects at a time. */
#include <linux/slab.h>
#include <linux/string.h>

#include "kunit.h"
#include "magazine.h"

#define KT_PIECES	60

static u32 kt_piece_bytes(u32 words)
{
	return sizeof(struct mheap_object) + words * sizeof(void *);
}

/* Each number of words has a size that is large enough, and not twice as large. */
static void kt_magazine_sizes(struct kunit *test)
{
	unsigned int last = 0, size;
	u32 words, most = MHEAP_INLINE_SLOTS + MHEAP_PAYLOAD_WORDS;
	void *mem;

	for (words = 0; words <= most; words++) {
		size = mheap_magazine_size(kt_piece_bytes(words));
		KUNIT_ASSERT_LT(test, size, MHEAP_OBJECT_SIZES);
		KUNIT_EXPECT_GE(test, size, last);
		mem = mheap_magazine_pop(NULL, size);
		KUNIT_ASSERT_NOT_NULL(test, mem);
		KUNIT_EXPECT_GE(test, ksize(mem), kt_piece_bytes(words));
		KUNIT_EXPECT_LT(test, ksize(mem), 2 * kt_piece_bytes(words + 2));
		kfree(mem);
		last = size;
	}
	KUNIT_EXPECT_EQ(test, last, MHEAP_OBJECT_SIZES - 1);
}

/* Memory from a magazine is zeroed and not shared, as is that from an empty magazine. */
static void kt_magazine_pop(struct kunit *test)
{
	struct mheap_bulk_free d = { .n = 0 };
	struct mheap_magazine magazine = {};
	void *mem[KT_PIECES + 5];
	unsigned int i, size = mheap_magazine_size(kt_piece_bytes(2));

	mheap_magazine_fill(&magazine, size, KT_PIECES);
	KUNIT_EXPECT_NOT_NULL(test, magazine.first[size]);
	KUNIT_EXPECT_NULL(test, magazine.first[size + 1]);
	for (i = 0; i < ARRAY_SIZE(mem); i++) {
		KUNIT_EXPECT_EQ(test, !!magazine.first[size], i < KT_PIECES);
		mem[i] = mheap_magazine_pop(&magazine, size);
		KUNIT_ASSERT_NOT_NULL(test, mem[i]);
		KUNIT_EXPECT_NULL(test, memchr_inv(mem[i], 0, kt_piece_bytes(2)));
		memset(mem[i], 0x5a, kt_piece_bytes(2));
	}
	for (i = 0; i < ARRAY_SIZE(mem); i++)
		mheap_bulk_free_add(&d, size, mem[i]);
	mheap_bulk_free_flush(&d);
	KUNIT_EXPECT_EQ(test, d.n, 0);
}

/* Memory left in a magazine is freed.  A leak is for kmemleak to find. */
static void kt_magazine_empty(struct kunit *test)
{
	struct mheap_magazine magazine = {};
	unsigned int i;

	for (i = 0; i < MHEAP_OBJECT_SIZES; i++)
		mheap_magazine_fill(&magazine, i, 2 * MHEAP_BULK + i);
	kfree(mheap_magazine_pop(&magazine, 0));
	mheap_magazine_drain(&magazine);
	for (i = 0; i < MHEAP_OBJECT_SIZES; i++)
		KUNIT_EXPECT_NULL(test, magazine.first[i]);
}

/* A batch makes objects of several sizes, and fails to make some of them. */
static void kt_magazine_batch(struct kunit *test)
{
	struct kt_op *ops = kunit_kcalloc(test, 3 * MHEAP_CHUNK_OPS, sizeof(*ops),
					     GFP_KERNEL);
	u64 before = kt_heap(test)->objects;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, ops);
	for (i = 0; i < 3 * MHEAP_CHUNK_OPS; i++)
		ops[i] = (struct kt_op){
			.opcode = MHEAP_OP_ALLOC,
			.len = i % 70,
			.arg = i % 3 * 8,
			.index = i % 7 ? 0 : 12345,
		};
	KUNIT_EXPECT_EQ(test, kt_batch(test, ops, 3 * MHEAP_CHUNK_OPS, true),
			3 * MHEAP_CHUNK_OPS);
	for (i = 0; i < 3 * MHEAP_CHUNK_OPS; i++)
		KUNIT_EXPECT_EQ(test, ops[i].result, i % 7 ? 0 : -ENOENT);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects - before,
			3 * MHEAP_CHUNK_OPS - DIV_ROUND_UP(3 * MHEAP_CHUNK_OPS, 7));
	KUNIT_EXPECT_NULL(test, kt_of(test)->call->magazine.first[0]);
}

static unsigned int kt_pieces(const struct mheap_magazine *magazine)
{
	unsigned int i, n = 0;
	void **mem;

	for (i = 0; i < MHEAP_OBJECT_SIZES; i++)
		for (mem = magazine->first[i]; mem; mem = *mem)
			n++;
	return n;
}

/* If there is no memory for ids, the memory of objects stays in the magazine. */
static void kt_magazine_without_ids(struct kunit *test)
{
	struct mheap_entry e[3] = {
		{ .opcode = MHEAP_OP_ALLOC, .index = 2 },
		{ .opcode = MHEAP_OP_ALLOC, .index = 2 },
		{ .opcode = MHEAP_OP_ALLOC },
	};
	struct mheap_call *call = kt_of(test)->call;
	struct mheap_op_result results[3];
	unsigned int i;
	u32 end;

	mheap_call_init(call, kt_of(test)->s);
	call->go_on = true;
	call->entries = e;
	call->nr = ARRAY_SIZE(e);
	call->results = results;
	call->space = ARRAY_SIZE(results);
	end = mheap_batch_prepare(call);
	KUNIT_EXPECT_EQ(test, kt_pieces(&call->magazine), 3);
	call->ids = 0;
	mheap_batch_run(call, end);
	KUNIT_EXPECT_EQ(test, kt_pieces(&call->magazine), 3);
	mheap_batch_release(call);
	mheap_batch_end(call);
	KUNIT_EXPECT_EQ(test, call->nr_results, 3);
	for (i = 0; i < call->nr_results; i++)
		KUNIT_EXPECT_EQ(test, results[i].error, -ENOMEM);
	kt_expect_empty(test);
}

static struct kunit_case kt_magazine_cases[] = {
	KUNIT_CASE(kt_magazine_sizes),
	KUNIT_CASE(kt_magazine_pop),
	KUNIT_CASE(kt_magazine_empty),
	KUNIT_CASE(kt_magazine_batch),
	KUNIT_CASE(kt_magazine_without_ids),
	{}
};

static struct kunit_suite kt_magazine_suite = {
	.name = "mheap_magazine",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_magazine_cases,
};

kunit_test_suite(kt_magazine_suite);
