// SPDX-License-Identifier: GPL-2.0
/*
 * Finalizers of traces: what they do to the heap.
 */
#include "trace_player.h"

/* The player's own session has its handle for a moment only. */
static int attach(struct trace_player *p, uint32_t serial)
{
	mheap_ref ref;
	int err = mheap_open_id(p->own, p->ids[serial], &ref);

	if (err)
		return err;
	err = mheap_set_finalizer(p->own, ref, serial);
	return err ? err : mheap_drop(p->own, ref);
}

void trace_finalize(struct trace_player *p, const struct trace_op *op)
{
	struct trace_register *r = trace_held(p, op->field[0]);
	int err;

	if (!r)
		return;
	if (!p->finals) {
		trace_bad(p, "no finalizers in this profile");
		return;
	}
	if (!trace_flush(p))
		return;
	p->finals[r->serial] = (struct trace_final){
		.attached = true, .home = p->now, .life = p->now->life,
		.action = op->action,
		.field = { op->field[1], op->field[2] },
	};
	err = attach(p, r->serial);
	if (err)
		trace_fail_error(p, p->l->number, "finalizer", err);
}

static void set_slot(struct trace_player *p, struct mheap *h, mheap_ref obj, uint32_t serial,
		     uint32_t slot, mheap_ref val, uint32_t val_serial)
{
	int err = mheap_set(h, obj, slot, val);

	if (err)
		trace_fail_error(p, p->l->number, "finalizer: set", err);
	shadow_set(&p->shadow, serial, slot, val_serial);
}

/* A handle of the current session to the object. */
static bool take(struct trace_player *p, uint32_t serial, mheap_ref *ref)
{
	int err = mheap_open_id(p->now->h, p->ids[serial], ref);

	if (err)
		trace_fail_error(p, p->l->number, "finalizer: open id", err);
	return !err;
}

static void keep(struct trace_player *p, const struct trace_call *call,
		 int64_t number)
{
	struct trace_register *r = trace_free(p, number);
	mheap_ref ref;

	if (r && take(p, call->serial, &ref))
		trace_hold(p, r, ref, call->serial);
}

static void clear(struct trace_player *p, const struct trace_call *call)
{
	struct mheap_stat st;
	int err = mheap_stat(p->own, call->ref, &st);

	if (err)
		trace_fail_error(p, p->l->number, "finalizer: stat", err);
	for (uint32_t i = 0; !p->stop && i < st.nslots; i++)
		set_slot(p, p->own, call->ref, call->serial, i, 0, 0);
}

static void store(struct trace_player *p, const struct trace_call *call,
		  int64_t number, uint32_t slot)
{
	struct trace_register *r = trace_reg(p, number);
	mheap_ref ref;

	if (!r || !r->held || !take(p, call->serial, &ref))
		return;
	set_slot(p, p->now->h, r->ref, r->serial, slot, ref, call->serial);
	mheap_drop(p->now->h, ref);
}

/* Registers are those of the session that attached it, unless that is closed. */
static void act_at_home(struct trace_player *p, const struct trace_call *call,
			const struct trace_final *f)
{
	struct trace_session *here = p->now;

	if (!f->home->h || f->home->life != f->life)
		return;
	p->now = f->home;
	if (f->action == ACTION_KEEP)
		keep(p, call, f->field[0]);
	else
		store(p, call, f->field[0], trace_number(f->field[1]));
	p->now = here;
}

void trace_act(struct trace_player *p, const struct trace_call *call)
{
	const struct trace_final *f = &p->finals[call->serial];

	switch (f->action) {
	case ACTION_COUNT:
		break;
	case ACTION_KEEP:
	case ACTION_STORE:
		act_at_home(p, call, f);
		break;
	case ACTION_NULL:
		set_slot(p, p->own, call->ref, call->serial,
			 trace_number(f->field[0]), 0, 0);
		break;
	case ACTION_CLEAR:
		clear(p, call);
		break;
	}
}
