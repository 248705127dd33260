// SPDX-License-Identifier: GPL-2.0
/*
 * The lines of profile core that are about objects, handles and slots.  Each adds ops
 * to the batch.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../memory.h"
#include "ops.h"

void ops_open(struct ops *o, struct stage *st)
{
	o->stage = st;
	o->types = memory_get(OPS_TYPES, sizeof(*o->types));
	o->known = memory_get(OPS_TYPES, sizeof(*o->known));
	o->known[0] = true;	/* the type "object", which every heap has */
}

void ops_close(struct ops *o)
{
	free(o->known);
	free(o->types);
}

static bool get_type(struct ops *o, int64_t number, mheap_type *t)
{
	struct stage *st = o->stage;
	char name[32];
	int err;

	if (number < 0 || number >= OPS_TYPES) {
		report_bad(st->report, "no such type");
		return false;
	}
	if (!o->known[number]) {
		snprintf(name, sizeof(name), "trace-%d", (int)number);
		err = mheap_type_register(st->now->h, name, &o->types[number]);
		if (err) {
			report_error(st->report, "type", err);
			return false;
		}
		o->known[number] = true;
	}
	*t = o->types[number];
	return true;
}

void ops_alloc(struct ops *o, const struct mht_op *op)
{
	struct stage *st = o->stage;
	struct regs_handle *r = regs_find_free(&st->now->regs, op->field[0]);
	uint32_t slots = mht_argument(op->field[2]);
	uint32_t serial;
	mheap_ref ref;
	mheap_type t;

	if (!r || !get_type(o, op->field[1], &t))
		return;
	serial = objects_add(&st->objects, slots);
	if (!serial) {
		report_bad(st->report, "more objects than the head says");
		return;
	}
	stage_next(st);
	ref = mheap_batch_alloc(st->now->batch, t, slots, (size_t)op->field[3], 0);
	stage_next(st);
	mheap_batch_id(st->now->batch, ref, &st->objects.ids[serial]);
	regs_hold(&st->now->regs, r, ref, serial);
}

void ops_set(struct stage *st, const struct mht_op *op)
{
	struct regs_handle *r = regs_find_held(&st->now->regs, op->field[0]);
	struct regs_handle none = { 0 }, *q = &none;
	uint32_t slot = mht_argument(op->field[1]);

	if (!r)
		return;
	if (op->field[2] != MHT_NULL)
		q = regs_find_held(&st->now->regs, op->field[2]);
	if (!q)
		return;
	stage_next(st);
	mheap_batch_set(st->now->batch, r->ref, slot, q->ref);
	shadow_set(&st->objects.shadow, r->serial, slot, q->serial);
}

void ops_get(struct stage *st, const struct mht_op *op)
{
	struct regs_handle *r = regs_find_held(&st->now->regs, op->field[1]);
	uint32_t slot = mht_argument(op->field[2]);
	struct regs_handle *q;
	mheap_ref ref;

	if (!r)
		return;
	if (op->field[0] == MHT_NULL) {
		stage_next(st)->kind = STAGE_NULL;
		mheap_batch_get(st->now->batch, r->ref, slot);
		return;
	}
	q = regs_find_free(&st->now->regs, op->field[0]);
	if (!q)
		return;
	stage_next(st)->kind = STAGE_NOT_NULL;
	ref = mheap_batch_get(st->now->batch, r->ref, slot);
	regs_hold(&st->now->regs, q, ref,
		  shadow_get(&st->objects.shadow, r->serial, slot));
}

void ops_dup(struct stage *st, const struct mht_op *op)
{
	struct regs_handle *q = regs_find_free(&st->now->regs, op->field[0]);
	struct regs_handle *r;

	if (!q)
		return;
	r = regs_find_held(&st->now->regs, op->field[1]);
	if (!r)
		return;
	stage_next(st);
	regs_hold(&st->now->regs, q, mheap_batch_dup(st->now->batch, r->ref),
		  r->serial);
}

/*
 * The handle of an op in a batch is a number of the library, which refuses it itself
 * once it was dropped.  A trace that tries to use dropped handles wants to know
 * whether the kernel refuses them, so the register gets a handle of the kernel first.
 */
static int take_kernel_handle(struct stage *st, struct regs_handle *r)
{
	mheap_ref ref;
	int err = mheap_dup(st->now->h, r->ref, &ref);

	if (err)
		return err;
	err = mheap_drop(st->now->h, r->ref);
	if (err)
		return err;
	r->ref = ref;
	return 0;
}

void ops_drop(struct stage *st, const struct mht_op *op)
{
	struct regs_handle *r = regs_find_held(&st->now->regs, op->field[0]);
	int err;

	if (!r)
		return;
	if (st->profile->errors) {
		if (!stage_flush(st))
			return;
		err = take_kernel_handle(st, r);
		if (err) {
			report_error(st->report, "dup", err);
			return;
		}
	}
	stage_next(st);
	mheap_batch_drop(st->now->batch, r->ref);
	regs_release(&st->now->regs, r);
}

void ops_expect(struct stage *st, const struct mht_op *op)
{
	struct regs_handle *r = regs_find_held(&st->now->regs, op->field[0]);
	int64_t serial = op->field[1];
	struct stage_check *c;

	if (!r)
		return;
	if (serial < 1 || serial > st->objects.made) {
		report_bad(st->report, "no such object");
		return;
	}
	c = stage_next(st);
	c->kind = STAGE_SERIAL;
	c->want = (uint64_t)serial;
	mheap_batch_id(st->now->batch, r->ref, &c->got);
	c = stage_next(st);
	c->kind = STAGE_COUNT;
	c->want = (uint64_t)op->field[2];
	mheap_batch_refcount(st->now->batch, r->ref, &c->got);
}
