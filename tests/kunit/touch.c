// SPDX-License-Identifier: GPL-2.0
/*
 * Suite of gc/collect.c while programs work.  At every pair of moments of a collection a
 * program moves an object from one reference to another, in the scene of scene.h.  Objects
 * also die or change while they are being looked at.
 */
#include <linux/sched.h>

#include "scene.h"

static void kt_touch_generation(struct kunit *test, unsigned int generation)
{
	struct kt_scene c;
	unsigned int orders = kt_slow() ? 1 : KT_ORDERS;
	unsigned int i, k, cases = 0;
	unsigned int stride = kt_slow() ? 5 : 1;

	kt_scene_init(&c, test);
	c.generation = generation;
	for (i = 0; i < KT_MOVES; i++) {
		c.move = &kt_moves[i];
		for (k = 0; k < orders; k++) {
			c.order = kt_orders[k];
			cases += kt_scene_moments(&c, stride);
		}
	}
	kunit_info(test, "%u cases", cases);
	KUNIT_EXPECT_GT(test, cases, KT_MOVES * orders * 100 / stride);
}

static void kt_touch_generation_0(struct kunit *test)
{
	kt_touch_generation(test, 0);
}

static void kt_touch_generation_1(struct kunit *test)
{
	kt_touch_generation(test, 1);
}

static void kt_touch_generation_2(struct kunit *test)
{
	kt_touch_generation(test, 2);
}

/* ---- objects that die or change while they are being looked at ---- */

/* Make something happen to a node at a moment of a collection. */
typedef void (*kt_event_fn)(struct kt_scene *c, enum kt_node node);

static void kt_event_die(struct kt_scene *c, enum kt_node node)
{
	kt_scene_drop(c, node);
}

static void kt_event_grey_and_die(struct kt_scene *c, enum kt_node node)
{
	kt_drop(c->test, kt_dup(c->test, c->handle[node]));
	kt_scene_drop(c, node);
}

static void kt_event_resize(struct kt_scene *c, enum kt_node node)
{
	static const u32 nslots[] = { 0, 1, 3, 0, 2 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nslots); i++)
		KUNIT_EXPECT_EQ(c->test, kt_resize(c->test, c->handle[node],
						   nslots[i], 8 * i), 0);
}

static void kt_event_resize_and_die(struct kt_scene *c, enum kt_node node)
{
	kt_drop(c->test, kt_dup(c->test, c->handle[node]));
	kt_event_resize(c, node);
	kt_scene_drop(c, node);
}

static void kt_event_unlink(struct kt_scene *c, enum kt_node node)
{
	KUNIT_EXPECT_EQ(c->test, kt_set(c->test, c->handle[node], 0, 0), 0);
}

static const kt_event_fn kt_events[] = {
	kt_event_die, kt_event_grey_and_die, kt_event_resize,
	kt_event_resize_and_die, kt_event_unlink,
};

/* Play an event at a step.  Every object has a handle, which is all that refers to r. */
static unsigned int kt_event_play(struct kt_scene *c, kt_event_fn event,
				  enum kt_node node, unsigned int at)
{
	unsigned int step = 0, i;

	kt_scene_begin(c);
	for (i = KT_A; i <= KT_U; i++)
		c->handle[i] = kt_open(c->test, c->id[i]);
	for (i = KT_R; i <= KT_T && node != KT_R; i++)
		kt_set(c->test, c->handle[i], 0, 0);
	kt_scene_start(c);
	do {
		if (step == at) {
			event(c, node);
			kt_expect_sound(c->test);
		}
		step++;
	} while (kt_scene_step(c) || step <= at);
	KUNIT_EXPECT_FALSE(c->test, kt_alive(c->test, c->id[KT_G]));
	for (i = KT_R; i <= KT_U; i++)
		KUNIT_EXPECT_EQ(c->test, kt_alive(c->test, c->id[i]),
				!!c->handle[i]);
	for (i = KT_A; i <= KT_U; i++)
		kt_scene_drop(c, i);
	kt_scene_clear(c);
	return step;
}

static void kt_touch_events(struct kunit *test)
{
	unsigned int orders = kt_slow() ? 2 : KT_ORDERS;
	unsigned int generation, i, node, k, at, steps, cases = 0;
	struct kt_scene c;

	kt_scene_init(&c, test);
	for (generation = 0; generation < 3; generation++)
		for (i = 0; i < ARRAY_SIZE(kt_events); i++)
			for (node = KT_R; node <= KT_U; node++)
				for (k = 0; k < orders; k++)
					for (at = 0, steps = 1; at < steps;
					     at++, cases++) {
						c.order = kt_orders[k];
						c.generation = generation;
						steps = kt_event_play(&c, kt_events[i],
								      node, at);
					}
	kunit_info(test, "%u cases", cases);
	KUNIT_EXPECT_GT(test, cases, 3 * 5 * 4 * orders * 10);
}

/* Ids of objects cannot be opened from the moment on when they are condemned. */
static void kt_touch_condemned(struct kunit *test)
{
	unsigned int generation, opened;
	struct kt_scene c;
	bool gone, more;

	kt_scene_init(&c, test);
	for (generation = 0; generation < 3; generation++) {
		c.generation = generation;
		kt_scene_begin(&c);
		kt_scene_start(&c);
		opened = 0;
		do {
			gone = c.gc->phase == MHEAP_TAKE_DOWN;
			KUNIT_EXPECT_EQ(test, kt_alive(test, c.id[KT_G]), !gone);
			KUNIT_EXPECT_EQ(test, kt_alive(test, c.id[KT_H]), !gone);
			if (gone)
				KUNIT_EXPECT_EQ(test, kt_open(test, c.id[KT_G]), 0);
			opened += gone;
			kt_expect_sound(test);
			more = kt_scene_step(&c);
		} while (more);
		KUNIT_EXPECT_GT(test, opened, 2);
		kt_scene_clear(&c);
	}
}

/* Garbage that is opened in time lives, with everything that it refers to. */
static void kt_touch_rescue(struct kunit *test)
{
	unsigned int generation, at, step, rescued;
	struct kt_scene c;
	u64 g;

	kt_scene_init(&c, test);
	for (generation = 0; generation < 3; generation++) {
		c.generation = generation;
		for (at = 0, rescued = 0; at < 120; at++) {
			kt_scene_begin(&c);
			kt_scene_start(&c);
			for (step = 0, g = 0; step <= at || c.gc->phase; step++) {
				if (step == at)
					g = kt_open(test, c.id[KT_G]);
				kt_scene_step(&c);
			}
			KUNIT_EXPECT_EQ(test, kt_alive(test, c.id[KT_G]), !!g);
			KUNIT_EXPECT_EQ(test, kt_alive(test, c.id[KT_H]), !!g);
			rescued += !!g;
			if (g)
				kt_drop(test, g);
			kt_scene_clear(&c);
		}
		KUNIT_EXPECT_GT(test, rescued, 4);
		KUNIT_EXPECT_LT(test, rescued, 120);
	}
}

static struct kunit_case kt_touch_cases[] = {
	KUNIT_CASE(kt_touch_generation_0),
	KUNIT_CASE(kt_touch_generation_1),
	KUNIT_CASE(kt_touch_generation_2),
	KUNIT_CASE(kt_touch_events),
	KUNIT_CASE(kt_touch_condemned),
	KUNIT_CASE(kt_touch_rescue),
	{}
};

static struct kunit_suite kt_touch_suite = {
	.name = "mheap_touch",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_touch_cases,
};

kunit_test_suite(kt_touch_suite);
