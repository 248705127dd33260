// SPDX-License-Identifier: GPL-2.0
/*
 * Suite of collect.c while programs work: a small graph, and a collection that
 * makes one unit of work at a time.  At every pair of moments during it a
 * program first makes a reference and then takes away what kept the object
 * alive before, so that only the barrier can save it.
 *
 * The graph: r has a handle and refers to a, a refers to t, t refers to u; g
 * and h refer to each other and are garbage.  x is immortal.
 */
#include <linux/sched.h>

#include "kunit.h"

enum kt_node { KT_R, KT_A, KT_T, KT_U, KT_G, KT_H, KT_NODES };

/**
 * struct kt_scene - A collection and the program that interferes
 * @test: the test
 * @gc: the collector
 * @move: what the program does
 * @order: which object is made first, and so on
 * @id: ids of the objects
 * @handle: handles of the objects, 0 if dropped
 * @fixed: handle of the immortal object
 * @saved: handle that keeps t alive in the end, if it is one
 * @named: a name keeps t alive in the end
 */
struct kt_scene {
	struct kunit *test;
	struct mheap_collector *gc;
	const struct kt_move *move;
	const u8 *order;
	u64 id[KT_NODES];
	u64 handle[KT_NODES];
	u64 fixed;
	u64 saved;
	bool named;
};

/**
 * struct kt_move - What a program does to keep t alive while it moves
 * @name: for messages
 * @before: before the collection begins
 * @make: at the first moment: another reference to t
 * @take: at the second moment: the old reference goes
 */
struct kt_move {
	const char *name;
	void (*before)(struct kt_scene *c);
	void (*make)(struct kt_scene *c);
	void (*take)(struct kt_scene *c);
};

/* ---- moves ---- */

static u64 kt_scene_get(struct kt_scene *c, enum kt_node from)
{
	u64 o = kt_open(c->test, c->id[from]), h = kt_get(c->test, o, 0);

	kt_drop(c->test, o);
	return h;
}

/* Takes a's reference to t away; a is reached through r. */
static void kt_take_slot(struct kt_scene *c)
{
	u64 a = kt_get(c->test, c->handle[KT_R], 0);

	KUNIT_EXPECT_EQ(c->test, kt_set(c->test, a, 0, 0), 0);
	kt_drop(c->test, a);
}

static void kt_make_get(struct kt_scene *c)
{
	u64 a = kt_get(c->test, c->handle[KT_R], 0);

	c->saved = kt_get(c->test, a, 0);
	kt_drop(c->test, a);
}

static void kt_make_set(struct kt_scene *c)
{
	kt_make_get(c);
	KUNIT_EXPECT_EQ(c->test, kt_set(c->test, c->handle[KT_R], 1, c->saved),
			0);
	kt_drop(c->test, c->saved);
	c->saved = 0;
}

/* Exchanging takes away what it gives a handle of. */
static void kt_make_xchg(struct kt_scene *c)
{
	struct mheap_op op = { .opcode = MHEAP_OP_XCHG };

	op.obj = kt_get(c->test, c->handle[KT_R], 0);
	KUNIT_EXPECT_EQ(c->test, kt_do(c->test, &op), 0);
	c->saved = op.out;
	kt_drop(c->test, op.obj);
}

static void kt_take_nothing(struct kt_scene *c)
{
}

static void kt_make_cas(struct kt_scene *c)
{
	struct mheap_op op = { .opcode = MHEAP_OP_CAS, .index = 1,
			       .obj = c->handle[KT_R] };

	kt_make_get(c);
	op.val = c->saved;
	KUNIT_EXPECT_EQ(c->test, kt_do(c->test, &op), 0);
	KUNIT_EXPECT_EQ(c->test, op.out, 1);
	kt_drop(c->test, c->saved);
	c->saved = 0;
}

static void kt_make_open(struct kt_scene *c)
{
	c->saved = kt_open(c->test, c->id[KT_T]);
}

/* t has a handle alone, and that is exchanged for another one. */
static void kt_before_handle(struct kt_scene *c)
{
	c->handle[KT_T] = kt_scene_get(c, KT_A);
	kt_take_slot(c);
}

static void kt_take_handle(struct kt_scene *c)
{
	KUNIT_EXPECT_EQ(c->test, kt_drop(c->test, c->handle[KT_T]), 0);
	c->handle[KT_T] = 0;
}

static void kt_make_dup(struct kt_scene *c)
{
	c->saved = kt_dup(c->test, c->handle[KT_T]);
}

/* From a handle into a slot of an object that may have been scanned. */
static void kt_make_slot(struct kt_scene *c)
{
	KUNIT_EXPECT_EQ(c->test, kt_set(c->test, c->handle[KT_R], 1,
					c->handle[KT_T]), 0);
}

static void kt_make_fixed(struct kt_scene *c)
{
	KUNIT_EXPECT_EQ(c->test, kt_set(c->test, c->fixed, 0,
					c->handle[KT_T]), 0);
}

static void kt_make_name(struct kt_scene *c)
{
	KUNIT_EXPECT_EQ(c->test, kt_publish(c->test, "t", c->handle[KT_T]), 0);
	c->named = true;
}

/* t has a name alone. */
static void kt_before_name(struct kt_scene *c)
{
	kt_before_handle(c);
	kt_make_name(c);
	kt_take_handle(c);
}

static void kt_take_name(struct kt_scene *c)
{
	KUNIT_EXPECT_EQ(c->test, kt_unpublish(c->test, "t"), 0);
	c->named = false;
}

static void kt_make_lookup(struct kt_scene *c)
{
	c->saved = kt_lookup(c->test, "t");
}

/* t goes from an object that becomes shorter to one that becomes longer. */
static void kt_make_longer(struct kt_scene *c)
{
	kt_make_get(c);
	KUNIT_EXPECT_EQ(c->test, kt_resize(c->test, c->handle[KT_R], 3, 0), 0);
	KUNIT_EXPECT_EQ(c->test, kt_set(c->test, c->handle[KT_R], 2, c->saved),
			0);
	kt_drop(c->test, c->saved);
	c->saved = 0;
}

static void kt_take_shorter(struct kt_scene *c)
{
	u64 a = kt_get(c->test, c->handle[KT_R], 0);

	KUNIT_EXPECT_EQ(c->test, kt_resize(c->test, a, 0, 0), 0);
	kt_drop(c->test, a);
}

/* The path moves, not t: a new object is put between r and a. */
static void kt_make_between(struct kt_scene *c)
{
	u64 o = kt_alloc(c->test, 1, 0), a = kt_get(c->test, c->handle[KT_R], 0);

	KUNIT_EXPECT_EQ(c->test, kt_set(c->test, o, 0, a), 0);
	KUNIT_EXPECT_EQ(c->test, kt_set(c->test, c->handle[KT_R], 1, o), 0);
	kt_drop(c->test, a);
	kt_drop(c->test, o);
}

static void kt_take_path(struct kt_scene *c)
{
	KUNIT_EXPECT_EQ(c->test, kt_set(c->test, c->handle[KT_R], 0, 0), 0);
}

static const struct kt_move kt_moves[] = {
	{ "get", NULL, kt_make_get, kt_take_slot },
	{ "set", NULL, kt_make_set, kt_take_slot },
	{ "xchg", NULL, kt_make_xchg, kt_take_nothing },
	{ "cas", NULL, kt_make_cas, kt_take_slot },
	{ "open id", NULL, kt_make_open, kt_take_slot },
	{ "dup", kt_before_handle, kt_make_dup, kt_take_handle },
	{ "handle to slot", kt_before_handle, kt_make_slot, kt_take_handle },
	{ "handle to immortal", kt_before_handle, kt_make_fixed,
	  kt_take_handle },
	{ "publish", kt_before_handle, kt_make_name, kt_take_handle },
	{ "lookup", kt_before_name, kt_make_lookup, kt_take_name },
	{ "resize", NULL, kt_make_longer, kt_take_shorter },
	{ "new path", NULL, kt_make_between, kt_take_path },
};

/* Orders of r, a and t in their generation. */
static const u8 kt_orders[][KT_NODES] = {
	{ KT_R, KT_A, KT_T, KT_U, KT_G, KT_H },
	{ KT_R, KT_T, KT_U, KT_A, KT_H, KT_G },
	{ KT_A, KT_R, KT_G, KT_T, KT_H, KT_U },
	{ KT_A, KT_U, KT_T, KT_R, KT_G, KT_H },
	{ KT_T, KT_R, KT_A, KT_G, KT_U, KT_H },
	{ KT_G, KT_H, KT_U, KT_T, KT_A, KT_R },
};

/* ---- scenes ---- */

static void kt_scene_link(struct kt_scene *c, enum kt_node from,
			  enum kt_node to)
{
	KUNIT_EXPECT_EQ(c->test, kt_set(c->test, c->handle[from], 0,
					c->handle[to]), 0);
}

static void kt_scene_drop(struct kt_scene *c, enum kt_node node)
{
	if (c->handle[node])
		KUNIT_EXPECT_EQ(c->test, kt_drop(c->test, c->handle[node]), 0);
	c->handle[node] = 0;
}

/* The objects are in the generation that is going to be collected. */
static void kt_scene_begin(struct kt_scene *c, unsigned int generation)
{
	unsigned int i, node;

	for (i = 0; i < KT_NODES; i++) {
		node = c->order[i];
		c->handle[node] = kt_alloc(c->test, 2, 0);
		c->id[node] = kt_id(c->test, c->handle[node]);
	}
	kt_scene_link(c, KT_R, KT_A);
	kt_scene_link(c, KT_A, KT_T);
	kt_scene_link(c, KT_T, KT_U);
	kt_scene_link(c, KT_G, KT_H);
	kt_scene_link(c, KT_H, KT_G);
	for (i = 0; i < generation; i++)
		kt_collect(c->test, i);
	for (node = KT_A; node < KT_NODES; node++)
		kt_scene_drop(c, node);
	c->saved = 0;
	c->named = false;
	if (c->move && c->move->before)
		c->move->before(c);
}

/* One unit of work; false when the collection has ended. */
static bool kt_scene_step(struct kt_scene *c)
{
	struct mheap_heap *heap = kt_heap(c->test);
	bool more;

	mheap_heap_lock(heap);
	more = mheap_collect_step(c->gc, 1);
	mheap_heap_unlock(heap);
	return more;
}

static void kt_scene_start(struct kt_scene *c, unsigned int generation)
{
	struct mheap_heap *heap = kt_heap(c->test);

	mheap_heap_lock(heap);
	mheap_collect_start(c->gc, generation);
	mheap_heap_unlock(heap);
}

static void kt_scene_clear(struct kt_scene *c)
{
	kt_set(c->test, c->fixed, 0, 0);
	if (c->named)
		kt_unpublish(c->test, "t");
	if (c->saved)
		kt_drop(c->test, c->saved);
	kt_scene_drop(c, KT_T);
	kt_scene_drop(c, KT_R);
	kt_collect(c->test, 2);
	KUNIT_EXPECT_EQ(c->test, kt_heap(c->test)->objects, 1);
}

/* t and u are there, with as many references as there are; g and h are not. */
static void kt_scene_expect(struct kt_scene *c, unsigned int generation,
			    unsigned int first, unsigned int second)
{
	bool ok = kt_alive(c->test, c->id[KT_T]) &&
		  kt_alive(c->test, c->id[KT_U]) &&
		  kt_alive(c->test, c->id[KT_R]) &&
		  !kt_alive(c->test, c->id[KT_G]) &&
		  !kt_alive(c->test, c->id[KT_H]);
	u64 t = kt_open(c->test, c->id[KT_T]);

	ok = ok && kt_refcount(c->test, t) == 2;
	kt_drop(c->test, t);
	if (!ok)
		KUNIT_FAIL_AND_ABORT(c->test,
				     "%s, generation %u, order %td, steps %u and %u",
				     c->move->name, generation,
				     (c->order - kt_orders[0]) / KT_NODES,
				     first, second);
}

/* Returns how many steps the collection had until its end. */
static unsigned int kt_scene_play(struct kt_scene *c, unsigned int generation,
				  unsigned int first, unsigned int second)
{
	unsigned int step = 0;

	kt_scene_begin(c, generation);
	kt_scene_start(c, generation);
	do {
		if (step == first)
			c->move->make(c);
		if (step == second)
			c->move->take(c);
		step++;
	} while (kt_scene_step(c) || step <= second);
	kt_scene_expect(c, generation, first, second);
	if ((first + second) % 16 == 0)
		kt_expect_sound(c->test);
	kt_scene_clear(c);
	return step;
}

static unsigned int kt_scene_moments(struct kt_scene *c,
				     unsigned int generation)
{
	unsigned int first, second, steps, last = 1, cases = 0;

	for (first = 0; first < last; first++) {
		for (second = first; second < last || second == first; second++) {
			steps = kt_scene_play(c, generation, first, second);
			last = max(last, steps);
			cases++;
		}
		cond_resched();
	}
	return cases;
}

static void kt_scene_init(struct kt_scene *c, struct kunit *test)
{
	memset(c, 0, sizeof(*c));
	c->test = test;
	c->gc = kt_gc(test);
	c->fixed = kt_alloc_immortal(test, 1);
	c->order = kt_orders[0];
}

static void kt_touch_generation(struct kunit *test, unsigned int generation)
{
	struct kt_scene c;
	unsigned int orders = kt_slow() ? 1 : ARRAY_SIZE(kt_orders);
	unsigned int i, k, cases = 0;

	kt_scene_init(&c, test);
	for (i = 0; i < ARRAY_SIZE(kt_moves); i++) {
		c.move = &kt_moves[i];
		for (k = 0; k < orders; k++) {
			c.order = kt_orders[k];
			cases += kt_scene_moments(&c, generation);
		}
	}
	kunit_info(test, "%u cases", cases);
	KUNIT_EXPECT_GT(test, cases, 12 * orders * 100);
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

/* Every object has a handle, and r is referred to by nobody else. */
static unsigned int kt_event_play(struct kt_scene *c, unsigned int generation,
				  kt_event_fn event, enum kt_node node,
				  unsigned int at)
{
	unsigned int step = 0, i;

	kt_scene_begin(c, generation);
	for (i = KT_A; i <= KT_U; i++)
		c->handle[i] = kt_open(c->test, c->id[i]);
	for (i = KT_R; i <= KT_T && node != KT_R; i++)
		kt_set(c->test, c->handle[i], 0, 0);
	kt_scene_start(c, generation);
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
	unsigned int orders = kt_slow() ? 2 : ARRAY_SIZE(kt_orders);
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
						steps = kt_event_play(&c, generation,
								      kt_events[i],
								      node, at);
					}
	kunit_info(test, "%u cases", cases);
	KUNIT_EXPECT_GT(test, cases, 3 * 5 * 4 * orders * 10);
}

/* From the moment on when they are condemned, nobody can open their ids. */
static void kt_touch_condemned(struct kunit *test)
{
	unsigned int generation, opened;
	struct kt_scene c;
	bool gone, more;

	kt_scene_init(&c, test);
	for (generation = 0; generation < 3; generation++) {
		kt_scene_begin(&c, generation);
		kt_scene_start(&c, generation);
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

/* Garbage that is opened in time lives; everything it refers to as well. */
static void kt_touch_rescue(struct kunit *test)
{
	unsigned int generation, at, step, rescued;
	struct kt_scene c;
	u64 g;

	kt_scene_init(&c, test);
	for (generation = 0; generation < 3; generation++) {
		for (at = 0, rescued = 0; at < 120; at++) {
			kt_scene_begin(&c, generation);
			kt_scene_start(&c, generation);
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
