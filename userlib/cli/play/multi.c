// SPDX-License-Identifier: GPL-2.0
/*
 * Several sessions of a trace: switching, closing, and moving handles between them.
 */
#include "multi.h"

/* NULL if there is no session with this number, which was reported. */
static struct session *find(struct stage *st, int64_t number)
{
	if (st->profile->sessions && number >= 0 && number < STAGE_SESSIONS)
		return &st->sessions[number];
	report_bad(st->report, "no such session");
	return NULL;
}

static struct session *find_open(struct stage *st, int64_t number)
{
	struct session *s = find(st, number);

	if (!s || s->h)
		return s;
	report_bad(st->report, "the session is not open");
	return NULL;
}

void multi_switch(struct stage *st, const struct mht_op *op)
{
	struct session *s = find(st, op->field[0]);
	int err;

	if (!s || !stage_flush(st))
		return;
	if (!s->h) {
		err = stage_enter(st, s);
		if (err) {
			report_error(st->report, "attach", err);
			return;
		}
	}
	st->now = s;
}

/* It may be the current session, if the next line in a session is N. */
void multi_close(struct stage *st, const struct mht_op *op)
{
	struct session *s = find_open(st, op->field[0]);

	if (!s || !stage_flush(st))
		return;
	regs_release_all(&s->regs);
	session_close(s);
}

void multi_move(struct stage *st, const struct mht_op *op)
{
	struct regs_handle *q = regs_find_free(&st->now->regs, op->field[0]);
	struct session *s = q ? find_open(st, op->field[1]) : NULL;
	struct regs_handle *r;
	mheap_ref ref;
	uint64_t id;
	int err;

	if (!s || !stage_flush(st))
		return;
	r = regs_find_held(&s->regs, op->field[2]);
	if (!r)
		return;
	/* A handle of one session cannot be used in another one, but an id can. */
	err = mheap_id(s->h, r->ref, &id);
	if (err) {
		report_error(st->report, "id", err);
		return;
	}
	err = mheap_open_id(st->now->h, id, &ref);
	if (err)
		report_error(st->report, "open id", err);
	else
		regs_hold(&st->now->regs, q, ref, r->serial);
}

int multi_handles(struct stage *st, uint64_t *handles)
{
	struct mheap_info info;
	int err;

	*handles = 0;
	for (unsigned int i = 0; i < STAGE_SESSIONS; i++) {
		if (!st->sessions[i].h)
			continue;
		err = mheap_info(st->sessions[i].h, &info);
		if (err)
			return err;
		*handles += info.handles;
	}
	return 0;
}
