// SPDX-License-Identifier: GPL-2.0
/*
 * Weak handles of traces.  Each gets an event when its object goes, whose cookie is
 * the number of its register.
 */
#include <errno.h>
#include <inttypes.h>

#include "weak.h"

void weak_new(struct stage *st, const struct mht_op *op)
{
	struct regs *regs = &st->now->regs;
	struct regs_weak *w = regs_find_weak(regs, op->field[0], false);
	struct regs_handle *r = w ? regs_find_held(regs, op->field[1]) : NULL;
	int err;

	if (!r || !stage_flush(st))
		return;
	*w = (struct regs_weak){ .held = true, .serial = r->serial,
				 .callback = op->callback };
	err = mheap_weak_new(st->now->h, r->ref, (uint64_t)op->field[0], &w->weak);
	if (err)
		report_error(st->report, "weak handle", err);
}

static void expect_dead(struct stage *st, const struct regs_weak *w)
{
	mheap_ref ref;
	int err = mheap_weak_get(st->now->h, w->weak, &ref);

	if (err) {
		report_error(st->report, "weak get", err);
	} else if (ref) {
		report_fail(st->report, "the weak handle has an object");
		mheap_drop(st->now->h, ref);
	} else if (!w->cleared) {
		report_fail(st->report, "cleared without an event");
	}
}

static void expect_alive(struct stage *st, const struct regs_weak *w,
			 struct regs_handle *r)
{
	mheap_ref ref;
	int err = mheap_weak_get(st->now->h, w->weak, &ref);

	if (err)
		report_error(st->report, "weak get", err);
	else if (!ref)
		report_error(st->report, "the weak handle was cleared", -ENOENT);
	else
		regs_hold(&st->now->regs, r, ref, w->serial);
}

void weak_get(struct stage *st, const struct mht_op *op)
{
	struct regs *regs = &st->now->regs;
	struct regs_weak *w = regs_find_weak(regs, op->field[1], true);
	struct regs_handle *r;

	if (!w)
		return;
	if (op->field[0] == MHT_NULL) {
		if (stage_flush(st))
			expect_dead(st, w);
		return;
	}
	r = regs_find_free(regs, op->field[0]);
	if (r && stage_flush(st))
		expect_alive(st, w, r);
}

void weak_drop(struct stage *st, const struct mht_op *op)
{
	struct regs_weak *w = regs_find_weak(&st->now->regs, op->field[0], true);
	int err;

	if (!w || !stage_flush(st))
		return;
	err = mheap_weak_drop(st->now->h, w->weak);
	if (err)
		report_error(st->report, "weak drop", err);
	w->held = false;
}

bool weak_event(struct stage *st, struct session *s, uint64_t cookie)
{
	struct regs_weak *w = NULL;

	if (s->regs.weaks && cookie < REGS_COUNT)
		w = &s->regs.weaks[cookie];
	if (!w || !w->held || w->cleared) {
		report_fail(st->report, "event of weak handle %" PRIu64
			    ", which has none to come", cookie);
		return false;
	}
	w->cleared = true;
	return w->callback;
}
