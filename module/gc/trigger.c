// SPDX-License-Identifier: GPL-2.0
/*
 * When an automatic collection is due.  The rules are those of CPython 3.11 (gc_alloc(),
 * gc_collect_generations() and gc_collect_main() in gcmodule.c).
 */
#include <linux/minmax.h>
#include <linux/string.h>

#include "compat.h"
#include "gc/trigger.h"

/**
 * mheap_trigger_init() - Set up a trigger with all counts 0
 * @t: the trigger
 * @threshold: thresholds of generations 0 to 2
 *
 * Context: any; nobody else knows the trigger yet.
 */
void mheap_trigger_init(struct mheap_trigger *t, const u32 threshold[3])
{
	memset(t, 0, sizeof(*t));
	t->enabled = true;
	memcpy(t->threshold, threshold, sizeof(t->threshold));
}
EXPORT_SYMBOL_IF_KUNIT(mheap_trigger_init);

/* A full collection pays only if enough objects came to generation 2 since the last. */
static bool mheap_trigger_full_pays(const struct mheap_trigger *t)
{
	return t->long_lived_pending >= t->long_lived_total / 4;
}

static int mheap_trigger_due(const struct mheap_trigger *t)
{
	if (!t->enabled || !t->threshold[0] || t->count[0] <= t->threshold[0])
		return -1;
	if (t->count[2] > t->threshold[2] && mheap_trigger_full_pays(t))
		return 2;
	return t->count[1] > t->threshold[1] ? 1 : 0;
}

/**
 * mheap_trigger_born() - Count the birth of a tracked object
 * @t: the trigger
 *
 * Context: the heap lock is held.
 *
 * Return: the generation to collect now, or -1.
 */
int mheap_trigger_born(struct mheap_trigger *t)
{
	t->count[0]++;
	return mheap_trigger_due(t);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_trigger_born);

/**
 * mheap_trigger_began() - Count a collection that begins, automatic or not
 * @t: the trigger
 * @generation: the oldest generation it collects
 *
 * Context: the heap lock is held.
 */
void mheap_trigger_began(struct mheap_trigger *t, unsigned int generation)
{
	unsigned int i;

	if (generation + 1 < 3)
		t->count[generation + 1]++;
	for (i = 0; i <= generation; i++)
		t->count[i] = 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_trigger_began);

/**
 * mheap_trigger_ended() - Count the survivors of a collection
 * @t: the trigger
 * @generation: the oldest generation it collected
 * @survivors: number of tracked objects that it found reachable
 *
 * Context: the heap lock is held.
 */
void mheap_trigger_ended(struct mheap_trigger *t, unsigned int generation,
			 u64 survivors)
{
	if (generation == 2) {
		t->long_lived_total = survivors;
		t->long_lived_pending = 0;
	} else if (generation == 1) {
		t->long_lived_pending += survivors - min(survivors, t->counted);
	}
	if (generation) {
		t->counted = 0;
		t->skipped = 0;
	}
}
EXPORT_SYMBOL_IF_KUNIT(mheap_trigger_ended);

/**
 * mheap_trigger_skipped() - Count a due collection that was not needed
 * @t: the trigger
 * @generation: the oldest generation that was due
 * @tracked: number of tracked objects in all generations
 *
 * The counters change as if all objects had survived the collection.
 *
 * Context: the heap lock is held.
 */
void mheap_trigger_skipped(struct mheap_trigger *t, unsigned int generation,
			   u64 tracked)
{
	t->skipped += t->count[0];
	mheap_trigger_began(t, generation);
	if (generation == 0)
		return;
	if (generation == 1) {
		t->long_lived_pending += t->skipped;
		t->counted += t->skipped;
	} else {
		t->long_lived_pending = 0;
		t->long_lived_total = tracked;
		t->counted = tracked;
	}
	t->skipped = 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_trigger_skipped);
