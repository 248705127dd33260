// SPDX-License-Identifier: GPL-2.0
/*
 * Finalizers of traces: what they do to the heap.
 */
#include "trace_player.h"

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
		.attached = true, .action = op->action,
		.field = { op->field[1], op->field[2] },
	};
	err = mheap_set_finalizer(p->h, r->ref, r->serial);
	if (err)
		trace_fail_error(p, p->l->number, "finalizer", err);
}

static void set_slot(struct trace_player *p, mheap_ref obj, uint32_t serial,
		     uint32_t slot, mheap_ref val, uint32_t val_serial)
{
	int err = mheap_set(p->h, obj, slot, val);

	if (err)
		trace_fail_error(p, p->l->number, "finalizer: set", err);
	shadow_set(&p->shadow, serial, slot, val_serial);
}

static void keep(struct trace_player *p, const struct trace_call *call,
		 int64_t number)
{
	struct trace_register *r = trace_free(p, number);
	mheap_ref ref;
	int err;

	if (!r)
		return;
	err = mheap_dup(p->h, call->ref, &ref);
	if (err)
		trace_fail_error(p, p->l->number, "finalizer: dup", err);
	else
		trace_hold(p, r, ref, call->serial);
}

static void clear(struct trace_player *p, const struct trace_call *call)
{
	struct mheap_stat st;
	int err = mheap_stat(p->h, call->ref, &st);

	if (err)
		trace_fail_error(p, p->l->number, "finalizer: stat", err);
	for (uint32_t i = 0; !p->stop && i < st.nslots; i++)
		set_slot(p, call->ref, call->serial, i, 0, 0);
}

static void store(struct trace_player *p, const struct trace_call *call,
		  int64_t number, uint32_t slot)
{
	struct trace_register *r = trace_reg(p, number);

	if (r && r->held)
		set_slot(p, r->ref, r->serial, slot, call->ref, call->serial);
}

void trace_act(struct trace_player *p, const struct trace_call *call)
{
	const struct trace_final *f = &p->finals[call->serial];

	switch (f->action) {
	case ACTION_COUNT:
		break;
	case ACTION_KEEP:
		keep(p, call, f->field[0]);
		break;
	case ACTION_NULL:
		set_slot(p, call->ref, call->serial, trace_number(f->field[0]), 0, 0);
		break;
	case ACTION_CLEAR:
		clear(p, call);
		break;
	case ACTION_STORE:
		store(p, call, f->field[0], trace_number(f->field[1]));
		break;
	}
}
