// SPDX-License-Identifier: GPL-2.0
/* The scanner has no work with programs that make no cycles. */
#include <unistd.h>

#include "dev.h"
#include "harness.h"

#define CHUNK 1000

/* Each program here makes this many objects. */
static uint32_t many(void)
{
	return test_is_short() ? 20000 : 200000;
}

static uint64_t sum_of(int fd, uint64_t (*member)(struct mheap_ioc_gc_stats s))
{
	return member(gc_stats_of(fd, 0)) + member(gc_stats_of(fd, 1)) +
	       member(gc_stats_of(fd, 2));
}

static uint64_t scanned(struct mheap_ioc_gc_stats s)
{
	return s.scanned;
}

static uint64_t collections(struct mheap_ioc_gc_stats s)
{
	return s.collections;
}

static uint64_t collected(struct mheap_ioc_gc_stats s)
{
	return s.collected;
}

/* Collections were counted, but they visited and moved no object. */
static void check_idle(int fd)
{
	CHECK_GE(sum_of(fd, collections), many() / 20000);
	CHECK_EQ(sum_of(fd, scanned), 0);
	CHECK_EQ(sum_of(fd, collected), 0);
	check_sound(fd);
}

/*
 * Add a chunk of objects to a chain and let go of @end, so far its end with a handle.
 * Either each new object refers to the one before it, or the other way round.
 */
static uint64_t extend(int fd, uint64_t end, bool new_refers)
{
	static struct op ops[3 * CHUNK];
	uint32_t i;

	for (i = 0; i < 3 * CHUNK; i += 3) {
		ops[i] = OP(ALLOC, .len = 1);
		ops[i + 1] = OP(SET, .flags = OPF_OBJ | OPF_VAL,
				.obj = new_refers ? i : i - 3,
				.val = new_refers ? i - 3 : i);
		ops[i + 2] = OP(DROP, .flags = OPF_OBJ, .obj = i - 3);
	}
	if (new_refers)
		ops[1] = OP(SET, .flags = OPF_OBJ, .obj = 0, .val = end);
	else
		ops[1] = OP(SET, .flags = OPF_VAL, .obj = end, .val = 0);
	ops[2] = OP(DROP, .obj = end);
	dev_all(fd, ops, 3 * CHUNK);
	return ops[3 * CHUNK - 3].out;
}

/* A queue grows: the last object gets a reference to each new one. */
static uint64_t append(int fd, uint64_t last)
{
	return extend(fd, last, false);
}

/* A stack grows: each new object refers to the one before. */
static uint64_t prepend(int fd, uint64_t top)
{
	return extend(fd, top, true);
}

/* Build a tree of that depth whose nodes are made after, or before, their children. */
static uint64_t tree_from_leaves(int fd, uint32_t depth)
{
	uint64_t left = depth ? tree_from_leaves(fd, depth - 1) : 0;
	uint64_t right = depth ? tree_from_leaves(fd, depth - 1) : 0;
	uint64_t o = make(fd, 2, 0);

	if (depth) {
		give(fd, o, 0, left);
		give(fd, o, 1, right);
	}
	return o;
}

static void grow(int fd, uint64_t o, uint32_t depth)
{
	uint32_t i;

	for (i = 0; depth && i < 2; i++) {
		uint64_t child = make(fd, 2, 0);

		OUT(fd, SET, .obj = o, .index = i, .val = child);
		grow(fd, child, depth - 1);
		drop(fd, child);
	}
}

static uint64_t tree_from_root(int fd, uint32_t depth)
{
	uint64_t o = make(fd, 2, 0);

	grow(fd, o, depth);
	return o;
}

/* ---- programs ---- */

TEST_SLOW(stacks, 300)
{
	uint32_t i, k;
	int fd = dev_open();
	uint64_t o;

	for (i = 0; i < many(); i += 4 * CHUNK) {
		o = make(fd, 1, 0);
		for (k = 0; k < 4; k++)
			o = prepend(fd, o);
		drop(fd, o);
	}
	CHECK_EQ(info_of(fd).objects, 0);
	check_idle(fd);
}

/* The structure stays alive, and its objects do not move to older generations either. */
TEST_SLOW(growing_stack, 300)
{
	int fd = dev_open();
	uint64_t bottom = make(fd, 1, 0), o = OUT(fd, DUP, .obj = bottom);
	uint32_t i;

	for (i = 0; i < many(); i += CHUNK)
		o = prepend(fd, o);
	CHECK_EQ(info_of(fd).objects, i + 1);
	check_idle(fd);
	CHECK_EQ(stat_of(fd, bottom).generation, 0);
	drop(fd, o);
	CHECK_EQ(info_of(fd).objects, 1);
}

TEST_SLOW(growing_queue, 300)
{
	int fd = dev_open();
	uint64_t first = make(fd, 1, 0), last = OUT(fd, DUP, .obj = first);
	uint32_t i;

	for (i = 0; i < many(); i += CHUNK)
		last = append(fd, last);
	CHECK_EQ(info_of(fd).objects, i + 1);
	check_idle(fd);
	drop(fd, first);
	CHECK_EQ(info_of(fd).objects, 1);
}

static uint64_t (*const trees[])(int fd, uint32_t depth) = {
	tree_from_leaves, tree_from_root,
};

static const char *tree_name(unsigned int i)
{
	return i ? "from the root" : "from the leaves";
}

TEST_EACH(trees, tree_name, 2)
{
	uint32_t depth = test_is_short() ? 10 : 12, n;
	uint64_t keep = 0, o;
	int fd = dev_open();

	for (n = 0; n < many(); n += 2 << depth) {
		o = trees[i](fd, depth);
		if (keep)
			drop(fd, keep);
		keep = o;
	}
	CHECK_EQ(info_of(fd).objects, (2 << depth) - 1);
	check_idle(fd);
}

/* ---- and when a cycle comes ---- */

static bool comes_down_to(int fd, uint64_t objects)
{
	uint64_t end = now_ns() + 20000000000ULL;

	while (info_of(fd).objects > objects && now_ns() < end)
		usleep(1000);
	return info_of(fd).objects <= objects;
}

/* One reference turns an acyclic structure into a cycle. */
TEST(first_cycle_is_found)
{
	int fd = dev_open();
	uint64_t first = make(fd, 1, 0), last = OUT(fd, DUP, .obj = first);
	uint32_t i;

	for (i = 0; i < many(); i += CHUNK)
		last = append(fd, last);
	check_idle(fd);
	OUT(fd, SET, .obj = last, .val = first);
	drop(fd, last);
	drop(fd, first);
	CHECK_EQ(info_of(fd).objects, i + 1);
	CHECK_EQ(collect(fd, 2).found, i + 1);
	CHECK_EQ(info_of(fd).objects, 0);
	CHECK_GE(sum_of(fd, scanned), i + 1);
	check_sound(fd);
}

/* The collection starts by itself. */
TEST(first_cycle_wakes_the_scanner)
{
	int fd = dev_open();
	uint32_t i;

	for (i = 0; i < many(); i += CHUNK)
		drop(fd, prepend(fd, make(fd, 1, 0)));
	check_idle(fd);
	make_ring(fd, 800);
	for (i = 0; i < 100 && !sum_of(fd, collected); i++)
		drop(fd, prepend(fd, make(fd, 1, 0)));
	CHECK(comes_down_to(fd, 0));
	CHECK_EQ(sum_of(fd, collected), 800);
	check_sound(fd);
}

/* Store a reference by one of the ops that can, each of which may close the cycle. */
static void store(int fd, uint64_t o, uint64_t value, unsigned int way)
{
	struct op op = OP(SET, .obj = o, .val = value);

	if (way == 1)
		op.opcode = MHEAP_OP_XCHG;
	if (way == 2)
		op.opcode = MHEAP_OP_CAS;
	CHECK_EQ(dev_op(fd, &op), 0);
}

/* Make a ring whose references are stored in that order; nothing else refers to it. */
static void store_ring(int fd, uint32_t n, const uint32_t *order,
		       unsigned int way)
{
	uint64_t o[3];
	uint32_t i;

	for (i = 0; i < n; i++)
		o[i] = make(fd, 1, 0);
	for (i = 0; i < n; i++)
		store(fd, o[order[i]], o[(order[i] + 1) % n], way);
	drop_each(fd, o, n);
}

static const char *way_name(unsigned int i)
{
	static const char *const names[] = { "SET", "XCHG", "CAS" };

	return names[i];
}

/* Automatic collections find all rings but the last few. */
TEST_EACH(any_way_to_store, way_name, 3)
{
	static const struct { uint32_t n, order[3]; } rings[] = {
		{ 1, { 0 } }, { 2, { 0, 1 } }, { 2, { 1, 0 } },
		{ 3, { 0, 1, 2 } }, { 3, { 2, 1, 0 } }, { 3, { 1, 0, 2 } },
	};
	uint32_t r, k;

	for (r = 0; r < ARRAY_SIZE(rings); r++) {
		int fd = dev_open();

		tune_threshold(fd, 30, 0xffffffff, 0xffffffff);
		for (k = 0; k < 60; k++)
			store_ring(fd, rings[r].n, rings[r].order, i);
		CHECK(comes_down_to(fd, 59 * rings[r].n));
		CHECK_GE(sum_of(fd, collected), rings[r].n);
		collect(fd, 2);
		CHECK_EQ(info_of(fd).objects, 0);
	}
}
