// SPDX-License-Identifier: GPL-2.0
/* Suite of frame.c: which handles are dropped with a frame, and which stay. */
#include <linux/slab.h>

#include "frame.h"
#include "kunit.h"

static void kt_frame_nested(struct kunit *test)
{
	u64 h[4], id[4];
	unsigned int i;

	h[0] = kt_alloc(test, 1, 0);
	for (i = 1; i < 4; i++) {
		kt_frame_push(test);
		h[i] = kt_alloc(test, i % 2, 0);
	}
	for (i = 0; i < 4; i++)
		id[i] = kt_id(test, h[i]);
	kt_set(test, h[0], 0, h[2]);
	for (i = 4; i-- > 1;) {
		KUNIT_EXPECT_EQ(test, kt_frame_pop(test, 0), 0);
		KUNIT_EXPECT_EQ(test, kt_drop(test, h[i]), -EBADF);
		KUNIT_EXPECT_EQ(test, kt_alive(test, id[i]), i == 2);
		kt_expect_sound(test);
	}
	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, kt_drop(test, h[0]), 0);
	kt_expect_empty(test);
}

/* A handle that is kept moves to the frame below, unless it did not belong to the frame. */
static void kt_frame_keep(struct kunit *test)
{
	u64 below = kt_alloc(test, 1, 0), h;

	kt_frame_push(test);
	kt_frame_push(test);
	h = kt_alloc(test, 1, 0);
	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, 1), -EBADF);
	KUNIT_EXPECT_EQ(test, kt_of(test)->s->nr_frames, 2);
	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, h), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, h), 1);
	kt_frame_push(test);
	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, h), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, h), 1);
	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, below), 0);
	KUNIT_EXPECT_EQ(test, kt_drop(test, h), -EBADF);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, below), 1);
	kt_frame_push(test);
	h = kt_alloc(test, 1, 0);
	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, h), 0);
	kt_frame_push(test);
	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_drop(test, h), 0);
}

/* In a batch, the handle that is kept can be one that an earlier op made. */
static void kt_frame_batch(struct kunit *test)
{
	struct kt_op ops[] = {
		{ .opcode = MHEAP_OP_FRAME_PUSH },
		{ .opcode = MHEAP_OP_ALLOC, .len = 1 },
		{ .opcode = MHEAP_OP_ALLOC, .len = 1 },
		{ .opcode = MHEAP_OP_SET, .obj = 1, .val = 2,
		  .flags = KT_OPF_OBJ | KT_OPF_VAL },
		{ .opcode = MHEAP_OP_FRAME_POP, .obj = 1,
		  .flags = KT_OPF_OBJ },
		{ .opcode = MHEAP_OP_REFCOUNT, .obj = 1,
		  .flags = KT_OPF_OBJ },
		{ .opcode = MHEAP_OP_DUP, .obj = 2, .flags = KT_OPF_OBJ },
	};

	KUNIT_EXPECT_EQ(test, kt_batch(test, ops, 7, false), 6);
	KUNIT_EXPECT_EQ(test, ops[4].out, ops[1].out);
	KUNIT_EXPECT_EQ(test, ops[5].out, 1);
	KUNIT_EXPECT_EQ(test, ops[6].result, -EBADF);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 2);
	KUNIT_EXPECT_EQ(test, kt_drop(test, ops[1].out), 0);
	kt_expect_empty(test);
}

/* Objects that die with a frame are finalized.  Their events' handles go to a later frame. */
static void kt_frame_finalizer(struct kunit *test)
{
	u64 a, h;

	kt_frame_push(test);
	a = kt_alloc(test, 1, 0);
	KUNIT_EXPECT_EQ(test, kt_finalizer(test, a, 3), 0);
	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 1);
	kt_frame_push(test);
	h = kt_expect_event(test, MHEAP_EVENT_FINALIZE, 3);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, h), 1);
	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_drop(test, h), -EBADF);
	kt_expect_empty(test);
}

/* Popping a frame can answer the last event of a quarantined set. */
static void kt_frame_answers(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0);

	KUNIT_EXPECT_EQ(test, kt_finalizer(test, a, 3), 0);
	kt_set(test, a, 0, a);
	kt_drop(test, a);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 0), 1);
	kt_frame_push(test);
	kt_expect_event(test, MHEAP_EVENT_FINALIZE, 3);
	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, 0), 0);
	kt_expect_empty(test);
}

/* A large frame is dropped in slices, with all objects that only it keeps alive. */
static void kt_frame_large(struct kunit *test)
{
	u64 h, next;
	unsigned int i;

	kt_heap(test)->slice_us = 1;
	kt_frame_push(test);
	h = kt_alloc(test, 1, 0);
	for (i = 1; i < 50000; i++) {
		next = kt_alloc(test, 1, 0);
		if (i % 10)
			kt_set(test, next, 0, h);
		if (i % 10 > 5)
			kt_drop(test, h);
		h = next;
	}
	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_of(test)->s->handles.used, 0);
	kt_expect_empty(test);
}

static void kt_frame_most(struct kunit *test)
{
	struct kt_op push = { .opcode = MHEAP_OP_FRAME_PUSH };
	unsigned int i;

	for (i = 0; i < MHEAP_MAX_FRAMES; i++)
		if (kt_do(test, &push))
			KUNIT_FAIL_AND_ABORT(test, "frame %u", i);
	KUNIT_EXPECT_EQ(test, kt_do(test, &push), -E2BIG);
	kt_alloc(test, 0, 0);
	for (i = 0; i < MHEAP_MAX_FRAMES; i++)
		if (kt_frame_pop(test, 0))
			KUNIT_FAIL_AND_ABORT(test, "frame %u", i);
	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, 0), -EINVAL);
	kt_expect_empty(test);
}

/* A session may end with frames, which changes nothing for others. */
static void kt_frame_session(struct kunit *test)
{
	struct mheap_session *s = kt_attach(test);
	struct kt_op ops[] = {
		{ .opcode = MHEAP_OP_FRAME_PUSH },
		{ .opcode = MHEAP_OP_ALLOC, .len = 1 },
		{ .opcode = MHEAP_OP_FRAME_PUSH },
		{ .opcode = MHEAP_OP_ALLOC },
	};
	u64 a = kt_alloc(test, 1, 0);

	KUNIT_EXPECT_EQ(test, kt_run(kt_of(test)->call, s, ops, 4, false), 4);
	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, 0), -EINVAL);
	mheap_life_session_end(s);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 1);
	KUNIT_EXPECT_EQ(test, kt_drop(test, a), 0);
}

/* ---- against a plain list ---- */

#define KT_MOST 64

/**
 * struct kt_mirror - The handles and frames that a session should have
 * @handle: handles, or 0
 * @depth: the number of the frame that each handle belongs to, or 0
 * @frames: number of frames
 * @seed: state of the random numbers
 */
struct kt_mirror {
	u64 handle[KT_MOST];
	unsigned int depth[KT_MOST];
	unsigned int frames;
	u32 seed;
};

static u32 kt_mirror_random(struct kt_mirror *m, u32 n)
{
	m->seed = m->seed * 1664525 + 1013904223;
	return (m->seed >> 8) % n;
}

static void kt_frame_forget(struct kt_mirror *m, unsigned int i)
{
	m->handle[i] = 0;
	m->depth[i] = 0;
}

static void kt_mirror_pop(struct kunit *test, struct kt_mirror *m,
			  unsigned int keep)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, kt_frame_pop(test, m->handle[keep]), 0);
	if (m->handle[keep] && m->depth[keep] == m->frames)
		m->depth[keep]--;
	for (i = 0; i < KT_MOST; i++)
		if (m->depth[i] == m->frames)
			kt_frame_forget(m, i);
	m->frames--;
}

static void kt_mirror_step(struct kunit *test, struct kt_mirror *m)
{
	unsigned int i = kt_mirror_random(m, KT_MOST);

	switch (kt_mirror_random(m, 8)) {
	case 0:
		kt_frame_push(test);
		m->frames++;
		break;
	case 1:
		if (m->frames)
			kt_mirror_pop(test, m, i);
		break;
	case 2:
	case 3:
		if (m->handle[i])
			KUNIT_EXPECT_EQ(test, kt_drop(test, m->handle[i]), 0);
		kt_frame_forget(m, i);
		break;
	default:
		if (m->handle[i])
			break;
		m->handle[i] = kt_alloc(test, i % 2, 0);
		m->depth[i] = m->frames;
	}
}

static void kt_frame_mirror(struct kunit *test)
{
	struct kt_mirror *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	unsigned int step, i, used;

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->seed = 1;
	for (step = 0; step < 30000; step++) {
		kt_mirror_step(test, m);
		for (i = 0, used = 0; i < KT_MOST; i++)
			used += !!m->handle[i];
		KUNIT_ASSERT_EQ(test, kt_heap(test)->objects, used);
		KUNIT_ASSERT_EQ(test, kt_of(test)->s->handles.used, used);
		if (step % 64 == 0)
			kt_expect_sound(test);
	}
	for (i = 0; i < KT_MOST; i++)
		if (m->handle[i])
			KUNIT_EXPECT_EQ(test, kt_drop(test, m->handle[i]), 0);
	kt_expect_empty(test);
}

static struct kunit_case kt_frame_cases[] = {
	KUNIT_CASE(kt_frame_nested),
	KUNIT_CASE(kt_frame_keep),
	KUNIT_CASE(kt_frame_batch),
	KUNIT_CASE(kt_frame_finalizer),
	KUNIT_CASE(kt_frame_answers),
	KUNIT_CASE(kt_frame_large),
	KUNIT_CASE(kt_frame_most),
	KUNIT_CASE(kt_frame_session),
	KUNIT_CASE(kt_frame_mirror),
	{}
};

static struct kunit_suite kt_frame_suite = {
	.name = "mheap_frame",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_frame_cases,
};

kunit_test_suite(kt_frame_suite);
