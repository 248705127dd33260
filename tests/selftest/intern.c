// SPDX-License-Identifier: GPL-2.0
/* Interned objects: there is one for each type and payload, as long as it lives. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dev.h"
#include "harness.h"
#include "notify.h"

static uint64_t intern_type(int fd, uint32_t type, const void *data,
			    uint32_t len)
{
	return OUT(fd, INTERN, .index = type, .val = USER_PTR(data),
		   .len = len);
}

static uint64_t intern(int fd, const char *text)
{
	return intern_type(fd, 0, text, strlen(text));
}

static bool same(int fd, uint64_t a, uint64_t b)
{
	return OUT(fd, SAME, .obj = a, .val = b);
}

static uint32_t new_type(int fd, const char *name)
{
	struct mheap_ioc_type t = {
		.size = sizeof(t), .name = USER_PTR(name),
		.name_len = strlen(name),
	};

	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_TYPE_REGISTER, &t), 0);
	return t.type;
}

static uint32_t max_intern(int fd)
{
	struct mheap_ioc_query q = { .size = sizeof(q) };

	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_QUERY, &q), 0);
	return q.max_intern;
}

/* ---- one object ---- */

TEST(same_bytes_same_object)
{
	int fd = quiet_heap();
	uint64_t a = intern(fd, "spam"), b = intern(fd, "spam");
	struct mheap_ioc_stat stat = stat_of(fd, a);
	char text[4];

	CHECK_NE(a, b);
	CHECK(same(fd, a, b));
	CHECK_EQ(info_of(fd).objects, 1);
	CHECK_EQ(stat.refcount, 2);
	CHECK_EQ(stat.nbytes, 4);
	CHECK_EQ(stat.nslots, 0);
	CHECK_EQ(stat.generation, -1);
	CHECK_EQ(stat.flags, MHEAP_STAT_INTERNED);
	OUT(fd, READ, .obj = a, .val = USER_PTR(text), .len = 4);
	CHECK(!memcmp(text, "spam", 4));
	check_sound(fd);
}

TEST(other_bytes_other_object)
{
	static const char *const texts[] = {
		"a", "b", "aa", "ab", "A", "abc", "abd", "abcd",
	};
	uint64_t o[ARRAY_SIZE(texts)];
	int fd = quiet_heap();
	uint32_t i, k;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		o[i] = intern(fd, texts[i]);
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		for (k = 0; k < ARRAY_SIZE(texts); k++)
			CHECK_EQ(same(fd, o[i], o[k]), i == k);
	CHECK_EQ(info_of(fd).objects, ARRAY_SIZE(texts));
}

/* Contents that differ only in trailing zero bytes are different. */
TEST(zeros)
{
	static const char zeros[32];
	uint64_t o[ARRAY_SIZE(zeros)];
	int fd = quiet_heap();
	uint32_t i;

	for (i = 0; i < ARRAY_SIZE(zeros); i++)
		o[i] = intern_type(fd, 0, zeros, i);
	CHECK_EQ(info_of(fd).objects, ARRAY_SIZE(zeros));
	for (i = 0; i < ARRAY_SIZE(zeros); i++)
		CHECK_EQ(stat_of(fd, o[i]).nbytes, i);
}

TEST(type_matters)
{
	int fd = quiet_heap();
	uint32_t t = new_type(fd, "text"), u = new_type(fd, "other");
	uint64_t a = intern_type(fd, 0, "x", 1), b = intern_type(fd, t, "x", 1);

	CHECK(!same(fd, a, b));
	CHECK(!same(fd, b, intern_type(fd, u, "x", 1)));
	CHECK(same(fd, b, intern_type(fd, t, "x", 1)));
	CHECK_EQ(stat_of(fd, b).type, t);
	CHECK_EQ(DO(fd, INTERN, .index = u + 1, .val = USER_PTR("x"), .len = 1),
		 -ENOENT);
	CHECK_EQ(info_of(fd).objects, 3);
}

/* An ordinary object with the same payload is a different object. */
TEST(not_an_ordinary_object)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 0, 1);

	OUT(fd, WRITE, .obj = o, .val = USER_PTR("x"), .len = 1);
	CHECK(!same(fd, o, intern(fd, "x")));
	CHECK_EQ(stat_of(fd, o).flags, 0);
}

/* The object has its own copy of the caller's memory. */
TEST(payload_is_a_copy)
{
	int fd = quiet_heap();
	char text[] = "spam", back[4];
	uint64_t o = intern(fd, text);

	text[0] = 'S';
	OUT(fd, READ, .obj = o, .val = USER_PTR(back), .len = 4);
	CHECK(!memcmp(back, "spam", 4));
	CHECK(!same(fd, o, intern(fd, text)));
}

/* ---- its life ---- */

TEST(dies_and_is_made_anew)
{
	int fd = quiet_heap();
	uint64_t o = intern(fd, "spam"), id = id_of(fd, o);

	drop(fd, o);
	CHECK_EQ(info_of(fd).objects, 0);
	CHECK_EQ(DO(fd, OPEN_ID, .arg = id), -ENOENT);
	o = intern(fd, "spam");
	CHECK_NE(id_of(fd, o), id);
	check_sound(fd);
}

TEST(lives_by_a_slot)
{
	int fd = quiet_heap();
	uint64_t holder = make(fd, 1, 0), id;
	uint64_t o = intern(fd, "spam");

	id = id_of(fd, o);
	give(fd, holder, 0, o);
	o = intern(fd, "spam");
	CHECK_EQ(id_of(fd, o), id);
	drop(fd, o);
	drop(fd, holder);
	CHECK_EQ(info_of(fd).objects, 0);
}

/* An interned object is freed with the cycle that holds it, and can be made again. */
TEST(dies_with_a_cycle)
{
	int fd = quiet_heap();
	uint64_t o = make_loop(fd, 2, 0), id;
	uint64_t text = intern(fd, "spam");

	id = id_of(fd, text);
	give(fd, o, 1, text);
	drop(fd, o);
	CHECK_EQ(collect(fd, 2).freed, 2);
	CHECK_NE(id_of(fd, intern(fd, "spam")), id);
	CHECK_EQ(info_of(fd).objects, 1);
}

/* The event holds a reference, so interning while it is unread finds the object. */
TEST(hit_brings_it_back)
{
	int fd = quiet_heap();
	uint64_t o = intern(fd, "spam"), id = id_of(fd, o), again;

	finalize(fd, o, 4);
	drop(fd, o);
	again = intern(fd, "spam");
	CHECK_EQ(id_of(fd, again), id);
	o = finalizer_take(fd, 4);
	CHECK(same(fd, o, again));
	drop(fd, o);
	CHECK_EQ(refcount(fd, again), 1);
	CHECK_EQ(stat_of(fd, again).flags,
		 MHEAP_STAT_INTERNED | MHEAP_STAT_FINALIZED);
	drop(fd, again);
	CHECK_EQ(info_of(fd).objects, 0);
	CHECK_NE(id_of(fd, intern(fd, "spam")), id);
	CHECK_NO_EVENT(fd);
}

/* An interned object that only a quarantined set holds can be found and kept. */
TEST(hit_while_its_holder_is_in_quarantine)
{
	int fd = quiet_heap();
	uint64_t o = make_loop(fd, 2, 0), id, again;
	uint64_t text = intern(fd, "spam");

	id = id_of(fd, text);
	give(fd, o, 1, text);
	finalize(fd, o, 1);
	drop(fd, o);
	CHECK_EQ(collect(fd, 2).found, 1);
	again = intern(fd, "spam");
	CHECK_EQ(id_of(fd, again), id);
	drop(fd, finalizer_take(fd, 1));
	CHECK_EQ(info_of(fd).objects, 1);
	CHECK_EQ(refcount(fd, again), 1);
}

TEST(weak_handles)
{
	int fd = quiet_heap();
	uint64_t o = intern(fd, "spam"), w = weak_new(fd, o, 1);

	drop(fd, o);
	CHECK_EQ(weak_get(fd, w), 0);
	event_take(fd, MHEAP_EVENT_WEAK, 1);
	o = intern(fd, "spam");
	CHECK_EQ(weak_get(fd, w), 0);
	CHECK_NO_EVENT(fd);
}

/* ---- what is refused ---- */

TEST(must_not_change)
{
	int fd = quiet_heap();
	uint64_t o = intern(fd, "spam");
	struct mheap_ioc_info before = info_of(fd);

	CHECK_EQ(DO(fd, WRITE, .obj = o, .val = USER_PTR("S"), .len = 1),
		 -EPERM);
	CHECK_EQ(DO(fd, WRITE, .obj = o, .val = USER_PTR("m"), .arg = 3,
		    .len = 1), -EPERM);
	CHECK_EQ(DO(fd, RESIZE, .obj = o, .arg = 5), -EPERM);
	CHECK_EQ(DO(fd, RESIZE, .obj = o, .arg = 3), -EPERM);
	CHECK_EQ(DO(fd, RESIZE, .obj = o, .arg = 4, .len = 1), -EPERM);
	CHECK_UNCHANGED(fd, &before);
	CHECK(same(fd, o, intern(fd, "spam")));
}

TEST(has_no_slots)
{
	int fd = quiet_heap();
	uint64_t o = intern(fd, "spam");

	CHECK_EQ(DO(fd, GET, .obj = o), -EINVAL);
	CHECK_EQ(DO(fd, SET, .obj = o, .val = o), -EINVAL);
}

TEST(lengths)
{
	int fd = quiet_heap();
	uint32_t max = max_intern(fd);
	uint64_t empty = intern_type(fd, 0, NULL, 0), longest;
	char *data = malloc(max + 1);

	CHECK_EQ(max, 65536);
	CHECK(data);
	memset(data, 'x', max + 1);
	CHECK(same(fd, empty, intern(fd, "")));
	longest = intern_type(fd, 0, data, max);
	CHECK(same(fd, longest, intern_type(fd, 0, data, max)));
	data[max - 1] = 'y';
	CHECK(!same(fd, longest, intern_type(fd, 0, data, max)));
	CHECK_EQ(DO(fd, INTERN, .val = USER_PTR(data), .len = max + 1), -E2BIG);
	CHECK_EQ(DO(fd, INTERN, .val = USER_PTR(data), .len = ~0U), -E2BIG);
	CHECK_EQ(info_of(fd).objects, 3);
	check_sound(fd);
}

/* At the limit interning collects, and then finds an existing object without making one. */
TEST(limits)
{
	int fd = quiet_heap();
	uint64_t a = intern(fd, "a");

	make_ring(fd, 4);
	tune_limit(fd, 0, 5);
	intern(fd, "b");
	CHECK_EQ(info_of(fd).objects, 2);
	tune_limit(fd, 0, 2);
	CHECK_EQ(DO(fd, INTERN, .val = USER_PTR("c"), .len = 1), -EDQUOT);
	CHECK(same(fd, a, intern(fd, "a")));
	tune_limit(fd, 10, 0);
	CHECK_EQ(DO(fd, INTERN, .val = USER_PTR("123456789"), .len = 9),
		 -EDQUOT);
	intern(fd, "12345678");
	CHECK_EQ(info_of(fd).bytes, 10);
	check_sound(fd);
}

/* ---- many ---- */

#define CHUNK 5000

struct texts {
	char text[CHUNK][64];
	struct op ops[CHUNK];
};

/* Intern numbered texts from @first on, which share a prefix. */
static void intern_chunk(int fd, struct texts *t, const char *prefix,
			 uint32_t first)
{
	uint32_t i;

	for (i = 0; i < CHUNK; i++) {
		int len = snprintf(t->text[i], sizeof(t->text[i]), "%s%u",
				   prefix, first + i);

		t->ops[i] = OP(INTERN, .val = USER_PTR(t->text[i]), .len = len);
	}
	dev_all(fd, t->ops, CHUNK);
}

static void intern_twice(const char *prefix)
{
	uint32_t many = test_is_short() ? 10000 : 100000, i;
	struct texts *t = malloc(sizeof(*t));
	int fd = quiet_heap();

	CHECK(t);
	for (i = 0; i < many; i += CHUNK)
		intern_chunk(fd, t, prefix, i);
	CHECK_EQ(info_of(fd).objects, many);
	check_sound(fd);
	for (i = 0; i < many; i += CHUNK)
		intern_chunk(fd, t, prefix, i);
	CHECK_EQ(info_of(fd).objects, many);
	CHECK_EQ(refcount(fd, t->ops[CHUNK / 2].out), 2);
	CHECK_EQ(info_of(fd).handles, 2 * many);
}

TEST_SLOW(many, 300)
{
	intern_twice("");
}

TEST_SLOW(many_with_equal_prefixes, 300)
{
	intern_twice("the same forty characters for everybody ");
}

/* The table keeps nothing of dead objects. */
TEST(many_die)
{
	struct texts *t = malloc(sizeof(*t));
	int fd = quiet_heap();
	uint32_t i, round;

	CHECK(t);
	for (round = 0; round < 4; round++) {
		intern_chunk(fd, t, "round", 0);
		CHECK_EQ(info_of(fd).objects, CHUNK);
		for (i = 0; i < CHUNK; i++)
			t->ops[i] = OP(DROP, .obj = t->ops[i].out);
		dev_all(fd, t->ops, CHUNK);
		CHECK_EQ(info_of(fd).objects, 0);
		CHECK_EQ(info_of(fd).bytes, 0);
	}
	check_sound(fd);
}

/* ---- several threads ---- */

static void *intern_and_drop(void *arg)
{
	int fd = *(int *)arg;
	uint64_t a, b;
	uint32_t i;

	for (i = 0; i < 5000; i++) {
		a = intern(fd, "contended");
		b = intern(fd, "contended");
		CHECK(same(fd, a, b));
		drop(fd, a);
		drop(fd, b);
	}
	return NULL;
}

TEST(several_threads)
{
	struct worker *worker[3];
	int fd = quiet_heap();
	uint32_t i;

	for (i = 0; i < 3; i++)
		worker[i] = worker_start(intern_and_drop, &fd);
	for (i = 0; i < 3; i++)
		worker_join(worker[i]);
	CHECK_EQ(info_of(fd).objects, 0);
	check_sound(fd);
}
