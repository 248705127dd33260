// SPDX-License-Identifier: GPL-2.0
/*
 * Suite of the holds of the heap lock, and of what yields it.  For each kind of hold, it
 * makes the most work that can come together.  With a slice of 0 the lock is dropped
 * whenever the clock is looked at.  So the number of holds tells how much work is done
 * between two looks, however fast the machine is.
 */
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "area.h"
#include "kunit.h"
#include "limits.h"
#include "listing.h"
#include "scanner.h"
#include "verify.h"

/* Number of children that one batch makes. */
#define KT_CHILDREN	10U

/* Number of slots of objects whose death uses up almost a whole step. */
#define KT_SLOTS	60U

static u32 kt_hold_many(void)
{
	return kt_slow() ? 10000 : 100000;
}

static u64 kt_held(struct kunit *test, enum mheap_hold kind)
{
	return kt_heap(test)->holds[kind].count;
}

/* Drop the lock at each look at the clock from now on.  Returns the number of holds. */
static u64 kt_hold_begin(struct kunit *test, enum mheap_hold kind)
{
	kt_heap(test)->slice_us = 0;
	return kt_held(test, kind);
}

/* Check that there was at least one hold for every @most units of the work. */
static void kt_hold_expect(struct kunit *test, enum mheap_hold kind,
			   u64 before, u64 work, u64 most)
{
	KUNIT_EXPECT_GE_MSG(test, kt_held(test, kind) - before, work / most,
			    "%s", mheap_heap_hold_names[kind]);
	kt_heap(test)->slice_us = MHEAP_SLICE_US;
}

/* Fill the slots of an object with children that nobody else refers to. */
static void kt_hold_fill(struct kunit *test, u64 parent, u32 n, u32 nslots)
{
	struct kt_op ops[3 * KT_CHILDREN];
	u32 i, k, done;

	for (i = 0; i < n; i += done) {
		done = min(n - i, KT_CHILDREN);
		for (k = 0; k < done; k++) {
			ops[3 * k] = (struct kt_op){
				.opcode = MHEAP_OP_ALLOC, .len = nslots };
			ops[3 * k + 1] = (struct kt_op){
				.opcode = MHEAP_OP_SET, .obj = parent,
				.index = i + k, .val = 3 * k,
				.flags = KT_OPF_VAL };
			ops[3 * k + 2] = (struct kt_op){
				.opcode = MHEAP_OP_DROP, .obj = 3 * k,
				.flags = KT_OPF_OBJ };
		}
		KUNIT_ASSERT_EQ(test, kt_batch(test, ops, 3 * done, false),
				3 * done);
	}
}

static u64 kt_hold_fan(struct kunit *test, u32 n, u32 nslots)
{
	u64 parent = kt_alloc(test, n, 0);

	kt_hold_fill(test, parent, n, nslots);
	return parent;
}

/* Make handles of one object. */
static void kt_hold_dups(struct kunit *test, struct mheap_session *s, u64 handle,
			 u32 n)
{
	struct kt_op ops[25];
	u32 i;

	for (; n; n -= min_t(u32, n, ARRAY_SIZE(ops))) {
		for (i = 0; i < ARRAY_SIZE(ops); i++)
			ops[i] = (struct kt_op){ .opcode = MHEAP_OP_DUP,
						    .obj = handle };
		kt_run(kt_of(test)->call, s, ops, ARRAY_SIZE(ops), false);
		KUNIT_ASSERT_EQ(test, ops[ARRAY_SIZE(ops) - 1].result, 0);
	}
}

/* ---- death ---- */

static void kt_hold_death(struct kunit *test)
{
	u32 n = kt_hold_many();
	u64 fan = kt_hold_fan(test, n, 1), wide = kt_alloc(test, 10 * n, 0);
	u64 before = kt_hold_begin(test, MHEAP_HOLD_DEATH);

	kt_drop(test, fan);
	kt_hold_expect(test, MHEAP_HOLD_DEATH, before, 3 * n, MHEAP_STEP_BUDGET);
	before = kt_hold_begin(test, MHEAP_HOLD_DEATH);
	kt_drop(test, wide);
	kt_hold_expect(test, MHEAP_HOLD_DEATH, before, 10 * n, MHEAP_STEP_BUDGET);
	kt_expect_empty(test);
}

/* An event costs more than a reference, since a reader may have to be woken. */
static void kt_hold_events(struct kunit *test)
{
	u64 h = kt_alloc(test, 1, 0), before;
	u32 i, n = 1000;

	for (i = 0; i < n; i++)
		kt_weak_new(test, h, i);
	before = kt_hold_begin(test, MHEAP_HOLD_DEATH);
	kt_drop(test, h);
	kt_hold_expect(test, MHEAP_HOLD_DEATH, before, n * MHEAP_EVENT_COST,
		       MHEAP_STEP_BUDGET);
}

/* ---- frames, sessions ---- */

static void kt_hold_frame(struct kunit *test)
{
	u64 h = kt_alloc(test, 0, 0), before;
	u32 n = kt_hold_many();

	kt_frame_push(test);
	kt_hold_dups(test, kt_of(test)->s, h, n);
	before = kt_hold_begin(test, MHEAP_HOLD_FRAME);
	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, 0), 0);
	kt_hold_expect(test, MHEAP_HOLD_FRAME, before, n, MHEAP_CLOCK_OPS);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, h), 1);
}

/* The object of each handle takes long to die, but less than a step. */
static void kt_hold_frame_dying(struct kunit *test)
{
	u32 i, n = 1000;
	u64 before;

	kt_frame_push(test);
	for (i = 0; i < n; i++)
		kt_alloc(test, KT_SLOTS, 0);
	before = kt_hold_begin(test, MHEAP_HOLD_FRAME);
	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, 0), 0);
	kt_hold_expect(test, MHEAP_HOLD_FRAME, before, n, 1);
	kt_expect_empty(test);
}

/* Open an object by its id in another session. */
static u64 kt_hold_open(struct kunit *test, struct mheap_session *s, u64 h)
{
	struct kt_op op = { .opcode = MHEAP_OP_OPEN_ID, .arg = kt_id(test, h) };

	KUNIT_ASSERT_EQ(test, kt_do_on(test, s, &op), 0);
	return op.out;
}

static void kt_hold_close(struct kunit *test)
{
	struct mheap_session *s = kt_attach(test);
	u64 h = kt_alloc(test, 0, 0), before;
	u32 n = kt_hold_many();

	kt_hold_dups(test, s, kt_hold_open(test, s, h), n);
	before = kt_hold_begin(test, MHEAP_HOLD_CLOSE);
	mheap_life_session_end(s);
	kt_hold_expect(test, MHEAP_HOLD_CLOSE, before, n, MHEAP_CLOCK_OPS);
}

static void kt_hold_close_dying(struct kunit *test)
{
	struct mheap_session *s = kt_attach(test);
	struct kt_op op;
	u32 i, n = 1000;
	u64 before;

	for (i = 0; i < n; i++) {
		op = (struct kt_op){ .opcode = MHEAP_OP_ALLOC, .len = KT_SLOTS };
		KUNIT_ASSERT_EQ(test, kt_do_on(test, s, &op), 0);
	}
	before = kt_hold_begin(test, MHEAP_HOLD_CLOSE);
	mheap_life_session_end(s);
	kt_hold_expect(test, MHEAP_HOLD_CLOSE, before, n, 1);
	kt_expect_empty(test);
}

/*
 * A session ends with weak handles and finalizers of objects that others keep.  The
 * finalizers give up the numbers that they claimed for handles.
 */
static void kt_hold_close_ext(struct kunit *test)
{
	u32 i, n = kt_hold_many() / 5;
	struct mheap_session *s = kt_attach(test);
	u64 before, fan = kt_hold_fan(test, n, 0), h;
	struct kt_op ops[4] = {};

	for (i = 0; i < n; i++) {
		h = kt_get(test, fan, i);
		ops[0] = (struct kt_op){ .opcode = MHEAP_OP_OPEN_ID,
					    .arg = kt_id(test, h) };
		ops[1] = (struct kt_op){ .opcode = MHEAP_OP_WEAK_NEW,
					    .flags = KT_OPF_OBJ };
		ops[2] = (struct kt_op){ .opcode = MHEAP_OP_FINALIZER,
					    .flags = KT_OPF_OBJ };
		ops[3] = (struct kt_op){ .opcode = MHEAP_OP_DROP,
					    .flags = KT_OPF_OBJ };
		KUNIT_ASSERT_EQ(test, kt_run(kt_of(test)->call, s, ops, 4, false), 4);
		kt_drop(test, h);
	}
	before = kt_hold_begin(test, MHEAP_HOLD_CLOSE);
	mheap_life_session_end(s);
	kt_hold_expect(test, MHEAP_HOLD_CLOSE, before,
		       2 * n, MHEAP_CLOCK_OPS);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, n + 1);
}

/* ---- memory of payloads ---- */

/**
 * struct kt_other - Another thread on the heap
 * @test: the test
 * @call: its batch
 * @handle: the handle that it drops
 * @rounds: how often it had the lock
 */
struct kt_other {
	struct kunit *test;
	struct mheap_call *call;
	u64 handle;
	u64 rounds;
};

static int kt_other_drop(void *data)
{
	struct kt_other *other = data;
	struct kt_op op = { .opcode = MHEAP_OP_DROP, .obj = other->handle };

	kt_run(other->call, kt_of(other->test)->s, &op, 1, false);
	WRITE_ONCE(other->rounds, 1);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/* Payloads, pages and arenas are freed without the heap lock. */
static void kt_hold_arena(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	struct mheap_area *area = &heap->areas[MHEAP_CHANGING];
	struct kt_other other = { .test = test };
	struct task_struct *task;
	unsigned int ticks;

	other.call = kt_call(test);
	other.handle = kt_alloc(test, 1, 1000000);
	down_write(&area->lock);
	task = kthread_run(kt_other_drop, &other, "mheap_kunit/hold");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	while (READ_ONCE(heap->objects))
		schedule_timeout_uninterruptible(1);
	for (ticks = 0; ticks < 100 && mutex_is_locked(&heap->lock); ticks++)
		schedule_timeout_uninterruptible(1);
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&heap->lock));
	KUNIT_EXPECT_EQ(test, READ_ONCE(other.rounds), 0);
	KUNIT_EXPECT_EQ(test, area->nr_arenas, 1);
	up_write(&area->lock);
	kt_wait_for(test, &other.rounds, 1);
	KUNIT_EXPECT_EQ(test, area->nr_arenas, 0);
	kthread_stop(task);
}

/* ---- resizing, reading, writing ---- */

static void kt_hold_resize(struct kunit *test)
{
	const u32 n = 1000, bytes = 64 * MHEAP_COPY_BYTES;
	u64 h = kt_hold_fan(test, n, KT_SLOTS), before;

	before = kt_hold_begin(test, MHEAP_HOLD_RESIZE);
	KUNIT_EXPECT_EQ(test, kt_resize(test, h, 1, bytes), 0);
	kt_hold_expect(test, MHEAP_HOLD_RESIZE, before, n - 1, 1);
	before = kt_hold_begin(test, MHEAP_HOLD_RESIZE);
	KUNIT_EXPECT_EQ(test, kt_resize(test, h, bytes / 8, bytes), 0);
	kt_hold_expect(test, MHEAP_HOLD_RESIZE, before, bytes, MHEAP_COPY_BYTES);
	before = kt_hold_begin(test, MHEAP_HOLD_RESIZE);
	KUNIT_EXPECT_EQ(test, kt_resize(test, h, bytes / 8, 0), 0);
	kt_hold_expect(test, MHEAP_HOLD_RESIZE, before, 2 * bytes, MHEAP_COPY_BYTES);
}

static void kt_hold_bytes(struct kunit *test)
{
	const u32 bytes = 64 * MHEAP_COPY_BYTES, most = 2 * MHEAP_CLOCK_BYTES;
	char *data = kunit_kzalloc(test, bytes, GFP_KERNEL);
	u64 h = kt_alloc(test, 0, bytes), before;
	struct kt_op ops[15];
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, data);
	before = kt_hold_begin(test, MHEAP_HOLD_CALL);
	KUNIT_EXPECT_EQ(test, kt_write(test, h, 0, data, bytes), 0);
	kt_hold_expect(test, MHEAP_HOLD_CALL, before, bytes, MHEAP_COPY_BYTES);
	before = kt_hold_begin(test, MHEAP_HOLD_CALL);
	KUNIT_EXPECT_EQ(test, kt_read(test, h, 0, data, bytes), 0);
	kt_hold_expect(test, MHEAP_HOLD_CALL, before, bytes, MHEAP_COPY_BYTES);
	for (i = 0; i < ARRAY_SIZE(ops); i++)
		ops[i] = (struct kt_op){ .opcode = MHEAP_OP_WRITE, .obj = h,
					    .len = most, .val = kt_data(data) };
	before = kt_hold_begin(test, MHEAP_HOLD_CALL);
	KUNIT_EXPECT_EQ(test, kt_batch(test, ops, ARRAY_SIZE(ops), false),
			ARRAY_SIZE(ops));
	kt_hold_expect(test, MHEAP_HOLD_CALL, before, ARRAY_SIZE(ops), 1);
}

/* ---- collections ---- */

/* Make garbage of an object that refers to itself and to all others. */
static void kt_hold_garbage(struct kunit *test, u32 n)
{
	u64 h = kt_alloc(test, n + 1, 0);

	kt_hold_fill(test, h, n, 2);
	KUNIT_EXPECT_EQ(test, kt_set(test, h, n, h), 0);
	kt_drop(test, h);
}

/* A collection visits each object at least twice, and its slots once. */
static void kt_hold_collect(struct kunit *test)
{
	u32 n = kt_hold_many();
	unsigned int g;
	u64 before;

	for (g = 0; g < 3; g += 2) {
		kt_hold_garbage(test, n);
		before = kt_hold_begin(test, MHEAP_HOLD_COLLECT);
		KUNIT_EXPECT_EQ(test, kt_collect(test, g), n + 1);
		kt_hold_expect(test, MHEAP_HOLD_COLLECT, before, 4 * n,
			       MHEAP_STEP_BUDGET);
		kt_expect_empty(test);
	}
}

static void kt_hold_scan(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	u32 n = kt_hold_many();
	u64 before;

	kt_hold_garbage(test, n);
	before = kt_hold_begin(test, MHEAP_HOLD_SCAN);
	mheap_heap_lock(heap);
	heap->gc.trigger.enabled = true;
	KUNIT_EXPECT_TRUE(test, mheap_scanner_shrink(heap));
	mheap_heap_unlock(heap);
	mheap_scanner_settle(heap);
	KUNIT_ASSERT_NOT_NULL(test, heap->scanner);
	kthread_flush_work(&heap->scan_work);
	kt_hold_expect(test, MHEAP_HOLD_SCAN, before, 4 * n, MHEAP_STEP_BUDGET);
	kt_expect_empty(test);
}

/* Many quarantined sets are examined one after the other. */
static void kt_hold_examine(struct kunit *test)
{
	struct mheap_session *s = kt_attach(test);
	u32 i, n = 1000;
	u64 before;

	for (i = 0; i < n; i++) {
		struct kt_op ops[] = {
			{ .opcode = MHEAP_OP_ALLOC, .len = 1 },
			{ .opcode = MHEAP_OP_SET, .flags = KT_OPF_OBJ | KT_OPF_VAL },
			{ .opcode = MHEAP_OP_FINALIZER, .flags = KT_OPF_OBJ },
			{ .opcode = MHEAP_OP_DROP, .flags = KT_OPF_OBJ },
		};

		KUNIT_ASSERT_EQ(test, kt_run(kt_of(test)->call, s, ops, 4, false), 4);
		KUNIT_ASSERT_EQ(test, kt_collect(test, 0), 1);
	}
	KUNIT_EXPECT_EQ(test, kt_gc(test)->nr[MHEAP_QUARANTINED], n);
	before = kt_hold_begin(test, MHEAP_HOLD_CLOSE);
	mheap_life_session_end(s);
	kt_hold_expect(test, MHEAP_HOLD_CLOSE, before, n, 1);
	kt_expect_empty(test);
}

static void kt_hold_freeze(struct kunit *test)
{
	u32 n = kt_hold_many();
	u64 before;
	int freeze;

	kt_hold_fan(test, n, 2);
	for (freeze = 1; freeze >= 0; freeze--) {
		before = kt_hold_begin(test, MHEAP_HOLD_FREEZE);
		kt_freeze(test, freeze);
		kt_hold_expect(test, MHEAP_HOLD_FREEZE, before, 4 * n,
			       MHEAP_STEP_BUDGET);
	}
}

/* ---- lists, verifying ---- */

static void kt_hold_list_one(struct kunit *test, struct mheap_ioc_list list,
			     u64 work)
{
	u64 before = kt_hold_begin(test, MHEAP_HOLD_LIST), id;

	list.count = 1;
	KUNIT_EXPECT_EQ(test, mheap_listing_fill(kt_heap(test), &list, &id), 0);
	KUNIT_EXPECT_EQ(test, list.count, 0);
	kt_hold_expect(test, MHEAP_HOLD_LIST, before, work, MHEAP_STEP_BUDGET);
}

/* Lists that stay empty, so that everything is looked at. */
static void kt_hold_list(struct kunit *test)
{
	u32 n = kt_hold_many();
	u64 h = kt_alloc(test, 1, 0), id = kt_id(test, h), wide;

	kt_hold_fan(test, n, 1);
	wide = kt_alloc(test, 5 * n, 0);
	kt_hold_list_one(test, (struct mheap_ioc_list){
		.kind = MHEAP_LIST_GARBAGE }, n);
	kt_hold_list_one(test, (struct mheap_ioc_list){
		.kind = MHEAP_LIST_OBJECTS, .generation = 4 }, n);
	kt_hold_list_one(test, (struct mheap_ioc_list){
		.kind = MHEAP_LIST_REFERRERS, .id = id }, 7 * n);
	kt_hold_list_one(test, (struct mheap_ioc_list){
		.kind = MHEAP_LIST_REFERENTS, .id = kt_id(test, wide) }, 5 * n);
}

static void kt_hold_clear_garbage(struct kunit *test)
{
	u32 n = kt_hold_many();
	u64 before;

	kt_gc(test)->save_all = true;
	kt_hold_garbage(test, n);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), n + 1);
	kt_gc(test)->save_all = false;
	before = kt_hold_begin(test, MHEAP_HOLD_LIST);
	KUNIT_EXPECT_EQ(test, mheap_listing_clear_garbage(kt_heap(test)), 0);
	kt_hold_expect(test, MHEAP_HOLD_LIST, before, n, 1);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), n + 1);
	kt_expect_empty(test);
}

/* Verifying a heap with many references of all kinds, so that each part of it is long. */
static void kt_hold_verify(struct kunit *test)
{
	u32 i, n = kt_hold_many();
	u64 h = kt_hold_fan(test, n, 2), before;

	kt_alloc(test, n, 0);
	kt_hold_dups(test, kt_of(test)->s, h, n);
	for (i = 0; i < n; i++)
		kt_weak_new(test, h, i);
	before = kt_hold_begin(test, MHEAP_HOLD_VERIFY);
	kt_expect_sound(test);
	/* It looks twice at objects, and at slots, handles, weak handles and a list. */
	kt_hold_expect(test, MHEAP_HOLD_VERIFY, before, 9 * n, MHEAP_STEP_BUDGET);
}

/* ---- waiting for the lock ---- */

static int kt_other_lock(void *data)
{
	struct kt_other *other = data;
	struct mheap_heap *heap = kt_heap(other->test);

	mheap_heap_lock(heap);
	while (!kthread_should_stop()) {
		WRITE_ONCE(other->rounds, other->rounds + 1);
		mheap_heap_yield(heap);
	}
	mheap_heap_unlock(heap);
	return 0;
}

/* A waiting task gets the lock before the one that yielded it gets it again. */
static void kt_hold_ticket(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	struct kt_other other = { .test = test };
	unsigned int round, rounds = 30;
	struct task_struct *task;
	u64 before;

	task = kthread_run(kt_other_lock, &other, "mheap_kunit/hold");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	mheap_heap_lock(heap);
	for (round = 0; round < rounds; round++) {
		while (!mutex_is_locked(&heap->ticket))
			schedule_timeout_uninterruptible(1);
		before = READ_ONCE(other.rounds);
		mheap_heap_yield(heap);
		KUNIT_EXPECT_GT(test, READ_ONCE(other.rounds), before);
	}
	mheap_heap_unlock(heap);
	kthread_stop(task);
}

/* How long the lock may be held depends on whether a task waits for it. */
static void kt_hold_due(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	static const struct {
		u32 slice_us, alone_ns, waited_ns;
	} cases[] = {
		{ 0, 0, 0 }, { 1, 1000, 1000 }, { 4, 4000, 4000 },
		{ 5, 5000, 4000 }, { 20, 20000, 4000 }, { 50, 50000, 10000 },
		{ 100000, 100000000, 20000000 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 alone = cases[i].alone_ns, waited = cases[i].waited_ns;

		heap->slice_us = cases[i].slice_us;
		heap->locked_at = 1000;
		KUNIT_EXPECT_TRUE(test, mheap_heap_needbreak(heap, 1000 + alone));
		if (alone)
			KUNIT_EXPECT_FALSE(test, mheap_heap_needbreak(heap, 999 + alone));
		mutex_lock(&heap->ticket);
		KUNIT_EXPECT_TRUE(test, mheap_heap_needbreak(heap, 1000 + waited));
		if (waited)
			KUNIT_EXPECT_FALSE(test, mheap_heap_needbreak(heap, 999 + waited));
		mutex_unlock(&heap->ticket);
	}
}

/* ---- kinds ---- */

/* The kind that is said first counts until the lock is dropped for good. */
static void kt_hold_kinds(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	u64 frames, deaths, calls;

	mheap_heap_lock(heap);
	mheap_heap_hold_for(heap, MHEAP_HOLD_FRAME);
	frames = kt_held(test, MHEAP_HOLD_FRAME);
	deaths = kt_held(test, MHEAP_HOLD_DEATH);
	calls = kt_held(test, MHEAP_HOLD_CALL);
	mheap_heap_yield(heap);
	mheap_heap_hold_for(heap, MHEAP_HOLD_DEATH);
	mheap_heap_unlock(heap);
	mheap_heap_lock(heap);
	mheap_heap_unlock(heap);
	KUNIT_EXPECT_EQ(test, kt_held(test, MHEAP_HOLD_FRAME), frames + 2);
	KUNIT_EXPECT_EQ(test, kt_held(test, MHEAP_HOLD_DEATH), deaths);
	KUNIT_EXPECT_EQ(test, kt_held(test, MHEAP_HOLD_CALL), calls + 1);
	KUNIT_EXPECT_GE(test, mheap_hist_longest(heap->holds, MHEAP_HOLD_KINDS),
			heap->holds[MHEAP_HOLD_FRAME].max_ns);
}

static void kt_hold_one_cycle(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), b = kt_alloc(test, 1, 0);

	kt_set(test, a, 0, b);
	kt_set(test, b, 0, a);
	kt_drop(test, a);
	kt_drop(test, b);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 2);
}

/* The most work in one hold is counted from when the lock is taken. */
static void kt_hold_work(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	const u64 *work = &heap->max_work[MHEAP_HOLD_LIST];
	static const u64 done[] = { 7, 3, 9 };
	u64 most = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(done); i++) {
		mheap_heap_lock(heap);
		mheap_heap_hold_for(heap, MHEAP_HOLD_LIST);
		mheap_heap_worked(heap, 1);
		mheap_heap_worked(heap, done[i] - 1);
		mheap_heap_unlock(heap);
		most = max(most, done[i]);
		KUNIT_EXPECT_EQ(test, *work, most);
	}
	KUNIT_EXPECT_EQ(test, heap->max_work[MHEAP_HOLD_DEATH], 0);
	kt_drop(test, kt_alloc(test, 5, 0));
	/* The work is the op that drops the handle, five slots and the object. */
	KUNIT_EXPECT_EQ(test, heap->max_work[MHEAP_HOLD_DEATH], 7);
	kt_hold_one_cycle(test);
	/* Two objects with a slot each, which are visited and taken down. */
	KUNIT_EXPECT_GE(test, heap->max_work[MHEAP_HOLD_COLLECT], 4);
	KUNIT_EXPECT_LE(test, heap->max_work[MHEAP_HOLD_COLLECT], 20);
}

static struct kunit_case kt_hold_cases[] = {
	KUNIT_CASE_SLOW(kt_hold_death),
	KUNIT_CASE(kt_hold_events),
	KUNIT_CASE_SLOW(kt_hold_frame),
	KUNIT_CASE(kt_hold_frame_dying),
	KUNIT_CASE_SLOW(kt_hold_close),
	KUNIT_CASE(kt_hold_close_dying),
	KUNIT_CASE_SLOW(kt_hold_close_ext),
	KUNIT_CASE(kt_hold_arena),
	KUNIT_CASE(kt_hold_resize),
	KUNIT_CASE(kt_hold_bytes),
	KUNIT_CASE_SLOW(kt_hold_collect),
	KUNIT_CASE_SLOW(kt_hold_scan),
	KUNIT_CASE(kt_hold_examine),
	KUNIT_CASE_SLOW(kt_hold_freeze),
	KUNIT_CASE_SLOW(kt_hold_list),
	KUNIT_CASE_SLOW(kt_hold_clear_garbage),
	KUNIT_CASE_SLOW(kt_hold_verify),
	KUNIT_CASE_SLOW(kt_hold_ticket),
	KUNIT_CASE(kt_hold_due),
	KUNIT_CASE(kt_hold_kinds),
	KUNIT_CASE(kt_hold_work),
	{}
};

static struct kunit_suite kt_hold_suite = {
	.name = "mheap_hold",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_hold_cases,
};

kunit_test_suite(kt_hold_suite);
