// SPDX-License-Identifier: GPL-2.0
/* Suite of session.c and handle.c: handles of a session, and what dies when it ends. */
#include "kunit.h"

static void kt_handle_life(struct kunit *test)
{
	u64 a = kt_alloc(test, 0, 0), b = kt_dup(test, a);

	KUNIT_EXPECT_NE(test, a, b);
	KUNIT_EXPECT_GT(test, a, MHEAP_HANDLE_MAX);
	KUNIT_EXPECT_GT(test, b, MHEAP_HANDLE_MAX);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 2);
	KUNIT_EXPECT_EQ(test, kt_of(test)->s->handles.used, 2);
	KUNIT_EXPECT_EQ(test, kt_drop(test, a), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 1);
	KUNIT_EXPECT_EQ(test, kt_drop(test, a), -EBADF);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 1);
	KUNIT_EXPECT_EQ(test, kt_drop(test, b), 0);
	KUNIT_EXPECT_EQ(test, kt_drop(test, b), -EBADF);
	kt_expect_empty(test);
}

static void kt_handle_made_up(struct kunit *test)
{
	u64 a = kt_alloc(test, 0, 0);
	unsigned int bit;

	for (bit = 0; bit < 31; bit++)
		KUNIT_EXPECT_EQ(test, kt_drop(test, a ^ 1U << bit), -EBADF);
	KUNIT_EXPECT_EQ(test, kt_drop(test, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 1);
}

/* Sessions on the same heap have the same numbers, which are different handles. */
static void kt_handle_foreign(struct kunit *test)
{
	struct mheap_session *other = kt_attach(test);
	u64 a = kt_alloc(test, 1, 0), id = kt_id(test, a), b = kt_alloc(test, 0, 0);
	struct kt_op drop = { .opcode = MHEAP_OP_DROP, .obj = a };
	struct kt_op open = { .opcode = MHEAP_OP_OPEN_ID, .arg = kt_id(test, b) };

	KUNIT_EXPECT_EQ(test, kt_do_on(test, other, &drop), -EBADF);
	KUNIT_EXPECT_EQ(test, kt_do_on(test, other, &open), 0);
	KUNIT_EXPECT_EQ(test, open.out, a);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 1);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 2);
	KUNIT_EXPECT_EQ(test, kt_drop(test, a), 0);
	KUNIT_EXPECT_FALSE(test, kt_alive(test, id));
	KUNIT_EXPECT_EQ(test, kt_do_on(test, other, &drop), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 1);
	KUNIT_EXPECT_EQ(test, kt_drop(test, b), 0);
	kt_expect_empty(test);
	mheap_life_session_end(other);
}

static void kt_handle_other_heap(struct kunit *test)
{
	struct mheap_session *other = mheap_life_session_create();
	u64 a = kt_alloc(test, 0, 0);
	struct kt_op op = { .opcode = MHEAP_OP_DROP, .obj = a };

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
	KUNIT_EXPECT_PTR_NE(test, other->heap, kt_heap(test));
	KUNIT_EXPECT_NE(test, other->heap->id, kt_heap(test)->id);
	KUNIT_EXPECT_EQ(test, kt_do_on(test, other, &op), -EBADF);
	op = (struct kt_op){ .opcode = MHEAP_OP_OPEN_ID,
				.arg = kt_id(test, a) };
	KUNIT_EXPECT_EQ(test, kt_do_on(test, other, &op), -ENOENT);
	mheap_life_session_end(other);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 1);
}

/* Give another session @n chains of two objects. */
static void kt_session_fill(struct kunit *test, struct mheap_session *s,
			    unsigned int n)
{
	while (n--) {
		struct kt_op ops[] = {
			{ .opcode = MHEAP_OP_ALLOC, .len = 1 },
			{ .opcode = MHEAP_OP_ALLOC, .arg = 8 },
			{ .opcode = MHEAP_OP_SET, .val = 1,
			  .flags = KT_OPF_OBJ | KT_OPF_VAL },
			{ .opcode = MHEAP_OP_DROP, .obj = 1,
			  .flags = KT_OPF_OBJ },
		};

		KUNIT_ASSERT_EQ(test, kt_run(kt_of(test)->call, s, ops, 4,
					     false), 4);
	}
}

/* Objects that only one session kept alive die when it ends, and the others stay. */
static void kt_session_end(struct kunit *test)
{
	struct mheap_session *other = kt_attach(test);
	u64 a = kt_alloc(test, 1, 0);
	struct kt_op open = { .opcode = MHEAP_OP_OPEN_ID,
				 .arg = kt_id(test, a) };

	kt_session_fill(test, other, 1000);
	KUNIT_EXPECT_EQ(test, kt_do_on(test, other, &open), 0);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 2001);
	kt_expect_sound(test);
	mheap_life_session_end(other);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 1);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->sessions, 1);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 1);
}

/* An id is never given twice, even if its chunk of entries was freed. */
static void kt_session_ids(struct kunit *test)
{
	const unsigned int n = 1000, rounds = 20;
	u64 *ids = kunit_kcalloc(test, n * rounds, sizeof(u64), GFP_KERNEL);
	u64 *handle = kunit_kcalloc(test, n, sizeof(u64), GFP_KERNEL);
	unsigned int i, r, step;

	KUNIT_ASSERT_NOT_NULL(test, ids);
	KUNIT_ASSERT_NOT_NULL(test, handle);
	for (r = 0; r < rounds; r++) {
		for (i = 0; i < n; i++) {
			handle[i] = kt_alloc(test, 0, 0);
			ids[r * n + i] = kt_id(test, handle[i]);
		}
		for (i = 0; i < r * n; i++)
			KUNIT_ASSERT_FALSE(test, kt_alive(test, ids[i]));
		step = r % 2 ? 1 : 7;	/* 7 and n have no common divisor */
		for (i = 0; i < n; i++)
			KUNIT_ASSERT_EQ(test, kt_drop(test,
						      handle[i * step % n]), 0);
	}
	kt_expect_empty(test);
}

static void kt_session_many(struct kunit *test)
{
	struct mheap_session *s;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		s = mheap_life_session_create();
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, s);
		kt_session_fill(test, s, i % 8);
		mheap_life_session_end(s);
	}
}

static struct kunit_case kt_session_cases[] = {
	KUNIT_CASE(kt_handle_life),
	KUNIT_CASE(kt_handle_made_up),
	KUNIT_CASE(kt_handle_foreign),
	KUNIT_CASE(kt_handle_other_heap),
	KUNIT_CASE(kt_session_end),
	KUNIT_CASE(kt_session_ids),
	KUNIT_CASE(kt_session_many),
	{}
};

static struct kunit_suite kt_session_suite = {
	.name = "mheap_session",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_session_cases,
};

kunit_test_suite(kt_session_suite);
