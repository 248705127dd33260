// SPDX-License-Identifier: GPL-2.0
/* Suite of verify.c, which notices damage of each kind.  Its messages are expected. */
#include "dict.h"
#include "gc/collect.h"
#include "kunit.h"
#include "type.h"
#include "verify.h"

/* Check that mheap_verify() notices if a member has another value. */
#define KT_NOTICES(test, member, value)					\
do {									\
	typeof((member) + 0) was = (member);				\
									\
	(member) = (value);						\
	KUNIT_EXPECT_EQ_MSG(test, mheap_verify(kt_heap(test)), -EUCLEAN, \
			    "%s is not noticed", #member);		\
	(member) = was;							\
	KUNIT_EXPECT_EQ(test, mheap_verify(kt_heap(test)), 0);		\
} while (0)

/**
 * struct kt_victim - Objects that are damaged
 * @a: a tracked object that refers to @b
 * @b: an untracked object with a name and payload
 */
struct kt_victim {
	struct mheap_object *a;
	struct mheap_object *b;
};

static struct kt_victim kt_victim(struct kunit *test)
{
	u64 a = kt_alloc(test, 2, 0), b = kt_alloc(test, 0, 8);

	kt_alloc(test, 1, 0);
	kt_set(test, a, 1, b);
	kt_publish(test, "b", b);
	return (struct kt_victim){ kt_object(test, a), kt_object(test, b) };
}

static void kt_verify_counts(struct kunit *test)
{
	struct kt_victim v = kt_victim(test);
	struct mheap_handle_chunk *chunk;

	KT_NOTICES(test, v.a->count, 2);
	KT_NOTICES(test, v.a->count, 0);
	KT_NOTICES(test, v.b->count, 2);
	KT_NOTICES(test, v.a->roots, 0);
	KT_NOTICES(test, v.b->roots, 1);
	KT_NOTICES(test, v.b->roots, 3);
	KT_NOTICES(test, mheap_object_slots(v.a)[1], NULL);
	KT_NOTICES(test, mheap_object_slots(v.a)[0], v.a);
	KT_NOTICES(test, mheap_object_slots(v.a)[0], v.b);
	KT_NOTICES(test, kt_of(test)->s->handles.used, 2);
	chunk = mheap_handles_next(&kt_of(test)->s->handles, 0);
	KT_NOTICES(test, chunk->busy, chunk->busy + 1);
	KT_NOTICES(test, chunk->at[0].claimed, 0);
}

static void kt_verify_objects(struct kunit *test)
{
	struct kt_victim v = kt_victim(test);

	KT_NOTICES(test, v.a->id, v.b->id);
	KT_NOTICES(test, v.a->id, v.a->id + (1ULL << 32));
	KT_NOTICES(test, v.a->flags, MHEAP_DEAD);
	KT_NOTICES(test, v.a->flags, MHEAP_CONDEMNED);
	KT_NOTICES(test, v.a->flags, MHEAP_IMMORTAL);
	KT_NOTICES(test, v.b->flags, v.b->flags | MHEAP_DEAD);
	KT_NOTICES(test, v.a->nslots, 1);
	KT_NOTICES(test, v.a->nslots, 0);
	KT_NOTICES(test, mheap_object_payload(v.b)->nbytes, 7);
}

static void kt_verify_colours(struct kunit *test)
{
	struct mheap_collector *gc = kt_gc(test);
	struct kt_victim v = kt_victim(test);
	u8 label;

	KT_NOTICES(test, gc->black, 1 ^ gc->black);
	KT_NOTICES(test, gc->newborn, MHEAP_NEWBORN ^ gc->newborn);
	KT_NOTICES(test, gc->whites, 1);
	for (label = 0; label < 8; label++)
		if (label != v.a->gen)
			KT_NOTICES(test, v.a->gen, label);
	KT_NOTICES(test, v.a->colour, gc->black ^ 1);
	KT_NOTICES(test, v.a->colour, MHEAP_NEVER_WHITE);
	KT_NOTICES(test, v.b->colour, gc->black);
	for (label = 0; label < MHEAP_GEN_LABELS; label++)
		KT_NOTICES(test, gc->nr[label], gc->nr[label] + 1);
}

static void kt_verify_totals(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	struct mheap_type *type;

	kt_victim(test);
	mheap_heap_lock(heap);
	type = mheap_type_get(heap, 0);
	mheap_heap_unlock(heap);
	KT_NOTICES(test, heap->objects, 2);
	KT_NOTICES(test, heap->slots, 4);
	KT_NOTICES(test, heap->bytes, 0);
	KT_NOTICES(test, type->objects, 4);
	KT_NOTICES(test, type->bytes, 9);
}

/* An object is in the wrong generation, in none, or in the set of a heap at rest. */
static void kt_verify_lists(struct kunit *test)
{
	struct mheap_collector *gc = kt_gc(test);
	struct kt_victim v = kt_victim(test);

	list_move(&v.a->node, &gc->generation[1]);
	KUNIT_EXPECT_EQ(test, mheap_verify(kt_heap(test)), -EUCLEAN);
	list_move(&v.a->node, &gc->set);
	KUNIT_EXPECT_EQ(test, mheap_verify(kt_heap(test)), -EUCLEAN);
	list_del_init(&v.a->node);
	KUNIT_EXPECT_EQ(test, mheap_verify(kt_heap(test)), -EUCLEAN);
	list_add(&v.a->node, &gc->generation[0]);
	kt_expect_sound(test);
	list_add(&v.b->node, &gc->generation[0]);
	KUNIT_EXPECT_EQ(test, mheap_verify(kt_heap(test)), -EUCLEAN);
	list_del_init(&v.b->node);
}

/* Damage is noticed during a collection, too, and nothing is wrong at any step of one. */
static void kt_verify_collecting(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	struct kt_victim v = kt_victim(test);
	unsigned int generation;

	for (generation = 0; generation < 3; generation++) {
		u64 h = kt_alloc(test, 2, 0);

		kt_set(test, h, 0, h);
		kt_drop(test, h);
		mheap_heap_lock(heap);
		mheap_collect_start(&heap->gc, generation);
		do {
			mheap_heap_unlock(heap);
			kt_expect_sound(test);
			KT_NOTICES(test, v.a->count, 2);
			KT_NOTICES(test, heap->gc.whites, heap->gc.whites + 1);
			mheap_heap_lock(heap);
		} while (mheap_collect_step(&heap->gc, 1));
		mheap_heap_unlock(heap);
	}
}

static struct kunit_case kt_verify_cases[] = {
	KUNIT_CASE(kt_verify_counts),
	KUNIT_CASE(kt_verify_objects),
	KUNIT_CASE(kt_verify_colours),
	KUNIT_CASE(kt_verify_totals),
	KUNIT_CASE(kt_verify_lists),
	KUNIT_CASE(kt_verify_collecting),
	{}
};

static struct kunit_suite kt_verify_suite = {
	.name = "mheap_verify",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_verify_cases,
};

kunit_test_suite(kt_verify_suite);
