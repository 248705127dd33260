// SPDX-License-Identifier: GPL-2.0
/* Suite of resize.c: slots and bytes that fit are kept, others are dropped. */
#include <linux/kthread.h>
#include <linux/overflow.h>

#include "area.h"
#include "gc/collect.h"
#include "handle.h"
#include "kunit.h"
#include "resize.h"
#include "slot.h"

static void kt_resize_grow(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 4), b = kt_alloc(test, 0, 0);
	u8 data[8] = {};
	u32 i;

	kt_set(test, a, 0, b);
	kt_write(test, a, 0, "abcd", 4);
	KUNIT_EXPECT_EQ(test, kt_resize(test, a, 5, 8), 0);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->slots, 5);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->bytes, 8);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 2);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 1);
	KUNIT_EXPECT_EQ(test, kt_read(test, a, 0, data, 8), 0);
	KUNIT_EXPECT_EQ(test, memcmp(data, "abcd\0\0\0\0", 8), 0);
	KUNIT_EXPECT_NE(test, kt_get(test, a, 0), 0);
	for (i = 1; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, kt_get(test, a, i), 0);
		KUNIT_EXPECT_EQ(test, kt_set(test, a, i, b), 0);
	}
	KUNIT_EXPECT_EQ(test, kt_set(test, a, 5, b), -EINVAL);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 7);
}

/* Objects that only the cut slots referred to are gone when the call returns. */
static void kt_resize_shrink(struct kunit *test)
{
	u64 a = kt_alloc(test, 4, 8), h;
	u8 data[8] = "abcdefgh";
	u32 i;

	kt_write(test, a, 0, data, 8);
	for (i = 0; i < 4; i++) {
		h = kt_alloc(test, i % 2, 0);
		kt_set(test, a, i, h);
		kt_drop(test, h);
	}
	KUNIT_EXPECT_EQ(test, kt_resize(test, a, 1, 3), 0);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 2);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->slots, 1);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->bytes, 3);
	KUNIT_EXPECT_EQ(test, kt_read(test, a, 0, data, 4), -ERANGE);
	KUNIT_EXPECT_EQ(test, kt_resize(test, a, 4, 8), 0);
	for (i = 1; i < 4; i++)
		KUNIT_EXPECT_EQ(test, kt_get(test, a, i), 0);
	KUNIT_EXPECT_EQ(test, kt_read(test, a, 0, data, 8), 0);
	KUNIT_EXPECT_EQ(test, memcmp(data, "abc\0\0\0\0\0", 8), 0);
	KUNIT_EXPECT_EQ(test, kt_drop(test, a), 0);
	kt_expect_empty(test);
}

/* An object is tracked when it gets its first slot, until it loses its last one. */
static void kt_resize_tracked(struct kunit *test)
{
	u64 a = kt_alloc(test, 0, 8), fixed = kt_alloc_immortal(test, 0);
	struct mheap_object *o = kt_object(test, a);
	u32 i;

	for (i = 0; i < 10; i++) {
		KUNIT_EXPECT_EQ(test, kt_resize(test, a, i % 2, i), 0);
		KUNIT_EXPECT_EQ(test, mheap_object_is_tracked(o), i % 2);
		KUNIT_EXPECT_EQ(test, mheap_gc_tracked(kt_gc(test)),
				i % 2);
		kt_expect_sound(test);
		KUNIT_EXPECT_EQ(test, kt_resize(test, fixed, i % 3, 0), 0);
		KUNIT_EXPECT_EQ(test, mheap_gc_tracked(kt_gc(test)),
				i % 2);
		kt_collect(test, i % 3);
	}
	KUNIT_EXPECT_EQ(test, kt_resize(test, a, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_set(test, a, 0, a), 0);
	KUNIT_EXPECT_EQ(test, kt_drop(test, a), 0);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 1);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 1);
}

/* A resize from every size to every size keeps what fits. */
static void kt_resize_all(struct kunit *test)
{
	static const u32 sizes[] = { 0, 1, 2, 63, 64, 65, 66, 300 };
	u64 v = kt_alloc(test, 0, 0), a;
	u32 i, k, n, cases = 0;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (k = 0; k < ARRAY_SIZE(sizes); k++, cases++) {
			a = kt_alloc(test, sizes[i], sizes[k]);
			for (n = 0; n < sizes[i]; n++)
				kt_set(test, a, n, v);
			KUNIT_EXPECT_EQ(test, kt_resize(test, a, sizes[k],
							sizes[i]), 0);
			KUNIT_EXPECT_EQ(test, kt_refcount(test, v),
					1 + min(sizes[i], sizes[k]));
			kt_expect_sound(test);
			KUNIT_EXPECT_EQ(test, kt_resize(test, a, sizes[i], 0),
					0);
			KUNIT_EXPECT_EQ(test, kt_refcount(test, v),
					1 + min(sizes[i], sizes[k]));
			KUNIT_EXPECT_EQ(test, kt_drop(test, a), 0);
			KUNIT_EXPECT_EQ(test, kt_refcount(test, v), 1);
		}
	}
	KUNIT_EXPECT_EQ(test, cases, 64);
}

static void kt_resize_busy(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0);
	struct mheap_object *o = kt_object(test, a);

	o->flags |= MHEAP_RESIZING;
	KUNIT_EXPECT_EQ(test, kt_resize(test, a, 2, 0), -EBUSY);
	o->flags &= ~MHEAP_RESIZING;
	KUNIT_EXPECT_EQ(test, o->nslots, 1);
	KUNIT_EXPECT_EQ(test, o->count, 1);
	KUNIT_EXPECT_EQ(test, kt_resize(test, a, 2, 0), 0);
}

/*
 * Slots and bytes that are changed while a resize is under way go to both bodies.  The test
 * makes the state that others see when the resize yields the lock.
 */
static void kt_resize_mirror(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);
	u64 a = kt_alloc(test, 3, 8), v = kt_alloc(test, 0, 0);
	struct mheap_resize job = { .object = kt_object(test, a), .nslots = 2 };
	struct mheap_object *o = kt_object(test, v);
	struct mheap_span span = {};
	u8 data[5] = "\0\0\0\0!";

	job.body = kunit_kzalloc(test, struct_size(job.body, slots, 2),
				 GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, job.body);
	span.memory = data;
	job.body->payload.span = &span;
	job.body->payload.nbytes = 4;
	list_add(&job.node, &heap->resizing);
	job.object->flags |= MHEAP_RESIZING;
	job.object->count++;
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 1);
	KUNIT_EXPECT_EQ(test, kt_set(test, a, 1, v), 0);
	KUNIT_EXPECT_EQ(test, kt_set(test, a, 2, v), 0);
	KUNIT_EXPECT_EQ(test, kt_write(test, a, 2, "abcd", 4), 0);
	KUNIT_EXPECT_PTR_EQ(test, mheap_object_slots(job.object)[1], o);
	KUNIT_EXPECT_PTR_EQ(test, mheap_object_slots(job.object)[2], o);
	KUNIT_EXPECT_PTR_EQ(test, job.body->slots[1], o);
	KUNIT_EXPECT_PTR_EQ(test, job.body->slots[0], NULL);
	KUNIT_EXPECT_EQ(test, memcmp(data, "\0\0ab!", 5), 0);
	KUNIT_EXPECT_EQ(test, kt_set(test, a, 1, 0), 0);
	KUNIT_EXPECT_PTR_EQ(test, job.body->slots[1], NULL);
	job.object->count--;
	job.object->flags &= ~MHEAP_RESIZING;
	list_del(&job.node);
}

/* Objects are cut off at every step of a collection. */
static void kt_resize_collecting(struct kunit *test)
{
	unsigned int generation, at, step, last;
	struct mheap_heap *heap = kt_heap(test);
	struct mheap_collector *gc = &heap->gc;
	u64 a, b;

	for (generation = 0; generation < 3; generation++) {
		for (at = 0, last = 1; at < last; at++) {
			a = kt_alloc(test, 3, 0);
			b = kt_alloc(test, 1, 0);
			kt_set(test, a, 2, b);
			kt_set(test, b, 0, a);
			kt_drop(test, b);
			mheap_heap_lock(heap);
			mheap_collect_start(gc, generation);
			for (step = 0; gc->phase || step <= at; step++) {
				if (step == at) {
					mheap_heap_unlock(heap);
					kt_resize(test, a, at % 3, 8);
					mheap_heap_lock(heap);
				}
				mheap_collect_step(gc, 1);
			}
			mheap_heap_unlock(heap);
			if (step > at + 1)
				last = step;
			KUNIT_EXPECT_EQ(test, heap->objects, 1);
			kt_expect_sound(test);
			kt_drop(test, a);
		}
	}
}

/* ---- others working meanwhile ---- */

#define KT_WIDE		20000

struct kt_resize_writer {
	struct mheap_session *s;
	u64 object, value;
	u64 sets;
};

static int kt_resize_write(void *data)
{
	struct kt_resize_writer *w = data;
	struct mheap_heap *heap = w->s->heap;
	struct mheap_dying dying;
	u32 slot = 0;

	mheap_dying_init(&dying);
	while (!kthread_should_stop()) {
		struct mheap_object *o, *v;

		mheap_heap_lock(heap);
		o = mheap_handle_find(w->s, w->object);
		v = mheap_handle_find(w->s, w->value);
		slot = (slot * 5 + 7) % KT_WIDE;
		if (!mheap_slot_set(heap, o, slot, slot % 3 ? v : NULL, &dying))
			w->sets++;
		mheap_heap_unlock(heap);
		cond_resched();
	}
	return 0;
}

/* Slots that another session sets during a resize are not lost. */
static void kt_resize_shared(struct kunit *test)
{
	struct kt_resize_writer w = { .s = kt_attach(test) };
	u64 a = kt_alloc(test, KT_WIDE, 0), v = kt_alloc(test, 0, 0);
	struct kt_op open = { .opcode = MHEAP_OP_OPEN_ID };
	struct task_struct *writer;
	unsigned int i;

	open.arg = kt_id(test, a);
	KUNIT_EXPECT_EQ(test, kt_do_on(test, w.s, &open), 0);
	w.object = open.out;
	open.arg = kt_id(test, v);
	KUNIT_EXPECT_EQ(test, kt_do_on(test, w.s, &open), 0);
	w.value = open.out;
	kt_heap(test)->slice_us = 1;
	writer = kthread_run(kt_resize_write, &w, "mheap_kunit");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, writer);
	for (i = 0; i < 100; i++) {
		kt_wait_for(test, &w.sets, 10 * i);
		KUNIT_EXPECT_EQ(test, kt_resize(test, a, i % 2 ? KT_WIDE :
						KT_WIDE / 2, i * 100), 0);
	}
	kthread_stop(writer);
	kt_expect_sound(test);
	mheap_life_session_end(w.s);
	KUNIT_EXPECT_EQ(test, kt_drop(test, a), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, v), 1);
}

static struct kunit_case kt_resize_cases[] = {
	KUNIT_CASE(kt_resize_grow),
	KUNIT_CASE(kt_resize_shrink),
	KUNIT_CASE(kt_resize_tracked),
	KUNIT_CASE(kt_resize_all),
	KUNIT_CASE(kt_resize_busy),
	KUNIT_CASE(kt_resize_mirror),
	KUNIT_CASE(kt_resize_collecting),
	KUNIT_CASE(kt_resize_shared),
	{}
};

static struct kunit_suite kt_resize_suite = {
	.name = "mheap_resize",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_resize_cases,
};

kunit_test_suite(kt_resize_suite);
