// SPDX-License-Identifier: GPL-2.0
/*
 * Suite of gc/trigger.c.  For the sequences of trigger_table.h, collections are due when
 * they are in CPython 3.11, and all counters have the values that they have there.
 *
 * In CPython as in the module an object is counted before it is tracked, so the collection
 * that it makes due does not look at it.
 */
#include <linux/kthread.h>

#include "kunit.h"

enum kt_run_kind {
	KT_KEEP,	/* objects are made and kept */
	KT_TEMP,	/* objects are made and dropped at once */
	KT_DROP,	/* the oldest objects that are kept are dropped */
	KT_CYCLE,	/* objects are made to refer to themselves, and dropped */
	KT_COLLECT,	/* a generation is collected */
	KT_ENABLE,	/* automatic collection is turned on or off */
	KT_THRESHOLD,	/* thresholds are set */
};

/**
 * struct kt_run - A part of a sequence, and the counters after it
 * @kind: what is done
 * @n: how often it is done, or the setting
 * @count: the counts of the generations
 * @collections: collections of each generation
 * @found: unreachable objects that they found
 */
struct kt_run {
	enum kt_run_kind kind;
	u32 n[3];
	u32 count[3];
	u32 collections[3];
	u32 found[3];
};

/**
 * struct kt_event - A collection
 * @births: objects born so far, including the one that made the collection due
 * @generation: its generation
 * @survivors: survivors of a collection of generation 1 or 2, for gc/trigger.c
 */
struct kt_event {
	u32 births;
	u32 generation;
	u32 survivors;
};

#include "trigger_table.h"

static const struct kt_sequence {
	const char *name;
	const struct kt_run *runs;
	const struct kt_event *events;
	unsigned int nruns, nevents;
} kt_sequences[] = {
	{ "mixed", kt_mixed_runs, kt_mixed_events,
	  ARRAY_SIZE(kt_mixed_runs), ARRAY_SIZE(kt_mixed_events) },
	{ "defaults", kt_defaults_runs, kt_defaults_events,
	  ARRAY_SIZE(kt_defaults_runs), ARRAY_SIZE(kt_defaults_events) },
	{ "full", kt_full_runs, kt_full_events,
	  ARRAY_SIZE(kt_full_runs), ARRAY_SIZE(kt_full_events) },
	{ "settings", kt_settings_runs, kt_settings_events,
	  ARRAY_SIZE(kt_settings_runs), ARRAY_SIZE(kt_settings_events) },
	{ "acyclic", kt_acyclic_runs, kt_acyclic_events,
	  ARRAY_SIZE(kt_acyclic_runs), ARRAY_SIZE(kt_acyclic_events) },
};

/**
 * struct kt_player - A sequence that is being played
 * @test: the test
 * @q: the sequence
 * @t: the trigger under test
 * @event: collections so far
 * @births: objects born so far
 * @kept: objects kept
 * @handle: in a real heap, a ring buffer of the handles of objects that are kept
 * @first: the oldest of them
 * @acyclic: there is no cycle, so that collections are skipped
 */
struct kt_player {
	struct kunit *test;
	const struct kt_sequence *q;
	struct mheap_trigger *t;
	u32 event;
	u32 births;
	u32 kept;
	u64 *handle;
	u32 first;
	bool acyclic;
};

#define KT_KEPT	(1U << 19)

static void kt_trigger_expect_counts(struct kt_player *p,
				     const struct kt_run *run)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ_MSG(p->test, p->t->count[i], run->count[i],
				    "%s, run %td, generation %u", p->q->name,
				    run - p->q->runs, i);
}

static const struct kt_event *kt_trigger_next(struct kt_player *p)
{
	const struct kt_event *e = &p->q->events[p->event];

	return p->event < p->q->nevents ? e : NULL;
}

/* ---- the pure functions ---- */

static void kt_trigger_collect(struct kt_player *p, unsigned int generation)
{
	const struct kt_event *e = kt_trigger_next(p);

	KUNIT_ASSERT_NOT_NULL(p->test, e);
	p->event++;
	KUNIT_ASSERT_EQ(p->test, e->births, p->births);
	KUNIT_ASSERT_EQ(p->test, e->generation, generation);
	mheap_trigger_began(p->t, generation);
	KUNIT_EXPECT_EQ(p->test, p->t->count[generation], 0);
	mheap_trigger_died(p->t);
	KUNIT_EXPECT_EQ(p->test, p->t->count[0], 0);
	mheap_trigger_ended(p->t, generation, e->survivors);
}

static void kt_trigger_birth(struct kt_player *p)
{
	const struct kt_event *e = kt_trigger_next(p);
	int due = mheap_trigger_born(p->t);

	p->births++;
	if (due >= 0)
		return kt_trigger_collect(p, due);
	KUNIT_ASSERT_TRUE(p->test, !e || e->births >= p->births);
}

static void kt_trigger_set(struct mheap_trigger *t, const struct kt_run *run)
{
	unsigned int i;

	if (run->kind == KT_ENABLE)
		t->enabled = run->n[0];
	for (i = 0; i < 3 && run->kind == KT_THRESHOLD; i++)
		t->threshold[i] = run->n[i];
}

static void kt_trigger_run(struct kt_player *p, const struct kt_run *run)
{
	u32 n = run->n[0];

	if (run->kind == KT_COLLECT)
		return kt_trigger_collect(p, n);
	if (run->kind == KT_ENABLE || run->kind == KT_THRESHOLD)
		return kt_trigger_set(p->t, run);
	if (run->kind == KT_DROP)
		n = min(n, p->kept);
	while (n--) {
		if (run->kind != KT_DROP)
			kt_trigger_birth(p);
		if (run->kind == KT_DROP || run->kind == KT_TEMP)
			mheap_trigger_died(p->t);
		p->kept += run->kind == KT_KEEP;
		p->kept -= run->kind == KT_DROP;
	}
}

static void kt_trigger_pure(struct kunit *test)
{
	static const u32 off[3] = {};
	struct mheap_trigger t;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(kt_sequences); i++) {
		struct kt_player p = { .test = test, .t = &t,
				       .q = &kt_sequences[i] };

		mheap_trigger_init(&t, off);
		for (k = 0; k < p.q->nruns; k++) {
			kt_trigger_run(&p, &p.q->runs[k]);
			kt_trigger_expect_counts(&p, &p.q->runs[k]);
		}
		KUNIT_EXPECT_EQ(test, p.event, p.q->nevents);
	}
}

/* ---- a heap ---- */

/* Return the number of collections, including those skipped since there was no cycle. */
static u64 kt_heap_collections(struct mheap_heap *heap)
{
	return heap->stats[0].collections + heap->stats[1].collections +
	       heap->stats[2].collections;
}

/* Wait for the end of a collection that was begun before anything else happens. */
static void kt_trigger_wait(struct kt_player *p)
{
	struct mheap_heap *heap = kt_heap(p->test);
	const struct kt_event *e = kt_trigger_next(p);

	if (heap->gc.phase == MHEAP_IDLE && !heap->automatic &&
	    kt_heap_collections(heap) == p->event)
		return;
	KUNIT_ASSERT_NOT_NULL(p->test, e);
	KUNIT_ASSERT_EQ(p->test, e->births, p->births);
	KUNIT_ASSERT_EQ(p->test, e->generation, heap->gc.collecting);
	p->event++;
	kthread_flush_work(&heap->scan_work);
	KUNIT_ASSERT_EQ(p->test, heap->gc.phase, MHEAP_IDLE);
}

/*
 * Make an object.  One that is kept has been in a cycle, so that collections are not
 * skipped, unless the sequence is to have no cycle at all.
 */
static void kt_heap_birth(struct kt_player *p, enum kt_run_kind kind)
{
	u64 h = kt_alloc(p->test, 1, 0);

	p->births++;
	kt_trigger_wait(p);
	if (kind != KT_TEMP && !p->acyclic)
		kt_set(p->test, h, 0, h);
	if (kind == KT_KEEP) {
		if (!p->acyclic)
			kt_set(p->test, h, 0, 0);
		p->handle[(p->first + p->kept++) % KT_KEPT] = h;
		return;
	}
	kt_drop(p->test, h);
}

static void kt_heap_collect(struct kt_player *p, unsigned int generation)
{
	kt_collect(p->test, generation);
	KUNIT_EXPECT_EQ(p->test, p->q->events[p->event].generation, generation);
	p->event++;
}

static void kt_heap_run(struct kt_player *p, const struct kt_run *run)
{
	u32 n = run->n[0];

	if (run->kind == KT_COLLECT)
		return kt_heap_collect(p, n);
	if (run->kind == KT_ENABLE || run->kind == KT_THRESHOLD)
		return kt_trigger_set(p->t, run);
	for (; n && run->kind != KT_DROP; n--)
		kt_heap_birth(p, run->kind);
	for (; n && p->kept; n--, p->kept--, p->first++)
		kt_drop(p->test, p->handle[p->first % KT_KEPT]);
}

static void kt_heap_expect_stats(struct kt_player *p, const struct kt_run *run)
{
	const struct mheap_stats *s = kt_heap(p->test)->stats;
	unsigned int i;

	kt_trigger_expect_counts(p, run);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ_MSG(p->test, s[i].collections,
				    run->collections[i], "%s, run %td, %u",
				    p->q->name, run - p->q->runs, i);
		KUNIT_EXPECT_EQ_MSG(p->test, s[i].collected, run->found[i],
				    "%s, run %td, %u", p->q->name,
				    run - p->q->runs, i);
	}
}

static void kt_trigger_heap(struct kunit *test, unsigned int i, bool acyclic)
{
	struct kt_player p = { .test = test, .t = &kt_gc(test)->trigger,
			       .q = &kt_sequences[i], .acyclic = acyclic };
	unsigned int k;

	p.handle = kvcalloc(KT_KEPT, sizeof(u64), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p.handle);
	kt_set_thresholds(test, 0, 0, 0);
	for (k = 0; k < p.q->nruns; k++) {
		kt_heap_run(&p, &p.q->runs[k]);
		kt_heap_expect_stats(&p, &p.q->runs[k]);
	}
	KUNIT_EXPECT_EQ(test, p.event, p.q->nevents);
	kvfree(p.handle);
}

static void kt_trigger_heap_mixed(struct kunit *test)
{
	kt_trigger_heap(test, 0, false);
}

static void kt_trigger_heap_defaults(struct kunit *test)
{
	if (kt_slow())
		kunit_skip(test, "long: load with depth=long");
	kt_trigger_heap(test, 1, false);
}

static void kt_trigger_heap_full(struct kunit *test)
{
	kt_trigger_heap(test, 2, false);
}

static void kt_trigger_heap_settings(struct kunit *test)
{
	kt_trigger_heap(test, 3, false);
}

/* Collections that are skipped are counted as others are. */
static void kt_trigger_heap_skipped(struct kunit *test)
{
	struct mheap_heap *heap = kt_heap(test);

	kt_trigger_heap(test, 4, true);
	KUNIT_EXPECT_NULL(test, heap->scanner);
	KUNIT_EXPECT_EQ(test, heap->stats[0].scanned + heap->stats[1].scanned +
			heap->stats[2].scanned, 0);
}

/* Objects that come to generation 2 are counted there once. */
static void kt_trigger_skip_and_collect(struct kunit *test)
{
	static const u32 off[3] = {};
	struct mheap_trigger t;

	mheap_trigger_init(&t, off);
	t.count[0] = 10;
	mheap_trigger_skipped(&t, 0, 10);
	t.count[0] = 5;
	mheap_trigger_skipped(&t, 1, 15);
	KUNIT_EXPECT_EQ(test, t.long_lived_pending, 15);
	t.count[0] = 3;
	mheap_trigger_skipped(&t, 0, 18);
	/* All 18 objects are in the young generations, and 15 of them were counted. */
	mheap_trigger_began(&t, 1);
	mheap_trigger_ended(&t, 1, 18);
	KUNIT_EXPECT_EQ(test, t.long_lived_pending, 18);
	t.count[0] = 2;
	mheap_trigger_skipped(&t, 1, 20);
	KUNIT_EXPECT_EQ(test, t.long_lived_pending, 20);
	mheap_trigger_skipped(&t, 2, 20);
	KUNIT_EXPECT_EQ(test, t.long_lived_pending, 0);
	KUNIT_EXPECT_EQ(test, t.long_lived_total, 20);
	mheap_trigger_began(&t, 1);
	mheap_trigger_ended(&t, 1, 20);
	KUNIT_EXPECT_EQ(test, t.long_lived_pending, 0);
}

/* Objects that are not tracked are not counted. */
static void kt_trigger_untracked(struct kunit *test)
{
	struct mheap_trigger *t = &kt_gc(test)->trigger;
	unsigned int i;
	u64 h = 0;

	kt_set_thresholds(test, 1, 0, 0);
	for (i = 0; i < 10; i++)
		h = kt_alloc(test, 0, 8);
	kt_alloc_immortal(test, 4);
	KUNIT_EXPECT_EQ(test, t->count[0], 0);
	KUNIT_EXPECT_EQ(test, kt_drop(test, h), 0);
	kt_alloc(test, 1, 0);
	KUNIT_EXPECT_EQ(test, t->count[0], 1);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->stats[0].collections, 0);
}

static struct kunit_case kt_trigger_cases[] = {
	KUNIT_CASE(kt_trigger_pure),
	KUNIT_CASE(kt_trigger_heap_mixed),
	KUNIT_CASE_SLOW(kt_trigger_heap_defaults),
	KUNIT_CASE(kt_trigger_heap_full),
	KUNIT_CASE(kt_trigger_heap_settings),
	KUNIT_CASE(kt_trigger_heap_skipped),
	KUNIT_CASE(kt_trigger_skip_and_collect),
	KUNIT_CASE(kt_trigger_untracked),
	{}
};

static struct kunit_suite kt_trigger_suite = {
	.name = "mheap_trigger",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_trigger_cases,
};

kunit_test_suite(kt_trigger_suite);
