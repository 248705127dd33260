// SPDX-License-Identifier: GPL-2.0
/* Suite of weak.c: when a weak handle is cleared, and which events are sent. */
#include <linux/slab.h>

#include "drop.h"
#include "ext.h"
#include "gc/collect.h"
#include "gc/reclaim.h"
#include "kunit.h"
#include "weak.h"

static void kt_weak_life(struct kunit *test)
{
	u64 a = kt_alloc(test, 0, 8), w = kt_weak_new(test, a, 7), h;

	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 1);
	h = kt_weak_get(test, w);
	KUNIT_EXPECT_NE(test, h, 0);
	KUNIT_EXPECT_EQ(test, kt_id(test, h), kt_id(test, a));
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 2);
	kt_drop(test, a);
	KUNIT_EXPECT_EQ(test, kt_event(test).kind, 0);
	kt_drop(test, h);
	KUNIT_EXPECT_EQ(test, kt_weak_get(test, w), 0);
	kt_expect_event(test, MHEAP_EVENT_WEAK, 7);
	KUNIT_EXPECT_EQ(test, kt_event(test).kind, 0);
	KUNIT_EXPECT_EQ(test, kt_weak_get(test, w), 0);
	KUNIT_EXPECT_EQ(test, kt_weak_drop(test, w), 0);
	KUNIT_EXPECT_EQ(test, kt_weak_drop(test, w), -ENOENT);
	KUNIT_EXPECT_EQ(test, kt_of(test)->s->weaks.used, 0);
	kt_expect_empty(test);
}

/* A weak handle that is dropped before its object dies sends no event; later, it loses it. */
static void kt_weak_dropped(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), w[3];
	unsigned int i;

	for (i = 0; i < 3; i++)
		w[i] = kt_weak_new(test, a, i);
	KUNIT_EXPECT_EQ(test, kt_weak_drop(test, w[0]), 0);
	kt_drop(test, a);
	KUNIT_EXPECT_EQ(test, kt_of(test)->s->events.nr, 2);
	KUNIT_EXPECT_EQ(test, kt_weak_drop(test, w[1]), 0);
	kt_expect_event(test, MHEAP_EVENT_WEAK, 2);
	KUNIT_EXPECT_EQ(test, kt_event(test).kind, 0);
	kt_expect_empty(test);
}

/* Each session gets the events of its own weak handles, in the order they were made. */
static void kt_weak_sessions(struct kunit *test)
{
	struct mheap_session *s[2] = { kt_of(test)->s, kt_attach(test) };
	u64 a = kt_alloc(test, 1, 0);
	struct kt_op open = { .opcode = MHEAP_OP_OPEN_ID,
				 .arg = kt_id(test, a) };
	struct kt_op get = { .opcode = MHEAP_OP_WEAK_GET };
	unsigned int i;

	KUNIT_EXPECT_EQ(test, kt_do_on(test, s[1], &open), 0);
	for (i = 0; i < 10; i++) {
		struct kt_op new = { .opcode = MHEAP_OP_WEAK_NEW, .arg = i };

		new.obj = i % 2 ? open.out : a;
		KUNIT_EXPECT_EQ(test, kt_do_on(test, s[i % 2], &new), 0);
		get.arg = new.out;
		KUNIT_EXPECT_EQ(test, kt_do_on(test, s[!(i % 2)], &get), -ENOENT);
	}
	kt_drop(test, a);
	KUNIT_EXPECT_EQ(test, s[0]->events.nr + s[1]->events.nr, 0);
	open = (struct kt_op){ .opcode = MHEAP_OP_DROP, .obj = open.out };
	KUNIT_EXPECT_EQ(test, kt_do_on(test, s[1], &open), 0);
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, kt_event_of(s[i % 2]).cookie, i);
	KUNIT_EXPECT_EQ(test, s[0]->events.nr + s[1]->events.nr, 0);
	mheap_life_session_end(s[1]);
}

/* The end of a session drops its weak handles and events, not those of others. */
static void kt_weak_session_ends(struct kunit *test)
{
	struct mheap_session *s = kt_attach(test);
	u64 a = kt_alloc(test, 1, 0), b = kt_alloc(test, 1, 0);
	u64 id[2] = { kt_id(test, a), kt_id(test, b) };
	unsigned int i;

	kt_weak_new(test, a, 5);
	for (i = 0; i < 200; i++) {
		struct kt_op op = { .opcode = MHEAP_OP_OPEN_ID,
				       .arg = id[i % 2] };

		KUNIT_EXPECT_EQ(test, kt_do_on(test, s, &op), 0);
		op = (struct kt_op){ .opcode = MHEAP_OP_WEAK_NEW,
					.obj = op.out };
		KUNIT_EXPECT_EQ(test, kt_do_on(test, s, &op), 0);
		op = (struct kt_op){ .opcode = MHEAP_OP_DROP, .obj = op.obj };
		KUNIT_EXPECT_EQ(test, kt_do_on(test, s, &op), 0);
	}
	kt_drop(test, b);
	KUNIT_EXPECT_EQ(test, s->events.nr, 100);
	mheap_life_session_end(s);
	kt_expect_sound(test);
	KUNIT_EXPECT_EQ(test, kt_of(test)->s->events.nr, 0);
	kt_drop(test, a);
	kt_expect_event(test, MHEAP_EVENT_WEAK, 5);
	KUNIT_EXPECT_EQ(test, kt_event(test).kind, 0);
	kt_expect_empty(test);
}

/* If the session does not want their events, weak handles are cleared silently. */
static void kt_weak_masked(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), w = kt_weak_new(test, a, 1);

	KUNIT_EXPECT_EQ(test, mheap_event_set_mask(&kt_of(test)->s->events,
						   MHEAP_EVENT_FINALIZE), 0);
	kt_drop(test, a);
	KUNIT_EXPECT_EQ(test, kt_weak_get(test, w), 0);
	KUNIT_EXPECT_EQ(test, kt_event(test).kind, 0);
	KUNIT_EXPECT_EQ(test, kt_weak_drop(test, w), 0);
}

static void kt_weak_immortal(struct kunit *test)
{
	u64 a = kt_alloc_immortal(test, 1), w = kt_weak_new(test, a, 1);

	kt_drop(test, a);
	kt_collect(test, 2);
	KUNIT_EXPECT_NE(test, kt_weak_get(test, w), 0);
	KUNIT_EXPECT_EQ(test, kt_event(test).kind, 0);
}

/* An object has died, but not all of its weak handles have been cleared yet. */
static void kt_weak_many(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	u64 a = kt_alloc(test, 1, 0), w[100];
	struct mheap_dying dying;
	unsigned int i, steps = 0;
	struct mheap_weak *weak;

	for (i = 0; i < ARRAY_SIZE(w); i++)
		w[i] = kt_weak_new(test, a, i);
	mheap_dying_init(&dying);
	mheap_heap_lock(heap);
	mheap_drop_handle(kt_of(test)->s, a, &dying);
	do {
		for (i = 0; i < ARRAY_SIZE(w); i++) {
			weak = mheap_weak_find(kt_of(test)->s, w[i]);
			KUNIT_EXPECT_NULL(test, mheap_weak_object(weak));
		}
		KUNIT_EXPECT_EQ(test, kt_of(test)->s->events.nr,
				min_t(unsigned int, steps, ARRAY_SIZE(w)));
		steps++;
	} while (!mheap_reclaim_step(&heap->gc, &dying, 1));
	mheap_heap_unlock(heap);
	KUNIT_EXPECT_GT(test, steps, ARRAY_SIZE(w));
	for (i = 0; i < ARRAY_SIZE(w); i++)
		kt_expect_event(test, MHEAP_EVENT_WEAK, i);
	kt_expect_empty(test);
}

/* ---- collections ---- */

/* Make two objects that only refer to each other.  Returns their weak handles. */
static void kt_weak_ring(struct kunit *test, u64 id[2], u64 weak[2])
{
	u64 h[2] = { kt_alloc(test, 2, 0), kt_alloc(test, 2, 0) };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		kt_set(test, h[i], 1, h[!i]);
		id[i] = kt_id(test, h[i]);
		weak[i] = kt_weak_new(test, h[i], i);
	}
	kt_drop(test, h[0]);
	kt_drop(test, h[1]);
}

/*
 * Open a weak handle at some moment.  This rescues both objects unless they were condemned
 * before, in which case they are gone in the end.
 */
static bool kt_weak_ask(struct kunit *test, unsigned int generation,
			unsigned int at)
{
	struct mheap_heap *heap = kt_heap(test);
	unsigned int step = 0;
	u64 id[2], weak[2], h = 0;

	kt_weak_ring(test, id, weak);
	mheap_heap_lock(heap);
	mheap_collect_start(&heap->gc, generation);
	do {
		mheap_heap_unlock(heap);
		if (step == at) {
			bool alive = kt_alive(test, id[0]);

			h = kt_weak_get(test, weak[0]);
			KUNIT_EXPECT_EQ(test, !!h, alive);
			KUNIT_EXPECT_EQ(test, !!h, kt_alive(test, id[1]));
		}
		mheap_heap_lock(heap);
		step++;
	} while (mheap_collect_step(&heap->gc, 1) || step <= at);
	mheap_heap_unlock(heap);
	KUNIT_EXPECT_EQ(test, kt_alive(test, id[0]), !!h);
	KUNIT_EXPECT_EQ(test, kt_alive(test, id[1]), !!h);
	KUNIT_EXPECT_EQ(test, kt_of(test)->s->events.nr, h ? 0 : 2);
	kt_expect_sound(test);
	if (h)
		kt_drop(test, h);
	kt_collect(test, 2);
	kt_expect_event(test, MHEAP_EVENT_WEAK, 0);
	kt_expect_event(test, MHEAP_EVENT_WEAK, 1);
	kt_weak_drop(test, weak[0]);
	kt_weak_drop(test, weak[1]);
	kt_expect_empty(test);
	return h;
}

static void kt_weak_collecting(struct kunit *test)
{
	unsigned int generation, at, rescued;

	for (generation = 0; generation < 3; generation++) {
		for (at = 0, rescued = 0; at < 40; at++)
			rescued += kt_weak_ask(test, generation, at);
		KUNIT_EXPECT_GT(test, rescued, 1);
		KUNIT_EXPECT_LT(test, rescued, 30);
	}
}

/* All weak handles of condemned objects are dead from the same moment on. */
static void kt_weak_condemned(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	struct mheap_session *s = kt_of(test)->s;
	u64 id[2], weak[2], w[50], h;
	unsigned int i, dead, partly = 0;
	bool more;

	kt_weak_ring(test, id, weak);
	h = kt_weak_get(test, weak[0]);
	for (i = 0; i < ARRAY_SIZE(w); i++)
		w[i] = kt_weak_new(test, h, 2);
	kt_drop(test, h);
	mheap_heap_lock(heap);
	mheap_collect_start(&heap->gc, 2);
	do {
		more = mheap_collect_step(&heap->gc, 1);
		for (i = 0, dead = 0; i < ARRAY_SIZE(w); i++)
			dead += !mheap_weak_object(mheap_weak_find(s, w[i]));
		KUNIT_EXPECT_TRUE(test, !dead || dead == ARRAY_SIZE(w));
		KUNIT_EXPECT_TRUE(test, dead || !s->events.nr);
		partly += dead && s->events.nr < ARRAY_SIZE(w);
	} while (more);
	mheap_heap_unlock(heap);
	KUNIT_EXPECT_GE(test, partly, ARRAY_SIZE(w));
	KUNIT_EXPECT_EQ(test, s->events.nr, ARRAY_SIZE(w) + 2);
}

static struct kunit_case kt_weak_cases[] = {
	KUNIT_CASE(kt_weak_life),
	KUNIT_CASE(kt_weak_dropped),
	KUNIT_CASE(kt_weak_sessions),
	KUNIT_CASE(kt_weak_session_ends),
	KUNIT_CASE(kt_weak_masked),
	KUNIT_CASE(kt_weak_immortal),
	KUNIT_CASE(kt_weak_many),
	KUNIT_CASE(kt_weak_collecting),
	KUNIT_CASE(kt_weak_condemned),
	{}
};

static struct kunit_suite kt_weak_suite = {
	.name = "mheap_weak",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_weak_cases,
};

kunit_test_suite(kt_weak_suite);
