// SPDX-License-Identifier: GPL-2.0
/*
 * Finalizers of traces.  The player's own session attaches them and reads their events,
 * whose cookie is the serial number of the object.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "../memory.h"
#include "final.h"

/* The generation that mheap_stat() gives for an object in quarantine. */
#define QUARANTINE	4

void final_open(struct final *f, struct stage *st)
{
	*f = (struct final){ .stage = st };
	if (st->profile->final)
		f->hooks = memory_get(st->objects.most + 1UL, sizeof(*f->hooks));
}

void final_close(struct final *f)
{
	free(f->calls);
	free(f->hooks);
}

/* The player's own session has a handle to the object for a moment only. */
static int attach(struct stage *st, uint32_t serial)
{
	mheap_ref ref;
	int err = mheap_open_id(st->own, st->objects.ids[serial], &ref);

	if (err)
		return err;
	err = mheap_set_finalizer(st->own, ref, serial);
	if (err)
		return err;
	return mheap_drop(st->own, ref);
}

void final_attach(struct final *f, const struct mht_op *op)
{
	struct stage *st = f->stage;
	struct regs_handle *r = regs_find_held(&st->now->regs, op->field[0]);
	int err;

	if (!r)
		return;
	if (!f->hooks) {
		report_bad(st->report, "no finalizers in this profile");
		return;
	}
	if (!stage_flush(st))
		return;
	f->hooks[r->serial] = (struct final_hook){
		.attached = true, .home = st->now, .life = st->now->life,
		.action = op->action,
		.field = { op->field[1], op->field[2] },
	};
	err = attach(st, r->serial);
	if (err)
		report_error(st->report, "finalizer", err);
}

/* ---- events ---- */

static void add_call(struct final *f, const struct final_call *call)
{
	f->calls = memory_resize(f->calls, f->call_count + 1, sizeof(*f->calls));
	f->calls[f->call_count++] = *call;
	f->unanswered += call->quarantined;
	f->hooks[call->serial].attached = false;
	f->run++;
}

void final_event(struct final *f, const struct mheap_event *ev)
{
	struct stage *st = f->stage;
	struct final_call call = { .ref = ev->ref };
	struct mheap_stat stat;
	int err;

	if (!f->hooks || !ev->cookie || ev->cookie > st->objects.made ||
	    !f->hooks[ev->cookie].attached) {
		report_fail(st->report, "event of finalizer %" PRIu64
			    ", which has none to come", ev->cookie);
		return;
	}
	call.serial = (uint32_t)ev->cookie;
	err = mheap_stat(st->own, ev->ref, &stat);
	if (err) {
		report_error(st->report, "stat", err);
		return;
	}
	if (stat.id != st->objects.ids[call.serial])
		report_fail(st->report, "the event's object is not %" PRIu32,
			    call.serial);
	call.quarantined = stat.generation == QUARANTINE;
	add_call(f, &call);
}

/* ---- actions ---- */

/* An object in a slot of which a finalizer stores something. */
struct target {
	struct mheap *h;
	mheap_ref ref;
	uint32_t serial;
};

static void set_slot(struct stage *st, const struct target *t, uint32_t slot,
		     mheap_ref val, uint32_t val_serial)
{
	int err = mheap_set(t->h, t->ref, slot, val);

	if (err)
		report_error(st->report, "finalizer: set", err);
	shadow_set(&st->objects.shadow, t->serial, slot, val_serial);
}

/* Give a session a handle to the finalizer's object. */
static bool open_object(struct stage *st, const struct session *s, uint32_t serial,
			mheap_ref *ref)
{
	int err = mheap_open_id(s->h, st->objects.ids[serial], ref);

	if (err)
		report_error(st->report, "finalizer: open id", err);
	return !err;
}

static void keep(struct stage *st, const struct final_call *call,
		 const struct final_hook *hook)
{
	struct regs *regs = &hook->home->regs;
	struct regs_handle *r = regs_find_free(regs, hook->field[0]);
	mheap_ref ref;

	if (r && open_object(st, hook->home, call->serial, &ref))
		regs_hold(regs, r, ref, call->serial);
}

static void store(struct stage *st, const struct final_call *call,
		  const struct final_hook *hook)
{
	struct session *s = hook->home;
	struct regs_handle *r = regs_find(&s->regs, hook->field[0]);
	struct target target;
	mheap_ref ref;

	if (!r || !r->held || !open_object(st, s, call->serial, &ref))
		return;
	target = (struct target){ s->h, r->ref, r->serial };
	set_slot(st, &target, mht_argument(hook->field[1]), ref, call->serial);
	mheap_drop(s->h, ref);
}

static void clear(struct stage *st, const struct target *self)
{
	struct mheap_stat stat;
	int err = mheap_stat(self->h, self->ref, &stat);

	if (err) {
		report_error(st->report, "finalizer: stat", err);
		return;
	}
	for (uint32_t i = 0; !st->report->stop && i < stat.nslots; i++)
		set_slot(st, self, i, 0, 0);
}

/* Registers are those of the session that attached it, unless that is closed. */
static bool is_home(const struct final_hook *hook)
{
	return hook->home->h && hook->home->life == hook->life;
}

void final_act(struct final *f, const struct final_call *call)
{
	struct stage *st = f->stage;
	const struct final_hook *hook = &f->hooks[call->serial];
	const struct target self = { st->own, call->ref, call->serial };

	switch (hook->action) {
	case MHT_COUNT:
		break;
	case MHT_KEEP:
		if (is_home(hook))
			keep(st, call, hook);
		break;
	case MHT_STORE:
		if (is_home(hook))
			store(st, call, hook);
		break;
	case MHT_CUT:
		set_slot(st, &self, mht_argument(hook->field[0]), 0, 0);
		break;
	case MHT_CLEAR:
		clear(st, &self);
		break;
	}
}
