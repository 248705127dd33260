// SPDX-License-Identifier: GPL-2.0
/*
 * Suite of gc/freeze.c, with every graph of up to three objects with two slots each, every
 * part of it frozen, and every set of handles.  A slot changes while objects are frozen.
 * The suite works out which objects live; mheap_verify() checks their counts.
 */
#include <linux/math.h>
#include <linux/sched.h>

#include "gc/collect.h"
#include "gc/freeze.h"
#include "kunit.h"

#define KT_SLOTS	2
#define KT_MOST		3

/**
 * struct kt_ice - A graph, a part of which is frozen
 * @test: the test
 * @n: number of objects
 * @slot: the number of the object that each slot refers to, or -1
 * @frozen: bits of the objects that are frozen
 * @roots: bits of the objects that have a handle
 * @alive: bits of the objects that did not die
 * @late: slots are set after the objects were frozen
 * @id: ids of the objects
 * @handle: their handles
 */
struct kt_ice {
	struct kunit *test;
	int n;
	int slot[KT_MOST][KT_SLOTS];
	unsigned int frozen;
	unsigned int roots;
	unsigned int alive;
	bool late;
	u64 id[KT_MOST];
	u64 handle[KT_MOST];
};

/* ---- the reference ---- */

/* Return the objects that slots of some of the objects refer to. */
static unsigned int kt_ice_refs(const struct kt_ice *c, unsigned int from)
{
	unsigned int to = 0;
	int i, k;

	for (i = 0; i < c->n; i++)
		for (k = 0; k < KT_SLOTS; k++)
			if (from >> i & 1 && c->slot[i][k] >= 0)
				to |= 1U << c->slot[i][k];
	return to;
}

/* Find the objects that do not die by count: a handle or a living object refers to them. */
static void kt_ice_count(struct kt_ice *c)
{
	unsigned int before;

	do {
		before = c->alive;
		c->alive &= c->roots | kt_ice_refs(c, c->alive);
	} while (c->alive != before);
}

/* A collection finds no object that is frozen, or reachable from a frozen one. */
static unsigned int kt_ice_find(struct kt_ice *c)
{
	unsigned int reached = c->roots | (c->frozen & c->alive), before, found;

	do {
		before = reached;
		reached |= kt_ice_refs(c, reached);
	} while (reached != before);
	found = c->alive & ~reached;
	c->alive &= reached;
	kt_ice_count(c);
	return hweight32(found);
}

/* ---- the heap ---- */

static void kt_ice_expect(struct kt_ice *c, bool holds, const char *what)
{
	unsigned int alive = 0;
	int i;

	for (i = 0; i < c->n; i++)
		alive |= kt_alive(c->test, c->id[i]) << i;
	if (!holds || alive != c->alive)
		KUNIT_FAIL_AND_ABORT(c->test,
				     "%s: slots %d %d, %d %d, %d %d; frozen %x, late %d, handles %x: alive %x, not %x",
				     what, c->slot[0][0], c->slot[0][1],
				     c->slot[1][0], c->slot[1][1],
				     c->slot[2][0], c->slot[2][1], c->frozen,
				     c->late, c->roots, alive, c->alive);
}

static void kt_ice_make(struct kt_ice *c, unsigned int which)
{
	int i;

	for (i = 0; i < c->n; i++) {
		if (!(which >> i & 1))
			continue;
		c->handle[i] = kt_alloc(c->test, KT_SLOTS, 0);
		c->id[i] = kt_id(c->test, c->handle[i]);
	}
}

/* Set the slots from @from to @to. */
static void kt_ice_link(struct kt_ice *c, unsigned int from, unsigned int to)
{
	int i, k, t;

	for (i = 0; i < c->n; i++) {
		for (k = 0; k < KT_SLOTS; k++) {
			t = c->slot[i][k];
			if (from >> i & 1 && t >= 0 && to >> t & 1)
				kt_set(c->test, c->handle[i], k, c->handle[t]);
		}
	}
}

static void kt_ice_build(struct kt_ice *c)
{
	unsigned int all = (1U << c->n) - 1, rest = all & ~c->frozen;

	kt_ice_make(c, c->frozen);
	if (!c->late)
		kt_ice_link(c, c->frozen, c->frozen);
	kt_freeze(c->test, true);
	kt_ice_make(c, rest);
	if (c->late)
		kt_ice_link(c, c->frozen, c->frozen);
	kt_ice_link(c, rest, all);
	kt_ice_link(c, c->frozen, rest);
	c->alive = all;
}

static void kt_ice_drop(struct kt_ice *c, unsigned int which)
{
	int i;

	for (i = 0; i < c->n; i++)
		if (which >> i & 1)
			kt_drop(c->test, c->handle[i]);
	c->roots &= ~which;
	kt_ice_count(c);
}

/* Clear the first slot of an object with a handle. */
static void kt_ice_cut(struct kt_ice *c)
{
	int i;

	for (i = 0; i < c->n; i++) {
		if (!(c->roots >> i & 1) || c->slot[i][1] < 0)
			continue;
		kt_set(c->test, c->handle[i], 1, 0);
		c->slot[i][1] = -1;
		break;
	}
	kt_ice_count(c);
}

/* Play a case, which leaves the heap empty. */
static void kt_ice_case(struct kt_ice *c, unsigned int roots, bool sound)
{
	unsigned int found;

	kt_ice_build(c);
	c->roots = (1U << c->n) - 1;
	kt_ice_drop(c, c->roots & ~roots);
	kt_ice_expect(c, true, "dropped");
	if (sound)
		kt_expect_sound(c->test);
	found = kt_ice_find(c);
	kt_ice_expect(c, kt_collect(c->test, 2) == found, "collected");
	kt_ice_cut(c);
	kt_ice_expect(c, kt_gc(c->test)->nr[MHEAP_PERMANENT] ==
		      hweight32(c->frozen & c->alive), "cut");
	if (sound)
		kt_expect_sound(c->test);
	kt_freeze(c->test, false);
	c->frozen = 0;
	if (sound)
		kt_expect_sound(c->test);
	found = kt_ice_find(c);
	kt_ice_expect(c, kt_collect(c->test, 2) == found, "thawed");
	kt_ice_drop(c, c->roots);
	kt_ice_find(c);
	kt_collect(c->test, 2);
	kt_ice_expect(c, !kt_heap(c->test)->objects, "end");
}

static unsigned int kt_ice_graph(struct kt_ice *c, unsigned int code)
{
	unsigned int parts = 1U << c->n, frozen, roots, cases = 0;

	for (frozen = 0; frozen < parts; frozen++) {
		for (roots = 0; roots < parts; roots++, cases++) {
			kt_decode_slots(c->slot, c->n, code);
			c->frozen = frozen;
			c->late = cases % 2;
			kt_ice_case(c, roots, (code + cases) % 8 == 0);
		}
	}
	return cases;
}

static void kt_freeze_graphs(struct kunit *test)
{
	struct kt_ice *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	unsigned int code, codes, part = kt_slow() ? 41 : 1, cases = 0, n = 0;

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->test = test;
	for (c->n = 1; c->n <= KT_MOST; c->n++) {
		codes = int_pow(c->n + 1, KT_SLOTS * c->n);
		for (code = 0; code < codes; code++) {
			if (!kt_decode_slots(c->slot, c->n, code) || n++ % part)
				continue;
			cases += kt_ice_graph(c, code);
			cond_resched();
		}
	}
	KUNIT_EXPECT_EQ(test, n, 3 + 36 + 1000);
	if (part == 1)
		KUNIT_EXPECT_EQ(test, cases, 4 * 3 + 16 * 36 + 64 * 1000);
	kt_expect_empty(test);
}

/* Objects go from any generation to the permanent one, and from there to generation 2. */
static void kt_freeze_generations(struct kunit *test)
{
	struct mheap_trigger *t = &kt_gc(test)->trigger;
	struct mheap_object *o[3];
	unsigned int i, g;

	for (i = 0; i < 3; i++) {
		o[i] = kt_object(test, kt_alloc(test, 1, 0));
		kt_collect(test, 0);
		if (i == 0)
			kt_collect(test, 1);
	}
	kt_alloc(test, 1, 0);
	KUNIT_EXPECT_NE(test, t->count[0] + t->count[1], 0);
	kt_freeze(test, true);
	KUNIT_EXPECT_EQ(test, t->count[0] + t->count[1] + t->count[2], 0);
	for (g = 0; g < 3; g++)
		KUNIT_EXPECT_EQ(test, kt_collect(test, g), 0);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, mheap_object_generation(o[i]), 3);
	KUNIT_EXPECT_EQ(test, kt_gc(test)->nr[MHEAP_PERMANENT], 4);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->stats[2].scanned, 0);
	kt_freeze(test, true);
	kt_freeze(test, false);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, mheap_object_generation(o[i]), 2);
	KUNIT_EXPECT_EQ(test, kt_gc(test)->nr[MHEAP_PERMANENT], 0);
	kt_freeze(test, false);
}

/* A wide object is frozen slot by slot, and changes meanwhile. */
static void kt_freeze_wide(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	u64 o = kt_alloc(test, 40, 0), t = kt_alloc(test, 1, 0);
	unsigned int thaw, step;
	bool more;

	for (step = 0; step < 40; step += 2)
		kt_set(test, o, step, t);
	for (thaw = 0; thaw < 2; thaw++) {
		mheap_heap_lock(heap);
		if (thaw)
			mheap_freeze_start_undo(&heap->gc);
		else
			mheap_freeze_start(&heap->gc);
		for (step = 0, more = true; more; step++) {
			more = mheap_collect_step(&heap->gc, 1);
			mheap_heap_unlock(heap);
			kt_set(test, o, step * 7 % 40, step % 2 ? t : 0);
			kt_set(test, o, step * 11 % 40, o);
			kt_expect_sound(test);
			mheap_heap_lock(heap);
		}
		mheap_heap_unlock(heap);
		KUNIT_EXPECT_GT(test, step, 40);
	}
	kt_drop(test, o);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 1);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, t), 1);
}

/* An object is resized or dies at any moment while it is frozen or thawed. */
static void kt_freeze_changes(struct kunit *test)
{
	static const u32 nslots[] = { 0, 1, 3, 5, 9, 0 };
	struct mheap_heap *heap = kt_heap(test);
	unsigned int i, at, step, thaw;
	bool more;
	u64 o, t;

	for (i = 0; i < 2 * ARRAY_SIZE(nslots); i++) {
		thaw = i % 2;
		for (at = 0; at < 10; at++) {
			o = kt_alloc(test, 4, 0);
			t = kt_alloc(test, 1, 0);
			for (step = 0; step < 4; step++)
				kt_set(test, o, step, t);
			if (thaw)
				kt_freeze(test, true);
			mheap_heap_lock(heap);
			if (thaw)
				mheap_freeze_start_undo(&heap->gc);
			else
				mheap_freeze_start(&heap->gc);
			for (step = 0, more = true; more || step <= at; step++) {
				more = mheap_collect_step(&heap->gc, 1);
				if (step != at)
					continue;
				mheap_heap_unlock(heap);
				if (i / 2 == ARRAY_SIZE(nslots) - 1)
					kt_drop(test, o);
				else
					kt_resize(test, o, nslots[i / 2], 0);
				kt_expect_sound(test);
				mheap_heap_lock(heap);
			}
			mheap_heap_unlock(heap);
			kt_expect_sound(test);
			kt_freeze(test, false);
			kt_drop(test, o);
			KUNIT_EXPECT_EQ(test, kt_refcount(test, t), 1);
			kt_drop(test, t);
			kt_expect_empty(test);
		}
	}
}

/* Finalizers of frozen objects run when they die by count. */
static void kt_freeze_finalizer(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), t = kt_alloc(test, 1, 0), h;

	kt_set(test, a, 0, t);
	KUNIT_EXPECT_EQ(test, kt_finalizer(test, a, 1), 0);
	kt_freeze(test, true);
	kt_drop(test, a);
	kt_expect_sound(test);
	h = kt_expect_event(test, MHEAP_EVENT_FINALIZE, 1);
	kt_expect_sound(test);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, t), 2);
	a = kt_dup(test, h);
	kt_drop(test, h);
	kt_drop(test, t);
	kt_freeze(test, false);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 0);
	kt_expect_sound(test);
	kt_drop(test, a);
	kt_expect_empty(test);
}

/* Quarantined objects are not frozen, and their events are answered as always. */
static void kt_freeze_quarantined(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), h;

	kt_set(test, a, 0, a);
	KUNIT_EXPECT_EQ(test, kt_finalizer(test, a, 1), 0);
	kt_drop(test, a);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 1);
	kt_freeze(test, true);
	h = kt_expect_event(test, MHEAP_EVENT_FINALIZE, 1);
	KUNIT_EXPECT_EQ(test, mheap_object_generation(kt_object(test, h)), 4);
	kt_expect_sound(test);
	kt_drop(test, h);
	kt_expect_empty(test);
}

static struct kunit_case kt_freeze_cases[] = {
	KUNIT_CASE_SLOW(kt_freeze_graphs),
	KUNIT_CASE(kt_freeze_generations),
	KUNIT_CASE(kt_freeze_wide),
	KUNIT_CASE(kt_freeze_changes),
	KUNIT_CASE(kt_freeze_finalizer),
	KUNIT_CASE(kt_freeze_quarantined),
	{}
};

static struct kunit_suite kt_freeze_suite = {
	.name = "mheap_freeze",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_freeze_cases,
};

kunit_test_suite(kt_freeze_suite);
