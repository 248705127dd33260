// SPDX-License-Identifier: GPL-2.0
/*
 * Weak handles of traces.  Each gets an event when its object goes; the cookie
 * is the number of its register.
 */
#include <errno.h>
#include <inttypes.h>

#include "trace_player.h"

/* The weak register of a field.  NULL: it is not as it must be, which was said. */
static struct trace_weak *weak_reg(struct trace_player *p, int64_t number,
				   bool held)
{
	if (!p->now->weaks || number < 0 || number >= TRACE_REGISTERS)
		trace_bad(p, "no such weak register");
	else if (p->now->weaks[number].held != held)
		trace_bad(p, held ? "the weak register is free" :
				    "the weak register is in use");
	else
		return &p->now->weaks[number];
	return NULL;
}

void trace_weak_new(struct trace_player *p, const struct trace_op *op)
{
	struct trace_weak *w = weak_reg(p, op->field[0], false);
	struct trace_register *r = w ? trace_held(p, op->field[1]) : NULL;
	int err;

	if (!r || !trace_flush(p))
		return;
	*w = (struct trace_weak){ .held = true, .serial = r->serial,
				  .callback = op->callback };
	err = mheap_weak_new(p->now->h, r->ref, (uint64_t)op->field[0], &w->weak);
	if (err)
		trace_fail_error(p, p->l->number, "weak handle", err);
}

/* Its object is expected to be gone. */
static void check_cleared(struct trace_player *p, const struct trace_weak *w,
			  mheap_ref ref)
{
	if (!ref && !w->cleared)
		trace_fail(p, p->l->number, "cleared without an event");
	if (!ref)
		return;
	trace_fail(p, p->l->number, "the weak handle has an object");
	mheap_drop(p->now->h, ref);
}

void trace_weak_get(struct trace_player *p, const struct trace_op *op)
{
	struct trace_weak *w = weak_reg(p, op->field[1], true);
	bool expect_none = op->field[0] == TRACE_NULL;
	struct trace_register *r = NULL;
	mheap_ref ref;
	int err;

	if (w && !expect_none)
		r = trace_free(p, op->field[0]);
	if (!w || (!r && !expect_none) || !trace_flush(p))
		return;
	err = mheap_weak_get(p->now->h, w->weak, &ref);
	if (err)
		trace_fail_error(p, p->l->number, "weak get", err);
	else if (expect_none)
		check_cleared(p, w, ref);
	else if (ref)
		trace_hold(p, r, ref, w->serial);
	else
		trace_fail_error(p, p->l->number, "the weak handle was cleared",
				 -ENOENT);
}

void trace_weak_drop(struct trace_player *p, const struct trace_op *op)
{
	struct trace_weak *w = weak_reg(p, op->field[0], true);
	int err;

	if (!w || !trace_flush(p))
		return;
	err = mheap_weak_drop(p->now->h, w->weak);
	if (err)
		trace_fail_error(p, p->l->number, "weak drop", err);
	w->held = false;
}

void trace_weak_event(struct trace_player *p, struct trace_session *s,
		      uint64_t cookie)
{
	struct trace_weak *w =
		s->weaks && cookie < TRACE_REGISTERS ? &s->weaks[cookie] : NULL;

	if (!w || !w->held || w->cleared) {
		trace_fail(p, p->l->number, "event of weak handle %" PRIu64
			   ", which has none to come", cookie);
		return;
	}
	w->cleared = true;
	p->notified += w->callback;
}
