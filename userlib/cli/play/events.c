// SPDX-License-Identifier: GPL-2.0
/*
 * Reading the events of all sessions of a trace, each of which goes to where it is
 * understood.
 */
#include <inttypes.h>

#include "events.h"
#include "weak.h"

bool events_wanted(const struct events *e)
{
	return e->stage->profile->weak || e->stage->profile->final;
}

static void take(struct events *e, struct session *s, const struct mheap_event *ev)
{
	if (ev->kind == MHEAP_EV_WEAK && s)
		e->notified += weak_event(e->stage, s, ev->cookie);
	else if (ev->kind == MHEAP_EV_FINALIZE)
		final_event(e->final, ev);
	else
		report_fail(e->stage->report,
			    "an event that was not asked for: %" PRIu32, ev->kind);
}

/* Read those of a session of the trace, or of the player's own if s is NULL. */
static void read_session(struct events *e, struct mheap *h, struct session *s)
{
	struct report *report = e->stage->report;
	struct mheap_event ev;
	int got = 0;

	while (!report->stop && (got = mheap_next_event(h, &ev, 0)) > 0)
		take(e, s, &ev);
	if (got < 0)
		report_error(report, "next event", got);
}

void events_read(struct events *e)
{
	struct stage *st = e->stage;

	for (unsigned int i = 0; i < STAGE_SESSIONS; i++) {
		struct session *s = &st->sessions[i];

		if (s->h)
			read_session(e, s->h, s);
	}
	if (st->profile->sessions)
		read_session(e, st->own, NULL);
}
