// SPDX-License-Identifier: GPL-2.0
/*
 * Suite of listing.c.  Every list of every graph of three objects, read in pieces of any
 * size, is compared with the graph.
 */
#include <linux/sched.h>

#include "gc/collect.h"
#include "kunit.h"
#include "listing.h"

#define KT_NODES	3
#define KT_SLOTS	2
#define KT_ROOM		16

/**
 * struct kt_list - A list, read to its end
 * @n: number of ids
 * @id: the ids
 */
struct kt_list {
	u32 n;
	u64 id[KT_ROOM];
};

/* Read a list in pieces of that many ids. */
static int kt_list_read(struct kunit *test, struct mheap_ioc_list what,
			u32 piece, struct kt_list *out)
{
	u64 ids[KT_ROOM];
	int err;
	u32 i;

	out->n = 0;
	what.cursor = 0;
	do {
		what.count = piece;
		err = mheap_listing_fill(kt_heap(test), &what, ids);
		if (err)
			return err;
		KUNIT_EXPECT_LE(test, what.count, piece);
		for (i = 0; i < what.count && out->n < KT_ROOM; i++)
			out->id[out->n++] = ids[i];
	} while (what.cursor != MHEAP_LIST_END);
	what.count = piece;
	KUNIT_EXPECT_EQ(test, mheap_listing_fill(kt_heap(test), &what, ids), 0);
	KUNIT_EXPECT_EQ(test, what.count, 0);
	return 0;
}

/* Check that a list has exactly these ids, each once. */
static void kt_list_expect(struct kunit *test, struct mheap_ioc_list what,
			   const u64 *id, unsigned int which)
{
	struct kt_list list;
	u32 piece, i, k, seen;

	for (piece = 1; piece < 5; piece++) {
		KUNIT_EXPECT_EQ(test, kt_list_read(test, what, piece, &list), 0);
		for (i = 0, seen = 0; i < list.n; i++)
			for (k = 0; k < KT_NODES; k++)
				if (list.id[i] == id[k])
					seen |= 1U << k;
		if (seen != which || list.n != hweight32(which))
			KUNIT_FAIL(test, "kind %u, generation %d: %x of %u, not %x",
				   what.kind, what.generation, seen, list.n,
				   which);
	}
}

/* ---- graphs ---- */

static void kt_list_graph(struct kunit *test, const u64 *h, const u64 *id,
			  unsigned int code)
{
	int slot[KT_NODES][KT_SLOTS], i, k;
	struct mheap_ioc_list what = {};
	struct kt_list list;
	unsigned int from;
	u32 n;

	for (i = 0; i < KT_NODES; i++)
		for (k = 0; k < KT_SLOTS; k++, code /= KT_NODES + 1) {
			slot[i][k] = (int)(code % (KT_NODES + 1)) - 1;
			kt_set(test, h[i], k,
			       slot[i][k] < 0 ? 0 : h[slot[i][k]]);
		}
	for (i = 0; i < KT_NODES; i++) {
		what.id = id[i];
		what.kind = MHEAP_LIST_REFERENTS;
		KUNIT_EXPECT_EQ(test, kt_list_read(test, what, 1, &list), 0);
		for (k = 0, n = 0; k < KT_SLOTS; k++)
			if (slot[i][k] >= 0)
				KUNIT_EXPECT_EQ(test, list.id[n++],
						id[slot[i][k]]);
		KUNIT_EXPECT_EQ(test, list.n, n);
		what.kind = MHEAP_LIST_REFERRERS;
		for (k = 0, from = 0; k < KT_NODES * KT_SLOTS; k++)
			if (slot[k / KT_SLOTS][k % KT_SLOTS] == i)
				from |= 1U << (k / KT_SLOTS);
		kt_list_expect(test, what, id, from);
	}
}

static void kt_listing_graphs(struct kunit *test)
{
	unsigned int code, i, step = kt_slow() ? 17 : 1;
	u64 h[KT_NODES], id[KT_NODES];

	for (i = 0; i < KT_NODES; i++) {
		h[i] = kt_alloc(test, KT_SLOTS, 0);
		id[i] = kt_id(test, h[i]);
	}
	for (code = 0; code < 4096; code += step) {
		kt_list_graph(test, h, id, code);
		if (code % 64 == 0)
			cond_resched();
	}
}

/* ---- generations ---- */

static void kt_list_expect_generations(struct kunit *test, const u64 *id,
				       const int *generation)
{
	struct mheap_ioc_list what = { .kind = MHEAP_LIST_OBJECTS };
	unsigned int which;
	u32 k;

	for (what.generation = -1; what.generation < 5; what.generation++) {
		for (k = 0, which = 0; k < KT_NODES; k++)
			if (what.generation < 0 ||
			    generation[k] == what.generation)
				which |= 1U << k;
		kt_list_expect(test, what, id, which);
	}
}

/* Tracked objects are in the list of their generation, others are in no list. */
static void kt_listing_generations(struct kunit *test)
{
	u64 h[KT_NODES], id[KT_NODES];
	int generation[KT_NODES] = {};
	unsigned int i, g;

	kt_alloc(test, 0, 8);
	kt_alloc_immortal(test, 2);
	for (i = 0; i < KT_NODES; i++) {
		h[i] = kt_alloc(test, 1, 0);
		id[i] = kt_id(test, h[i]);
	}
	kt_list_expect_generations(test, id, generation);
	for (g = 0; g < 2; g++) {
		kt_collect(test, g);
		for (i = 0; i < KT_NODES; i++)
			generation[i] = g + 1;
		kt_list_expect_generations(test, id, generation);
	}
	kt_freeze(test, true);
	for (i = 0; i < KT_NODES; i++)
		generation[i] = 3;
	kt_list_expect_generations(test, id, generation);
	kt_drop(test, h[0]);
	h[0] = kt_alloc(test, 1, 0);
	id[0] = kt_id(test, h[0]);
	generation[0] = 0;
	kt_list_expect_generations(test, id, generation);
	kt_set(test, h[0], 0, h[0]);
	kt_finalizer(test, h[0], 0);
	kt_drop(test, h[0]);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 0), 1);
	generation[0] = 4;
	kt_list_expect_generations(test, id, generation);
}

/* ---- the garbage list ---- */

static void kt_listing_garbage(struct kunit *test)
{
	struct mheap_ioc_list what = { .kind = MHEAP_LIST_GARBAGE };
	u64 h[KT_NODES], id[KT_NODES];
	unsigned int i, alive;

	kt_gc(test)->save_all = true;
	kt_list_expect(test, what, id, 0);
	for (i = 0; i < KT_NODES; i++) {
		h[i] = kt_alloc(test, 2, 0);
		id[i] = kt_id(test, h[i]);
	}
	/* Objects 0 and 1 are a ring that refers to object 2. */
	kt_set(test, h[0], 0, h[1]);
	kt_set(test, h[1], 0, h[0]);
	kt_set(test, h[1], 1, h[2]);
	for (i = 0; i < KT_NODES; i++)
		kt_drop(test, h[i]);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 1), 3);
	KUNIT_EXPECT_EQ(test, kt_gc(test)->saved, 3);
	kt_expect_sound(test);
	kt_list_expect(test, what, id, 7);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 0);
	kt_list_expect(test, what, id, 7);
	/* An object that loses its slots is kept by the garbage list, and dies with it. */
	h[1] = kt_open(test, id[1]);
	kt_set(test, h[1], 1, 0);
	kt_drop(test, h[1]);
	KUNIT_EXPECT_EQ(test, mheap_listing_clear_garbage(kt_heap(test)), 0);
	for (i = 0, alive = 0; i < KT_NODES; i++)
		alive |= kt_alive(test, id[i]) << i;
	KUNIT_EXPECT_EQ(test, alive, 3);
	KUNIT_EXPECT_EQ(test, kt_gc(test)->saved, 0);
	kt_list_expect(test, what, id, 0);
	kt_expect_sound(test);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 2);
	kt_list_expect(test, what, id, 3);
	kt_gc(test)->save_all = false;
	KUNIT_EXPECT_EQ(test, mheap_listing_clear_garbage(kt_heap(test)), 0);
	KUNIT_EXPECT_EQ(test, kt_collect(test, 2), 2);
	kt_expect_empty(test);
}

static void kt_listing_wrong(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), id = kt_id(test, a), ids[1];
	const struct {
		struct mheap_ioc_list list;
		int error;
	} wrong[] = {
		{ { .count = 0 }, -EINVAL },
		{ { .count = MHEAP_MAX_OPS + 1 }, -E2BIG },
		{ { .kind = 4, .count = 1 }, -EINVAL },
		{ { .kind = ~0U, .count = 1 }, -EINVAL },
		{ { .count = 1, .generation = -2 }, -EINVAL },
		{ { .count = 1, .generation = 5 }, -EINVAL },
		{ { .count = 1, .id = id }, -EINVAL },
		{ { .kind = 1, .count = 1, .generation = 1 }, -EINVAL },
		{ { .kind = 1, .count = 1, .id = id }, -EINVAL },
		{ { .kind = 2, .count = 1, .generation = -1 }, -EINVAL },
		{ { .kind = 2, .count = 1 }, -ENOENT },
		{ { .kind = 3, .count = 1, .id = ~0ULL }, -ENOENT },
		{ { .kind = 3, .count = 1, .id = id ^ 1 << 30 }, -ENOENT },
		{ { .kind = 2, .count = 1, .id = id }, 0 },
		{ { .kind = 3, .count = 1, .id = id }, 0 },
	};
	struct mheap_ioc_list list;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		list = wrong[i].list;
		KUNIT_EXPECT_EQ_MSG(test, mheap_listing_fill(kt_heap(test),
							     &list, ids),
				    wrong[i].error, "%u", i);
	}
	/* These cursors did not come from a list. */
	list = (struct mheap_ioc_list){ .count = 1, .cursor = 1ULL << 40 };
	KUNIT_EXPECT_EQ(test, mheap_listing_fill(kt_heap(test), &list, ids), 0);
	KUNIT_EXPECT_EQ(test, list.count, 0);
	list = (struct mheap_ioc_list){ .kind = 2, .count = 1, .id = id,
					.cursor = 1ULL << 32 };
	KUNIT_EXPECT_EQ(test, mheap_listing_fill(kt_heap(test), &list, ids), 0);
	KUNIT_EXPECT_EQ(test, list.count, 0);
	KUNIT_EXPECT_EQ(test, list.cursor, MHEAP_LIST_END);
}

/* Objects that are being taken down are in no list any more. */
static void kt_listing_condemned(struct kunit *test)
{
	struct mheap_ioc_list what = { .generation = -1 };
	struct mheap_heap *heap = kt_heap(test);
	u64 id[KT_NODES], h[KT_NODES];
	unsigned int i, steps = 0;
	bool more, alive;

	for (i = 0; i < KT_NODES; i++) {
		h[i] = kt_alloc(test, 1, 0);
		id[i] = kt_id(test, h[i]);
	}
	kt_set(test, h[1], 0, h[2]);
	kt_set(test, h[2], 0, h[1]);
	kt_drop(test, h[1]);
	kt_drop(test, h[2]);
	mheap_heap_lock(heap);
	mheap_collect_start(&heap->gc, 2);
	do {
		mheap_heap_unlock(heap);
		alive = kt_alive(test, id[1]);
		KUNIT_EXPECT_EQ(test, kt_alive(test, id[2]), alive);
		kt_list_expect(test, what, id, alive ? 7 : 1);
		steps += !alive;
		mheap_heap_lock(heap);
		more = mheap_collect_step(&heap->gc, 1);
	} while (more);
	mheap_heap_unlock(heap);
	KUNIT_EXPECT_GT(test, steps, 2);
}

static struct kunit_case kt_listing_cases[] = {
	KUNIT_CASE(kt_listing_graphs),
	KUNIT_CASE(kt_listing_generations),
	KUNIT_CASE(kt_listing_garbage),
	KUNIT_CASE(kt_listing_wrong),
	KUNIT_CASE(kt_listing_condemned),
	{}
};

static struct kunit_suite kt_listing_suite = {
	.name = "mheap_listing",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_listing_cases,
};

kunit_test_suite(kt_listing_suite);
