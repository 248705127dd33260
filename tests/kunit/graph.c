// SPDX-License-Identifier: GPL-2.0
/*
 * Suite of gc/collect.c on heaps at rest, with every graph of up to three objects with two
 * slots each, every set of handles and every generation.  The suite works out in the
 * plainest way which objects die by count, and which ones a collection finds.
 */
#include <linux/sched.h>

#include "kunit.h"

#define KT_SLOTS	2
#define KT_MOST		4

/**
 * struct kt_graph - A graph, and the objects it was built of
 * @test: the test
 * @n: number of objects
 * @slot: the number of the object that each slot refers to, or -1
 * @roots: bits of the objects that have a handle
 * @gen: generation of each object when the collection begins
 * @counted: bits of the objects that have not died by count
 * @reached: bits of the objects that the collection may not find
 * @ops: a batch
 * @id: ids of the objects
 * @handle: their handles
 */
struct kt_graph {
	struct kunit *test;
	int n;
	int slot[KT_MOST][KT_SLOTS];
	unsigned int roots;
	unsigned int gen[KT_MOST];
	unsigned int counted;
	unsigned int reached;
	struct kt_op ops[4 * KT_MOST];
	u64 id[KT_MOST];
	u64 handle[KT_MOST];
};

static unsigned int kt_graph_codes(int n)
{
	unsigned int codes = 1;
	int i;

	for (i = 0; i < KT_SLOTS * n; i++)
		codes *= n + 1;
	return codes;
}

static void kt_graph_decode(struct kt_graph *g, unsigned int code)
{
	int i, k;

	for (i = 0; i < g->n; i++) {
		for (k = 0; k < KT_SLOTS; k++) {
			g->slot[i][k] = (int)(code % (g->n + 1)) - 1;
			code /= g->n + 1;
		}
	}
}

/* ---- the reference ---- */

/* Return the number of slots of the objects in @from that refer to an object. */
static unsigned int kt_graph_refs(const struct kt_graph *g, unsigned int from,
				  int to)
{
	unsigned int refs = 0;
	int i, k;

	for (i = 0; i < g->n; i++)
		for (k = 0; k < KT_SLOTS; k++)
			refs += (from >> i & 1) && g->slot[i][k] == to;
	return refs;
}

/* Find the objects that do not die by count: a handle or a living object refers to them. */
static void kt_graph_count(struct kt_graph *g, unsigned int alive)
{
	unsigned int before;
	int i;

	g->counted = alive;
	do {
		before = g->counted;
		for (i = 0; i < g->n; i++)
			if (!(g->roots >> i & 1) &&
			    !kt_graph_refs(g, g->counted, i))
				g->counted &= ~(1U << i);
	} while (g->counted != before);
}

/* Find the objects that are reachable from handles and from older objects. */
static void kt_graph_reach(struct kt_graph *g, unsigned int generation)
{
	unsigned int before;
	int i;

	g->reached = g->roots;
	for (i = 0; i < g->n; i++)
		if (g->gen[i] > generation)
			g->reached |= g->counted & 1U << i;
	do {
		before = g->reached;
		for (i = 0; i < g->n; i++)
			if (kt_graph_refs(g, g->reached, i))
				g->reached |= 1U << i;
	} while (g->reached != before);
}

/* ---- the heap ---- */

static void kt_graph_alloc(struct kt_graph *g, unsigned int gen)
{
	struct kt_op *op = g->ops;
	int i;

	for (i = 0; i < g->n; i++) {
		if (g->gen[i] != gen)
			continue;
		op[0] = (struct kt_op){ .opcode = MHEAP_OP_ALLOC,
					   .len = KT_SLOTS };
		op[1] = (struct kt_op){ .opcode = MHEAP_OP_ID,
					   .flags = KT_OPF_OBJ,
					   .obj = op - g->ops };
		op += 2;
	}
	if (op == g->ops)
		return;
	if (kt_batch(g->test, g->ops, op - g->ops, false) != op - g->ops)
		KUNIT_FAIL_AND_ABORT(g->test, "objects");
	for (i = g->n; i--;) {
		if (g->gen[i] != gen)
			continue;
		g->id[i] = (--op)->out;
		g->handle[i] = (--op)->out;
	}
}

static void kt_graph_link(struct kt_graph *g)
{
	struct kt_op *op = g->ops;
	int i, k;

	for (i = 0; i < g->n; i++)
		for (k = 0; k < KT_SLOTS; k++)
			if (g->slot[i][k] >= 0)
				*op++ = (struct kt_op){
					.opcode = MHEAP_OP_SET,
					.obj = g->handle[i], .index = k,
					.val = g->handle[g->slot[i][k]],
				};
	if (op != g->ops &&
	    kt_batch(g->test, g->ops, op - g->ops, false) != op - g->ops)
		KUNIT_FAIL_AND_ABORT(g->test, "slots");
}

/* Make older objects first, since a collection moves all objects on by one generation. */
static void kt_graph_build(struct kt_graph *g)
{
	kt_graph_alloc(g, 2);
	kt_collect(g->test, 0);
	kt_collect(g->test, 1);
	kt_graph_alloc(g, 1);
	kt_collect(g->test, 0);
	kt_graph_alloc(g, 0);
	kt_graph_link(g);
}

static void kt_graph_drop(struct kt_graph *g, unsigned int which)
{
	int i;

	for (i = 0; i < g->n; i++)
		if (which >> i & 1 && kt_drop(g->test, g->handle[i]))
			KUNIT_FAIL(g->test, "handle");
}

static bool kt_graph_alive(struct kt_graph *g, unsigned int which)
{
	int i;

	if (kt_heap(g->test)->objects != hweight32(which))
		return false;
	for (i = 0; i < g->n; i++)
		if (kt_alive(g->test, g->id[i]) != (which >> i & 1))
			return false;
	return true;
}

static void kt_graph_expect(struct kt_graph *g, bool holds, const char *what,
			    unsigned int generation)
{
	if (!holds)
		KUNIT_FAIL_AND_ABORT(g->test,
				     "%s, generation %u: slots %d %d, %d %d, %d %d, %d %d; generations %u %u %u %u; handles %x",
				     what, generation, g->slot[0][0],
				     g->slot[0][1], g->slot[1][0],
				     g->slot[1][1], g->slot[2][0],
				     g->slot[2][1], g->slot[3][0],
				     g->slot[3][1], g->gen[0], g->gen[1],
				     g->gen[2], g->gen[3], g->roots);
}

/* Build the graph, drop handles and collect.  This leaves the heap empty. */
static void kt_graph_case(struct kt_graph *g, unsigned int generation)
{
	unsigned int all = (1U << g->n) - 1, found;

	kt_graph_build(g);
	kt_graph_drop(g, all & ~g->roots);
	kt_graph_count(g, all);
	kt_graph_expect(g, kt_graph_alive(g, g->counted), "deaths by count",
			generation);
	kt_graph_reach(g, generation);
	found = hweight32(g->counted & ~g->reached);
	kt_graph_expect(g, kt_collect(g->test, generation) == found,
			"number found", generation);
	kt_graph_count(g, g->counted & g->reached);
	kt_graph_expect(g, kt_graph_alive(g, g->counted), "survivors",
			generation);
	kt_graph_drop(g, g->roots);
	kt_collect(g->test, 2);
	kt_graph_expect(g, !kt_heap(g->test)->objects, "end", generation);
}

static struct kt_graph *kt_graph_new(struct kunit *test, int n)
{
	struct kt_graph *g = kunit_kzalloc(test, sizeof(*g), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, g);
	g->test = test;
	g->n = n;
	return g;
}

/* Where everything is slow, only a fifth of the graphs of three objects is tried. */
static unsigned int kt_graph_stride(int n)
{
	return n == 3 && kt_slow() ? 5 : 1;
}

/* Try graphs whose objects are all of one generation, in collections of @first to @last. */
static unsigned int kt_graph_uniform(struct kt_graph *g, unsigned int gen,
				     unsigned int first, unsigned int last)
{
	unsigned int code, generation, cases = 0;
	unsigned int stride = kt_graph_stride(g->n);
	int i;

	for (i = 0; i < g->n; i++)
		g->gen[i] = gen;
	for (code = 0; code < kt_graph_codes(g->n); code += stride) {
		kt_graph_decode(g, code);
		for (g->roots = 0; g->roots < 1U << g->n; g->roots++)
			for (generation = first; generation <= last;
			     generation++, cases++)
				kt_graph_case(g, generation);
		if (code % 64 == 0)
			kt_expect_sound(g->test);
		cond_resched();
	}
	return cases;
}

static void kt_graph_small(struct kunit *test, unsigned int gen)
{
	unsigned int cases = 0;
	int n;

	for (n = 1; n <= 3; n++)
		cases += kt_graph_uniform(kt_graph_new(test, n), gen, gen, gen);
	KUNIT_EXPECT_EQ(test, cases, 2 * 4 + 4 * 81 +
			8 * DIV_ROUND_UP(4096, kt_graph_stride(3)));
}

static void kt_graph_generation_0(struct kunit *test)
{
	kt_graph_small(test, 0);
}

static void kt_graph_generation_1(struct kunit *test)
{
	kt_graph_small(test, 1);
}

static void kt_graph_generation_2(struct kunit *test)
{
	kt_graph_small(test, 2);
}

/* Try graphs whose objects have a generation each, in collections of every generation. */
static void kt_graph_mixed(struct kunit *test, int n, unsigned int gens,
			   unsigned int expected)
{
	struct kt_graph *g = kt_graph_new(test, n);
	unsigned int code, mix, rest, generation, cases = 0;
	int i;

	for (mix = 0; mix < gens; mix++) {
		for (i = 0, rest = mix; i < n; i++, rest /= 3)
			g->gen[i] = rest % 3;
		for (code = 0; code < kt_graph_codes(n); code++) {
			kt_graph_decode(g, code);
			for (g->roots = 0; g->roots < 1U << n; g->roots++)
				for (generation = 0; generation < 3;
				     generation++, cases++)
					kt_graph_case(g, generation);
			cond_resched();
		}
	}
	KUNIT_EXPECT_EQ(test, cases, expected);
}

static void kt_graph_mixed_two(struct kunit *test)
{
	kt_graph_mixed(test, 2, 9, 9 * 81 * 4 * 3);
}

static void kt_graph_mixed_three(struct kunit *test)
{
	if (!kt_long())
		kunit_skip(test, "long: load with depth=long");
	kt_graph_mixed(test, 3, 27, 27 * 4096 * 8 * 3);
}

/* Try all graphs of four objects, in a full and in a young collection. */
static void kt_graph_four_full(struct kunit *test)
{
	if (!kt_long())
		kunit_skip(test, "long: load with depth=long");
	KUNIT_EXPECT_EQ(test, kt_graph_uniform(kt_graph_new(test, 4), 0, 2, 2),
			16 * 390625);
}

static void kt_graph_four_young(struct kunit *test)
{
	if (!kt_long())
		kunit_skip(test, "long: load with depth=long");
	KUNIT_EXPECT_EQ(test, kt_graph_uniform(kt_graph_new(test, 4), 0, 0, 0),
			16 * 390625);
}

/* Survivors move on by one generation, up to the last. */
static void kt_graph_promotion(struct kunit *test)
{
	struct mheap_object *o = kt_object(test, kt_alloc(test, 1, 0));
	unsigned int from, generation;

	for (from = 0; from < 3; from++) {
		for (generation = 0; generation < from; generation++) {
			kt_collect(test, generation);
			KUNIT_EXPECT_EQ(test, mheap_object_generation(o), from);
		}
		kt_collect(test, from);
		KUNIT_EXPECT_EQ(test, mheap_object_generation(o),
				min(from + 1, 2U));
	}
	o = kt_object(test, kt_alloc(test, 1, 0));
	kt_collect(test, 1);
	KUNIT_EXPECT_EQ(test, mheap_object_generation(o), 2);
}

static struct kunit_case kt_graph_cases[] = {
	KUNIT_CASE(kt_graph_generation_0),
	KUNIT_CASE(kt_graph_generation_1),
	KUNIT_CASE(kt_graph_generation_2),
	KUNIT_CASE(kt_graph_mixed_two),
	KUNIT_CASE_SLOW(kt_graph_mixed_three),
	KUNIT_CASE_SLOW(kt_graph_four_full),
	KUNIT_CASE_SLOW(kt_graph_four_young),
	KUNIT_CASE(kt_graph_promotion),
	{}
};

static struct kunit_suite kt_graph_suite = {
	.name = "mheap_collect",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_graph_cases,
};

kunit_test_suite(kt_graph_suite);
