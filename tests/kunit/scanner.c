// SPDX-License-Identifier: GPL-2.0
/* Suite of scanner.c and life.c: the thread, and heaps that end while it works. */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/slab.h>

#include "drop.h"
#include "gc/collect.h"
#include "gc/reclaim.h"
#include "kunit.h"
#include "scanner.h"
#include "verify.h"

/* Make rings of two objects that nothing else refers to. */
static void kt_scanner_rings(struct kunit *test, struct mheap_session *s,
			     unsigned int n)
{
	while (n--) {
		struct kt_op ops[] = {
			{ .opcode = MHEAP_OP_ALLOC, .len = 1 },
			{ .opcode = MHEAP_OP_ALLOC, .len = 1 },
			{ .opcode = MHEAP_OP_SET, .val = 1,
			  .flags = KT_OPF_OBJ | KT_OPF_VAL },
			{ .opcode = MHEAP_OP_SET, .obj = 1,
			  .flags = KT_OPF_OBJ | KT_OPF_VAL },
			{ .opcode = MHEAP_OP_DROP, .flags = KT_OPF_OBJ },
			{ .opcode = MHEAP_OP_DROP, .obj = 1,
			  .flags = KT_OPF_OBJ },
		};

		KUNIT_ASSERT_EQ(test, kt_run(kt_of(test)->call, s, ops,
					     ARRAY_SIZE(ops), false),
				ARRAY_SIZE(ops));
	}
}

/* Start a second thread.  A kthread_work belongs to its first worker, so reset it. */
static int kt_scanner_again(struct mheap_heap *heap)
{
	heap->scan_work.worker = NULL;
	return mheap_scanner_start(heap);
}

static void kt_scanner_restart(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	unsigned int i;

	for (i = 0; i < 300; i++) {
		mheap_scanner_stop(heap);
		KUNIT_ASSERT_NULL(test, heap->scanner);
		KUNIT_ASSERT_EQ(test, kt_scanner_again(heap), 0);
	}
	kt_set_thresholds(test, 10, 10, 10);
	kt_scanner_rings(test, kt_of(test)->s, 20);
	kthread_flush_work(&heap->scan_work);
	KUNIT_EXPECT_GT(test, heap->stats[0].collections, 0);
}

/* Stopping the thread waits for the collection under way, which finds all garbage. */
static void kt_scanner_stop_busy(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	unsigned int i;

	heap->slice_us = 1;
	for (i = 0; i < 20; i++) {
		kt_set_thresholds(test, 1000, 0, 0);
		kt_scanner_rings(test, kt_of(test)->s, 600);
		mheap_scanner_stop(heap);
		KUNIT_EXPECT_EQ(test, heap->gc.phase, MHEAP_IDLE);
		KUNIT_ASSERT_EQ(test, kt_scanner_again(heap), 0);
		kt_expect_sound(test);
	}
	kt_collect(test, 2);
	kt_expect_empty(test);
}

/* The thread finds garbage without being asked. */
static void kt_scanner_automatic(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);

	kt_set_thresholds(test, 700, 10, 10);
	kt_scanner_rings(test, kt_of(test)->s, 50000);
	kthread_flush_work(&heap->scan_work);
	KUNIT_EXPECT_GT(test, heap->stats[0].collections, 100);
	KUNIT_EXPECT_GT(test, heap->stats[1].collections, 10);
	KUNIT_EXPECT_LE(test, heap->objects, 20000);
	KUNIT_EXPECT_EQ(test, heap->objects + heap->stats[0].freed +
			heap->stats[1].freed + heap->stats[2].freed, 100000);
	KUNIT_EXPECT_FALSE(test, heap->automatic);
}

/*
 * Allocations alone finish a collection.  The test makes the state of an automatic
 * collection whose thread does not run.
 */
static void kt_scanner_assist(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	struct mheap_result result = {};
	unsigned int births = 0;

	kt_scanner_rings(test, kt_of(test)->s, 5000);
	mheap_heap_lock(heap);
	mheap_collect_start(&heap->gc, 2);
	heap->automatic = true;
	heap->births = 0;
	heap->debt = 0;
	heap->result = &result;
	mheap_heap_unlock(heap);
	while (heap->gc.phase && births < 10000) {
		kt_alloc(test, 1, 0);
		births++;
	}
	KUNIT_EXPECT_LE(test, births, 10000 / 4 + 10);
	KUNIT_EXPECT_TRUE(test, result.done);
	KUNIT_EXPECT_EQ(test, result.found, 10000);
	KUNIT_EXPECT_EQ(test, result.freed, 10000);
	KUNIT_EXPECT_EQ(test, heap->objects, births);
}

/**
 * struct kt_lower - A thread that sets the limit of objects to 0 once a birth is counted
 * @heap: the heap
 * @has_ticket: nobody who gives the lock away gets it back before this thread had it
 */
struct kt_lower {
	struct mheap_heap *heap;
	struct completion has_ticket;
};

static int kt_lower_limit(void *data)
{
	struct kt_lower *lower = data;
	struct mheap_heap *heap = lower->heap;
	bool lowered = false;

	mutex_lock(&heap->ticket);
	complete(&lower->has_ticket);
	while (!lowered && !kthread_should_stop()) {
		if (mheap_heap_trylock(heap)) {
			lowered = heap->births;
			if (lowered)
				heap->limit_objects = 0;
			mheap_heap_unlock(heap);
		}
		schedule_timeout_interruptible(1);
	}
	mutex_unlock(&heap->ticket);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/*
 * An allocation looks at the limits once more after it has helped a collection, since
 * others had the heap meanwhile.
 */
static void kt_scanner_assist_limit(struct kunit *test)
{
	struct kt_op op = { .opcode = MHEAP_OP_ALLOC, .len = 1 };
	struct mheap_heap *heap = kt_heap(test);
	struct kt_lower lower = { .heap = heap };
	struct task_struct *task;

	kt_scanner_rings(test, kt_of(test)->s, 5000);
	mheap_heap_lock(heap);
	mheap_collect_start(&heap->gc, 2);
	heap->births = 0;
	/* The next allocation finishes the collection, and yields after each step. */
	heap->debt = U64_MAX / 2;
	heap->slice_us = 0;
	heap->gc.size = 0;
	mheap_heap_unlock(heap);
	init_completion(&lower.has_ticket);
	task = kthread_run(kt_lower_limit, &lower, "mheap_kunit/lower");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	wait_for_completion(&lower.has_ticket);
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), -EDQUOT);
	kthread_stop(task);
	KUNIT_EXPECT_EQ(test, heap->gc.phase, MHEAP_IDLE);
	KUNIT_EXPECT_EQ(test, heap->objects, 0);
}

/* Two objects that refer to each other, and that a slot of @x holds. */
static void kt_scanner_hang_pair(struct kunit *test, u64 x, u32 slot)
{
	u64 a = kt_alloc(test, 1, 0), b = kt_alloc(test, 1, 0);

	kt_set(test, x, slot, a);
	kt_set(test, a, 0, b);
	kt_set(test, b, 0, a);
	kt_drop(test, a);
	kt_drop(test, b);
}

/* Is one pair taken down, and the other one not touched yet? */
static bool kt_scanner_half_down(const struct mheap_collector *gc)
{
	return gc->phase == MHEAP_TAKE_DOWN && gc->whites == 2 &&
	       mheap_dying_empty(gc->dying);
}

/*
 * An object that is dying holds two pairs, which a collection condemns meanwhile.  The
 * first pair was taken down and dies with the reference of the object.  The call that
 * drops this reference finishes with the other pair.
 */
static void kt_scanner_take_down(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	u64 x = kt_alloc(test, 3, 0);
	struct mheap_dying dying;

	kt_scanner_hang_pair(test, x, 1);
	kt_scanner_hang_pair(test, x, 2);
	mheap_heap_lock(heap);
	mheap_dying_init(&dying);
	KUNIT_EXPECT_EQ(test, mheap_drop_handle(kt_of(test)->s, x, &dying), 0);
	mheap_reclaim_step(&heap->gc, &dying, 1);
	mheap_collect_start(&heap->gc, 2);
	while (!kt_scanner_half_down(&heap->gc))
		if (!mheap_collect_step(&heap->gc, 1))
			break;
	KUNIT_EXPECT_EQ(test, heap->gc.phase, MHEAP_TAKE_DOWN);
	mheap_scanner_reclaim(heap, &dying);
	KUNIT_EXPECT_EQ(test, heap->gc.phase, MHEAP_IDLE);
	mheap_heap_unlock(heap);
	kt_expect_empty(test);
}

/* A call that asks for a collection waits for the one under way. */
static void kt_scanner_collect_busy(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	unsigned int steps, g;

	for (g = 0; g < 3; g++) {
		for (steps = 0; steps < 40; steps++) {
			kt_scanner_rings(test, kt_of(test)->s, 1);
			mheap_heap_lock(heap);
			mheap_collect_start(&heap->gc, g);
			if (steps)
				mheap_collect_step(&heap->gc, steps);
			mheap_heap_unlock(heap);
			kt_collect(test, 2);
			KUNIT_EXPECT_EQ(test, heap->objects, 0);
		}
		KUNIT_EXPECT_GT(test, heap->stats[g].collections, 0);
	}
}

/* A session, and its heap with it, ends at every step of a collection. */
static void kt_scanner_close_collecting(struct kunit *test)
{
	struct mheap_session *s;
	unsigned int steps, g;

	for (g = 0; g < 3; g++) {
		for (steps = 0; steps < 30; steps += 2) {
			s = mheap_life_session_create();
			KUNIT_ASSERT_NOT_ERR_OR_NULL(test, s);
			kt_scanner_rings(test, s, 3);
			mheap_heap_lock(s->heap);
			mheap_collect_start(&s->heap->gc, g);
			if (steps)
				mheap_collect_step(&s->heap->gc, steps);
			mheap_heap_unlock(s->heap);
			kt_scanner_rings(test, s, 1);
			mheap_life_session_end(s);
		}
	}
}

/* The heap is destroyed while its thread works. */
static void kt_scanner_close_busy(struct kunit *test)
{
	struct mheap_session *s;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		s = mheap_life_session_create();
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, s);
		s->heap->slice_us = 1;
		s->heap->gc.trigger.threshold[0] = 5000;
		kt_scanner_rings(test, s, 2501);
		if (i % 2)
			cond_resched();
		mheap_life_session_end(s);
	}
}

/* ---- several at once ---- */

/**
 * struct kt_worker - A thread with a session of its own
 * @test: the test
 * @s: its session
 * @call: its batch
 * @rounds: how many rounds it did
 */
struct kt_worker {
	struct kunit *test;
	struct mheap_session *s;
	struct mheap_call *call;
	u64 rounds;
};

static int kt_worker_collect(void *data)
{
	struct kt_worker *w = data;
	struct mheap_heap *heap = w->s->heap;
	struct mheap_result result;

	while (!kthread_should_stop()) {
		mheap_heap_lock(heap);
		mheap_scanner_collect(heap, w->rounds++ % 3, &result);
		mheap_heap_unlock(heap);
		cond_resched();
	}
	return 0;
}

/* Open ids at random, some of which are those of garbage or of condemned objects. */
static int kt_worker_open(void *data)
{
	struct kt_worker *w = data;
	struct kt_op ops[] = {
		{ .opcode = MHEAP_OP_OPEN_ID },
		{ .opcode = MHEAP_OP_GET, .flags = KT_OPF_OBJ },
		{ .opcode = MHEAP_OP_DROP, .flags = KT_OPF_OBJ },
		{ .opcode = MHEAP_OP_DROP, .obj = 1, .flags = KT_OPF_OBJ },
	};
	u32 entry = 0;

	while (!kthread_should_stop()) {
		entry = (entry * 5 + 3) % 1024;
		ops[0].arg = 1ULL << 32 | entry;
		kt_run(w->call, w->s, ops, 4, true);
		w->rounds++;
		cond_resched();
	}
	return 0;
}

static int kt_worker_verify(void *data)
{
	struct kt_worker *w = data;

	while (!kthread_should_stop()) {
		if (mheap_verify(w->s->heap) == -EUCLEAN)
			KUNIT_FAIL(w->test, "verify");
		w->rounds++;
		cond_resched();
	}
	return 0;
}

static int (*const kt_workers[])(void *) = {
	kt_worker_collect, kt_worker_collect, kt_worker_open, kt_worker_verify,
};

static void kt_scanner_together(struct kunit *test)
{
	struct task_struct *task[ARRAY_SIZE(kt_workers)];
	struct kt_worker w[ARRAY_SIZE(kt_workers)] = {};
	unsigned int i, round;

	kt_heap(test)->slice_us = 1;
	kt_set_thresholds(test, 100, 3, 3);
	for (i = 0; i < ARRAY_SIZE(w); i++) {
		w[i].test = test;
		w[i].s = kt_attach(test);
		w[i].call = kt_call(test);
		task[i] = kthread_run(kt_workers[i], &w[i], "mheap_kunit/%u", i);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task[i]);
	}
	for (i = 0; i < ARRAY_SIZE(w); i++)
		kt_wait_for(test, &w[i].rounds, 1);
	for (round = 0; round < 200; round++) {
		struct mheap_session *s = kt_attach(test);

		kt_scanner_rings(test, s, 40);
		for (i = 0; i < 40; i++) {
			struct kt_op op = { .opcode = MHEAP_OP_ALLOC,
					       .len = i % 3 };

			KUNIT_EXPECT_EQ(test, kt_do_on(test, s, &op), 0);
		}
		cond_resched();
		mheap_life_session_end(s);
	}
	for (i = 0; i < ARRAY_SIZE(w); i++) {
		kthread_stop(task[i]);
		mheap_life_session_end(w[i].s);
	}
	kthread_flush_work(&kt_heap(test)->scan_work);
	kt_collect(test, 2);
	kt_expect_empty(test);
}

static struct kunit_case kt_scanner_cases[] = {
	KUNIT_CASE_SLOW(kt_scanner_restart),
	KUNIT_CASE_SLOW(kt_scanner_stop_busy),
	KUNIT_CASE(kt_scanner_automatic),
	KUNIT_CASE(kt_scanner_assist),
	KUNIT_CASE(kt_scanner_assist_limit),
	KUNIT_CASE(kt_scanner_take_down),
	KUNIT_CASE(kt_scanner_collect_busy),
	KUNIT_CASE_SLOW(kt_scanner_close_collecting),
	KUNIT_CASE_SLOW(kt_scanner_close_busy),
	KUNIT_CASE_SLOW(kt_scanner_together),
	{}
};

static struct kunit_suite kt_scanner_suite = {
	.name = "mheap_scanner",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_scanner_cases,
};

kunit_test_suite(kt_scanner_suite);
