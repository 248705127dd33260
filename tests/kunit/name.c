// SPDX-License-Identifier: GPL-2.0
/* Suite of name.c and dict.c: names keep objects alive, whichever session made them. */
#include "kunit.h"
#include "limits.h"

static void kt_name_keeps(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), id = kt_id(test, a), h;

	KUNIT_EXPECT_EQ(test, kt_publish(test, "a", a), 0);
	KUNIT_EXPECT_EQ(test, kt_publish(test, "a", a), -EEXIST);
	KUNIT_EXPECT_EQ(test, kt_publish(test, "other", a), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 3);
	KUNIT_EXPECT_EQ(test, kt_drop(test, a), 0);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 0);
	h = kt_lookup(test, "a");
	KUNIT_EXPECT_EQ(test, kt_id(test, h), id);
	KUNIT_EXPECT_EQ(test, kt_drop(test, h), 0);
	KUNIT_EXPECT_EQ(test, kt_unpublish(test, "a"), 0);
	KUNIT_EXPECT_EQ(test, kt_lookup(test, "a"), 0);
	KUNIT_EXPECT_TRUE(test, kt_alive(test, id));
	KUNIT_EXPECT_EQ(test, kt_unpublish(test, "other"), 0);
	KUNIT_EXPECT_EQ(test, kt_unpublish(test, "other"), -ENOENT);
	kt_expect_empty(test);
}

/* A name outlives the session that made it. */
static void kt_name_session(struct kunit *test)
{
	struct mheap_session *other = kt_attach(test);
	struct kt_op ops[] = {
		{ .opcode = MHEAP_OP_ALLOC, .len = 1 },
		{ .opcode = MHEAP_OP_PUBLISH, .flags = KT_OPF_OBJ,
		  .val = kt_data("name"), .len = 4 },
	};
	u64 h;

	KUNIT_EXPECT_EQ(test, kt_run(kt_of(test)->call, other, ops, 2, false),
			2);
	mheap_life_session_end(other);
	h = kt_lookup(test, "name");
	KUNIT_EXPECT_EQ(test, kt_refcount(test, h), 2);
}

static int kt_publish_bytes(struct kunit *test, const char *text, u32 len,
			    u64 handle)
{
	struct kt_op op = { .opcode = MHEAP_OP_PUBLISH, .obj = handle,
			       .val = kt_data(text), .len = len };

	return kt_do(test, &op);
}

/* Names are bytes: no prefix, no NUL and no case makes two of them the same. */
static void kt_name_bytes(struct kunit *test)
{
	static const struct {
		const char *text;
		u32 len;
	} names[] = {
		{ "a", 1 }, { "A", 1 }, { "a\0", 2 }, { "a\0a", 3 },
		{ "\0", 1 }, { "\0\0", 2 }, { "aa", 2 }, { "\xff\xfe", 2 },
	};
	struct kt_op op = { .opcode = MHEAP_OP_LOOKUP };
	u64 id[ARRAY_SIZE(names)], h;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		h = kt_alloc(test, 0, 0);
		id[i] = kt_id(test, h);
		KUNIT_EXPECT_EQ(test, kt_publish_bytes(test, names[i].text,
						       names[i].len, h), 0);
	}
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		op.val = kt_data(names[i].text);
		op.len = names[i].len;
		KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
		KUNIT_EXPECT_EQ(test, kt_id(test, op.out), id[i]);
	}
}

static void kt_name_longest(struct kunit *test)
{
	char *name = kunit_kzalloc(test, MHEAP_MAX_NAME + 2, GFP_KERNEL);
	u64 a = kt_alloc(test, 0, 0);

	KUNIT_ASSERT_NOT_NULL(test, name);
	memset(name, 'n', MHEAP_MAX_NAME + 1);
	KUNIT_EXPECT_EQ(test, kt_publish_bytes(test, name, MHEAP_MAX_NAME + 1,
					       a), -E2BIG);
	KUNIT_EXPECT_EQ(test, kt_publish_bytes(test, name, MHEAP_MAX_NAME, a),
			0);
	name[MHEAP_MAX_NAME] = 0;
	KUNIT_EXPECT_NE(test, kt_lookup(test, name), 0);
	name[MHEAP_MAX_NAME - 1] = 0;
	KUNIT_EXPECT_EQ(test, kt_lookup(test, name), 0);
}

static void kt_name_many(struct kunit *test)
{
	const unsigned int n = 3000;
	unsigned int i;
	char name[16];
	u64 h;

	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		h = kt_alloc(test, 0, 0);
		KUNIT_ASSERT_EQ(test, kt_publish(test, name, h), 0);
		kt_drop(test, h);
	}
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, n);
	kt_expect_sound(test);
	for (i = 0; i < n; i += 2) {
		snprintf(name, sizeof(name), "n%u", i);
		KUNIT_ASSERT_EQ(test, kt_unpublish(test, name), 0);
	}
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, n / 2);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		h = kt_lookup(test, name);
		KUNIT_ASSERT_EQ(test, !!h, i % 2);
	}
}

static struct kunit_case kt_name_cases[] = {
	KUNIT_CASE(kt_name_keeps),
	KUNIT_CASE(kt_name_session),
	KUNIT_CASE(kt_name_bytes),
	KUNIT_CASE(kt_name_longest),
	KUNIT_CASE(kt_name_many),
	{}
};

static struct kunit_suite kt_name_suite = {
	.name = "mheap_name",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_name_cases,
};

kunit_test_suite(kt_name_suite);
