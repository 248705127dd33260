// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions of traces: each with registers and a batch of its own.  The batch of a
 * session that is not the current one is empty.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "../memory.h"
#include "trace_player.h"

static int attach(struct mheap *h, struct mheap **other)
{
	int fd = mheap_attach(h, MHEAP_ALL);
	int err;

	if (fd < 0)
		return fd;
	err = mheap_from_fd(fd, other);
	if (err)
		close(fd);
	return err;
}

static int begin(struct trace_player *p, struct trace_session *s, struct mheap *h)
{
	s->h = h;
	s->life++;
	s->regs = memory_get(TRACE_REGISTERS, sizeof(*s->regs));
	if (p->has_weaks)
		s->weaks = memory_get(TRACE_REGISTERS, sizeof(*s->weaks));
	s->batch = mheap_batch_new(h, TRACE_BATCH);
	return s->batch ? 0 : -ENOMEM;
}

static void end(struct trace_session *s)
{
	mheap_batch_free(s->batch);
	mheap_close(s->h);
	free(s->regs);
	free(s->weaks);
	*s = (struct trace_session){ .life = s->life };
}

int trace_sessions_open(struct trace_player *p)
{
	struct mheap *h;
	int err = mheap_open(&h);

	if (err)
		return err;
	p->now = &p->sessions[0];
	err = begin(p, p->now, h);
	p->own = p->has_sessions ? NULL : h;
	if (!err && p->has_sessions)
		err = attach(h, &p->own);
	return err ? err : mheap_gc_disable(h);
}

void trace_sessions_close(struct trace_player *p)
{
	if (p->has_sessions)
		mheap_close(p->own);
	for (unsigned int i = 0; i < TRACE_SESSIONS; i++)
		end(&p->sessions[i]);
}

/* The session of a field.  NULL: there is none, which was said. */
static struct trace_session *find(struct trace_player *p, int64_t number)
{
	if (p->has_sessions && number >= 0 && number < TRACE_SESSIONS)
		return &p->sessions[number];
	trace_bad(p, "no such session");
	return NULL;
}

static struct trace_session *find_open(struct trace_player *p, int64_t number)
{
	struct trace_session *s = find(p, number);

	if (!s || s->h)
		return s;
	trace_bad(p, "the session is not open");
	return NULL;
}

void trace_session_switch(struct trace_player *p, const struct trace_op *op)
{
	struct trace_session *s = find(p, op->field[0]);
	struct mheap *h;
	int err = 0;

	if (!s || !trace_flush(p))
		return;
	if (!s->h) {
		err = attach(p->own, &h);
		if (!err)
			err = begin(p, s, h);
	}
	if (err)
		trace_fail_error(p, p->l->number, "attach", err);
	else
		p->now = s;
}

/* It may be the current one, if the next operation in a session is N. */
void trace_session_end(struct trace_player *p, const struct trace_op *op)
{
	struct trace_session *s = find_open(p, op->field[0]);

	if (!s || !trace_flush(p))
		return;
	for (uint32_t i = 0; i < s->used; i++) {
		if (s->regs[i].held)
			trace_release(p, &s->regs[i]);
	}
	end(s);
}

void trace_session_move(struct trace_player *p, const struct trace_op *op)
{
	struct trace_register *q = trace_free(p, op->field[0]), *r;
	struct trace_session *s = q ? find_open(p, op->field[1]) : NULL;
	struct trace_session *here = p->now;
	mheap_ref ref;
	uint64_t id;
	int err;

	if (!s || !trace_flush(p))
		return;
	p->now = s;
	r = trace_held(p, op->field[2]);
	p->now = here;
	if (!r)
		return;
	err = mheap_id(s->h, r->ref, &id);
	if (!err)
		err = mheap_open_id(here->h, id, &ref);
	if (err)
		trace_fail_error(p, p->l->number, "open id", err);
	else
		trace_hold(p, q, ref, r->serial);
}

int trace_sessions_handles(struct trace_player *p, uint64_t *handles)
{
	struct mheap_info info;
	int err = 0;

	*handles = 0;
	for (unsigned int i = 0; i < TRACE_SESSIONS && !err; i++) {
		if (!p->sessions[i].h)
			continue;
		err = mheap_info(p->sessions[i].h, &info);
		*handles += info.handles;
	}
	return err;
}
