// SPDX-License-Identifier: GPL-2.0
/* The moves of programs in a scene, and playing scenes; see scene.h. */
#include <linux/sched.h>

#include "gc/collect.h"
#include "scene.h"

/* ---- moves ---- */

static u64 kt_scene_get(struct kt_scene *c, enum kt_node from)
{
	u64 o = kt_open(c->test, c->id[from]), h = kt_get(c->test, o, 0);

	kt_drop(c->test, o);
	return h;
}

/* Take a's reference to t away.  The program reaches a through r. */
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

/* Exchanging a slot makes a handle and takes the slot's reference away in one. */
static void kt_make_xchg(struct kt_scene *c)
{
	struct kt_op op = { .opcode = MHEAP_OP_XCHG };

	op.obj = kt_get(c->test, c->handle[KT_R], 0);
	KUNIT_EXPECT_EQ(c->test, kt_do(c->test, &op), 0);
	c->saved = op.out;
	kt_drop(c->test, op.obj);
}

static void kt_do_nothing(struct kt_scene *c)
{
}

static void kt_make_cas(struct kt_scene *c)
{
	struct kt_op op = { .opcode = MHEAP_OP_CAS, .index = 1,
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

/* Before the move, a handle is the only reference to t. */
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

/* Store t in a slot of an object that may have been scanned. */
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

/* Before the move, a name is the only reference to t. */
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

/* Move t from an object that becomes shorter to one that becomes longer. */
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

/* Move the path to t, not t itself, by putting a new object between r and a. */
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

/* Before the move, t gets a weak handle, which the program uses to reach it. */
static void kt_before_weak(struct kt_scene *c)
{
	u64 t = kt_scene_get(c, KT_A);

	c->weak = kt_weak_new(c->test, t, KT_T);
	kt_drop(c->test, t);
}

static void kt_make_weak(struct kt_scene *c)
{
	c->saved = kt_weak_get(c->test, c->weak);
}

/* Before the move, t has one handle and a finalizer, whose event keeps it alive. */
static void kt_before_finalizer(struct kt_scene *c)
{
	kt_before_handle(c);
	KUNIT_EXPECT_EQ(c->test, kt_finalizer(c->test, c->handle[KT_T], KT_T),
			0);
}

const struct kt_move kt_moves[KT_MOVES] = {
	{ "get", NULL, kt_make_get, kt_take_slot },
	{ "set", NULL, kt_make_set, kt_take_slot },
	{ "xchg", NULL, kt_make_xchg, kt_do_nothing },
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
	{ "weak get", kt_before_weak, kt_make_weak, kt_take_slot },
	{ "finalizer", kt_before_finalizer, kt_do_nothing, kt_take_handle },
};

/* The orders of the objects in their generation: r, a and t come in every order. */
const u8 kt_orders[KT_ORDERS][KT_NODES] = {
	{ KT_R, KT_A, KT_T, KT_U, KT_G, KT_H },
	{ KT_R, KT_T, KT_U, KT_A, KT_H, KT_G },
	{ KT_A, KT_R, KT_G, KT_T, KT_H, KT_U },
	{ KT_A, KT_U, KT_T, KT_R, KT_G, KT_H },
	{ KT_T, KT_R, KT_A, KT_G, KT_U, KT_H },
	{ KT_G, KT_H, KT_U, KT_T, KT_A, KT_R },
};

/* ---- scenes ---- */

void kt_scene_init(struct kt_scene *c, struct kunit *test)
{
	memset(c, 0, sizeof(*c));
	c->test = test;
	c->gc = kt_gc(test);
	c->fixed = kt_alloc_immortal(test, 1);
	c->order = kt_orders[0];
}

static void kt_scene_link(struct kt_scene *c, enum kt_node from,
			  enum kt_node to)
{
	KUNIT_EXPECT_EQ(c->test, kt_set(c->test, c->handle[from], 0,
					c->handle[to]), 0);
}

void kt_scene_drop(struct kt_scene *c, enum kt_node node)
{
	if (c->handle[node])
		KUNIT_EXPECT_EQ(c->test, kt_drop(c->test, c->handle[node]), 0);
	c->handle[node] = 0;
}

static void kt_scene_make(struct kt_scene *c)
{
	unsigned int i, node;

	for (i = 0; i < KT_NODES; i++) {
		node = c->order[i];
		c->handle[node] = kt_alloc(c->test, 2, 0);
		c->id[node] = kt_id(c->test, c->handle[node]);
		if (c->work && i + 1 == c->work->frozen)
			kt_freeze(c->test, true);
	}
}

/* Build the graph, in the generation that is going to be collected. */
void kt_scene_begin(struct kt_scene *c)
{
	unsigned int i, node;

	kt_scene_make(c);
	kt_scene_link(c, KT_R, KT_A);
	kt_scene_link(c, KT_A, KT_T);
	kt_scene_link(c, KT_T, KT_U);
	kt_scene_link(c, KT_G, KT_H);
	kt_scene_link(c, KT_H, KT_G);
	for (i = 0; i < c->generation; i++)
		kt_collect(c->test, i);
	c->saved = 0;
	c->named = false;
	c->weak = 0;
	if (c->work && c->work->setup)
		c->work->setup(c);
	for (node = KT_A; node < KT_NODES; node++)
		kt_scene_drop(c, node);
	if (c->move && c->move->before)
		c->move->before(c);
}

void kt_scene_start(struct kt_scene *c)
{
	struct mheap_heap *heap = kt_heap(c->test);

	mheap_heap_lock(heap);
	if (c->work && c->work->start)
		c->work->start(c);
	else
		mheap_collect_start(c->gc, c->generation);
	mheap_heap_unlock(heap);
}

/* Do a unit of work.  Returns false when the collection has ended. */
bool kt_scene_step(struct kt_scene *c)
{
	struct mheap_heap *heap = kt_heap(c->test);
	bool more;

	mheap_heap_lock(heap);
	more = mheap_collect_step(c->gc, 1);
	if (!more && c->gc->exam) {
		kfree(c->gc->exam);
		c->gc->exam = NULL;
		c->gc->examined++;
	}
	mheap_heap_unlock(heap);
	return more;
}

/* Answer all finalizer events, but keep the handle of t. */
void kt_scene_events(struct kt_scene *c)
{
	struct mheap_ioc_event e;

	for (e = kt_event(c->test); e.kind; e = kt_event(c->test)) {
		if (e.kind == MHEAP_EVENT_FINALIZE && e.cookie == KT_T)
			c->saved = e.ref;
		else if (e.kind == MHEAP_EVENT_FINALIZE)
			kt_drop(c->test, e.ref);
	}
}

void kt_scene_clear(struct kt_scene *c)
{
	kt_scene_events(c);
	kt_set(c->test, c->fixed, 0, 0);
	if (c->named)
		kt_unpublish(c->test, "t");
	if (c->saved)
		kt_drop(c->test, c->saved);
	if (c->weak)
		kt_weak_drop(c->test, c->weak);
	kt_scene_drop(c, KT_T);
	kt_scene_drop(c, KT_R);
	kt_collect(c->test, 2);
	KUNIT_EXPECT_EQ(c->test, kt_heap(c->test)->objects, 1);
}

/* Check that r, t and u live and that g and h do not, and that t's count is right. */
static void kt_scene_expect(struct kt_scene *c, unsigned int first,
			    unsigned int second)
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
				     "%s, %s, generation %u, order %td, steps %u and %u",
				     c->move->name,
				     c->work ? c->work->name : "collect",
				     c->generation,
				     (c->order - kt_orders[0]) / KT_NODES,
				     first, second);
}

/* Play a scene with a pair of moments.  Returns the number of steps that it took. */
static unsigned int kt_scene_play(struct kt_scene *c, unsigned int first,
				  unsigned int second)
{
	unsigned int step = 0;

	kt_scene_begin(c);
	kt_scene_start(c);
	do {
		if (step == first)
			c->move->make(c);
		if (step == second)
			c->move->take(c);
		step++;
	} while (kt_scene_step(c) || step <= second);
	if ((first + second) % 16 == 0)
		kt_expect_sound(c->test);
	if (c->work && c->work->finish)
		c->work->finish(c);
	kt_scene_expect(c, first, second);
	kt_scene_clear(c);
	return step;
}

/* Play all pairs of moments, or those whose first one is a multiple of the stride. */
unsigned int kt_scene_moments(struct kt_scene *c, unsigned int stride)
{
	unsigned int first, second, steps, last = 1, cases = 0;

	for (first = 0; first < last; first += stride) {
		for (second = first; second < last || second == first; second++) {
			steps = kt_scene_play(c, first, second);
			last = max(last, steps);
			cases++;
		}
		cond_resched();
	}
	return cases;
}
