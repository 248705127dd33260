// SPDX-License-Identifier: GPL-2.0
/*
 * Playing traces: the loop over lines, the batch, and its checks.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "trace_player.h"

void trace_fail(struct trace_player *p, uint64_t line, const char *fmt, ...)
{
	struct trace_result *r = p->result;
	char text[256];
	va_list args;
	int len;

	r->status = TRACE_FAILED;
	if (r->failure_count == TRACE_FAILURES)
		return;
	len = snprintf(text, sizeof(text), "line %" PRIu64 ": ", line);
	va_start(args, fmt);
	vsnprintf(text + len, sizeof(text) - (size_t)len, fmt, args);
	va_end(args);
	r->failures[r->failure_count++] = memory_copy(text);
	p->stop |= r->failure_count == TRACE_FAILURES;
}

void trace_fail_error(struct trace_player *p, uint64_t line, const char *what,
		      int err)
{
	if (!p->stop)
		trace_fail(p, line, "%s: %s", what, mheap_strerror(err));
	p->stop = true;
}

void trace_bad(struct trace_player *p, const char *what)
{
	lines_bad(p->l, what);
	p->result->status = TRACE_UNREADABLE;
	p->stop = true;
}

struct trace_check *trace_next(struct trace_player *p)
{
	struct trace_check *check;

	if (p->count == TRACE_BATCH)
		trace_flush(p);
	check = &p->checks[p->count++];
	check->kind = CHECK_NOTHING;
	check->line = p->l->number;
	return check;
}

static void look_at(struct trace_player *p, unsigned int i)
{
	const struct trace_check *c = &p->checks[i];

	switch (c->kind) {
	case CHECK_NULL:
		if (mheap_batch_ref(p->now->batch, i))
			trace_fail(p, c->line, "the slot is not null");
		break;
	case CHECK_NOT_NULL:
		if (!mheap_batch_ref(p->now->batch, i))
			trace_fail(p, c->line, "the slot is null");
		break;
	case CHECK_COUNT:
		if (c->got != c->want)
			trace_fail(p, c->line, "%" PRIu64 " references instead of %"
				   PRIu64, c->got, c->want);
		break;
	case CHECK_SERIAL:
		if (c->got != p->ids[c->want])
			trace_fail(p, c->line, "not the object %" PRIu64, c->want);
		break;
	case CHECK_NOTHING:
		break;
	}
}

bool trace_flush(struct trace_player *p)
{
	unsigned int good;
	int done, err;

	if (!p->count)
		return !p->stop;
	done = mheap_batch_submit(p->now->batch);
	good = done < 0 ? 0 : (unsigned int)done;
	for (unsigned int i = 0; i < good && !p->stop; i++)
		look_at(p, i);
	if (good < p->count) {
		err = done < 0 ? done : mheap_batch_result(p->now->batch, good);
		trace_fail_error(p, p->checks[good].line,
				 "the operation failed", err);
	}
	mheap_batch_reset(p->now->batch);
	p->count = 0;
	return !p->stop;
}

/* What is done in no session: all else needs one that is open. */
static bool is_of_heap(const struct trace_op *op)
{
	return op->op == 'N' || op->op == 'K' || op->op == 'G' || op->op == 'C';
}

static void do_line(struct trace_player *p, char *line)
{
	struct trace_op op;

	p->result->lines++;
	if (!trace_parse(line, &op))
		trace_bad(p, "not an operation");
	else if (!p->now->h && (op.refused || !is_of_heap(&op)))
		trace_bad(p, "the current session is closed");
	else if (op.refused)
		trace_do_refused(p, &op);
	else if (op.op == 'G')
		trace_collect(p, &op);
	else if (op.op == 'C')
		trace_totals(p, op.text);
	else
		trace_do(p, &op);
	if (p->events && !p->stop && (op.op == 'S' || op.op == 'X' || op.op == 'K'))
		trace_settle(p);
}

static void do_lines(struct trace_player *p)
{
	char *line;

	while (!p->stop) {
		line = lines_next(p->l);
		if (!line) {
			trace_bad(p, "the file ends too soon");
			return;
		}
		if (strcmp(line, "end") == 0)
			break;
		if (*line && *line != '#')
			do_line(p, line);
	}
	if (!p->stop)
		trace_flush(p);
}

static void open_player(struct trace_player *p, const struct trace_head *head)
{
	p->checks = memory_get(TRACE_BATCH, sizeof(*p->checks));
	p->types = memory_get(TRACE_TYPES, sizeof(*p->types));
	p->type_known = memory_get(TRACE_TYPES, sizeof(*p->type_known));
	p->allocs = (uint32_t)head->allocs;
	p->ids = memory_get(head->allocs + 1, sizeof(*p->ids));
	p->alive.ids = p->ids;
	p->alive.list = memory_get(head->allocs + 1, sizeof(*p->alive.list));
	p->young = !!strstr(head->profile, "gen");
	p->errors = !!strstr(head->profile, "errors");
	p->has_sessions = !!strstr(head->profile, "sessions");
	p->has_weaks = !!strstr(head->profile, "weak");
	if (strstr(head->profile, "final"))
		p->finals = memory_get(head->allocs + 1, sizeof(*p->finals));
	p->events = p->has_weaks || p->finals;
	p->shadowed = p->young || p->finals;
	if (p->shadowed)
		shadow_open(&p->shadow, p->allocs);
}

static void close_player(struct trace_player *p)
{
	if (p->shadowed)
		shadow_close(&p->shadow);
	free(p->calls);
	free(p->finals);
	free(p->alive.list);
	free(p->ids);
	free(p->type_known);
	free(p->types);
	free(p->checks);
}

void trace_play(struct lines *l, const struct trace_head *head,
		struct trace_result *result)
{
	struct trace_player p = { .l = l, .result = result };
	int err;

	*result = (struct trace_result){ .status = TRACE_OK };
	open_player(&p, head);
	err = trace_sessions_open(&p);
	if (err)
		trace_fail_error(&p, l->number, "no heap to play in", err);
	else
		do_lines(&p);
	trace_sessions_close(&p);
	close_player(&p);
}
