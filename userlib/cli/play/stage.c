// SPDX-License-Identifier: GPL-2.0
/*
 * Where a trace is played.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "../memory.h"
#include "stage.h"

#define BATCH	8192U

static int start_session(struct stage *st, struct session *s, struct mheap *h)
{
	regs_open(&s->regs, st->report, &st->objects.shadow, st->profile->weak);
	return session_open(s, h, BATCH);
}

int stage_enter(struct stage *st, struct session *s)
{
	struct mheap *h;
	int err = session_attach(st->own, &h);

	if (err)
		return err;
	return start_session(st, s, h);
}

int stage_open(struct stage *st, const struct mht_head *head, struct report *report)
{
	const struct mht_profile *profile = &head->profile;
	struct mheap *h;
	int err;

	*st = (struct stage){ .report = report, .profile = profile };
	st->now = &st->sessions[0];
	st->checks = memory_get(BATCH, sizeof(*st->checks));
	objects_open(&st->objects, (uint32_t)head->allocs,
		     profile->gen || profile->final);
	err = mheap_open(&h);
	if (err)
		return err;
	err = start_session(st, st->now, h);
	if (err)
		return err;
	if (!profile->sessions)
		st->own = h;
	else
		err = session_attach(h, &st->own);
	if (err)
		return err;
	return mheap_gc_disable(h);
}

void stage_close(struct stage *st)
{
	if (st->profile->sessions)
		mheap_close(st->own);
	for (unsigned int i = 0; i < STAGE_SESSIONS; i++)
		session_close(&st->sessions[i]);
	objects_close(&st->objects);
	free(st->checks);
}

struct stage_check *stage_next(struct stage *st)
{
	struct stage_check *check;

	if (st->count == BATCH)
		stage_flush(st);
	check = &st->checks[st->count++];
	check->kind = STAGE_NOTHING;
	check->line = st->report->l->number;
	return check;
}

static void check_op(struct stage *st, unsigned int i)
{
	const struct stage_check *c = &st->checks[i];

	switch (c->kind) {
	case STAGE_NULL:
		if (mheap_batch_ref(st->now->batch, i))
			report_fail_at(st->report, c->line, "the slot is not null");
		break;
	case STAGE_NOT_NULL:
		if (!mheap_batch_ref(st->now->batch, i))
			report_fail_at(st->report, c->line, "the slot is null");
		break;
	case STAGE_COUNT:
		if (c->got != c->want)
			report_fail_at(st->report, c->line, "%" PRIu64
				       " references instead of %" PRIu64,
				       c->got, c->want);
		break;
	case STAGE_SERIAL:
		if (c->got != st->objects.ids[c->want])
			report_fail_at(st->report, c->line,
				       "not the object %" PRIu64, c->want);
		break;
	case STAGE_NOTHING:
		break;
	}
}

bool stage_flush(struct stage *st)
{
	struct mheap_batch *batch = st->now->batch;
	unsigned int good;
	int done, err;

	if (!st->count)
		return !st->report->stop;
	done = mheap_batch_submit(batch);
	good = done < 0 ? 0 : (unsigned int)done;
	for (unsigned int i = 0; i < good && !st->report->stop; i++)
		check_op(st, i);
	if (good < st->count) {
		err = done < 0 ? done : mheap_batch_result(batch, good);
		report_error_at(st->report, st->checks[good].line,
				"the operation failed", err);
	}
	mheap_batch_reset(batch);
	st->count = 0;
	return !st->report->stop;
}
