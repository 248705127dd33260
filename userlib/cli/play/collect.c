// SPDX-License-Identifier: GPL-2.0
/*
 * Collections of a trace, and how many objects each of them freed.
 */
#include <inttypes.h>

#include "collect.h"
#include "settle.h"

/* Returns what the collector returned, or a negative number to stop. */
static int64_t call(struct stage *st, int g)
{
	int64_t found = mheap_gc_collect(st->own, g);

	if (found < 0)
		report_error(st->report, "collect", (int)found);
	return found;
}

/* Without finalizers a full collection frees nothing by count. */
static void collect_plain(struct deaths *d)
{
	struct stage *st = d->stage;
	struct mheap_info before, after;
	int err = mheap_info(st->own, &before);

	if (err) {
		report_error(st->report, "info", err);
		return;
	}
	if (call(st, 2) < 0)
		return;
	err = mheap_info(st->own, &after);
	if (err)
		report_error(st->report, "info", err);
	else
		d->collected += before.objects - after.objects;
}

/*
 * What is not freed by the end of this waits for its finalizers.  The collector returns
 * the number of unreachable objects with slots.
 */
static void collect_shadowed(struct deaths *d, int g)
{
	struct objects *o = &d->stage->objects;
	int64_t found;
	size_t slotted;

	if (!deaths_by_count(d))
		return;
	slotted = shadow_collect(&o->shadow, o->alive.list, o->alive.count, g);
	found = call(d->stage, g);
	if (found < 0 || !deaths_by_collection(d, 0))
		return;
	if ((uint64_t)found != slotted)
		report_fail(d->stage->report, "collect said %" PRId64
			    ", but %zu objects with slots were unreachable",
			    found, slotted);
	for (size_t i = 0; i < o->alive.count; i++)
		shadow_survived(&o->shadow, o->alive.list[i], g);
}

void collect_do(struct deaths *d, const struct mht_op *op)
{
	const struct mht_profile *profile = d->stage->profile;
	struct report *report = d->stage->report;
	uint64_t before = d->collected, freed;
	int64_t g = op->field[0];

	if (g < 0 || g > 2 || (g < 2 && !profile->gen)) {
		report_bad(report, "no such generation in this profile");
		return;
	}
	if (!stage_flush(d->stage))
		return;
	if (shadow_is_open(&d->stage->objects.shadow))
		collect_shadowed(d, (int)g);
	else
		collect_plain(d);
	if (events_wanted(d->events) && !report->stop)
		settle_run(d);
	freed = d->collected - before;
	if (!report->stop && op->has_result && freed != (uint64_t)op->result)
		report_fail(report, "%" PRIu64
			    " objects freed by collection instead of %" PRId64,
			    freed, op->result);
}
