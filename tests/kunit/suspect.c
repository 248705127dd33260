// SPDX-License-Identifier: GPL-2.0
/*
 * Suite of suspects.  Whenever there is a cycle there is a suspect, in whatever order slots
 * were set, and even while objects are being frozen.  Programs without cycles have no
 * suspects, and collections of their heaps are skipped.
 */
#include <linux/kthread.h>
#include <linux/sched.h>

#include "gc/collect.h"
#include "gc/freeze.h"
#include "kunit.h"
#include "scanner.h"

#define KT_NODES	3
#define KT_SLOTS	2
#define KT_CODES	4096	/* (KT_NODES + 1) ^ (KT_NODES * KT_SLOTS) */

/**
 * struct kt_walker - All graphs that can be reached without a suspect
 * @test: the test
 * @handle: handles of the objects
 * @slot: the number of the object that each slot refers to, or -1
 * @reached: graphs that were reached
 * @todo: reached graphs that were not looked at yet
 * @ntodo: length of @todo
 * @graphs: number of graphs that were looked at
 * @cycles: how often a slot closed a cycle
 * @innocent: how often there was a suspect without a cycle
 */
struct kt_walker {
	struct kunit *test;
	u64 handle[KT_NODES];
	int slot[KT_NODES][KT_SLOTS];
	bool reached[KT_CODES];
	u16 todo[KT_CODES];
	unsigned int ntodo;
	unsigned int graphs;
	unsigned int cycles;
	unsigned int innocent;
};

static unsigned int kt_walker_code(const struct kt_walker *w)
{
	unsigned int code = 0;
	int i, k;

	for (i = 0; i < KT_NODES; i++)
		for (k = 0; k < KT_SLOTS; k++)
			code = code * (KT_NODES + 1) + w->slot[i][k] + 1;
	return code;
}

static bool kt_walker_cyclic(const struct kt_walker *w)
{
	unsigned int reach[KT_NODES] = {};
	int i, k, round;

	for (round = 0; round < KT_NODES; round++)
		for (i = 0; i < KT_NODES; i++)
			for (k = 0; k < KT_SLOTS; k++)
				if (w->slot[i][k] >= 0)
					reach[i] |= 1U << w->slot[i][k] |
						    reach[w->slot[i][k]];
	for (i = 0; i < KT_NODES; i++)
		if (reach[i] >> i & 1)
			return true;
	return false;
}

static void kt_walker_set(struct kt_walker *w, int i, int k, int to)
{
	w->slot[i][k] = to;
	KUNIT_EXPECT_EQ(w->test, kt_set(w->test, w->handle[i], k,
					to < 0 ? 0 : w->handle[to]), 0);
}

/* Forget all suspects, as if no slot had been set in a way that made them. */
static void kt_walker_forgive(struct kt_walker *w)
{
	int i;

	for (i = 0; i < KT_NODES; i++)
		kt_object(w->test, w->handle[i])->suspect = 0;
	kt_gc(w->test)->suspects = 0;
}

static void kt_walker_reach(struct kt_walker *w)
{
	unsigned int code = kt_walker_code(w);

	if (w->reached[code])
		return;
	w->reached[code] = true;
	w->todo[w->ntodo++] = code;
}

/* Set a slot to another value, look for a suspect, and set the old value again. */
static void kt_walker_try(struct kt_walker *w, int i, int k, int to)
{
	struct mheap_collector *gc = kt_gc(w->test);
	int was = w->slot[i][k];
	bool cyclic;

	kt_walker_set(w, i, k, to);
	cyclic = kt_walker_cyclic(w);
	if (cyclic && !gc->suspects)
		KUNIT_FAIL_AND_ABORT(w->test, "graph %x, phase %u, frozen %llu",
				     kt_walker_code(w), gc->phase,
				     gc->nr[MHEAP_PERMANENT]);
	w->cycles += cyclic;
	w->innocent += gc->suspects && !cyclic;
	if (!gc->suspects)
		kt_walker_reach(w);
	kt_walker_set(w, i, k, was);
	kt_walker_forgive(w);
}

static void kt_walker_try_all(struct kt_walker *w)
{
	int i, k, to;

	for (i = 0; i < KT_NODES; i++)
		for (k = 0; k < KT_SLOTS; k++)
			for (to = -1; to < KT_NODES; to++)
				kt_walker_try(w, i, k, to);
}

/* Look for a suspect at every step of freezing and of thawing. */
static void kt_walker_freeze(struct kt_walker *w)
{
	struct mheap_collector *gc = kt_gc(w->test);
	unsigned int thaw;
	bool more = true;

	for (thaw = 0; thaw < 2; thaw++, more = true) {
		mheap_heap_lock(kt_heap(w->test));
		if (thaw)
			mheap_freeze_start_undo(gc);
		else
			mheap_freeze_start(gc);
		mheap_heap_unlock(kt_heap(w->test));
		while (more) {
			kt_walker_try_all(w);
			mheap_heap_lock(kt_heap(w->test));
			more = mheap_collect_step(gc, 1);
			mheap_heap_unlock(kt_heap(w->test));
		}
		kt_walker_try_all(w);
	}
}

static void kt_walker_visit(struct kt_walker *w, unsigned int code)
{
	int i, k;

	for (i = KT_NODES; i-- > 0;)
		for (k = KT_SLOTS; k-- > 0; code /= KT_NODES + 1)
			kt_walker_set(w, i, k, (int)(code % (KT_NODES + 1)) - 1);
	kt_walker_forgive(w);
	w->graphs++;
	kt_walker_try_all(w);
}

/* Try all graphs that can be made by setting and clearing slots in any order. */
static void kt_suspect_walk(struct kunit *test, unsigned int freeze)
{
	struct kt_walker *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->test = test;
	for (i = 0; i < KT_NODES; i++) {
		w->handle[i] = kt_alloc(test, KT_SLOTS, 0);
		w->slot[i][0] = -1;
		w->slot[i][1] = -1;
	}
	kt_walker_reach(w);
	while (w->ntodo) {
		kt_walker_visit(w, w->todo[--w->ntodo]);
		if (freeze && w->graphs % freeze == 0)
			kt_walker_freeze(w);
		kt_expect_sound(test);
		cond_resched();
	}
	/* These are all acyclic graphs.  With so few objects no suspect is innocent. */
	KUNIT_EXPECT_EQ(test, w->graphs, 142);
	KUNIT_EXPECT_GE(test, w->cycles, 1560);
	if (!freeze)
		KUNIT_EXPECT_EQ(test, w->innocent, 0);
}

static void kt_suspect_every(struct kunit *test)
{
	kt_suspect_walk(test, 0);
}

static void kt_suspect_freezing(struct kunit *test)
{
	kt_suspect_walk(test, kt_slow() ? 16 : 1);
}

/* A cycle goes through an object that was not tracked when it was linked. */
static void kt_suspect_resized(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), b = kt_alloc(test, 0, 0);

	KUNIT_EXPECT_EQ(test, kt_set(test, a, 0, b), 0);
	KUNIT_EXPECT_EQ(test, kt_resize(test, b, 20, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_gc(test)->suspects, 0);
	KUNIT_EXPECT_EQ(test, kt_set(test, b, 19, a), 0);
	KUNIT_EXPECT_EQ(test, kt_gc(test)->suspects, 1);
	KUNIT_EXPECT_EQ(test, kt_resize(test, b, 3, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_resize(test, b, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_gc(test)->suspects, 0);
}

/* An object is no suspect any more when it dies, by count or by a collection. */
static void kt_suspect_dies(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), b = kt_alloc(test, 1, 0);

	kt_set(test, a, 0, a);
	kt_set(test, b, 0, b);
	KUNIT_EXPECT_EQ(test, kt_gc(test)->suspects, 2);
	kt_set(test, a, 0, 0);
	kt_drop(test, a);
	KUNIT_EXPECT_EQ(test, kt_gc(test)->suspects, 1);
	kt_drop(test, b);
	kt_collect(test, 2);
	KUNIT_EXPECT_EQ(test, kt_gc(test)->suspects, 0);
}

/* ---- programs without cycles ---- */

#define KT_MANY 2000

/* Make a list that grows at its start, or at its end. */
static u64 kt_suspect_list(struct kunit *test, bool at_end)
{
	u64 first = kt_alloc(test, 2, 0), last = kt_dup(test, first), o;
	unsigned int i;

	for (i = 1; i < KT_MANY; i++) {
		o = kt_alloc(test, 2, 0);
		if (at_end) {
			kt_set(test, last, 0, o);
			kt_drop(test, last);
			last = o;
		} else {
			kt_set(test, o, 0, first);
			kt_drop(test, first);
			first = o;
		}
	}
	kt_drop(test, last);
	return first;
}

static u64 kt_suspect_tree_up(struct kunit *test, unsigned int depth)
{
	u64 o, child[2];
	unsigned int i;

	for (i = 0; i < 2 && depth; i++)
		child[i] = kt_suspect_tree_up(test, depth - 1);
	o = kt_alloc(test, 2, 0);
	for (i = 0; i < 2 && depth; i++) {
		kt_set(test, o, i, child[i]);
		kt_drop(test, child[i]);
	}
	return o;
}

static void kt_suspect_tree_down(struct kunit *test, u64 o, unsigned int depth)
{
	unsigned int i;

	for (i = 0; i < 2 && depth; i++) {
		u64 child = kt_alloc(test, 2, 0);

		kt_set(test, o, i, child);
		kt_suspect_tree_down(test, child, depth - 1);
		kt_drop(test, child);
	}
}

static void kt_suspect_none(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	u64 tree = kt_alloc(test, 2, 0);
	unsigned int i;

	kt_set_thresholds(test, 10, 3, 3);
	kt_suspect_list(test, false);
	kt_suspect_list(test, true);
	kt_suspect_tree_up(test, 8);
	kt_suspect_tree_down(test, tree, 8);
	KUNIT_EXPECT_EQ(test, heap->gc.suspects, 0);
	KUNIT_EXPECT_NULL(test, heap->scanner);
	KUNIT_EXPECT_EQ(test, heap->objects, 2 * KT_MANY + 2 * 511);
	KUNIT_EXPECT_EQ(test, heap->gc.nr[heap->gc.newborn], heap->objects);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_GT(test, heap->stats[i].collections, 0);
		KUNIT_EXPECT_EQ(test, heap->stats[i].scanned, 0);
		KUNIT_EXPECT_EQ(test, heap->stats[i].collected, 0);
	}
}

/* Collections are not skipped any more once there is a cycle. */
static void kt_suspect_first(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	u64 list = kt_suspect_list(test, true), ring, id;
	unsigned int i;

	kt_set_thresholds(test, 10, 3, 3);
	for (i = 0; i < 100; i++)
		kt_alloc(test, 1, 0);
	ring = kt_alloc(test, 1, 0);
	id = kt_id(test, ring);
	kt_set(test, ring, 0, ring);
	kt_drop(test, ring);
	for (i = 0; i < 100; i++)
		kt_alloc(test, 1, 0);
	kthread_flush_work(&heap->scan_work);
	KUNIT_EXPECT_FALSE(test, kt_alive(test, id));
	KUNIT_EXPECT_GT(test, heap->stats[0].scanned, KT_MANY);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, list), 1);
}

static struct kunit_case kt_suspect_cases[] = {
	KUNIT_CASE(kt_suspect_every),
	KUNIT_CASE(kt_suspect_freezing),
	KUNIT_CASE(kt_suspect_resized),
	KUNIT_CASE(kt_suspect_dies),
	KUNIT_CASE(kt_suspect_none),
	KUNIT_CASE(kt_suspect_first),
	{}
};

static struct kunit_suite kt_suspect_suite = {
	.name = "mheap_suspect",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_suspect_cases,
};

kunit_test_suite(kt_suspect_suite);
