// SPDX-License-Identifier: GPL-2.0
/*
 * Events of traces.  Finalizers that are due because of what another one did run
 * before that is answered, as if it had called them.
 */
#include <inttypes.h>

#include "../memory.h"
#include "trace_player.h"

/* In quarantine, as mheap_stat() tells it. */
#define QUARANTINE	4

static void add_call(struct trace_player *p, const struct trace_call *call)
{
	p->calls = memory_resize(p->calls, p->call_count + 1, sizeof(*p->calls));
	p->calls[p->call_count++] = *call;
	p->unanswered += call->quarantined;
	p->finals[call->serial].attached = false;
	p->finalized++;
}

static void finalizer_event(struct trace_player *p, const struct mheap_event *ev)
{
	struct trace_call call = { .ref = ev->ref };
	struct mheap_stat st;
	int err;

	if (!p->finals || !ev->cookie || ev->cookie > p->made ||
	    !p->finals[ev->cookie].attached) {
		trace_fail(p, p->l->number, "event of finalizer %" PRIu64
			   ", which has none to come", ev->cookie);
		return;
	}
	call.serial = (uint32_t)ev->cookie;
	err = mheap_stat(p->own, ev->ref, &st);
	if (err) {
		trace_fail_error(p, p->l->number, "stat", err);
		return;
	}
	if (st.id != p->ids[call.serial])
		trace_fail(p, p->l->number, "the event's object is not %" PRIu32,
			   call.serial);
	call.quarantined = st.generation == QUARANTINE;
	add_call(p, &call);
}

static void take_event(struct trace_player *p, struct trace_session *s,
		       const struct mheap_event *ev)
{
	if (ev->kind == MHEAP_EV_WEAK && s)
		trace_weak_event(p, s, ev->cookie);
	else if (ev->kind == MHEAP_EV_FINALIZE)
		finalizer_event(p, ev);
	else
		trace_fail(p, p->l->number, "an event that was not asked for: %" PRIu32,
			   ev->kind);
}

/* Those of a session of the trace, or (NULL) of the player. */
static void read_events(struct trace_player *p, struct mheap *h,
			struct trace_session *s)
{
	struct mheap_event ev;
	int got = 0;

	while (!p->stop && (got = mheap_next_event(h, &ev, 0)) > 0)
		take_event(p, s, &ev);
	if (got < 0)
		trace_fail_error(p, p->l->number, "next event", got);
}

void trace_read_events(struct trace_player *p)
{
	for (unsigned int i = 0; i < TRACE_SESSIONS; i++) {
		struct trace_session *s = &p->sessions[i];

		if (s->h)
			read_events(p, s->h, s);
	}
	if (p->has_sessions)
		read_events(p, p->own, NULL);
}

/* Will its object die of the answer, as nothing else refers to it? */
static bool dies(struct trace_player *p, const struct trace_call *call)
{
	uint64_t n = 0;
	int err = mheap_refcount(p->own, call->ref, &n);

	if (err)
		trace_fail_error(p, p->l->number, "refcount", err);
	return n == 1;
}

/*
 * The last answer of a condemned set has it taken down.  An object without slots
 * is never condemned: it waits for its finalizer when what referred to it has
 * been taken down, but was freed by the collection all the same.
 */
static void answer(struct trace_player *p, const struct trace_call *call)
{
	bool last = call->quarantined && --p->unanswered == 0;
	int err;

	if (last && !trace_deaths_by_count(p))
		return;
	if (!call->quarantined && !call->trash)
		shadow_came_back(&p->shadow, call->serial);
	p->collected += call->trash && dies(p, call);
	err = mheap_drop(p->own, call->ref);
	if (err)
		trace_fail_error(p, p->l->number, "answer", err);
	else if (last)
		trace_deaths_by_collection(p, call->serial);
	else
		trace_read_events(p);
}

void trace_settle(struct trace_player *p)
{
	struct trace_call call;

	if (!trace_flush(p))
		return;
	trace_read_events(p);
	while (!p->stop && p->call_count) {
		call = p->calls[p->call_count - 1];
		if (!call.acted) {
			p->calls[p->call_count - 1].acted = true;
			trace_act(p, &call);
			trace_read_events(p);
		} else {
			p->call_count--;
			answer(p, &call);
		}
	}
}
