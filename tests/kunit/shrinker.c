// SPDX-License-Identifier: GPL-2.0
/* Suite of mheap_scanner_shrink(), which is called when the system is short of memory. */
#include <linux/kthread.h>

#include "gc/collect.h"
#include "kunit.h"
#include "scanner.h"

/* A threshold that no test of this suite reaches. */
#define KT_NEVER	1000000

static bool kt_shrink(struct kunit *test)
{
	bool began;

	mheap_heap_lock(kt_heap(test));
	began = mheap_scanner_shrink(kt_heap(test));
	mheap_heap_unlock(kt_heap(test));
	return began;
}

static void kt_shrinker_garbage(struct kunit *test, unsigned int n)
{
	u64 h;

	while (n--) {
		h = kt_alloc(test, 1, 0);
		kt_set(test, h, 0, h);
		kt_drop(test, h);
	}
}

/* A heap that has a thread collects its garbage, in whatever generation that is. */
static void kt_shrinker_collects(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	unsigned int round;
	u64 kept = kt_alloc(test, 1, 0);

	KUNIT_ASSERT_EQ(test, mheap_scanner_start(heap), 0);
	kt_set_thresholds(test, KT_NEVER, 0, 0);
	for (round = 0; round < 5; round++) {
		kt_shrinker_garbage(test, 100);
		KUNIT_EXPECT_TRUE(test, kt_shrink(test));
		kthread_flush_work(&heap->scan_work);
		KUNIT_EXPECT_EQ(test, heap->objects, 1);
		KUNIT_EXPECT_EQ(test, heap->stats[2].collections, round + 1);
		KUNIT_EXPECT_FALSE(test, heap->shrink_wanted);
		KUNIT_EXPECT_FALSE(test, heap->automatic);
	}
	KUNIT_EXPECT_EQ(test, kt_refcount(test, kept), 1);
}

/* Nothing begins in a heap that would give nothing back, or that must not collect. */
static void kt_shrinker_refused(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);

	KUNIT_ASSERT_EQ(test, mheap_scanner_start(heap), 0);
	kt_set_thresholds(test, KT_NEVER, 0, 0);
	kt_shrinker_garbage(test, 1);
	heap->gc.trigger.enabled = false;
	KUNIT_EXPECT_FALSE(test, kt_shrink(test));
	heap->gc.trigger.enabled = true;
	heap->gc.trigger.threshold[0] = 0;
	KUNIT_EXPECT_FALSE(test, kt_shrink(test));
	heap->gc.trigger.threshold[0] = KT_NEVER;
	heap->closing = true;
	KUNIT_EXPECT_FALSE(test, kt_shrink(test));
	heap->closing = false;
	kt_collect(test, 2);
	kt_alloc(test, 1, 0);
	KUNIT_EXPECT_FALSE(test, kt_shrink(test));	/* there is no cycle */
	kthread_flush_work(&heap->scan_work);
	KUNIT_EXPECT_EQ(test, heap->stats[2].collections, 1);
}

/* A heap without a thread gets one when the next call settles. */
static void kt_shrinker_first(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);

	kt_set_thresholds(test, KT_NEVER, 0, 0);
	kt_shrinker_garbage(test, 10);
	KUNIT_EXPECT_TRUE(test, kt_shrink(test));
	KUNIT_EXPECT_NULL(test, heap->scanner);
	kt_alloc(test, 0, 0);
	KUNIT_ASSERT_NOT_NULL(test, heap->scanner);
	kthread_flush_work(&heap->scan_work);
	KUNIT_EXPECT_EQ(test, heap->objects, 1);
	KUNIT_EXPECT_EQ(test, heap->stats[2].collections, 1);
}

/* No other collection is asked for before the one asked for has begun. */
static void kt_shrinker_once(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, mheap_scanner_start(heap), 0);
	kt_set_thresholds(test, KT_NEVER, 0, 0);
	kt_shrinker_garbage(test, 10);
	mheap_heap_lock(heap);
	KUNIT_EXPECT_TRUE(test, mheap_scanner_shrink(heap));
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_FALSE(test, mheap_scanner_shrink(heap));
	mheap_heap_unlock(heap);
	kthread_flush_work(&heap->scan_work);
	KUNIT_EXPECT_EQ(test, heap->stats[2].collections, 1);
	KUNIT_EXPECT_EQ(test, heap->objects, 0);
}

/* A collection that is asked for during another one begins after that. */
static void kt_shrinker_busy(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	unsigned int steps, g;

	KUNIT_ASSERT_EQ(test, mheap_scanner_start(heap), 0);
	kt_set_thresholds(test, KT_NEVER, 0, 0);
	for (g = 0; g < 3; g++) {
		for (steps = 1; steps < 20; steps++) {
			u64 full;

			kt_shrinker_garbage(test, 3);
			mheap_heap_lock(heap);
			full = heap->stats[2].collections;
			mheap_collect_start(&heap->gc, g);
			mheap_collect_step(&heap->gc, steps);
			KUNIT_EXPECT_EQ(test, mheap_scanner_shrink(heap),
					!!heap->gc.suspects);
			mheap_heap_unlock(heap);
			kthread_flush_work(&heap->scan_work);
			KUNIT_EXPECT_EQ(test, heap->objects, 0);
			KUNIT_EXPECT_GE(test, heap->stats[2].collections, full);
		}
	}
}

static struct kunit_case kt_shrinker_cases[] = {
	KUNIT_CASE(kt_shrinker_collects),
	KUNIT_CASE(kt_shrinker_refused),
	KUNIT_CASE(kt_shrinker_first),
	KUNIT_CASE(kt_shrinker_once),
	KUNIT_CASE(kt_shrinker_busy),
	{}
};

static struct kunit_suite kt_shrinker_suite = {
	.name = "mheap_shrinker",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_shrinker_cases,
};

kunit_test_suite(kt_shrinker_suite);
