// SPDX-License-Identifier: GPL-2.0
/*
 * Running finalizers.  One that becomes due because of what another one did runs before
 * the other one is answered, as if it had been called by it.
 */
#include "settle.h"

/* Is the call's handle the only reference to its object? */
static bool is_last(struct stage *st, const struct final_call *call)
{
	uint64_t n = 0;
	int err = mheap_refcount(st->own, call->ref, &n);

	if (err)
		report_error(st->report, "refcount", err);
	return n == 1;
}

/*
 * The last answer of a condemned set has it taken down.  An object without slots is
 * never condemned: it waits for its finalizer after what referred to it has been taken
 * down, but was freed by the collection all the same.
 */
static void answer(struct deaths *d, const struct final_call *call)
{
	struct stage *st = d->stage;
	bool last = call->quarantined && --d->events->final->unanswered == 0;
	int err;

	if (last && !deaths_by_count(d))
		return;
	if (!call->quarantined && !call->trash)
		shadow_came_back(&st->objects.shadow, call->serial);
	d->collected += call->trash && is_last(st, call);
	err = mheap_drop(st->own, call->ref);
	if (err)
		report_error(st->report, "answer", err);
	else if (last)
		deaths_by_collection(d, call->serial);
	else
		events_read(d->events);
}

void settle_run(struct deaths *d)
{
	struct final *final = d->events->final;
	struct final_call call;

	if (!stage_flush(d->stage))
		return;
	events_read(d->events);
	while (!d->stage->report->stop && final->call_count) {
		call = final->calls[final->call_count - 1];
		if (call.acted) {
			final->call_count--;
			answer(d, &call);
		} else {
			final->calls[final->call_count - 1].acted = true;
			final_act(final, &call);
			events_read(d->events);
		}
	}
}
