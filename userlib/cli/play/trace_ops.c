// SPDX-License-Identifier: GPL-2.0
/*
 * Operations of traces that handles and slots are concerned with.
 */
#include <errno.h>
#include <stdio.h>

#include "trace_player.h"

/* Type 0 is there; others get a name of their own. */
static bool get_type(struct trace_player *p, int64_t number, mheap_type *t)
{
	char name[32];
	int err;

	if (number < 0 || number >= TRACE_TYPES) {
		trace_bad(p, "no such type");
		return false;
	}
	if (number && !p->type_known[number]) {
		snprintf(name, sizeof(name), "trace-%d", (int)number);
		err = mheap_type_register(p->now->h, name, &p->types[number]);
		if (err) {
			trace_fail_error(p, p->l->number, "type", err);
			return false;
		}
		p->type_known[number] = true;
	}
	*t = p->types[number];
	return true;
}

static void do_alloc(struct trace_player *p, const struct trace_op *op)
{
	struct trace_register *r = trace_free(p, op->field[0]);
	uint32_t slots = trace_number(op->field[2]);
	uint32_t serial = p->made + 1;
	mheap_ref ref;
	mheap_type t;

	if (!r || !get_type(p, op->field[1], &t))
		return;
	if (p->made == p->allocs) {
		trace_bad(p, "more objects than the head says");
		return;
	}
	p->made = serial;
	trace_next(p);
	ref = mheap_batch_alloc(p->now->batch, t, slots, (size_t)op->field[3], 0);
	trace_next(p);
	mheap_batch_id(p->now->batch, ref, &p->ids[serial]);
	p->alive.list[p->alive.count++] = serial;
	p->alive_sum += serial;
	if (p->shadowed)
		shadow_add(&p->shadow, serial, slots);
	trace_hold(p, r, ref, serial);
}

static void do_set(struct trace_player *p, const struct trace_op *op)
{
	struct trace_register *r = trace_held(p, op->field[0]);
	struct trace_register none = { 0 }, *q = &none;

	if (r && op->field[2] != TRACE_NULL)
		q = trace_held(p, op->field[2]);
	if (!r || !q)
		return;
	trace_next(p);
	mheap_batch_set(p->now->batch, r->ref, trace_number(op->field[1]), q->ref);
	if (p->shadowed)
		shadow_set(&p->shadow, r->serial, trace_number(op->field[1]),
			   q->serial);
}

static void do_get(struct trace_player *p, const struct trace_op *op)
{
	bool expect_null = op->field[0] == TRACE_NULL;
	struct trace_register *r = trace_held(p, op->field[1]);
	uint32_t slot = trace_number(op->field[2]);
	struct trace_register *q = NULL;
	uint32_t serial = 0;
	mheap_ref ref;

	if (r && !expect_null)
		q = trace_free(p, op->field[0]);
	if (!r || (!expect_null && !q))
		return;
	trace_next(p)->kind = expect_null ? CHECK_NULL : CHECK_NOT_NULL;
	ref = mheap_batch_get(p->now->batch, r->ref, slot);
	if (p->shadowed)
		serial = shadow_get(&p->shadow, r->serial, slot);
	if (q)
		trace_hold(p, q, ref, serial);
}

static void do_dup(struct trace_player *p, const struct trace_op *op)
{
	struct trace_register *q = trace_free(p, op->field[0]);
	struct trace_register *r = q ? trace_held(p, op->field[1]) : NULL;

	if (!r)
		return;
	trace_next(p);
	trace_hold(p, q, mheap_batch_dup(p->now->batch, r->ref), r->serial);
}

/*
 * What a batch made is the library's number for a handle, which the library
 * refuses once it was dropped.  Take one of the kernel's own instead, so that
 * it is the kernel that has to refuse it.
 */
static void take_own(struct trace_player *p, struct trace_register *r)
{
	mheap_ref own;
	int err;

	if (!trace_flush(p))
		return;
	err = mheap_dup(p->now->h, r->ref, &own);
	if (!err)
		err = mheap_drop(p->now->h, r->ref);
	if (err)
		trace_fail_error(p, p->l->number, "dup", err);
	else
		r->ref = own;
}

static void do_drop(struct trace_player *p, const struct trace_op *op)
{
	struct trace_register *r = trace_held(p, op->field[0]);

	if (!r)
		return;
	if (p->errors)
		take_own(p, r);
	trace_next(p);
	mheap_batch_drop(p->now->batch, r->ref);
	trace_release(p, r);
}

static void do_expect(struct trace_player *p, const struct trace_op *op)
{
	struct trace_register *r = trace_held(p, op->field[0]);
	int64_t serial = op->field[1];
	struct trace_check *c;

	if (!r)
		return;
	if (serial < 1 || serial > p->made) {
		trace_bad(p, "no such object");
		return;
	}
	c = trace_next(p);
	c->kind = CHECK_SERIAL;
	c->want = (uint64_t)serial;
	mheap_batch_id(p->now->batch, r->ref, &c->got);
	c = trace_next(p);
	c->kind = CHECK_COUNT;
	c->want = (uint64_t)op->field[2];
	mheap_batch_refcount(p->now->batch, r->ref, &c->got);
}

void trace_do(struct trace_player *p, const struct trace_op *op)
{
	switch (op->op) {
	case 'A':
		do_alloc(p, op);
		break;
	case 'S':
		do_set(p, op);
		break;
	case 'L':
		do_get(p, op);
		break;
	case 'D':
		do_dup(p, op);
		break;
	case 'X':
		do_drop(p, op);
		break;
	case 'E':
		do_expect(p, op);
		break;
	case 'W':
		trace_weak_new(p, op);
		break;
	case 'V':
		trace_weak_get(p, op);
		break;
	case 'Z':
		trace_weak_drop(p, op);
		break;
	case 'F':
		trace_finalize(p, op);
		break;
	case 'N':
		trace_session_switch(p, op);
		break;
	case 'K':
		trace_session_end(p, op);
		break;
	case 'M':
		trace_session_move(p, op);
		break;
	default:
		trace_bad(p, "not an operation");
	}
}

/* ---- what must be refused ---- */

/* The handle of a register, dropped or not. */
static mheap_ref any(struct trace_player *p, int64_t number)
{
	struct trace_register *r = number == TRACE_NULL ? NULL : trace_reg(p, number);

	return r ? r->ref : 0;
}

/* The operation as a single call: its result. */
static int try(struct trace_player *p, const struct trace_op *op)
{
	const int64_t *f = op->field;
	mheap_ref ref;
	int64_t n;

	switch (op->op) {
	case 'A':
		return mheap_alloc(p->now->h, 0, trace_number(f[2]), (size_t)f[3], 0, &ref);
	case 'S':
		return mheap_set(p->now->h, any(p, f[0]), trace_number(f[1]), any(p, f[2]));
	case 'L':
		return mheap_get(p->now->h, any(p, f[1]), trace_number(f[2]), &ref);
	case 'D':
		return mheap_dup(p->now->h, any(p, f[1]), &ref);
	case 'X':
		return mheap_drop(p->now->h, any(p, f[0]));
	case 'G':
		n = mheap_gc_collect(p->now->h, (int)f[0]);
		return n < 0 ? (int)n : 0;
	default:
		trace_bad(p, "not an operation that can be refused");
		return -EINVAL;
	}
}

static bool same_heap(const struct mheap_info *a, const struct mheap_info *b)
{
	return a->objects == b->objects && a->tracked == b->tracked &&
	       a->bytes == b->bytes && a->slots == b->slots &&
	       a->handles == b->handles;
}

void trace_do_refused(struct trace_player *p, const struct trace_op *op)
{
	struct mheap_info before, after;
	int err;

	if (!trace_flush(p))
		return;
	err = mheap_info(p->now->h, &before);
	if (!err && try(p, op) >= 0) {
		trace_fail(p, p->l->number, "what must be refused was done");
		p->stop = true;
		return;
	}
	if (!err)
		err = mheap_info(p->now->h, &after);
	if (err)
		trace_fail_error(p, p->l->number, "info", err);
	else if (!same_heap(&before, &after))
		trace_fail(p, p->l->number, "refused, but the heap changed");
}
