// SPDX-License-Identifier: GPL-2.0
/*
 * Ops that the heap must refuse, as single calls.
 */
#include <errno.h>

#include "refused.h"

/* The handle that a register holds, or the one that was dropped from it. */
static mheap_ref handle(struct stage *st, int64_t number)
{
	struct regs_handle *r;

	if (number == MHT_NULL)
		return 0;
	r = regs_find(&st->now->regs, number);
	return r ? r->ref : 0;
}

/* Returns what the call returns. */
static int64_t call(struct stage *st, const struct mht_op *op)
{
	struct mheap *h = st->now->h;
	const int64_t *f = op->field;
	mheap_ref ref;

	switch (op->op) {
	case 'A':
		return mheap_alloc(h, 0, mht_argument(f[2]), (size_t)f[3], 0, &ref);
	case 'S':
		return mheap_set(h, handle(st, f[0]), mht_argument(f[1]), handle(st, f[2]));
	case 'L':
		return mheap_get(h, handle(st, f[1]), mht_argument(f[2]), &ref);
	case 'D':
		return mheap_dup(h, handle(st, f[1]), &ref);
	case 'X':
		return mheap_drop(h, handle(st, f[0]));
	case 'G':
		return mheap_gc_collect(h, (int)f[0]);
	default:
		report_bad(st->report, "not an operation that can be refused");
		return -EINVAL;
	}
}

static bool same_heap(const struct mheap_info *a, const struct mheap_info *b)
{
	return a->objects == b->objects && a->tracked == b->tracked &&
	       a->bytes == b->bytes && a->slots == b->slots &&
	       a->handles == b->handles;
}

void refused_try(struct stage *st, const struct mht_op *op)
{
	struct mheap_info before, after;
	int err;

	if (!stage_flush(st))
		return;
	err = mheap_info(st->now->h, &before);
	if (err) {
		report_error(st->report, "info", err);
		return;
	}
	if (call(st, op) >= 0) {
		report_fail(st->report, "what must be refused was done");
		st->report->stop = true;
		return;
	}
	err = mheap_info(st->now->h, &after);
	if (err)
		report_error(st->report, "info", err);
	else if (!same_heap(&before, &after))
		report_fail(st->report, "refused, but the heap changed");
}
