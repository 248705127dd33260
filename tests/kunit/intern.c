// SPDX-License-Identifier: GPL-2.0
/* Suite of intern.c: there is one object of a type and content, as long as it lives. */
#include <linux/slab.h>

#include "area.h"
#include "ext.h"
#include "intern.h"
#include "kunit.h"
#include "type.h"

static void kt_intern_same(struct kunit *test)
{
	u64 a = kt_intern(test, "abc", 3), b = kt_intern(test, "abc", 3);
	u64 id = kt_id(test, a);
	char data[3];

	KUNIT_EXPECT_NE(test, a, b);
	KUNIT_EXPECT_EQ(test, kt_id(test, b), id);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 2);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 1);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->bytes, 3);
	KUNIT_EXPECT_EQ(test, kt_read(test, b, 0, data, 3), 0);
	KUNIT_EXPECT_MEMEQ(test, data, "abc", 3);
	KUNIT_EXPECT_EQ(test, kt_drop(test, a), 0);
	KUNIT_EXPECT_EQ(test, kt_drop(test, b), 0);
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&kt_heap(test)->interned));
	kt_expect_empty(test);
	a = kt_intern(test, "abc", 3);
	KUNIT_EXPECT_NE(test, kt_id(test, a), id);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 1);
}

static void kt_intern_different(struct kunit *test)
{
	static const char data[] = "aaaaaaaaaaaaaaaab";
	u64 h[ARRAY_SIZE(data)];
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(data); i++)
		h[i] = kt_intern(test, data, i);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, ARRAY_SIZE(data));
	for (i = 0; i < ARRAY_SIZE(data); i++)
		for (k = 0; k < i; k++)
			KUNIT_EXPECT_NE(test, kt_id(test, h[i]),
					kt_id(test, h[k]));
	/* Other bytes make other objects; so do zeroes, which a new payload has. */
	KUNIT_EXPECT_EQ(test, kt_refcount(test, kt_intern(test, "b", 1)), 1);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, kt_intern(test, "\0", 1)), 1);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, kt_intern(test, "", 0)), 2);
	/* An object that has the same bytes but was not interned is another one. */
	kt_write(test, kt_alloc(test, 0, 1), 0, "c", 1);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, kt_intern(test, "c", 1)), 1);
}

static void kt_intern_types(struct kunit *test)
{
	struct kt_op op = { .opcode = MHEAP_OP_INTERN, .len = 1,
			       .val = kt_data("a") };
	u64 id[3];
	u32 i, type;

	KUNIT_EXPECT_EQ(test, mheap_type_register(kt_heap(test), "t", 1, true, &type),
			0);
	for (i = 0; i < 3; i++) {
		op.index = i % 2 ? type : 0;
		KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
		id[i] = kt_id(test, op.out);
		KUNIT_EXPECT_EQ(test, kt_object(test, op.out)->type, op.index);
	}
	KUNIT_EXPECT_NE(test, id[0], id[1]);
	KUNIT_EXPECT_EQ(test, id[0], id[2]);
}

static void kt_intern_immutable(struct kunit *test)
{
	u64 a = kt_intern(test, "abc", 3);
	struct mheap_ioc_stat stat;
	struct kt_op op = { .opcode = MHEAP_OP_STAT, .obj = a,
			       .val = kt_data(&stat), .len = sizeof(stat) };

	KUNIT_EXPECT_EQ(test, kt_write(test, a, 0, "x", 1), -EPERM);
	KUNIT_EXPECT_EQ(test, kt_write(test, a, 3, "x", 0), -EPERM);
	KUNIT_EXPECT_EQ(test, kt_write(test, a, 3, "x", 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, kt_resize(test, a, 1, 3), -EPERM);
	KUNIT_EXPECT_EQ(test, kt_resize(test, a, 0, 2), -EPERM);
	KUNIT_EXPECT_EQ(test, kt_resize(test, a, 0, 3), -EPERM);
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
	KUNIT_EXPECT_EQ(test, stat.flags, MHEAP_STAT_INTERNED);
	KUNIT_EXPECT_EQ(test, stat.nbytes, 3);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, kt_intern(test, "abc", 3)), 2);
}

/* A batch finds objects that it interned itself, but not those that died by its ops. */
static void kt_intern_batch(struct kunit *test)
{
	struct kt_op ops[6];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		ops[i] = (struct kt_op){ .opcode = MHEAP_OP_INTERN, .len = 4,
					    .val = kt_data("abcd") };
	ops[3] = (struct kt_op){ .opcode = MHEAP_OP_DROP, .obj = 0,
				    .flags = KT_OPF_OBJ };
	ops[4] = (struct kt_op){ .opcode = MHEAP_OP_DROP, .obj = 1,
				    .flags = KT_OPF_OBJ };
	KUNIT_EXPECT_EQ(test, kt_batch(test, ops, 6, false), 6);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 1);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, ops[5].out), 2);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->ids.reserved, 0);
	KUNIT_EXPECT_EQ(test, kt_claimed(kt_of(test)->s), 0);
	kt_drop(test, ops[2].out);
	ops[0] = (struct kt_op){ .opcode = MHEAP_OP_DROP,
				    .obj = ops[5].out };
	KUNIT_EXPECT_EQ(test, kt_batch(test, ops, 2, false), 2);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, ops[1].out), 1);
}

/* Contents with the same hash are still told apart. */
static void kt_intern_collision(struct kunit *test)
{
	static const char *const content[] = { "a", "b", "ab", "abc", "" };
	struct mheap_object *o[ARRAY_SIZE(content)], *found;
	struct mheap_heap *heap = kt_heap(test);
	struct mheap_prepared p = {};
	unsigned int i, k;
	size_t len;

	for (i = 0; i < ARRAY_SIZE(content); i++) {
		len = strlen(content[i]);
		o[i] = kt_object(test, kt_alloc(test, 0, len));
		if (len)
			memcpy(mheap_area_data(mheap_object_payload(o[i])),
			       content[i], len);
		p.ext = mheap_ext_alloc();
		KUNIT_ASSERT_NOT_NULL(test, p.ext);
		mheap_heap_lock(heap);
		mheap_intern_add(heap, o[i], 42, &p.ext);
		for (k = 0; k < ARRAY_SIZE(content); k++) {
			found = mheap_intern_find(heap, 42, 0, content[k],
						  strlen(content[k]));
			KUNIT_EXPECT_PTR_EQ(test, found, k <= i ? o[k] : NULL);
		}
		KUNIT_EXPECT_NULL(test, mheap_intern_find(heap, 41, 0,
							  content[i], len));
		KUNIT_EXPECT_NULL(test, mheap_intern_find(heap, 42, 1,
							  content[i], len));
		mheap_heap_unlock(heap);
	}
}

static void kt_intern_most(struct kunit *test)
{
	u8 *data = kunit_kzalloc(test, MHEAP_MAX_INTERN, GFP_KERNEL);
	struct kt_op op = { .opcode = MHEAP_OP_INTERN, .val = kt_data(data),
			       .len = MHEAP_MAX_INTERN };
	u64 a;

	KUNIT_ASSERT_NOT_NULL(test, data);
	a = kt_intern(test, data, MHEAP_MAX_INTERN);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 1);
	data[MHEAP_MAX_INTERN - 1] = 1;
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, op.out), 1);
	op.len++;
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), -E2BIG);
}

/* At a limit of the heap, an object that was interned before is still found. */
static void kt_intern_limit(struct kunit *test)
{
	struct kt_op op = { .opcode = MHEAP_OP_INTERN, .val = kt_data("b"),
			       .len = 1 };
	u64 a = kt_intern(test, "a", 1);

	kt_heap(test)->limit_objects = 1;
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), -EDQUOT);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, kt_intern(test, "a", 1)), 2);
	kt_heap(test)->limit_objects = 2;
	kt_heap(test)->limit_bytes = 1;
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), -EDQUOT);
	kt_heap(test)->limit_bytes = 2;
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 2);
}

/* A collection for lack of quota may free the very object that is looked for. */
static void kt_intern_collects(struct kunit *test)
{
	struct kt_op op = { .opcode = MHEAP_OP_INTERN, .val = kt_data("b"),
			       .len = 1 };
	u64 ring = kt_alloc(test, 2, 0), a = kt_intern(test, "a", 1);

	kt_set(test, ring, 0, ring);
	kt_set(test, ring, 1, a);
	kt_drop(test, ring);
	kt_drop(test, a);
	kt_heap(test)->limit_objects = 2;
	KUNIT_EXPECT_EQ(test, kt_do(test, &op), 0);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 1);
	a = kt_intern(test, "a", 1);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, a), 1);
}

/* While its finalizer event is unread the object is found. */
static void kt_intern_finalizer(struct kunit *test)
{
	u64 a = kt_intern(test, "a", 1), id = kt_id(test, a), b, h;

	KUNIT_EXPECT_EQ(test, kt_finalizer(test, a, 1), 0);
	kt_drop(test, a);
	b = kt_intern(test, "a", 1);
	KUNIT_EXPECT_EQ(test, kt_id(test, b), id);
	h = kt_expect_event(test, MHEAP_EVENT_FINALIZE, 1);
	kt_drop(test, h);
	KUNIT_EXPECT_EQ(test, kt_refcount(test, b), 1);
	kt_drop(test, b);
	KUNIT_EXPECT_FALSE(test, kt_alive(test, id));
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&kt_heap(test)->interned));
}

#define KT_MANY 5000

static void kt_intern_many(struct kunit *test)
{
	u64 *h = kunit_kcalloc(test, KT_MANY, sizeof(*h), GFP_KERNEL);
	unsigned int i, round;

	KUNIT_ASSERT_NOT_NULL(test, h);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < KT_MANY; i++)
			h[i] = kt_intern(test, &i, sizeof(i));
		KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, KT_MANY);
		for (i = 0; i < KT_MANY; i += 2)
			kt_drop(test, h[i]);
		for (i = 0; i < KT_MANY; i += 7)
			kt_drop(test, kt_intern(test, &i, sizeof(i)));
		KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, KT_MANY / 2);
		for (i = 1; i < KT_MANY; i += 2)
			kt_drop(test, h[i]);
		kt_expect_empty(test);
	}
}

static struct kunit_case kt_intern_cases[] = {
	KUNIT_CASE(kt_intern_same),
	KUNIT_CASE(kt_intern_different),
	KUNIT_CASE(kt_intern_types),
	KUNIT_CASE(kt_intern_immutable),
	KUNIT_CASE(kt_intern_batch),
	KUNIT_CASE(kt_intern_collision),
	KUNIT_CASE(kt_intern_most),
	KUNIT_CASE(kt_intern_limit),
	KUNIT_CASE(kt_intern_collects),
	KUNIT_CASE(kt_intern_finalizer),
	KUNIT_CASE(kt_intern_many),
	{}
};

static struct kunit_suite kt_intern_suite = {
	.name = "mheap_intern",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_intern_cases,
};

kunit_test_suite(kt_intern_suite);
