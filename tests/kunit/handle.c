// SPDX-License-Identifier: GPL-2.0
/*
 * Suite of handle.c: whose a number is, how tables grow and shrink, lists of handles, and
 * numbers that stand for null.
 */
#include <linux/slab.h>

#include "handle.h"
#include "kunit.h"
#include "object.h"

static struct mheap_session *kt_session(struct kunit *test)
{
	return kt_of(test)->s;
}

static int kt_claim(struct kunit *test, u32 *number)
{
	int err;

	mheap_heap_lock(kt_heap(test));
	err = mheap_handle_claim(kt_session(test), number);
	mheap_heap_unlock(kt_heap(test));
	return err;
}

static void kt_unclaim(struct kunit *test, u32 number)
{
	mheap_heap_lock(kt_heap(test));
	mheap_handle_unclaim(kt_session(test), number);
	mheap_heap_unlock(kt_heap(test));
}

static unsigned int kt_chunks(struct kunit *test)
{
	struct mheap_handle_chunk *chunk;
	unsigned long index;
	unsigned int n = 0;

	xa_for_each(&kt_session(test)->handles.chunks, index, chunk)
		n++;
	return n;
}

/* Make @number a handle of the object of @handle.  Returns the error. */
static int kt_dup_as(struct kunit *test, u32 handle, u32 number)
{
	struct mheap_entry e = { .opcode = MHEAP_OP_DUP, .obj = handle, .val = number };

	return kt_do_entries_of(test, &e, 1);
}

/* A number that is claimed is nobody else's, and is no handle yet. */
static void kt_handle_claims(struct kunit *test)
{
	static const u32 numbers[] = { 1, 2, 127, 128, 129, MHEAP_HANDLE_MAX };
	unsigned int i;
	u32 number;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		number = numbers[i];
		KUNIT_EXPECT_EQ(test, kt_claim(test, &number), 0);
		KUNIT_EXPECT_EQ(test, number, numbers[i]);
		KUNIT_EXPECT_EQ(test, kt_claim(test, &number), -EEXIST);
		KUNIT_EXPECT_EQ(test, kt_drop(test, number), -EBADF);
	}
	KUNIT_EXPECT_EQ(test, kt_session(test)->handles.used, 0);
	KUNIT_EXPECT_EQ(test, kt_session(test)->handles.end, MHEAP_HANDLE_MAX);
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		kt_unclaim(test, numbers[i]);
	number = 1;
	KUNIT_EXPECT_EQ(test, kt_claim(test, &number), 0);
	kt_unclaim(test, number);
	number = MHEAP_HANDLE_MAX + 1;
	KUNIT_EXPECT_EQ(test, kt_claim(test, &number), -EINVAL);
	number = U32_MAX;
	KUNIT_EXPECT_EQ(test, kt_claim(test, &number), -EINVAL);
}

/* The kernel never chooses a number twice at a time, nor one that programs choose. */
static void kt_handle_chosen(struct kunit *test)
{
	const unsigned int n = 1000;
	u32 *number = kunit_kcalloc(test, n, sizeof(u32), GFP_KERNEL);
	unsigned int i, k;

	KUNIT_ASSERT_NOT_NULL(test, number);
	for (i = 0; i < n; i++) {
		KUNIT_ASSERT_EQ(test, kt_claim(test, &number[i]), 0);
		KUNIT_ASSERT_GT(test, number[i], MHEAP_HANDLE_MAX);
		for (k = 0; k < i; k++)
			KUNIT_ASSERT_NE(test, number[i], number[k]);
	}
	for (i = 0; i < n; i += 3) {
		kt_unclaim(test, number[i]);
		number[i] = 0;
	}
	for (i = 0; i < n; i += 3)
		KUNIT_ASSERT_EQ(test, kt_claim(test, &number[i]), 0);
	for (i = 0; i < n; i++)
		kt_unclaim(test, number[i]);
	KUNIT_EXPECT_LE(test, kt_chunks(test), 1);
}

/* The table has the chunks that it needs, and one more at most. */
static void kt_handle_shrinks(struct kunit *test)
{
	u64 o = kt_alloc(test, 0, 0);
	unsigned int i;

	for (i = 0; i < 20; i++)
		KUNIT_EXPECT_EQ(test, kt_dup_as(test, o, 1 + 1000 * i), 0);
	KUNIT_EXPECT_EQ(test, kt_chunks(test), 21);
	for (i = 0; i < 20; i++)
		KUNIT_EXPECT_EQ(test, kt_drop(test, 1 + 1000 * i), 0);
	KUNIT_EXPECT_LE(test, kt_chunks(test), 2);
	for (i = 0; i < 20; i++)
		KUNIT_EXPECT_EQ(test, kt_drop(test, 1 + 1000 * i), -EBADF);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, o), 1);
}

/* A number can be chosen again when its handle was dropped, for another object. */
static void kt_handle_again(struct kunit *test)
{
	u64 a = kt_alloc(test, 0, 0), b = kt_alloc(test, 0, 0);

	KUNIT_EXPECT_EQ(test, kt_dup_as(test, a, 7), 0);
	KUNIT_EXPECT_EQ(test, kt_dup_as(test, b, 7), -EEXIST);
	KUNIT_EXPECT_EQ(test, kt_drop(test, 7), 0);
	KUNIT_EXPECT_EQ(test, kt_dup_as(test, b, 7), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 1);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 2);
	KUNIT_EXPECT_EQ(test, kt_dup_as(test, b, MHEAP_HANDLE_MAX + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, kt_dup_as(test, 9, 10), -EBADF);
	KUNIT_EXPECT_EQ(test, kt_dup_as(test, b, 10), 0);
}

/* A walk finds each handle once, and nothing else. */
static void kt_handle_walk(struct kunit *test)
{
	static const u32 numbers[] = { 1, 127, 128, 70000, MHEAP_HANDLE_MAX };
	u64 o = kt_alloc(test, 0, 0), at = 0;
	unsigned int i = 0, found = 0;
	struct mheap_object *object;
	u32 claimed = 5;

	KUNIT_EXPECT_EQ(test, kt_claim(test, &claimed), 0);
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		KUNIT_EXPECT_EQ(test, kt_dup_as(test, o, numbers[i]), 0);
	i = 0;
	mheap_heap_lock(kt_heap(test));
	while (mheap_handle_step(kt_session(test), &at, &object)) {
		if (!object)
			continue;
		found++;
		if (i < ARRAY_SIZE(numbers))
			KUNIT_EXPECT_EQ(test, at - 1, numbers[i++]);
		else
			KUNIT_EXPECT_EQ(test, at - 1, o);
	}
	mheap_heap_unlock(kt_heap(test));
	KUNIT_EXPECT_EQ(test, found, ARRAY_SIZE(numbers) + 1);
	kt_unclaim(test, claimed);
}

/* Numbers that stand for null are free again after the batch, whoever dropped what. */
static void kt_handle_nulls(struct kunit *test)
{
	u64 o = kt_alloc(test, 2, 0);
	struct mheap_entry e[] = {
		{ .opcode = MHEAP_OP_GET, .obj = o, .index = 0, .val = 3 },
		{ .opcode = MHEAP_OP_GET, .obj = o, .index = 1, .val = 4 },
		{ .opcode = MHEAP_OP_SET, .obj = o, .index = 1, .val = 3 },
		{ .opcode = MHEAP_OP_DUP, .obj = 4, .val = 5 },
	};
	struct mheap_call *call = kt_call(test);
	struct mheap_op_result results[4];

	mheap_call_init(call, kt_session(test));
	call->entries = e;
	call->nr = ARRAY_SIZE(e);
	call->results = results;
	call->space = ARRAY_SIZE(results);
	mheap_batch_run(call, mheap_batch_prepare(call));
	mheap_batch_release(call);
	KUNIT_EXPECT_EQ(test, call->at, 3);
	KUNIT_EXPECT_EQ(test, call->error, -EINVAL);
	KUNIT_EXPECT_EQ(test, call->nr_results, 2);
	KUNIT_EXPECT_EQ(test, results[0].value, 0);
	KUNIT_EXPECT_EQ(test, results[1].entry, 1);
	KUNIT_EXPECT_EQ(test, kt_dup_as(test, o, 3), -EEXIST);
	mheap_batch_end(call);
	KUNIT_EXPECT_EQ(test, kt_dup_as(test, o, 3), 0);
	KUNIT_EXPECT_EQ(test, kt_dup_as(test, o, 4), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, o), 3);
}

/* An op that may have a value is not done if there is no space for it. */
static void kt_handle_space(struct kunit *test)
{
	u64 o = kt_alloc(test, 1, 0);
	struct mheap_entry e[] = {
		{ .opcode = MHEAP_OP_DUP, .obj = o, .val = 3 },
		{ .opcode = MHEAP_OP_ID, .obj = o },
		{ .opcode = MHEAP_OP_DUP, .obj = o, .val = 0 },
	};
	struct mheap_call *call = kt_of(test)->call;
	struct mheap_op_result result;

	mheap_call_init(call, kt_session(test));
	call->entries = e;
	call->nr = ARRAY_SIZE(e);
	call->results = &result;
	call->space = 1;
	mheap_batch_run(call, mheap_batch_prepare(call));
	mheap_batch_release(call);
	mheap_batch_end(call);
	KUNIT_EXPECT_EQ(test, call->at, 2);
	KUNIT_EXPECT_EQ(test, call->error, -ENOSPC);
	KUNIT_EXPECT_EQ(test, call->nr_results, 1);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, o), 2);
}

static struct kunit_case kt_handle_cases[] = {
	KUNIT_CASE(kt_handle_claims),
	KUNIT_CASE(kt_handle_chosen),
	KUNIT_CASE(kt_handle_shrinks),
	KUNIT_CASE(kt_handle_again),
	KUNIT_CASE(kt_handle_walk),
	KUNIT_CASE(kt_handle_nulls),
	KUNIT_CASE(kt_handle_space),
	{}
};

static struct kunit_suite kt_handle_suite = {
	.name = "mheap_handle",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_handle_cases,
};

kunit_test_suite(kt_handle_suite);
