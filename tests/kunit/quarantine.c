// SPDX-License-Identifier: GPL-2.0
/*
 * Suite of gc/quarantine.c, with every set of up to three condemned objects with two slots
 * each, every assignment of finalizers, every order of answers, and every part of the set
 * rescued.  The result is compared with the rule of PEP 442 in its plainest form:
 *
 *  - weak handles to all members are cleared, and their events come first;
 *  - each finalizer gets one event, in the order of the objects, and no object dies;
 *  - when the last event is answered, objects die that cannot be reached from what was
 *    rescued, and the others go to the next generation;
 *  - no finalizer is told again.
 */
#include <linux/math.h>
#include <linux/sched.h>

#include "gc/collect.h"
#include "kunit.h"
#include "weak.h"

#define KT_SLOTS	2
#define KT_MOST		3
#define KT_ORDERS	6

/* Number of sets in which no object dies by count, with slots in rising order. */
#define KT_SHAPES_1	2
#define KT_SHAPES_2	19
#define KT_SHAPES_3	432

/**
 * struct kt_set - A set of objects that a collection condemns
 * @test: the test
 * @n: number of objects
 * @generation: the generation that is collected
 * @slot: the number of the object that each slot refers to, or -1
 * @finalizers: bits of the objects that have a finalizer
 * @rescued: bits of the objects of which a finalizer keeps a handle
 * @late: they are rescued before the last answer, not before the first
 * @cleared: finalizers clear the slots of their objects
 * @order: number of the order in which events are answered
 * @id: ids of the objects
 * @kept: handles of the rescued objects
 * @event: handles that came with the events, in their order
 * @told: number of events
 */
struct kt_set {
	struct kunit *test;
	int n;
	unsigned int generation;
	int slot[KT_MOST][KT_SLOTS];
	unsigned int finalizers;
	unsigned int rescued;
	bool late;
	bool cleared;
	unsigned int order;
	u64 id[KT_MOST];
	u64 kept[KT_MOST];
	u64 event[KT_MOST];
	unsigned int told;
};

/* ---- the reference ---- */

/* Return the objects that can be reached from some of the objects. */
static unsigned int kt_set_closure(const struct kt_set *c, unsigned int from)
{
	unsigned int before;
	int i, k;

	do {
		before = from;
		for (i = 0; i < c->n; i++)
			for (k = 0; k < KT_SLOTS; k++)
				if (from >> i & 1 && c->slot[i][k] >= 0)
					from |= 1U << c->slot[i][k];
	} while (from != before);
	return from;
}

/* Does no object die by count, since all can be reached from a cycle? */
static bool kt_set_holds(const struct kt_set *c)
{
	unsigned int cyclic = 0, all = (1U << c->n) - 1;
	int i, k;

	for (i = 0; i < c->n; i++)
		for (k = 0; k < KT_SLOTS; k++)
			if (c->slot[i][k] >= 0 &&
			    kt_set_closure(c, 1U << c->slot[i][k]) >> i & 1)
				cyclic |= 1U << i;
	return kt_set_closure(c, cyclic) == all;
}

/* Build a graph from its number.  Returns false if it need not be tried. */
static bool kt_set_decode(struct kt_set *c, unsigned int code)
{
	return kt_decode_slots(c->slot, c->n, code) && kt_set_holds(c);
}

/* ---- the heap ---- */

static void kt_set_expect(struct kt_set *c, bool holds, const char *what)
{
	if (!holds)
		KUNIT_FAIL_AND_ABORT(c->test,
				     "%s, generation %u: slots %d %d, %d %d, %d %d; finalizers %x, order %u, rescued %x, late %d, cleared %d",
				     what, c->generation, c->slot[0][0],
				     c->slot[0][1], c->slot[1][0],
				     c->slot[1][1], c->slot[2][0],
				     c->slot[2][1], c->finalizers, c->order,
				     c->rescued, c->late, c->cleared);
}

static bool kt_set_alive(struct kt_set *c, unsigned int which)
{
	int i;

	if (kt_heap(c->test)->objects != hweight32(which))
		return false;
	for (i = 0; i < c->n; i++)
		if (kt_alive(c->test, c->id[i]) != (which >> i & 1))
			return false;
	return true;
}

static void kt_set_build(struct kt_set *c)
{
	struct kunit *test = c->test;
	u64 h[KT_MOST];
	unsigned int g;
	int i, k;

	for (i = 0; i < c->n; i++) {
		h[i] = kt_alloc(test, KT_SLOTS, 0);
		c->id[i] = kt_id(test, h[i]);
		kt_weak_new(test, h[i], i);
		if (c->finalizers >> i & 1)
			kt_finalizer(test, h[i], 10 + i);
	}
	for (i = 0; i < c->n; i++)
		for (k = 0; k < KT_SLOTS; k++)
			if (c->slot[i][k] >= 0)
				kt_set(test, h[i], k, h[c->slot[i][k]]);
	for (g = 0; g < c->generation; g++)
		kt_collect(test, g);
	for (i = 0; i < c->n; i++)
		kt_drop(test, h[i]);
	c->told = 0;
}

/* Read the events, and check them and their order. */
static void kt_set_read(struct kt_set *c)
{
	struct mheap_ioc_event e;
	bool ok = true;
	int i;

	for (i = 0; i < c->n; i++) {
		e = kt_event(c->test);
		ok = ok && e.kind == MHEAP_EVENT_WEAK && e.cookie == i;
	}
	for (i = 0; i < c->n; i++) {
		if (!(c->finalizers >> i & 1))
			continue;
		e = kt_event(c->test);
		ok = ok && e.kind == MHEAP_EVENT_FINALIZE &&
		     e.cookie == 10 + i;
		c->event[c->told++] = e.ref;
	}
	kt_set_expect(c, ok && !kt_event(c->test).kind, "events");
}

static void kt_set_rescue(struct kt_set *c)
{
	int i;

	for (i = 0; i < c->n; i++)
		if (c->rescued >> i & 1)
			c->kept[i] = kt_open(c->test, c->id[i]);
}

/* Return the number of the event that is answered as the @i-th. */
static unsigned int kt_set_pick(const struct kt_set *c, unsigned int i)
{
	static const u8 order[KT_ORDERS][KT_MOST] = {
		{ 0, 1, 2 }, { 1, 0, 2 }, { 0, 2, 1 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};

	return order[c->order][i];
}

/* Clear the slots of an object, as a finalizer may. */
static void kt_set_clear(struct kt_set *c, unsigned int event)
{
	unsigned int nth = 0, k;
	int i;

	for (i = 0; i < c->n; i++) {
		if (!(c->finalizers >> i & 1) || nth++ != event)
			continue;
		for (k = 0; k < KT_SLOTS; k++) {
			kt_set(c->test, c->event[event], k, 0);
			c->slot[i][k] = -1;
		}
	}
}

static void kt_set_answer(struct kt_set *c)
{
	unsigned int all = (1U << c->n) - 1, i, event;

	if (!c->late)
		kt_set_rescue(c);
	for (i = 0; i < c->told; i++) {
		event = kt_set_pick(c, i);
		if (!c->cleared)
			kt_set_expect(c, kt_set_alive(c, all), "quarantine");
		if (c->late && i == c->told - 1)
			kt_set_rescue(c);
		if (c->cleared)
			kt_set_clear(c, event);
		kt_drop(c->test, c->event[event]);
	}
}

/* Check that survivors are in the next generation and refer to what they did before. */
static void kt_set_survivors(struct kt_set *c, unsigned int left)
{
	struct mheap_object *o;
	int i, k, refs;
	bool ok = true;

	for (i = 0; i < c->n; i++) {
		if (!(left >> i & 1))
			continue;
		mheap_heap_lock(kt_heap(c->test));
		o = mheap_table_find(&kt_heap(c->test)->ids, c->id[i]);
		for (k = 0, refs = 0; k < KT_SLOTS * c->n; k++)
			refs += left >> (k / KT_SLOTS) & 1 &&
				c->slot[k / KT_SLOTS][k % KT_SLOTS] == i;
		ok = ok && o->count == refs + (c->rescued >> i & 1) &&
		     mheap_object_generation(o) == min(c->generation + 1, 2U);
		mheap_heap_unlock(kt_heap(c->test));
	}
	kt_set_expect(c, ok, "those that came back");
}

/* Play a case, which leaves the heap empty. */
static void kt_set_case(struct kt_set *c)
{
	unsigned int left;
	int i;

	kt_set_build(c);
	kt_set_expect(c, kt_set_alive(c, (1U << c->n) - 1), "built");
	kt_set_expect(c, kt_collect(c->test, c->generation) == c->n, "found");
	kt_set_read(c);
	if (!c->told) {
		kt_set_expect(c, kt_set_alive(c, 0), "no finalizer");
		return;
	}
	kt_set_answer(c);
	left = kt_set_closure(c, c->rescued);
	kt_set_expect(c, kt_set_alive(c, left), "answered");
	kt_set_survivors(c, left);
	for (i = 0; i < c->n; i++)
		if (c->rescued >> i & 1)
			kt_drop(c->test, c->kept[i]);
	kt_collect(c->test, 2);
	kt_set_expect(c, !kt_event(c->test).kind, "told again");
	kt_set_expect(c, kt_set_alive(c, 0) &&
		      !kt_gc(c->test)->nr[MHEAP_QUARANTINED], "end");
}

/* Drop the weak handles that cases have left. */
static void kt_set_tidy(struct kunit *test)
{
	struct mheap_session *s = kt_of(test)->s;
	struct mheap_weak *weak;
	u64 at = 0;

	mheap_heap_lock(s->heap);
	while ((weak = mheap_table_next(&s->weaks, &at)))
		mheap_weak_drop(s, weak->number);
	mheap_heap_unlock(s->heap);
	kt_expect_sound(test);
	kt_expect_empty(test);
}

static unsigned int kt_set_orders(unsigned int told)
{
	return told == 3 ? 6 : told == 2 ? 2 : 1;
}

/*
 * Play all cases of a shape.  The generation, and the moment when members are rescued,
 * change from case to case.
 */
static unsigned int kt_set_shape(struct kt_set *c, unsigned int cases)
{
	unsigned int told, rescues;
	int was[KT_MOST][KT_SLOTS];

	memcpy(was, c->slot, sizeof(was));
	for (c->finalizers = 0; c->finalizers < 1U << c->n; c->finalizers++) {
		told = hweight32(c->finalizers);
		rescues = told ? 1U << c->n : 1;
		for (c->order = 0; c->order < kt_set_orders(told); c->order++)
			for (c->rescued = 0; c->rescued < rescues;
			     c->rescued++, cases++) {
				c->generation = cases % 3;
				c->late = !c->cleared && cases % 2;
				kt_set_case(c);
				memcpy(c->slot, was, sizeof(was));
			}
	}
	return cases;
}

/* Play every shape of a set, or one of that many. */
static void kt_set_shapes(struct kunit *test, bool cleared, unsigned int part)
{
	struct kt_set *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	unsigned int codes, code, shapes = 0, cases = 0;

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->test = test;
	c->cleared = cleared;
	for (c->n = 1; c->n <= KT_MOST; c->n++) {
		codes = int_pow(c->n + 1, KT_SLOTS * c->n);
		for (code = 0; code < codes; code++) {
			if (!kt_set_decode(c, code) || shapes++ % part)
				continue;
			cases = kt_set_shape(c, cases);
			kt_set_tidy(test);
			cond_resched();
		}
	}
	/* The sets have one, two and three objects. */
	KUNIT_EXPECT_EQ(test, shapes, KT_SHAPES_1 + KT_SHAPES_2 + KT_SHAPES_3);
	if (part == 1)
		KUNIT_EXPECT_EQ(test, cases, 3 * KT_SHAPES_1 +
				(1 + 2 * 4 + 2 * 4) * KT_SHAPES_2 +
				(1 + 3 * 8 + 6 * 8 + 6 * 8) * KT_SHAPES_3);
}

static void kt_quarantine_shapes(struct kunit *test)
{
	kt_set_shapes(test, false, kt_slow() ? 41 : 1);
}

/* Objects may die while others of their set wait for answers. */
static void kt_quarantine_cleared(struct kunit *test)
{
	kt_set_shapes(test, true, kt_slow() ? 41 : 1);
}

/* ---- more than one set ---- */

/* Make a ring of two objects that the session @s finalizes.  Returns the first. */
static u64 kt_ring(struct kunit *test, struct mheap_session *s, u64 cookie)
{
	struct kt_op ops[] = {
		{ .opcode = MHEAP_OP_ALLOC, .len = 2 },
		{ .opcode = MHEAP_OP_ALLOC, .len = 2 },
		{ .opcode = MHEAP_OP_SET, .val = 1,
		  .flags = KT_OPF_OBJ | KT_OPF_VAL },
		{ .opcode = MHEAP_OP_SET, .obj = 1,
		  .flags = KT_OPF_OBJ | KT_OPF_VAL },
		{ .opcode = MHEAP_OP_FINALIZER, .arg = cookie,
		  .flags = KT_OPF_OBJ },
		{ .opcode = MHEAP_OP_FINALIZER, .obj = 1, .arg = cookie + 1,
		  .flags = KT_OPF_OBJ },
		{ .opcode = MHEAP_OP_WEAK_NEW, .obj = 1, .arg = cookie + 2,
		  .flags = KT_OPF_OBJ },
		{ .opcode = MHEAP_OP_DROP, .obj = 1, .flags = KT_OPF_OBJ },
	};

	if (kt_run(kt_of(test)->call, s, ops, ARRAY_SIZE(ops), false) !=
	    ARRAY_SIZE(ops))
		KUNIT_FAIL_AND_ABORT(test, "ring");
	return ops[0].out;
}

/* Collections do not find what only a quarantined object refers to. */
static void kt_quarantine_keeps(struct kunit *test)
{
	u64 h[2], o, id;
	unsigned int g;

	kt_drop(test, kt_ring(test, kt_of(test)->s, 1));
	KUNIT_EXPECT_EQ(test, kt_collect(test, 0), 2);
	kt_expect_event(test, MHEAP_EVENT_WEAK, 3);
	h[0] = kt_expect_event(test, MHEAP_EVENT_FINALIZE, 1);
	o = kt_alloc(test, 1, 0);
	id = kt_id(test, o);
	kt_set(test, o, 0, o);
	kt_set(test, h[0], 1, o);
	kt_drop(test, o);
	for (g = 0; g < 4; g++)
		KUNIT_EXPECT_EQ(test, kt_collect(test, g % 3), 0);
	KUNIT_EXPECT_TRUE(test, kt_alive(test, id));
	h[1] = kt_expect_event(test, MHEAP_EVENT_FINALIZE, 2);
	kt_drop(test, h[0]);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 0);
	kt_drop(test, h[1]);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 1);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 1);
	kt_set_tidy(test);
}

/* A set that another set refers to comes back to life, and is garbage when that has died. */
static void kt_quarantine_chain(struct kunit *test)
{
	struct mheap_session *s = kt_of(test)->s;
	u64 h[4], b;

	kt_drop(test, kt_ring(test, s, 10));
	KUNIT_EXPECT_EQ(test, kt_collect(test, 0), 2);
	kt_expect_event(test, MHEAP_EVENT_WEAK, 12);
	h[0] = kt_expect_event(test, MHEAP_EVENT_FINALIZE, 10);
	h[1] = kt_expect_event(test, MHEAP_EVENT_FINALIZE, 11);
	b = kt_ring(test, s, 20);
	kt_set(test, b, 1, h[0]);
	kt_drop(test, b);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 2);
	KUNIT_EXPECT_EQ(test, kt_gc(test)->nr[MHEAP_QUARANTINED], 4);
	kt_drop(test, h[0]);
	kt_drop(test, h[1]);
	KUNIT_EXPECT_EQ(test, kt_gc(test)->nr[MHEAP_QUARANTINED], 2);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 4);
	kt_expect_event(test, MHEAP_EVENT_WEAK, 22);
	h[2] = kt_expect_event(test, MHEAP_EVENT_FINALIZE, 20);
	h[3] = kt_expect_event(test, MHEAP_EVENT_FINALIZE, 21);
	kt_drop(test, h[3]);
	kt_drop(test, h[2]);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 2);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 2);
	KUNIT_EXPECT_EQ(test, kt_event(test).kind, 0);
	kt_set_tidy(test);
}

/* ---- ends in the middle ---- */

/* Begin to collect rings of two sessions, and do that many steps. */
static void kt_quarantine_begin(struct kunit *test, struct mheap_session *s[2],
				unsigned int generation, unsigned int steps)
{
	struct mheap_heap *heap = s[0]->heap;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		struct kt_op drop = { .opcode = MHEAP_OP_DROP };

		drop.obj = kt_ring(test, s[i % 2], 10 * i);
		KUNIT_EXPECT_EQ(test, kt_do_on(test, s[i % 2], &drop), 0);
	}
	mheap_heap_lock(heap);
	mheap_collect_start(&heap->gc, generation);
	while (heap->gc.phase && steps--)
		mheap_collect_step(&heap->gc, 1);
	mheap_heap_unlock(heap);
}

/* A session ends at any step.  Its finalizers are skipped, or its events answered. */
static void kt_quarantine_session_ends(struct kunit *test)
{
	struct mheap_session *s[2] = { kt_of(test)->s, NULL };
	unsigned int steps, g, told;
	struct mheap_ioc_event e;

	for (g = 0; g < 3; g += 2) {
		for (steps = 0; steps < 100; steps++) {
			s[1] = kt_attach(test);
			kt_quarantine_begin(test, s, g, steps);
			mheap_life_session_end(s[1]);
			kt_expect_sound(test);
			kt_collect(test, 2);
			kt_expect_sound(test);
			told = 0;
			for (e = kt_event(test); e.kind; e = kt_event(test)) {
				told += e.kind == MHEAP_EVENT_FINALIZE;
				kt_drop(test, e.ref);
			}
			KUNIT_EXPECT_EQ(test, told, 4);
			kt_set_tidy(test);
		}
	}
}

/* The heap is destroyed at any step, with events that nobody reads. */
static void kt_quarantine_close(struct kunit *test)
{
	struct mheap_session *s[2];
	unsigned int steps, g;

	for (g = 0; g < 3; g += 2) {
		for (steps = 0; steps < 100; steps += 3) {
			s[0] = mheap_life_session_create();
			KUNIT_ASSERT_NOT_ERR_OR_NULL(test, s[0]);
			s[1] = s[0];
			kt_quarantine_begin(test, s, g, steps);
			if (steps % 2)
				kt_event_of(s[0]);
			mheap_life_session_end(s[0]);
		}
	}
}

static struct kunit_case kt_quarantine_cases[] = {
	KUNIT_CASE_SLOW(kt_quarantine_shapes),
	KUNIT_CASE_SLOW(kt_quarantine_cleared),
	KUNIT_CASE(kt_quarantine_keeps),
	KUNIT_CASE(kt_quarantine_chain),
	KUNIT_CASE(kt_quarantine_session_ends),
	KUNIT_CASE(kt_quarantine_close),
	{}
};

static struct kunit_suite kt_quarantine_suite = {
	.name = "mheap_quarantine",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_quarantine_cases,
};

kunit_test_suite(kt_quarantine_suite);
