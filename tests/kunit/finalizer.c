// SPDX-License-Identifier: GPL-2.0
/*
 * Suite of finalizer.c: which session is told, and what counts as an answer.  The suite in
 * quarantine.c is about sets of condemned objects.
 */
#include "gc/collect.h"
#include "kunit.h"

/* The event comes before the object dies, and weak handles are valid until it does. */
static void kt_finalizer_count(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), id = kt_id(test, a), w, h;

	w = kt_weak_new(test, a, 2);
	KUNIT_EXPECT_EQ(test, kt_finalizer(test, a, 1), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 1);
	kt_drop(test, a);
	KUNIT_EXPECT_EQ(test, kt_of(test)->s->events.nr, 1);
	kt_expect_sound(test);
	h = kt_weak_get(test, w);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, h), 2);
	kt_drop(test, h);
	h = kt_expect_event(test, MHEAP_EVENT_FINALIZE, 1);
	KUNIT_EXPECT_EQ(test, kt_id(test, h), id);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, h), 1);
	KUNIT_EXPECT_EQ(test, kt_event(test).kind, 0);
	kt_expect_sound(test);
	KUNIT_EXPECT_EQ(test, kt_drop(test, h), 0);
	KUNIT_EXPECT_FALSE(test, kt_alive(test, id));
	KUNIT_EXPECT_EQ(test, kt_weak_get(test, w), 0);
	kt_expect_event(test, MHEAP_EVENT_WEAK, 2);
	kt_expect_empty(test);
}

/* An object that came back dies without another event, whether it is tracked or not. */
static void kt_finalizer_once(struct kunit *test)
{
	u32 nslots;
	u64 a, h;

	for (nslots = 0; nslots < 3; nslots++) {
		a = kt_alloc(test, nslots, 8);
		KUNIT_EXPECT_EQ(test, kt_finalizer(test, a, 1), 0);
		kt_drop(test, a);
		h = kt_expect_event(test, MHEAP_EVENT_FINALIZE, 1);
		a = kt_dup(test, h);
		KUNIT_EXPECT_EQ(test, kt_finalizer(test, h, 1), -EEXIST);
		kt_drop(test, h);
		KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 1);
		KUNIT_EXPECT_EQ(test, kt_finalizer(test, a, 1), -EEXIST);
		kt_expect_sound(test);
		kt_drop(test, a);
		KUNIT_EXPECT_EQ(test, kt_event(test).kind, 0);
		kt_expect_empty(test);
	}
}

/* Dropping the handle that came with the event answers it; dropping a dup does not. */
static void kt_finalizer_answer(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), h, dup;

	KUNIT_EXPECT_EQ(test, kt_set(test, a, 0, a), 0);
	KUNIT_EXPECT_EQ(test, kt_finalizer(test, a, 1), 0);
	kt_drop(test, a);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 1);
	h = kt_expect_event(test, MHEAP_EVENT_FINALIZE, 1);
	dup = kt_dup(test, h);
	kt_drop(test, dup);
	KUNIT_EXPECT_EQ(test, mheap_object_generation(kt_object(test, h)), 4);
	KUNIT_EXPECT_EQ(test, kt_gc(test)->nr[MHEAP_QUARANTINED], 1);
	kt_drop(test, h);
	kt_expect_empty(test);
}

static void kt_finalizer_wrong(struct kunit *test)
{
	struct mheap_session *s = kt_attach(test);
	u64 a = kt_alloc(test, 1, 0), reserved;
	struct kt_op op = { .opcode = MHEAP_OP_OPEN_ID,
			       .arg = kt_id(test, a) };

	KUNIT_EXPECT_EQ(test, kt_finalizer(test, a, 1), 0);
	KUNIT_EXPECT_EQ(test, kt_do_on(test, s, &op), 0);
	op = (struct kt_op){ .opcode = MHEAP_OP_FINALIZER, .obj = op.out };
	KUNIT_EXPECT_EQ(test, kt_do_on(test, s, &op), -EEXIST);
	KUNIT_EXPECT_EQ(test, kt_claimed(s), 0);
	mheap_life_session_end(s);
	/* If the session sets it again, the cookie changes, and no second number is claimed. */
	reserved = kt_claimed(kt_of(test)->s);
	KUNIT_EXPECT_EQ(test, reserved, 1);
	KUNIT_EXPECT_EQ(test, kt_finalizer(test, a, 2), 0);
	KUNIT_EXPECT_EQ(test, kt_claimed(kt_of(test)->s), 1);
	kt_drop(test, a);
	a = kt_expect_event(test, MHEAP_EVENT_FINALIZE, 2);
	KUNIT_EXPECT_EQ(test, kt_claimed(kt_of(test)->s), 0);
	kt_drop(test, a);
	KUNIT_EXPECT_EQ(test, kt_event(test).kind, 0);
}

/* If the session does not want finalizer events, the object dies as any other. */
static void kt_finalizer_masked(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), b = kt_alloc(test, 1, 0);

	kt_set(test, b, 0, b);
	KUNIT_EXPECT_EQ(test, kt_finalizer(test, a, 1), 0);
	KUNIT_EXPECT_EQ(test, kt_finalizer(test, b, 1), 0);
	KUNIT_EXPECT_EQ(test, mheap_event_set_mask(&kt_of(test)->s->events,
						   MHEAP_EVENT_WEAK), 0);
	kt_drop(test, a);
	kt_drop(test, b);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 1);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 1);
	KUNIT_EXPECT_EQ(test, kt_event(test).kind, 0);
	KUNIT_EXPECT_EQ(test, kt_claimed(kt_of(test)->s), 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&kt_of(test)->s->finalizers));
	kt_expect_empty(test);
}

/* The finalizer of an immortal object is never told. */
static void kt_finalizer_immortal(struct kunit *test)
{
	u64 fixed = kt_alloc_immortal(test, 1);

	kt_set(test, fixed, 0, fixed);
	KUNIT_EXPECT_EQ(test, kt_finalizer(test, fixed, 1), 0);
	kt_drop(test, fixed);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 0);
	KUNIT_EXPECT_EQ(test, kt_event(test).kind, 0);
}

/* ---- condemned, and not in quarantine yet ---- */

/* Condemn an object that refers to itself, and clear its weak handles. */
static enum mheap_phase kt_finalizer_condemn(struct kunit *test, u64 *id)
{
	u64 a = kt_alloc(test, 1, 0);

	*id = kt_id(test, a);
	kt_set(test, a, 0, a);
	KUNIT_EXPECT_EQ(test, kt_finalizer(test, a, 1), 0);
	kt_drop(test, a);
	mheap_heap_lock(kt_heap(test));
	mheap_collect_start(kt_gc(test), 2);
	while (kt_gc(test)->phase != MHEAP_QUARANTINE &&
	       mheap_collect_step(kt_gc(test), 1))
		;
	mheap_heap_unlock(kt_heap(test));
	return kt_gc(test)->phase;
}

static void kt_finalizer_go_on(struct kunit *test)
{
	mheap_heap_lock(kt_heap(test));
	while (mheap_collect_step(kt_gc(test), 1))
		;
	mheap_heap_unlock(kt_heap(test));
}

/* Changing the mask is too late once the quarantined set uses the finalizer's memory. */
static void kt_finalizer_masked_late(struct kunit *test)
{
	struct mheap_session *s = kt_of(test)->s;
	u32 mask = s->events.mask;
	u64 id;

	KUNIT_ASSERT_EQ(test, kt_finalizer_condemn(test, &id), MHEAP_QUARANTINE);
	KUNIT_EXPECT_EQ(test, mheap_event_set_mask(&s->events, 0), 0);
	kt_finalizer_go_on(test);
	KUNIT_EXPECT_EQ(test, mheap_event_set_mask(&s->events, mask), 0);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 0);
	kt_drop(test, kt_expect_event(test, MHEAP_EVENT_FINALIZE, 1));
	kt_expect_empty(test);
}

/* It is too late even if the object was opened and has had no slots for a while. */
static void kt_finalizer_stripped(struct kunit *test)
{
	u64 a, id;

	KUNIT_ASSERT_EQ(test, kt_finalizer_condemn(test, &id), MHEAP_QUARANTINE);
	a = kt_open(test, id);
	KUNIT_EXPECT_EQ(test, kt_resize(test, a, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_resize(test, a, 1, 0), 0);
	kt_set(test, a, 0, a);
	kt_finalizer_go_on(test);
	kt_drop(test, kt_expect_event(test, MHEAP_EVENT_FINALIZE, 1));
	kt_drop(test, a);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 1);
	kt_expect_empty(test);
}

/* ---- the end of a session ---- */

/* The progress of a finalizer when its session ends. */
enum kt_progress { KT_SET, KT_TOLD, KT_READ, KT_DUPPED, KT_PROGRESS };

static u64 kt_finalizer_out(struct kunit *test, struct mheap_session *s,
			    struct kt_op op)
{
	KUNIT_EXPECT_EQ(test, kt_do_on(test, s, &op), 0);
	return op.out;
}

static void kt_finalizer_advance(struct kunit *test, struct mheap_session *s,
				 u64 h, bool ring, enum kt_progress progress)
{
	struct mheap_ioc_event e;

	kt_finalizer_out(test, s, (struct kt_op){
		.opcode = MHEAP_OP_FINALIZER, .obj = h, .arg = 9 });
	if (progress == KT_SET)
		return;
	kt_finalizer_out(test, s, (struct kt_op){
		.opcode = MHEAP_OP_DROP, .obj = h });
	if (ring)
		KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 1);
	KUNIT_EXPECT_EQ(test, s->events.nr, 1);
	if (progress == KT_TOLD)
		return;
	e = kt_event_of(s);
	KUNIT_EXPECT_EQ(test, e.cookie, 9);
	if (progress == KT_DUPPED)
		kt_finalizer_out(test, s, (struct kt_op){
			.opcode = MHEAP_OP_DUP, .obj = e.ref });
}

/* Whatever the progress is, the end of the session is the answer, and the object dies. */
static void kt_finalizer_session_ends(struct kunit *test)
{
	enum kt_progress progress;
	struct mheap_session *s;
	unsigned int ring;
	u64 h;

	for (progress = KT_SET; progress < KT_PROGRESS; progress++) {
		for (ring = 0; ring < 2; ring++) {
			s = kt_attach(test);
			h = kt_finalizer_out(test, s, (struct kt_op){
				.opcode = MHEAP_OP_ALLOC, .len = 1 });
			if (ring)
				kt_finalizer_out(test, s, (struct kt_op){
					.opcode = MHEAP_OP_SET, .obj = h,
					.val = h });
			kt_finalizer_advance(test, s, h, ring, progress);
			kt_expect_sound(test);
			mheap_life_session_end(s);
			kt_expect_sound(test);
			if (ring && progress == KT_SET)
				KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 1);
			kt_expect_empty(test);
		}
	}
}

/* An object that another session holds lives on, without a finalizer. */
static void kt_finalizer_others(struct kunit *test)
{
	enum kt_progress progress;
	struct mheap_session *s;
	u64 a, h, id;

	for (progress = KT_SET; progress < KT_PROGRESS; progress++) {
		s = kt_attach(test);
		a = kt_alloc(test, 1, 0);
		id = kt_id(test, a);
		h = kt_finalizer_out(test, s, (struct kt_op){
			.opcode = MHEAP_OP_OPEN_ID, .arg = id });
		kt_set(test, a, 0, a);
		kt_drop(test, a);
		kt_finalizer_advance(test, s, h, true, progress);
		a = kt_open(test, id);
		mheap_life_session_end(s);
		kt_expect_sound(test);
		KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 2);
		KUNIT_EXPECT_EQ(test, kt_gc(test)->nr[MHEAP_QUARANTINED], 0);
		KUNIT_EXPECT_EQ(test, kt_finalizer(test, a, 1),
				progress == KT_SET ? 0 : -EEXIST);
		kt_set(test, a, 0, 0);
		kt_drop(test, a);
		kt_drop(test, kt_event(test).ref);
		kt_expect_empty(test);
	}
}

static struct kunit_case kt_finalizer_cases[] = {
	KUNIT_CASE(kt_finalizer_count),
	KUNIT_CASE(kt_finalizer_once),
	KUNIT_CASE(kt_finalizer_answer),
	KUNIT_CASE(kt_finalizer_wrong),
	KUNIT_CASE(kt_finalizer_masked),
	KUNIT_CASE(kt_finalizer_immortal),
	KUNIT_CASE(kt_finalizer_masked_late),
	KUNIT_CASE(kt_finalizer_stripped),
	KUNIT_CASE(kt_finalizer_session_ends),
	KUNIT_CASE(kt_finalizer_others),
	{}
};

static struct kunit_suite kt_finalizer_suite = {
	.name = "mheap_finalizer",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_finalizer_cases,
};

kunit_test_suite(kt_finalizer_suite);
