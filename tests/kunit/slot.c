// SPDX-License-Identifier: GPL-2.0
/* Suite of slot.c and of the opcodes for slots. */
#include "kunit.h"

static void kt_slot_get_set(struct kunit *test)
{
	u64 a = kt_alloc(test, 2, 0), b = kt_alloc(test, 0, 0), c;
	struct kt_op op = { .opcode = MHEAP_OP_GET, .obj = a, .index = 2 };
	struct kt_op same = { .opcode = MHEAP_OP_SAME, .obj = b };

	KUNIT_EXPECT_EQ(test, kt_set(test, a, 1, b), 0);
	c = kt_get(test, a, 1);
	same.val = c;
	KUNIT_EXPECT_EQ(test, kt_do(test, &same), 0);
	KUNIT_EXPECT_EQ(test, same.out, 1);
	same.val = a;
	KUNIT_EXPECT_EQ(test, kt_do(test, &same), 0);
	KUNIT_EXPECT_EQ(test, same.out, 0);
	KUNIT_EXPECT_EQ(test, kt_get(test, a, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), -EINVAL);
	op.index = ~0U;
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), -EINVAL);
	KUNIT_EXPECT_EQ(test, kt_set(test, a, 2, b), -EINVAL);
	KUNIT_EXPECT_EQ(test, kt_set(test, a, ~0U, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, kt_set(test, b, 0, a), -EINVAL);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 3);
}

/* Setting a slot to what it refers to already changes nothing. */
static void kt_slot_same_value(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), b = kt_alloc(test, 0, 0);
	u64 id = kt_id(test, b);

	KUNIT_EXPECT_EQ(test, kt_set(test, a, 0, b), 0);
	KUNIT_EXPECT_EQ(test, kt_set(test, a, 0, b), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 2);
	KUNIT_EXPECT_EQ(test, kt_drop(test, b), 0);
	b = kt_get(test, a, 0);
	KUNIT_EXPECT_EQ(test, kt_drop(test, b), 0);
	KUNIT_EXPECT_TRUE(test, kt_alive(test, id));
	KUNIT_EXPECT_EQ(test, kt_set(test, a, 0, 0), 0);
	KUNIT_EXPECT_FALSE(test, kt_alive(test, id));
}

/* An object that refers to itself does not die by its count. */
static void kt_slot_self(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), id = kt_id(test, a);

	KUNIT_EXPECT_EQ(test, kt_set(test, a, 0, a), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 2);
	KUNIT_EXPECT_EQ(test, kt_drop(test, a), 0);
	KUNIT_EXPECT_TRUE(test, kt_alive(test, id));
	a = kt_open(test, id);
	KUNIT_EXPECT_EQ(test, kt_set(test, a, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_drop(test, a), 0);
	kt_expect_empty(test);
}

static void kt_slot_xchg(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), b = kt_alloc(test, 0, 0);
	struct kt_op op = { .opcode = MHEAP_OP_XCHG, .obj = a, .val = b };

	KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
	KUNIT_EXPECT_EQ(test, op.out, 0);
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
	KUNIT_EXPECT_NE(test, op.out, 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, op.out), 3);
	KUNIT_EXPECT_EQ(test, kt_drop(test, op.out), 0);
	op.val = a ^ b;
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), -EBADF);
	KUNIT_EXPECT_EQ(test, op.out, 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 2);
	op.val = 0;
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, op.out), 2);
	KUNIT_EXPECT_EQ(test, kt_get(test, a, 0), 0);
}

static void kt_slot_cas(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), b = kt_alloc(test, 0, 0);
	u64 c = kt_alloc(test, 0, 0), b2 = kt_dup(test, b);
	struct kt_op op = { .opcode = MHEAP_OP_CAS, .obj = a, .val = b };

	KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
	KUNIT_EXPECT_EQ(test, op.out, 1);
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
	KUNIT_EXPECT_EQ(test, op.out, 0);
	op.arg = c;
	op.val = c;
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
	KUNIT_EXPECT_EQ(test, op.out, 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, c), 1);
	op.arg = b2;
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
	KUNIT_EXPECT_EQ(test, op.out, 1);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, c), 2);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 2);
	op = (struct kt_op){ .opcode = MHEAP_OP_CAS, .obj = a, .arg = c };
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
	KUNIT_EXPECT_EQ(test, op.out, 1);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, c), 1);
}

/* The new reference is made before the old one is dropped, since that may be the last. */
static void kt_slot_replace_owner(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), b = kt_alloc(test, 1, 0);
	u64 c = kt_alloc(test, 0, 0), c_id = kt_id(test, c);

	KUNIT_EXPECT_EQ(test, kt_set(test, a, 0, b), 0);
	KUNIT_EXPECT_EQ(test, kt_set(test, b, 0, c), 0);
	KUNIT_EXPECT_EQ(test, kt_drop(test, b), 0);
	KUNIT_EXPECT_EQ(test, kt_set(test, a, 0, c), 0);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 2);
	KUNIT_EXPECT_EQ(test, kt_drop(test, c), 0);
	KUNIT_EXPECT_TRUE(test, kt_alive(test, c_id));
}

static struct kunit_case kt_slot_cases[] = {
	KUNIT_CASE(kt_slot_get_set),
	KUNIT_CASE(kt_slot_same_value),
	KUNIT_CASE(kt_slot_self),
	KUNIT_CASE(kt_slot_xchg),
	KUNIT_CASE(kt_slot_cas),
	KUNIT_CASE(kt_slot_replace_owner),
	{}
};

static struct kunit_suite kt_slot_suite = {
	.name = "mheap_slot",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_slot_cases,
};

kunit_test_suite(kt_slot_suite);
