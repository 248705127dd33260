// SPDX-License-Identifier: GPL-2.0
/* Suite of object.c and gc/reclaim.c: counts, and death at once, whatever the shape. */
#include "drop.h"
#include "gc/reclaim.h"
#include "kunit.h"

static void kt_object_birth(struct kunit *test)
{
	u64 a = kt_alloc(test, 3, 5);
	struct mheap_object *o = kt_object(test, a);
	u8 byte[5] = { 1, 1, 1, 1, 1 };
	unsigned int i;

	KUNIT_EXPECT_EQ(test, o->count, 1);
	KUNIT_EXPECT_EQ(test, o->roots, 1);
	KUNIT_EXPECT_EQ(test, o->nslots, 3);
	KUNIT_EXPECT_EQ(test, mheap_object_nbytes(o), 5);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 1);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->slots, 3);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->bytes, 5);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, kt_get(test, a, i), 0);
	KUNIT_EXPECT_EQ(test, kt_read(test, a, 0, byte, 5), 0);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, byte[i], 0);
	KUNIT_EXPECT_EQ(test, kt_drop(test, a), 0);
	kt_expect_empty(test);
}

static void kt_object_generation_of(struct kunit *test)
{
	u64 leaf = kt_alloc(test, 0, 8), node = kt_alloc(test, 1, 0);
	u64 fixed = kt_alloc_immortal(test, 1);
	struct mheap_ioc_stat stat;
	struct kt_op op = { .opcode = MHEAP_OP_STAT, .obj = leaf,
			       .val = kt_data(&stat), .len = sizeof(stat) };
	int g;

	KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
	KUNIT_EXPECT_EQ(test, stat.generation, -1);
	KUNIT_EXPECT_EQ(test, stat.nbytes, 8);
	KUNIT_EXPECT_EQ(test, stat.id, kt_id(test, leaf));
	op.obj = fixed;
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
	KUNIT_EXPECT_EQ(test, stat.generation, 3);
	KUNIT_EXPECT_EQ(test, stat.flags, MHEAP_STAT_IMMORTAL);
	KUNIT_EXPECT_EQ(test, stat.refcount, MHEAP_COUNT_IMMORTAL);
	op.obj = node;
	for (g = 0; g < 5; g++) {
		KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
		KUNIT_EXPECT_EQ(test, stat.generation, min(g, 2));
		KUNIT_EXPECT_EQ(test, stat.nslots, 1);
		KUNIT_EXPECT_EQ(test, stat.refcount, 1);
		kt_collect(test, min(g, 2));
	}
}

static void kt_object_counts(struct kunit *test)
{
	u64 a = kt_alloc(test, 2, 0), b = kt_alloc(test, 0, 0), c;

	KUNIT_EXPECT_EQ(test, kt_set(test, a, 0, b), 0);
	KUNIT_EXPECT_EQ(test, kt_set(test, a, 1, b), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 3);
	KUNIT_EXPECT_EQ(test, kt_publish(test, "b", b), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 4);
	c = kt_get(test, a, 1);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 5);
	KUNIT_EXPECT_EQ(test, kt_object(test, b)->roots, 3);
	KUNIT_EXPECT_EQ(test, kt_set(test, a, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_drop(test, c), 0);
	KUNIT_EXPECT_EQ(test, kt_unpublish(test, "b"), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 2);
	KUNIT_EXPECT_EQ(test, kt_drop(test, a), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 1);
	KUNIT_EXPECT_EQ(test, kt_drop(test, b), 0);
	kt_expect_empty(test);
}

/* An op that would make a count overflow fails and changes nothing. */
static void kt_object_overflow(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), b = kt_alloc(test, 1, 0);
	struct mheap_object *o = kt_object(test, b);
	struct kt_op dup = { .opcode = MHEAP_OP_DUP, .obj = b };

	o->count = U32_MAX;
	KUNIT_EXPECT_EQ(test, kt_do(test, &dup), -EOVERFLOW);
	KUNIT_EXPECT_EQ(test, dup.out, 0);
	KUNIT_EXPECT_EQ(test, kt_set(test, a, 0, b), -EOVERFLOW);
	KUNIT_EXPECT_EQ(test, kt_get(test, a, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_publish(test, "b", b), -EOVERFLOW);
	KUNIT_EXPECT_EQ(test, kt_lookup(test, "b"), 0);
	KUNIT_EXPECT_EQ(test, kt_resize(test, b, 2, 0), -EOVERFLOW);
	KUNIT_EXPECT_EQ(test, o->nslots, 1);
	KUNIT_EXPECT_EQ(test, o->count, U32_MAX);
	o->count = 1;
}

/* Immortal objects do not count, and nothing that they refer to dies. */
static void kt_object_immortal(struct kunit *test)
{
	u64 fixed = kt_alloc_immortal(test, 2), a = kt_alloc(test, 1, 0);
	u64 id = kt_id(test, fixed), a_id = kt_id(test, a);

	KUNIT_EXPECT_EQ(test, kt_refcount(test, fixed), MHEAP_COUNT_IMMORTAL);
	KUNIT_EXPECT_EQ(test, kt_set(test, fixed, 0, a), 0);
	KUNIT_EXPECT_EQ(test, kt_set(test, fixed, 1, fixed), 0);
	KUNIT_EXPECT_EQ(test, kt_set(test, a, 0, fixed), 0);
	KUNIT_EXPECT_EQ(test, kt_object(test, a)->roots, 2);
	KUNIT_EXPECT_EQ(test, kt_drop(test, a), 0);
	KUNIT_EXPECT_EQ(test, kt_drop(test, fixed), 0);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 0);
	KUNIT_EXPECT_TRUE(test, kt_alive(test, id));
	KUNIT_EXPECT_TRUE(test, kt_alive(test, a_id));
	fixed = kt_open(test, id);
	KUNIT_EXPECT_EQ(test, kt_set(test, fixed, 0, 0), 0);
	KUNIT_EXPECT_FALSE(test, kt_alive(test, a_id));
	KUNIT_EXPECT_EQ(test, kt_drop(test, fixed), 0);
	KUNIT_EXPECT_TRUE(test, kt_alive(test, id));
}

#define KT_MANY 100000

/* Make a chain of objects, each of which refers to the one before.  Returns the last. */
static u64 kt_object_chain(struct kunit *test, unsigned int n)
{
	u64 last = kt_alloc(test, 1, 0), next;

	while (--n) {
		next = kt_alloc(test, 1, 0);
		if (kt_set(test, next, 0, last) || kt_drop(test, last))
			KUNIT_FAIL_AND_ABORT(test, "chain");
		last = next;
	}
	return last;
}

static void kt_object_death_chain(struct kunit *test)
{
	u64 last = kt_object_chain(test, KT_MANY);

	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, KT_MANY);
	KUNIT_EXPECT_EQ(test, kt_drop(test, last), 0);
	kt_expect_empty(test);
}

/* A chain that was closed to a ring is found by a collection. */
static void kt_object_death_ring(struct kunit *test)
{
	u64 last = kt_object_chain(test, KT_MANY), first = kt_dup(test, last), h;
	unsigned int i;

	for (i = 0; i < KT_MANY - 1; i++) {
		h = kt_get(test, first, 0);
		kt_drop(test, first);
		first = h;
	}
	KUNIT_EXPECT_EQ(test, kt_set(test, first, 0, last), 0);
	KUNIT_EXPECT_EQ(test, kt_drop(test, first), 0);
	KUNIT_EXPECT_EQ(test, kt_drop(test, last), 0);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, KT_MANY);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), KT_MANY);
	kt_expect_empty(test);
}

static void kt_object_death_fan(struct kunit *test)
{
	u64 root = kt_alloc(test, KT_MANY, 0), h;
	unsigned int i;

	for (i = 0; i < KT_MANY; i++) {
		h = kt_alloc(test, i % 2, 0);
		if (kt_set(test, root, i, h) || kt_drop(test, h))
			KUNIT_FAIL_AND_ABORT(test, "fan");
	}
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, KT_MANY + 1);
	KUNIT_EXPECT_EQ(test, kt_drop(test, root), 0);
	kt_expect_empty(test);
}

/* No step of reclaiming does more work than its budget allows. */
static void kt_object_death_steps(struct kunit *test)
{
	u64 last = kt_object_chain(test, 100);
	struct mheap_heap *heap = kt_heap(test);
	struct mheap_dying dying;
	unsigned int steps = 0;

	mheap_dying_init(&dying);
	mheap_heap_lock(heap);
	mheap_drop_handle(kt_of(test)->s, last, &dying);
	KUNIT_EXPECT_EQ(test, heap->objects, 99);
	while (!mheap_reclaim_step(&heap->gc, &dying, 1)) {
		steps++;
		KUNIT_EXPECT_LE(test, dying.freed, steps);
	}
	mheap_heap_unlock(heap);
	KUNIT_EXPECT_GE(test, steps, 99);
	KUNIT_EXPECT_EQ(test, dying.freed, 100);
	kt_expect_empty(test);
}

static struct kunit_case kt_object_cases[] = {
	KUNIT_CASE(kt_object_birth),
	KUNIT_CASE(kt_object_generation_of),
	KUNIT_CASE(kt_object_counts),
	KUNIT_CASE(kt_object_overflow),
	KUNIT_CASE(kt_object_immortal),
	KUNIT_CASE(kt_object_death_chain),
	KUNIT_CASE(kt_object_death_ring),
	KUNIT_CASE(kt_object_death_fan),
	KUNIT_CASE(kt_object_death_steps),
	{}
};

static struct kunit_suite kt_object_suite = {
	.name = "mheap_object",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_object_cases,
};

kunit_test_suite(kt_object_suite);
