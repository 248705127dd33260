// SPDX-License-Identifier: GPL-2.0
/* Suite of type.c: the numbers of types, and the totals of each type. */
#include <linux/sched.h>

#include "dict.h"
#include "kunit.h"
#include "limits.h"
#include "type.h"

static int kt_type(struct kunit *test, const char *name, u32 *type)
{
	return mheap_type_register(kt_heap(test), name, strlen(name), true,
				   type);
}

static struct mheap_type *kt_type_of(struct kunit *test, u32 type)
{
	struct mheap_type *t;

	mheap_heap_lock(kt_heap(test));
	t = mheap_type_get(kt_heap(test), type);
	mheap_heap_unlock(kt_heap(test));
	return t;
}

static void kt_type_numbers(struct kunit *test)
{
	u32 type = 77, again;

	KUNIT_EXPECT_EQ(test, kt_type(test, "object", &type), 0);
	KUNIT_EXPECT_EQ(test, type, 0);
	KUNIT_EXPECT_EQ(test, kt_type(test, "list", &type), 0);
	KUNIT_EXPECT_EQ(test, type, 1);
	KUNIT_EXPECT_EQ(test, kt_type(test, "dict", &type), 0);
	KUNIT_EXPECT_EQ(test, type, 2);
	KUNIT_EXPECT_EQ(test, kt_type(test, "list", &again), 0);
	KUNIT_EXPECT_EQ(test, again, 1);
	KUNIT_EXPECT_STREQ(test, kt_type_of(test, 2)->text, "dict");
	KUNIT_EXPECT_NULL(test, kt_type_of(test, 3));
	KUNIT_EXPECT_NULL(test, kt_type_of(test, ~0U));
}

static void kt_type_account(struct kunit *test)
{
	struct kt_op op = { .opcode = MHEAP_OP_ALLOC, .arg = 100 };
	struct mheap_type *t;
	u64 first;

	KUNIT_EXPECT_EQ(test, kt_type(test, "blob", &op.index), 0);
	t = kt_type_of(test, op.index);
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
	first = op.out;
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
	KUNIT_EXPECT_EQ(test, t->objects, 2);
	KUNIT_EXPECT_EQ(test, t->bytes, 200);
	KUNIT_EXPECT_EQ(test, kt_type_of(test, 0)->objects, 0);
	KUNIT_EXPECT_EQ(test, kt_object(test, first)->type, op.index);
	KUNIT_EXPECT_EQ(test, kt_resize(test, first, 0, 30), 0);
	KUNIT_EXPECT_EQ(test, t->bytes, 130);
	KUNIT_EXPECT_EQ(test, kt_drop(test, op.out), 0);
	KUNIT_EXPECT_EQ(test, t->objects, 1);
	KUNIT_EXPECT_EQ(test, t->bytes, 30);
	KUNIT_EXPECT_EQ(test, kt_drop(test, first), 0);
	KUNIT_EXPECT_EQ(test, t->objects, 0);
	KUNIT_EXPECT_EQ(test, t->bytes, 0);
}

/* A heap with the most types that there may be gets no more, but finds those it has. */
static void kt_type_most(struct kunit *test)
{
	char name[16];
	u32 type, i;

	for (i = 1; i < MHEAP_MAX_TYPES; i++) {
		snprintf(name, sizeof(name), "t%u", i);
		KUNIT_ASSERT_EQ(test, kt_type(test, name, &type), 0);
		KUNIT_ASSERT_EQ(test, type, i);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, kt_type(test, "one more", &type), -E2BIG);
	KUNIT_EXPECT_EQ(test, kt_type(test, "t500", &type), 0);
	KUNIT_EXPECT_EQ(test, type, 500);
	KUNIT_EXPECT_NULL(test, kt_type_of(test, MHEAP_MAX_TYPES));
}

static struct kunit_case kt_type_cases[] = {
	KUNIT_CASE(kt_type_numbers),
	KUNIT_CASE(kt_type_account),
	KUNIT_CASE_SLOW(kt_type_most),
	{}
};

static struct kunit_suite kt_type_suite = {
	.name = "mheap_type",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_type_cases,
};

kunit_test_suite(kt_type_suite);
