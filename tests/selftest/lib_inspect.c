// SPDX-License-Identifier: GPL-2.0
/* The library: interned objects, lists of ids, freezing, the garbage list. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "lib_heap.h"

#define MAX_INTERN	65536U

/* ---- interned objects ---- */

static mheap_ref intern(struct mheap *h, mheap_type t, const char *text)
{
	mheap_ref r = 0;

	CHECK_EQ(mheap_intern(h, t, text, strlen(text), &r), 0);
	CHECK(r);
	return r;
}

TEST(intern)
{
	struct mheap *h = lib_open();
	mheap_ref a = intern(h, 0, "text"), b = intern(h, 0, "text");
	struct mheap_stat st;
	mheap_type t;
	char buf[4];

	CHECK_NE(a, b);
	CHECK_EQ(mheap_same(h, a, b), 1);
	CHECK_EQ(lib_refcount(h, a), 2);
	CHECK_EQ(mheap_same(h, a, intern(h, 0, "tex")), 0);
	CHECK_EQ(mheap_same(h, a, intern(h, 0, "texu")), 0);
	CHECK_EQ(mheap_same(h, a, intern(h, 0, "")), 0);
	CHECK_EQ(mheap_type_register(h, "symbol", &t), 0);
	CHECK_EQ(mheap_same(h, a, intern(h, t, "text")), 0);
	CHECK_EQ(mheap_read(h, a, 0, buf, 4), 0);
	CHECK(!memcmp(buf, "text", 4));
	CHECK_EQ(mheap_stat(h, a, &st), 0);
	CHECK_EQ(st.flags, MHEAP_INTERNED);
	CHECK_EQ(st.nbytes, 4);
	CHECK_EQ(st.nslots, 0);
	CHECK_EQ(st.generation, -1);
}

TEST(interned_does_not_change)
{
	struct mheap *h = lib_open();
	mheap_ref a = intern(h, 0, "text");

	CHECK_EQ(mheap_write(h, a, 0, "x", 1), -EPERM);
	CHECK_EQ(mheap_resize(h, a, 0, 5), -EPERM);
	CHECK_EQ(mheap_resize(h, a, 1, 4), -EPERM);
	CHECK_EQ(mheap_same(h, a, intern(h, 0, "text")), 1);
}

TEST(interned_dies)
{
	struct mheap *h = lib_open();
	mheap_ref a = intern(h, 0, "text");
	uint64_t id = lib_id(h, a);

	lib_drop(h, a);
	CHECK_EQ(lib_info(h).objects, 0);
	CHECK_EQ(mheap_open_id(h, id, &a), -ENOENT);
	CHECK_NE(lib_id(h, intern(h, 0, "text")), id);
}

TEST(intern_errors)
{
	struct mheap *h = lib_open();
	char *large = calloc(1, MAX_INTERN + 1);
	mheap_ref r = 5;

	CHECK(large);
	CHECK_EQ(mheap_intern(h, 9, "x", 1, &r), -ENOENT);
	CHECK_EQ(mheap_intern(h, 0, NULL, 1, &r), -EFAULT);
	CHECK_EQ(mheap_intern(h, 0, large, MAX_INTERN + 1, &r), -E2BIG);
	CHECK_EQ(mheap_intern(h, 0, large, SIZE_MAX, &r), -E2BIG);
	CHECK_EQ(mheap_intern(h, 0, "x", 1, NULL), -EFAULT);
	CHECK_EQ(r, 5);
	CHECK_EQ(lib_info(h).objects, 0);
	CHECK_EQ(mheap_intern(h, 0, large, MAX_INTERN, &r), 0);
	CHECK_EQ(mheap_intern(h, 0, NULL, 0, &r), 0);
	CHECK_EQ(mheap_set_limit(h, 0, 2), 0);
	r = 5;
	CHECK_EQ(mheap_intern(h, 0, "x", 1, &r), -EDQUOT);
	CHECK_EQ(r, 5);
	CHECK_EQ(mheap_intern(h, 0, large, MAX_INTERN, &r), 0);
}

TEST(intern_longer_than_32_bits)
{
	struct mheap *h = lib_open();
	mheap_ref r = 5;

	if (sizeof(size_t) == 4)
		skip("no such size");
	CHECK_EQ(mheap_intern(h, 0, "xx", (size_t)((1ULL << 32) + 1), &r), -E2BIG);
	CHECK_EQ(r, 5);
}

/* ---- lists ---- */

#define MANY	5000U
#define POISON	0x5a5a5a5a5a5a5a5aULL

static int compare_ids(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Both lists have the same ids, in any order. */
static void check_ids(uint64_t *seen, uint64_t *wanted, size_t n)
{
	size_t i;

	qsort(seen, n, sizeof(*seen), compare_ids);
	qsort(wanted, n, sizeof(*wanted), compare_ids);
	for (i = 0; i < n; i++)
		CHECK_EQ(seen[i], wanted[i]);
}

TEST(objects_of_generations)
{
	struct mheap *h = lib_open_quiet();
	uint64_t ids[4] = { 0 }, a, b;

	CHECK_EQ(mheap_gc_get_objects(h, -1, NULL, 0), 0);
	a = lib_id(h, lib_alloc(h, 1, 0));
	lib_alloc(h, 0, 8);
	CHECK_EQ(mheap_gc_collect(h, 0), 0);
	b = lib_id(h, lib_alloc(h, 1, 0));
	CHECK_EQ(mheap_gc_get_objects(h, 0, ids, 4), 1);
	CHECK_EQ(ids[0], b);
	CHECK_EQ(mheap_gc_get_objects(h, 1, ids, 4), 1);
	CHECK_EQ(ids[0], a);
	CHECK_EQ(mheap_gc_get_objects(h, 2, ids, 4), 0);
	CHECK_EQ(mheap_gc_get_objects(h, 3, ids, 4), 0);
	CHECK_EQ(mheap_gc_get_objects(h, 4, ids, 4), 0);
	CHECK_EQ(mheap_gc_get_objects(h, -1, ids, 4), 2);
	check_ids(ids, (uint64_t[]){ a, b }, 2);
}

TEST(more_objects_than_asked_for)
{
	struct mheap *h = lib_open_quiet();
	static uint64_t ids[MANY + 1], all[MANY];
	unsigned int i;

	for (i = 0; i < MANY; i++)
		all[i] = lib_id(h, lib_alloc(h, 1, 0));
	memset(ids, 0x5a, sizeof(ids));
	CHECK_EQ(mheap_gc_get_objects(h, -1, NULL, 0), MANY);
	CHECK_EQ(mheap_gc_get_objects(h, 0, ids, 2000), MANY);
	for (i = 0; i < MANY; i++)
		CHECK_EQ(ids[i] != POISON, i < 2000);
	CHECK_EQ(mheap_gc_get_objects(h, 0, ids, MANY + 1), MANY);
	CHECK_EQ(ids[MANY], POISON);
	check_ids(ids, all, MANY);
}

TEST(list_errors)
{
	struct mheap *h = lib_open();
	mheap_ref r = lib_alloc(h, 1, 0);
	uint64_t id = lib_id(h, r), ids[1] = { POISON };

	CHECK_EQ(mheap_gc_get_objects(h, 5, ids, 1), -EINVAL);
	CHECK_EQ(mheap_gc_get_objects(h, -2, ids, 1), -EINVAL);
	CHECK_EQ(mheap_gc_get_objects(h, 0, NULL, 1), -EFAULT);
	CHECK_EQ(mheap_gc_get_referents(h, id, NULL, 1), -EFAULT);
	CHECK_EQ(mheap_gc_get_referrers(h, id, NULL, 1), -EFAULT);
	CHECK_EQ(mheap_gc_garbage(h, NULL, 1), -EFAULT);
	CHECK_EQ(mheap_gc_get_referents(h, 0, ids, 1), -ENOENT);
	CHECK_EQ(mheap_gc_get_referrers(h, 0, ids, 1), -ENOENT);
	lib_drop(h, r);
	CHECK_EQ(mheap_gc_get_referents(h, id, ids, 1), -ENOENT);
	CHECK_EQ(mheap_gc_get_referrers(h, id, ids, 1), -ENOENT);
	CHECK_EQ(ids[0], POISON);
}

TEST(referents)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref a = lib_alloc(h, 5, 0), b = lib_alloc(h, 0, 0);
	uint64_t ids[5] = { 0 };

	CHECK_EQ(mheap_gc_get_referents(h, lib_id(h, b), ids, 5), 0);
	CHECK_EQ(mheap_gc_get_referents(h, lib_id(h, a), ids, 5), 0);
	CHECK_EQ(mheap_set(h, a, 1, b), 0);
	CHECK_EQ(mheap_set(h, a, 2, a), 0);
	CHECK_EQ(mheap_set(h, a, 4, b), 0);
	CHECK_EQ(mheap_gc_get_referents(h, lib_id(h, a), ids, 5), 3);
	CHECK_EQ(ids[0], lib_id(h, b));
	CHECK_EQ(ids[1], lib_id(h, a));
	CHECK_EQ(ids[2], lib_id(h, b));
	CHECK_EQ(ids[3], 0);
}

/* Referents come in the order of many slots, and many objects refer to one. */
TEST(many_referents_and_referrers)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref wide = lib_alloc(h, MANY, 0), one = lib_alloc(h, 0, 0), r;
	static uint64_t ids[MANY + 1], all[MANY];
	unsigned int i;

	for (i = 0; i < MANY; i++) {
		r = lib_alloc(h, 2, 0);
		all[i] = lib_id(h, r);
		CHECK_EQ(mheap_set(h, wide, i, r), 0);
		CHECK_EQ(mheap_set(h, r, 0, one), 0);
		CHECK_EQ(mheap_set(h, r, 1, one), 0);
	}
	CHECK_EQ(mheap_gc_get_referents(h, lib_id(h, wide), ids, MANY), MANY);
	CHECK(!memcmp(ids, all, sizeof(all)));
	ids[MANY] = POISON;
	CHECK_EQ(mheap_gc_get_referrers(h, lib_id(h, one), ids, MANY + 1), MANY);
	CHECK_EQ(ids[MANY], POISON);
	check_ids(ids, all, MANY);
	CHECK_EQ(mheap_gc_get_referrers(h, all[7], ids, 1), 1);
	CHECK_EQ(ids[0], lib_id(h, wide));
}

/* ---- what the collector knows of an object ---- */

TEST(is_tracked)
{
	struct mheap *h = lib_open();
	mheap_ref immortal;

	CHECK_EQ(mheap_gc_is_tracked(h, lib_alloc(h, 1, 0)), 1);
	CHECK_EQ(mheap_gc_is_tracked(h, lib_alloc(h, 0, 8)), 0);
	CHECK_EQ(mheap_alloc(h, 0, 1, 0, MHEAP_IMMORTAL, &immortal), 0);
	CHECK_EQ(mheap_gc_is_tracked(h, immortal), 0);
	CHECK_EQ(mheap_gc_is_finalized(h, immortal), 0);
	CHECK_EQ(mheap_gc_is_tracked(h, 0), -EINVAL);
	CHECK_EQ(mheap_gc_is_tracked(h, 77), -EBADF);
}

static int32_t generation_of(struct mheap *h, mheap_ref r)
{
	struct mheap_stat st;

	CHECK_EQ(mheap_stat(h, r, &st), 0);
	return st.generation;
}

TEST(freeze)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref a, b, late;

	CHECK_EQ(mheap_gc_get_freeze_count(h), 0);
	lib_pair(h, &a, &b);
	CHECK_EQ(mheap_gc_freeze(h), 0);
	late = lib_alloc(h, 1, 0);
	CHECK_EQ(mheap_gc_get_freeze_count(h), 2);
	CHECK_EQ(lib_info(h).frozen, 2);
	CHECK_EQ(generation_of(h, a), 3);
	CHECK_EQ(generation_of(h, late), 0);
	CHECK_EQ(mheap_gc_is_tracked(h, a), 1);
	CHECK_EQ(mheap_gc_get_objects(h, 3, NULL, 0), 2);
	lib_drop(h, b);
	lib_drop(h, a);
	CHECK_EQ(mheap_gc_collect(h, 2), 0);
	CHECK_EQ(mheap_gc_unfreeze(h), 0);
	CHECK_EQ(mheap_gc_get_freeze_count(h), 0);
	CHECK_EQ(mheap_gc_get_objects(h, 2, NULL, 0), 3);
	CHECK_EQ(mheap_gc_collect(h, 2), 2);
	CHECK_EQ(lib_info(h).objects, 1);
}

/* ---- the garbage list ---- */

TEST(debug_flags)
{
	struct mheap *h = lib_open();

	CHECK_EQ(mheap_gc_get_debug(h), 0);
	CHECK_EQ(mheap_gc_set_debug(h, MHEAP_DEBUG_SAVEALL), 0);
	CHECK_EQ(mheap_gc_get_debug(h), MHEAP_DEBUG_SAVEALL);
	CHECK_EQ(mheap_gc_set_debug(h, 2), -EINVAL);
	CHECK_EQ(mheap_gc_set_debug(h, UINT32_MAX), -EINVAL);
	CHECK_EQ(mheap_gc_get_debug(h), MHEAP_DEBUG_SAVEALL);
	CHECK_EQ(mheap_gc_set_threshold(h, 1, 2, 3), 0);
	CHECK_EQ(mheap_gc_get_debug(h), MHEAP_DEBUG_SAVEALL);
	CHECK_EQ(mheap_gc_set_debug(h, 0), 0);
	CHECK_EQ(mheap_gc_get_debug(h), 0);
}

TEST(garbage_list)
{
	struct mheap *h = lib_open_quiet();
	uint64_t ids[3] = { POISON, POISON, POISON }, wanted[2];
	mheap_ref a, b, r = 0;

	lib_pair(h, &a, &b);
	wanted[0] = lib_id(h, a);
	wanted[1] = lib_id(h, b);
	CHECK_EQ(mheap_gc_set_debug(h, MHEAP_DEBUG_SAVEALL), 0);
	lib_drop(h, a);
	lib_drop(h, b);
	CHECK_EQ(mheap_gc_garbage(h, NULL, 0), 0);
	CHECK_EQ(mheap_gc_collect(h, 2), 2);
	CHECK_EQ(lib_info(h).garbage, 2);
	CHECK_EQ(mheap_gc_garbage(h, ids, 3), 2);
	CHECK_EQ(ids[2], POISON);
	check_ids(ids, wanted, 2);
	CHECK_EQ(mheap_open_id(h, wanted[0], &r), 0);
	CHECK_EQ(mheap_get(h, r, 0, &b), 0);
	CHECK_EQ(lib_id(h, b), wanted[1]);
	lib_drop(h, r);
	lib_drop(h, b);
	CHECK_EQ(mheap_gc_set_debug(h, 0), 0);
	CHECK_EQ(mheap_gc_clear_garbage(h), 0);
	CHECK_EQ(mheap_gc_garbage(h, NULL, 0), 0);
	CHECK_EQ(lib_info(h).objects, 2);
	CHECK_EQ(mheap_gc_collect(h, 2), 2);
	CHECK_EQ(lib_info(h).objects, 0);
}

/* Objects that only the garbage list holds, and no cycle, are freed with it. */
TEST(garbage_without_a_cycle)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref a, b;
	uint64_t id;

	lib_pair(h, &a, &b);
	id = lib_id(h, a);
	CHECK_EQ(mheap_gc_set_debug(h, MHEAP_DEBUG_SAVEALL), 0);
	lib_drop(h, a);
	lib_drop(h, b);
	CHECK_EQ(mheap_gc_collect(h, 2), 2);
	CHECK_EQ(mheap_open_id(h, id, &a), 0);
	CHECK_EQ(mheap_set(h, a, 0, 0), 0);
	lib_drop(h, a);
	CHECK_EQ(lib_info(h).objects, 2);
	CHECK_EQ(mheap_gc_clear_garbage(h), 0);
	CHECK_EQ(lib_info(h).objects, 0);
	CHECK_EQ(mheap_gc_clear_garbage(h), 0);
}
