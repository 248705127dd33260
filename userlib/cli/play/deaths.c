// SPDX-License-Identifier: GPL-2.0
/*
 * How the objects of a trace died.  The heap says who is dead, and the shadow says how
 * it came about.
 */
#include "deaths.h"

bool deaths_look(struct deaths *d, struct mheap_info *info)
{
	struct stage *st = d->stage;
	int err = objects_look(&st->objects, st->own, info);

	if (err)
		report_error(st->report, "look at the objects", err);
	return !err;
}

bool deaths_by_count(struct deaths *d)
{
	struct mheap_info info;

	if (!deaths_look(d, &info))
		return false;
	shadow_taken_down(&d->stage->objects.shadow, 0);
	return true;
}

bool deaths_by_collection(struct deaths *d, uint32_t dropped)
{
	struct shadow *shadow = &d->stage->objects.shadow;
	struct final *final = d->events->final;
	size_t first = final->call_count;
	struct mheap_info info;

	if (!deaths_look(d, &info))
		return false;
	if (events_wanted(d->events))
		events_read(d->events);
	for (size_t i = first; i < final->call_count; i++) {
		if (!final->calls[i].quarantined)
			shadow_waits(shadow, final->calls[i].serial);
	}
	d->collected += shadow_taken_down(shadow, dropped);
	for (size_t i = first; i < final->call_count; i++) {
		struct final_call *call = &final->calls[i];

		call->trash = !call->quarantined &&
			      shadow_is_trash(shadow, call->serial);
	}
	return !d->stage->report->stop;
}
