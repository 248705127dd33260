// SPDX-License-Identifier: GPL-2.0
/*
 * Suite of gc/quarantine.c and gc/freeze.c while programs work.  The moves of scene.h
 * happen at every pair of moments while garbage is finalized, examined again or saved,
 * while objects are frozen and thawed, and in collections next to frozen objects.
 */
#include <linux/sched.h>

#include "drop.h"
#include "gc/collect.h"
#include "gc/freeze.h"
#include "gc/quarantine.h"
#include "listing.h"
#include "scene.h"

/* Give g a finalizer and a weak handle. */
static void kt_work_finalize(struct kt_scene *c)
{
	kt_weak_new(c->test, c->handle[KT_G], KT_G);
	KUNIT_EXPECT_EQ(c->test, kt_finalizer(c->test, c->handle[KT_G], KT_G),
			0);
}

static void kt_work_answer(struct kt_scene *c)
{
	KUNIT_EXPECT_EQ(c->test, c->gc->nr[MHEAP_QUARANTINED], 2);
	kt_scene_events(c);
	KUNIT_EXPECT_EQ(c->test, c->gc->nr[MHEAP_QUARANTINED], 0);
}

/*
 * Send all objects to quarantine by making r garbage at first.  The finalizer then keeps r
 * and clears the slot of h that refers to r.
 */
static void kt_work_quarantine(struct kt_scene *c)
{
	struct kunit *test = c->test;
	unsigned int node;
	u64 h;

	kt_work_finalize(c);
	KUNIT_EXPECT_EQ(test, kt_set(test, c->handle[KT_H], 1, c->handle[KT_R]),
			0);
	for (node = KT_R; node < KT_NODES; node++)
		kt_scene_drop(c, node);
	KUNIT_EXPECT_EQ(test, kt_collect(test, c->generation), KT_NODES);
	kt_expect_event(test, MHEAP_EVENT_WEAK, KT_G);
	c->answer = kt_expect_event(test, MHEAP_EVENT_FINALIZE, KT_G);
	c->handle[KT_R] = kt_open(test, c->id[KT_R]);
	h = kt_open(test, c->id[KT_H]);
	KUNIT_EXPECT_EQ(test, kt_set(test, h, 1, 0), 0);
	kt_drop(test, h);
}

static void kt_work_exam(struct kt_scene *c)
{
	struct mheap_dying dying;

	mheap_dying_init(&dying);
	mheap_drop_handle(kt_of(c->test)->s, c->answer, &dying);
	KUNIT_EXPECT_TRUE(c->test, mheap_dying_empty(&dying));
	mheap_quarantine_start_exam(c->gc);
}

static void kt_work_save(struct kt_scene *c)
{
	c->gc->save_all = true;
	mheap_collect_start(c->gc, c->generation);
}

static void kt_work_forget(struct kt_scene *c)
{
	KUNIT_EXPECT_EQ(c->test, c->gc->saved, 2);
	c->gc->save_all = false;
	KUNIT_EXPECT_EQ(c->test, mheap_listing_clear_garbage(kt_heap(c->test)),
			0);
	kt_collect(c->test, 2);
}

static void kt_work_freeze(struct kt_scene *c)
{
	mheap_freeze_start(c->gc);
}

static void kt_work_thaw(struct kt_scene *c)
{
	kt_freeze(c->test, false);
	kt_collect(c->test, 2);
}

static void kt_work_frozen(struct kt_scene *c)
{
	kt_freeze(c->test, true);
}

static void kt_work_unfreeze(struct kt_scene *c)
{
	mheap_freeze_start_undo(c->gc);
}

static void kt_work_collect(struct kt_scene *c)
{
	kt_collect(c->test, 2);
}

static const struct kt_work kt_finalize_work = {
	.name = "finalize", .setup = kt_work_finalize, .finish = kt_work_answer,
};

static const struct kt_work kt_exam_work = {
	.name = "exam", .setup = kt_work_quarantine, .start = kt_work_exam,
};

static const struct kt_work kt_save_work = {
	.name = "save", .start = kt_work_save, .finish = kt_work_forget,
};

static const struct kt_work kt_freeze_work = {
	.name = "freeze", .start = kt_work_freeze, .finish = kt_work_thaw,
};

static const struct kt_work kt_unfreeze_work = {
	.name = "unfreeze", .setup = kt_work_frozen,
	.start = kt_work_unfreeze, .finish = kt_work_collect,
};

static const struct kt_work kt_beside_work = {
	.name = "beside frozen", .frozen = KT_NODES / 2, .finish = kt_work_thaw,
};

/* Play each move in one of the orders, which is another one in each generation. */
static void kt_touch_work(struct kunit *test, const struct kt_work *work,
			  unsigned int first, unsigned int last)
{
	unsigned int stride = kt_slow() ? 29 : 1;
	unsigned int i, cases = 0;
	struct kt_scene c;

	kt_scene_init(&c, test);
	c.work = work;
	for (c.generation = first; c.generation <= last; c.generation++) {
		for (i = 0; i < KT_MOVES; i++) {
			c.move = &kt_moves[i];
			c.order = kt_orders[(i + c.generation) % KT_ORDERS];
			cases += kt_scene_moments(&c, stride);
		}
	}
	kunit_info(test, "%u cases", cases);
	KUNIT_EXPECT_GT(test, cases, (last - first + 1) * KT_MOVES * 100 /
			stride);
}

static void kt_touch_finalize(struct kunit *test)
{
	kt_touch_work(test, &kt_finalize_work, 0, 2);
}

static void kt_touch_exam(struct kunit *test)
{
	kt_touch_work(test, &kt_exam_work, 0, 2);
}

static void kt_touch_save(struct kunit *test)
{
	kt_touch_work(test, &kt_save_work, 1, 2);
}

static void kt_touch_freeze(struct kunit *test)
{
	kt_touch_work(test, &kt_freeze_work, 0, 0);
}

static void kt_touch_unfreeze(struct kunit *test)
{
	kt_touch_work(test, &kt_unfreeze_work, 0, 0);
}

static void kt_touch_beside(struct kunit *test)
{
	kt_touch_work(test, &kt_beside_work, 0, 2);
}

static struct kunit_case kt_touch_ext_cases[] = {
	KUNIT_CASE(kt_touch_finalize),
	KUNIT_CASE(kt_touch_exam),
	KUNIT_CASE(kt_touch_save),
	KUNIT_CASE(kt_touch_freeze),
	KUNIT_CASE(kt_touch_unfreeze),
	KUNIT_CASE(kt_touch_beside),
	{}
};

static struct kunit_suite kt_touch_ext_suite = {
	.name = "mheap_touch_ext",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_touch_ext_cases,
};

kunit_test_suite(kt_touch_ext_suite);
