// SPDX-License-Identifier: GPL-2.0
/* Suite of event.c and event_read.c: the order, merging and cancelled reading of events. */
#include <linux/slab.h>

#include "event_read.h"
#include "kunit.h"

static void kt_event_mask(struct kunit *test, u32 mask)
{
	KUNIT_EXPECT_EQ(test, mheap_event_set_mask(&kt_of(test)->s->events, mask), 0);
}

/* Begin to read the next event, which the test is to cancel or commit. */
static struct mheap_event_read kt_event_read(struct kunit *test)
{
	struct mheap_event_read r = {};

	KUNIT_EXPECT_EQ(test, mheap_event_read_wait(kt_of(test)->s, true, &r), 0);
	return r;
}

static void kt_event_none(struct kunit *test)
{
	struct mheap_event_read r;

	KUNIT_EXPECT_EQ(test, mheap_event_read_wait(kt_of(test)->s, true, &r),
			-EAGAIN);
	KUNIT_EXPECT_EQ(test, kt_of(test)->s->events.nr, 0);
}

/* Make an object whose death sends an event with that cookie. */
static u64 kt_event_object(struct kunit *test, u32 kind, u64 cookie)
{
	u64 h = kt_alloc(test, 1, 0);

	if (kind == MHEAP_EVENT_WEAK)
		kt_weak_new(test, h, cookie);
	else
		KUNIT_EXPECT_EQ(test, kt_finalizer(test, h, cookie), 0);
	return h;
}

/* Events of all kinds are read in the order in which they were sent. */
static void kt_event_order(struct kunit *test)
{
	u64 h[20];
	unsigned int i;

	kt_event_mask(test, MHEAP_EVENT_FINALIZE | MHEAP_EVENT_WEAK |
		      MHEAP_EVENT_GC_START | MHEAP_EVENT_GC_STOP);
	for (i = 0; i < ARRAY_SIZE(h); i++)
		h[i] = kt_event_object(test, i % 2 ? MHEAP_EVENT_WEAK :
				       MHEAP_EVENT_FINALIZE, i);
	for (i = ARRAY_SIZE(h); i--;) {
		kt_drop(test, h[i]);
		if (i % 5 == 0)
			kt_collect(test, i / 5 % 3);
	}
	for (i = ARRAY_SIZE(h); i--;) {
		kt_expect_event(test, i % 2 ? MHEAP_EVENT_WEAK :
				MHEAP_EVENT_FINALIZE, i);
		if (i % 5)
			continue;
		KUNIT_EXPECT_EQ(test, kt_event(test).kind, MHEAP_EVENT_GC_START);
		KUNIT_EXPECT_EQ(test, kt_event(test).kind, MHEAP_EVENT_GC_STOP);
	}
	kt_event_none(test);
}

/* Events that the mask leaves out when something happens are not sent. */
static void kt_event_masks(struct kunit *test)
{
	u32 mask;
	u64 h;

	for (mask = 0; mask < 16; mask++) {
		kt_event_mask(test, mask);
		h = kt_event_object(test, MHEAP_EVENT_WEAK, 1);
		kt_drop(test, h);
		kt_event_mask(test, 0);
		h = kt_event_object(test, MHEAP_EVENT_FINALIZE, 2);
		kt_event_mask(test, mask);
		kt_drop(test, h);
		kt_collect(test, 1);
		kt_event_mask(test, 15);
		if (mask & MHEAP_EVENT_WEAK)
			kt_expect_event(test, MHEAP_EVENT_WEAK, 1);
		if (mask & MHEAP_EVENT_FINALIZE)
			kt_drop(test, kt_expect_event(test, MHEAP_EVENT_FINALIZE,
						      2));
		if (mask & MHEAP_EVENT_GC_START)
			kt_expect_event(test, MHEAP_EVENT_GC_START, 0);
		if (mask & MHEAP_EVENT_GC_STOP)
			kt_expect_event(test, MHEAP_EVENT_GC_STOP, 0);
		kt_event_none(test);
		KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 0);
	}
	for (mask = 16; mask; mask <<= 1)
		KUNIT_EXPECT_EQ(test, mheap_event_set_mask(&kt_of(test)->s->events,
							   mask), -EINVAL);
}

/* ---- collections ---- */

/* Make a collection that finds that many objects. */
static void kt_event_collect(struct kunit *test, unsigned int generation,
			     unsigned int found)
{
	unsigned int i;
	u64 h;

	for (i = 0; i < found; i++) {
		h = kt_alloc(test, 1, 0);
		kt_set(test, h, 0, h);
		kt_drop(test, h);
	}
	KUNIT_EXPECT_EQ(test, kt_collect(test, generation), found);
}

static void kt_event_expect_gc(struct kunit *test, u32 kind, u32 generation,
			       u64 merged, u64 collected)
{
	struct mheap_ioc_event e = kt_event(test);

	KUNIT_EXPECT_EQ(test, e.kind, kind);
	KUNIT_EXPECT_EQ(test, e.generation, generation);
	KUNIT_EXPECT_EQ(test, e.merged, merged);
	KUNIT_EXPECT_EQ(test, e.collected, collected);
	KUNIT_EXPECT_EQ(test, e.uncollectable, 0);
	KUNIT_EXPECT_EQ(test, !!e.duration_ns, kind == MHEAP_EVENT_GC_STOP);
	KUNIT_EXPECT_EQ(test, e.cookie + e.ref + e.reserved, 0);
}

/* Only a session that wants events about collections gets them. */
static void kt_event_gc(struct kunit *test)
{
	struct mheap_session *s = kt_attach(test);
	unsigned int g;

	kt_event_mask(test, MHEAP_EVENT_GC_START | MHEAP_EVENT_GC_STOP);
	for (g = 0; g < 3; g++)
		kt_event_collect(test, g, g + 1);
	for (g = 0; g < 3; g++) {
		kt_event_expect_gc(test, MHEAP_EVENT_GC_START, g, 1, 0);
		kt_event_expect_gc(test, MHEAP_EVENT_GC_STOP, g, 1, g + 1);
	}
	kt_event_none(test);
	KUNIT_EXPECT_EQ(test, s->events.nr, 0);
	mheap_life_session_end(s);
}

/* A session gets the events it wants, whatever others want, and whichever others end. */
static void kt_event_gc_who(struct kunit *test)
{
	static const u32 first[] = {
		MHEAP_EVENT_GC_STOP, 0, MHEAP_EVENT_GC_START | MHEAP_EVENT_GC_STOP,
		MHEAP_EVENT_WEAK, MHEAP_EVENT_GC_START
	};
	static const u32 then[] = { 0, MHEAP_EVENT_GC_START, MHEAP_EVENT_GC_STOP,
				    MHEAP_EVENT_WEAK, MHEAP_EVENT_GC_START };
	static const u64 before[] = { 1, 0, 2, 0, 1 }, after[] = { 1, 1, 3, 0, 0 };
	struct mheap_session *s[ARRAY_SIZE(first)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(s); i++) {
		s[i] = kt_attach(test);
		KUNIT_EXPECT_EQ(test, mheap_event_set_mask(&s[i]->events, first[i]), 0);
	}
	kt_event_collect(test, 0, 0);
	for (i = 0; i < ARRAY_SIZE(s); i++) {
		KUNIT_EXPECT_EQ_MSG(test, s[i]->events.nr, before[i], "session %u", i);
		KUNIT_EXPECT_EQ(test, mheap_event_set_mask(&s[i]->events, then[i]), 0);
	}
	mheap_life_session_end(s[4]);
	kt_event_collect(test, 0, 0);
	for (i = 0; i < ARRAY_SIZE(s) - 1; i++) {
		KUNIT_EXPECT_EQ_MSG(test, s[i]->events.nr, after[i], "session %u", i);
		mheap_life_session_end(s[i]);
	}
}

/* When the store is empty, all that follows is merged into the last events. */
static void kt_event_merge(struct kunit *test)
{
	const unsigned int most = MHEAP_GC_EVENTS / 2, more = 7;
	unsigned int i, round;

	kt_event_mask(test, MHEAP_EVENT_GC_START | MHEAP_EVENT_GC_STOP);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < most + more; i++)
			kt_event_collect(test, i % 3, i % 4);
		KUNIT_EXPECT_EQ(test, kt_of(test)->s->events.nr, 2 * most);
		for (i = 0; i < most - 1; i++) {
			kt_event_expect_gc(test, MHEAP_EVENT_GC_START, i % 3, 1,
					   0);
			kt_event_expect_gc(test, MHEAP_EVENT_GC_STOP, i % 3, 1,
					   i % 4);
		}
		/* Collections 63 to 70 are merged; they found 3, 0, 1, 2, 3, 0, 1 and 2. */
		kt_event_expect_gc(test, MHEAP_EVENT_GC_START,
				   (most + more - 1) % 3, 1 + more, 0);
		kt_event_expect_gc(test, MHEAP_EVENT_GC_STOP,
				   (most + more - 1) % 3, 1 + more, 12);
		kt_event_none(test);
	}
}

/* Nothing is merged into an event that is being read.  Its record is used again later. */
static void kt_event_merge_reading(struct kunit *test)
{
	struct mheap_event_read r;
	unsigned int i;

	kt_event_mask(test, MHEAP_EVENT_GC_START | MHEAP_EVENT_GC_STOP);
	for (i = 0; i < MHEAP_GC_EVENTS / 2; i++)
		kt_event_collect(test, 0, 0);
	r = kt_event_read(test);
	kt_event_collect(test, 1, 2);
	KUNIT_EXPECT_EQ(test, r.gc->merged, 1);
	mheap_event_read_cancel(kt_of(test)->s, &r);
	kt_event_expect_gc(test, MHEAP_EVENT_GC_START, 0, 1, 0);
	kt_event_expect_gc(test, MHEAP_EVENT_GC_STOP, 0, 1, 0);
	kt_event_collect(test, 2, 3);
	for (i = 1; i < MHEAP_GC_EVENTS / 2 - 1; i++) {
		kt_event_expect_gc(test, MHEAP_EVENT_GC_START, 0, 1, 0);
		kt_event_expect_gc(test, MHEAP_EVENT_GC_STOP, 0, 1, 0);
	}
	kt_event_expect_gc(test, MHEAP_EVENT_GC_START, 1, 2, 0);
	kt_event_expect_gc(test, MHEAP_EVENT_GC_STOP, 1, 2, 2);
	kt_event_expect_gc(test, MHEAP_EVENT_GC_START, 2, 1, 0);
	kt_event_expect_gc(test, MHEAP_EVENT_GC_STOP, 2, 1, 3);
	kt_event_none(test);
}

/* Events are merged with those of their kind, or wait for a record if there are none. */
static void kt_event_merge_kinds(struct kunit *test)
{
	const unsigned int n = MHEAP_GC_EVENTS + 7;
	unsigned int i, starts = 0, stops = 0;
	struct mheap_ioc_event e;

	kt_event_mask(test, MHEAP_EVENT_GC_START | MHEAP_EVENT_GC_STOP);
	kt_event_collect(test, 0, 0);
	kt_event_expect_gc(test, MHEAP_EVENT_GC_START, 0, 1, 0);
	kt_event_expect_gc(test, MHEAP_EVENT_GC_STOP, 0, 1, 0);
	kt_event_mask(test, MHEAP_EVENT_GC_STOP);
	for (i = 0; i < n; i++)
		kt_event_collect(test, 0, 0);
	kt_event_mask(test, MHEAP_EVENT_GC_START | MHEAP_EVENT_GC_STOP);
	kt_event_collect(test, 0, 0);
	for (e = kt_event(test); e.kind; e = kt_event(test)) {
		if (e.kind == MHEAP_EVENT_GC_START)
			starts += e.merged;
		else
			stops += e.merged;
	}
	KUNIT_EXPECT_EQ(test, starts, 1);
	KUNIT_EXPECT_EQ(test, stops, n + 1);
}

/* Events about objects are never merged, however full the store is. */
static void kt_event_never_lost(struct kunit *test)
{
	unsigned int i;
	u64 h;

	kt_event_mask(test, 15);
	for (i = 0; i < MHEAP_GC_EVENTS; i++) {
		h = kt_event_object(test, MHEAP_EVENT_WEAK, i);
		kt_drop(test, h);
		kt_drop(test, kt_event_object(test, MHEAP_EVENT_FINALIZE, i));
		kt_collect(test, 0);
	}
	for (i = 0; i < MHEAP_GC_EVENTS; i++) {
		kt_expect_event(test, MHEAP_EVENT_WEAK, i);
		kt_expect_event(test, MHEAP_EVENT_FINALIZE, i);
		if (i >= MHEAP_GC_EVENTS / 2)
			continue;
		KUNIT_EXPECT_EQ(test, kt_event(test).kind, MHEAP_EVENT_GC_START);
		KUNIT_EXPECT_EQ(test, kt_event(test).kind, MHEAP_EVENT_GC_STOP);
	}
	kt_event_none(test);
}

/* ---- cancelled reading ---- */

/* An event of any kind whose reading is cancelled is the next one again, unchanged. */
static void kt_event_cancel(struct kunit *test)
{
	struct mheap_event_read r;
	unsigned int round;
	u64 h[2], ref = 0;

	kt_event_mask(test, 15);
	h[0] = kt_event_object(test, MHEAP_EVENT_WEAK, 1);
	h[1] = kt_event_object(test, MHEAP_EVENT_FINALIZE, 2);
	kt_drop(test, h[0]);
	kt_drop(test, h[1]);
	kt_collect(test, 2);
	for (round = 0; round < 4; round++) {
		u64 left = kt_of(test)->s->events.nr;

		r = kt_event_read(test);
		KUNIT_EXPECT_EQ(test, kt_of(test)->s->events.nr, left - 1);
		kt_expect_sound(test);
		mheap_event_read_cancel(kt_of(test)->s, &r);
		KUNIT_EXPECT_EQ(test, kt_of(test)->s->events.nr, left);
		kt_expect_sound(test);
		KUNIT_EXPECT_EQ(test, r.out.kind,
				round < 2 ? 2 >> round : 4 << (round - 2));
		if (r.out.ref)
			KUNIT_EXPECT_EQ(test, kt_drop(test, r.out.ref),
					-EBADF);
		ref = kt_event(test).ref ?: ref;
	}
	kt_event_none(test);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, ref), 1);
	kt_drop(test, ref);
	kt_expect_empty(test);
}

/* Cancelling the reading of an event does not answer it. */
static void kt_event_cancel_set(struct kunit *test)
{
	u64 h = kt_event_object(test, MHEAP_EVENT_FINALIZE, 1), id;
	struct mheap_event_read r;

	id = kt_id(test, h);
	kt_set(test, h, 0, h);
	kt_drop(test, h);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 0), 1);
	r = kt_event_read(test);
	mheap_event_read_cancel(kt_of(test)->s, &r);
	KUNIT_EXPECT_TRUE(test, kt_alive(test, id));
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 0);
	kt_drop(test, kt_expect_event(test, MHEAP_EVENT_FINALIZE, 1));
	KUNIT_EXPECT_FALSE(test, kt_alive(test, id));
	kt_event_none(test);
}

/* If its handle or weak handle was dropped meanwhile, the event does not come back. */
static void kt_event_cancel_dropped(struct kunit *test)
{
	u64 h = kt_alloc(test, 1, 0), weak = kt_weak_new(test, h, 1);
	struct mheap_event_read r;

	kt_drop(test, h);
	r = kt_event_read(test);
	KUNIT_EXPECT_EQ(test, kt_weak_drop(test, weak), 0);
	mheap_event_read_cancel(kt_of(test)->s, &r);
	kt_event_none(test);
	kt_drop(test, kt_event_object(test, MHEAP_EVENT_FINALIZE, 2));
	r = kt_event_read(test);
	KUNIT_EXPECT_EQ(test, kt_drop(test, r.out.ref), 0);
	mheap_event_read_cancel(kt_of(test)->s, &r);
	kt_event_none(test);
	kt_expect_empty(test);
}

/* A handle that was cancelled in a frame does not belong to the frame. */
/* An event is cancelled when its handle was dropped, and the number is that of another one. */
static void kt_event_cancel_late(struct kunit *test)
{
	u64 h = kt_alloc(test, 1, 0);
	struct mheap_event_read first, second;

	kt_drop(test, kt_event_object(test, MHEAP_EVENT_FINALIZE, 1));
	first = kt_event_read(test);
	KUNIT_EXPECT_EQ(test, kt_drop(test, first.out.ref), 0);
	/* The number that was freed last is claimed first. */
	KUNIT_EXPECT_EQ(test, kt_finalizer(test, h, 2), 0);
	kt_drop(test, h);
	second = kt_event_read(test);
	KUNIT_ASSERT_EQ(test, second.out.ref, first.out.ref);
	mheap_event_read_cancel(kt_of(test)->s, &first);
	kt_event_none(test);
	mheap_event_read_commit(kt_of(test)->s, &second);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, second.out.ref), 1);
	KUNIT_EXPECT_EQ(test, kt_drop(test, second.out.ref), 0);
}

static void kt_event_cancel_frame(struct kunit *test)
{
	struct mheap_event_read r;

	kt_drop(test, kt_event_object(test, MHEAP_EVENT_FINALIZE, 2));
	kt_frame_push(test);
	r = kt_event_read(test);
	mheap_event_read_cancel(kt_of(test)->s, &r);
	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 1);
	kt_drop(test, kt_expect_event(test, MHEAP_EVENT_FINALIZE, 2));
	kt_expect_empty(test);
}

static struct kunit_case kt_event_cases[] = {
	KUNIT_CASE(kt_event_order),
	KUNIT_CASE(kt_event_masks),
	KUNIT_CASE(kt_event_gc),
	KUNIT_CASE(kt_event_gc_who),
	KUNIT_CASE(kt_event_merge),
	KUNIT_CASE(kt_event_merge_reading),
	KUNIT_CASE(kt_event_merge_kinds),
	KUNIT_CASE(kt_event_never_lost),
	KUNIT_CASE(kt_event_cancel),
	KUNIT_CASE(kt_event_cancel_set),
	KUNIT_CASE(kt_event_cancel_dropped),
	KUNIT_CASE(kt_event_cancel_late),
	KUNIT_CASE(kt_event_cancel_frame),
	{}
};

static struct kunit_suite kt_event_suite = {
	.name = "mheap_event",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_event_cases,
};

kunit_test_suite(kt_event_suite);
