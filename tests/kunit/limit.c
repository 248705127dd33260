// SPDX-License-Identifier: GPL-2.0
/* Suite of the limits of a heap, and of tune.c, which changes them. */
#include "gc/collect.h"
#include "kunit.h"
#include "limits.h"
#include "tune.h"

static void kt_limit(struct kunit *test, u64 bytes, u64 objects)
{
	struct mheap_ioc_tune tune = { .set = MHEAP_TUNE_LIMIT,
				       .limit_bytes = bytes,
				       .limit_objects = objects };

	KUNIT_EXPECT_EQ(test, mheap_tune(kt_heap(test), &tune), 0);
}

static int kt_try_alloc(struct kunit *test, u32 nslots, u32 nbytes)
{
	struct kt_op op = { .opcode = MHEAP_OP_ALLOC, .len = nslots,
			       .arg = nbytes };

	return kt_do(test, &op);
}

static void kt_garbage(struct kunit *test, u32 nslots, u32 nbytes)
{
	u64 h = kt_alloc(test, nslots, nbytes);

	kt_set(test, h, 0, h);
	kt_drop(test, h);
}

static void kt_expect_heap(struct kunit *test, u64 objects, u64 slots,
			   u64 bytes, u64 collections)
{
	struct mheap_heap *heap = kt_heap(test);

	KUNIT_EXPECT_EQ(test, heap->objects, objects);
	KUNIT_EXPECT_EQ(test, heap->slots, slots);
	KUNIT_EXPECT_EQ(test, heap->bytes, bytes);
	KUNIT_EXPECT_EQ(test, heap->stats[2].collections, collections);
	KUNIT_EXPECT_EQ(test, heap->ids.reserved, 0);
	KUNIT_EXPECT_EQ(test, kt_claimed(kt_of(test)->s), 0);
}

static void kt_limit_objects(struct kunit *test)
{
	unsigned int i;
	u64 h = 0;

	kt_limit(test, 0, 10);
	for (i = 0; i < 10; i++)
		h = kt_alloc(test, 1, 1);
	kt_expect_heap(test, 10, 10, 10, 0);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 0, 0), -EDQUOT);
	kt_expect_heap(test, 10, 10, 10, 1);
	KUNIT_EXPECT_EQ(test, kt_drop(test, h), 0);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 0, 0), -EDQUOT);
	kt_limit(test, 0, 11);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 0, 0), 0);
	kt_limit(test, 0, 1);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 0, 0), -EDQUOT);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 11);
}

/* Payload bytes and eight bytes for each slot count, and the limit is exact. */
static void kt_limit_bytes(struct kunit *test)
{
	kt_limit(test, 100, 0);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 0, 101), -EDQUOT);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 13, 0), -EDQUOT);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 12, 5), -EDQUOT);
	kt_expect_heap(test, 0, 0, 0, 3);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 6, 52), 0);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 0, 1), -EDQUOT);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 1, 0), -EDQUOT);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 0, 0), 0);
	kt_expect_heap(test, 2, 6, 52, 5);
}

/* Before an allocation fails there is a collection, which helps if there is garbage. */
static void kt_limit_collects(struct kunit *test)
{
	unsigned int i;

	kt_limit(test, 1000, 5);
	for (i = 0; i < 5; i++)
		kt_garbage(test, 1, 10);
	kt_expect_heap(test, 5, 5, 50, 0);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 0, 0), 0);
	kt_expect_heap(test, 1, 0, 0, 1);
	kt_garbage(test, 50, 500);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 50, 500), 0);
	kt_expect_heap(test, 2, 50, 500, 2);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->stats[2].collected, 6);
}

/* An allocation beyond the limit fails before its memory is allocated. */
static void kt_limit_large(struct kunit *test)
{
	kt_limit(test, 1 << 20, 0);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 0, MHEAP_MAX_BYTES), -EDQUOT);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, MHEAP_MAX_SLOTS, 0), -EDQUOT);
	kt_garbage(test, 1, 600 << 10);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 0, 600 << 10), 0);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 0, 600 << 10), -EDQUOT);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->bytes, 600 << 10);
}

/* A resize that grows an object is limited; one that shrinks it always works. */
static void kt_limit_resize(struct kunit *test)
{
	u64 a = kt_alloc(test, 2, 10), b = kt_alloc(test, 0, 10);

	kt_limit(test, 100, 0);
	KUNIT_EXPECT_EQ(test, kt_resize(test, a, 8, 27), -EDQUOT);
	kt_expect_heap(test, 2, 2, 20, 1);
	KUNIT_EXPECT_EQ(test, kt_object(test, a)->nslots, 2);
	KUNIT_EXPECT_EQ(test, kt_resize(test, a, 8, 16), 0);
	kt_expect_heap(test, 2, 8, 26, 1);
	KUNIT_EXPECT_EQ(test, kt_resize(test, b, 0, 20), 0);
	KUNIT_EXPECT_EQ(test, kt_resize(test, b, 1, 20), -EDQUOT);
	kt_limit(test, 8, 0);
	KUNIT_EXPECT_EQ(test, kt_resize(test, a, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_resize(test, b, 0, 0), 0);
	kt_expect_heap(test, 2, 1, 0, 2);
	kt_limit(test, 100, 0);
	kt_garbage(test, 1, 80);
	KUNIT_EXPECT_EQ(test, kt_resize(test, a, 2, 80), 0);
	kt_expect_heap(test, 2, 2, 80, 3);
}

/* A collection that is under way is finished first. */
static void kt_limit_collecting(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);

	kt_limit(test, 0, 3);
	kt_alloc(test, 1, 0);
	kt_garbage(test, 1, 0);
	kt_garbage(test, 1, 0);
	mheap_heap_lock(heap);
	mheap_collect_start(&heap->gc, 0);
	mheap_collect_step(&heap->gc, 2);
	mheap_heap_unlock(heap);
	KUNIT_EXPECT_EQ(test, kt_try_alloc(test, 1, 0), 0);
	kt_expect_heap(test, 2, 2, 0, 1);
	KUNIT_EXPECT_EQ(test, heap->stats[0].collections, 1);
	KUNIT_EXPECT_EQ(test, heap->gc.phase, MHEAP_IDLE);
}

/* In a batch, the ops that stay within the limit are done. */
static void kt_limit_batch(struct kunit *test)
{
	struct kt_op ops[5] = {};
	unsigned int i;

	kt_limit(test, 0, 3);
	for (i = 0; i < 5; i++)
		ops[i].opcode = MHEAP_OP_ALLOC;
	KUNIT_EXPECT_EQ(test, kt_batch(test, ops, 5, false), 3);
	KUNIT_EXPECT_EQ(test, ops[3].result, -EDQUOT);
	KUNIT_EXPECT_EQ(test, ops[3].out, 0);
	kt_expect_heap(test, 3, 0, 0, 1);
}

static void kt_tune_values(struct kunit *test)
{
	struct mheap_ioc_tune t = {
		.set = MHEAP_TUNE_ENABLED | MHEAP_TUNE_THRESHOLD |
		       MHEAP_TUNE_LIMIT,
		.enabled = 1, .threshold = { 0, 7, ~0U },
		.limit_bytes = 12345, .limit_objects = 99,
	};
	struct mheap_ioc_tune r = {};

	KUNIT_EXPECT_EQ(test, mheap_tune(kt_heap(test), &t), 0);
	KUNIT_EXPECT_EQ(test, mheap_tune(kt_heap(test), &r), 0);
	KUNIT_EXPECT_EQ(test, r.enabled, 1);
	KUNIT_EXPECT_EQ(test, r.threshold[0], 0);
	KUNIT_EXPECT_EQ(test, r.threshold[1], 7);
	KUNIT_EXPECT_EQ(test, r.threshold[2], ~0U);
	KUNIT_EXPECT_EQ(test, r.limit_bytes, 12345);
	KUNIT_EXPECT_EQ(test, r.limit_objects, 99);
	t = (struct mheap_ioc_tune){ .set = MHEAP_TUNE_LIMIT };
	KUNIT_EXPECT_EQ(test, mheap_tune(kt_heap(test), &t), 0);
	KUNIT_EXPECT_EQ(test, t.limit_bytes, mheap_defaults.limit_bytes);
	KUNIT_EXPECT_EQ(test, t.limit_objects, mheap_defaults.limit_objects);
	KUNIT_EXPECT_EQ(test, t.threshold[1], 7);
	KUNIT_EXPECT_EQ(test, t.enabled, 1);
}

static void kt_tune_wrong(struct kunit *test)
{
	struct mheap_ioc_tune t = { .enabled = 2, .limit_bytes = 1 };
	unsigned int bit;

	for (bit = 4; bit < 32; bit++) {
		t.set = BIT(bit) | MHEAP_TUNE_LIMIT;
		KUNIT_EXPECT_EQ(test, mheap_tune(kt_heap(test), &t), -EINVAL);
	}
	for (bit = 1; bit < 32; bit++) {
		t.set = MHEAP_TUNE_DEBUG | MHEAP_TUNE_LIMIT;
		t.debug = BIT(bit);
		KUNIT_EXPECT_EQ(test, mheap_tune(kt_heap(test), &t), -EINVAL);
	}
	t.set = MHEAP_TUNE_ENABLED | MHEAP_TUNE_LIMIT;
	KUNIT_EXPECT_EQ(test, mheap_tune(kt_heap(test), &t), -EINVAL);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->limit_bytes,
			mheap_defaults.limit_bytes);
	KUNIT_EXPECT_FALSE(test, kt_gc(test)->trigger.enabled);
	KUNIT_EXPECT_FALSE(test, kt_gc(test)->save_all);
}

static struct kunit_case kt_limit_cases[] = {
	KUNIT_CASE(kt_limit_objects),
	KUNIT_CASE(kt_limit_bytes),
	KUNIT_CASE(kt_limit_collects),
	KUNIT_CASE(kt_limit_large),
	KUNIT_CASE(kt_limit_resize),
	KUNIT_CASE(kt_limit_collecting),
	KUNIT_CASE(kt_limit_batch),
	KUNIT_CASE(kt_tune_values),
	KUNIT_CASE(kt_tune_wrong),
	{}
};

static struct kunit_suite kt_limit_suite = {
	.name = "mheap_limit",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_limit_cases,
};

kunit_test_suite(kt_limit_suite);
