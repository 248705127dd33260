// SPDX-License-Identifier: GPL-2.0
/*
 * Playing the lines of a heap trace: each goes to the file that knows its letter.
 */
#include <inttypes.h>
#include <string.h>

#include "collect.h"
#include "deaths.h"
#include "events.h"
#include "final.h"
#include "multi.h"
#include "ops.h"
#include "player.h"
#include "refused.h"
#include "settle.h"
#include "stage.h"
#include "totals.h"
#include "weak.h"

/* How often progress is shown, in lines. */
#define SHOW_EVERY	100000

struct player {
	struct stage stage;
	struct ops ops;
	struct final final;
	struct events events;
	struct deaths deaths;
};

static void do_op(struct player *p, struct mht_op *op)
{
	struct stage *st = &p->stage;

	switch (op->op) {
	case 'A':
		ops_alloc(&p->ops, op);
		break;
	case 'S':
		ops_set(st, op);
		break;
	case 'L':
		ops_get(st, op);
		break;
	case 'D':
		ops_dup(st, op);
		break;
	case 'X':
		ops_drop(st, op);
		break;
	case 'E':
		ops_expect(st, op);
		break;
	case 'G':
		collect_do(&p->deaths, op);
		break;
	case 'C':
		totals_check(&p->deaths, op->text);
		break;
	case 'N':
		multi_switch(st, op);
		break;
	case 'K':
		multi_close(st, op);
		break;
	case 'M':
		multi_move(st, op);
		break;
	case 'W':
		weak_new(st, op);
		break;
	case 'V':
		weak_get(st, op);
		break;
	case 'Z':
		weak_drop(st, op);
		break;
	case 'F':
		final_attach(&p->final, op);
		break;
	}
}

static void do_line(struct player *p, char *line)
{
	struct report *report = p->stage.report;
	struct mht_op op;

	report->played++;
	if (!mht_parse(line, &op)) {
		report_bad(report, "not an operation");
		return;
	}
	/* Lines about the heap need no current session that is open. */
	if (!p->stage.now->h && (op.refused || !strchr("NKGC", op.op))) {
		report_bad(report, "the current session is closed");
		return;
	}
	if (op.refused)
		refused_try(&p->stage, &op);
	else
		do_op(p, &op);
	/* Objects may have died.  After G, collect_do() has seen to that. */
	if (!report->stop && strchr("SXK", op.op) && events_wanted(&p->events))
		settle_run(&p->deaths);
}

static void do_lines(struct player *p, const struct mht_head *head,
		     const struct progress *progress)
{
	struct report *report = p->stage.report;
	char *line;

	while (!report->stop) {
		line = lines_next(report->l);
		if (!line) {
			report_bad(report, "the file ends too soon");
			return;
		}
		if (strcmp(line, "end") == 0)
			break;
		if (*line && *line != '#')
			do_line(p, line);
		if (report->played % SHOW_EVERY == 1)
			progress_show(progress, "%s: %" PRIu64 " of %" PRIu64 " lines",
				      head->name, report->played, head->ops);
	}
	if (!report->stop)
		stage_flush(&p->stage);
}

void player_run(const struct mht_head *head, const struct progress *progress,
		struct report *report)
{
	struct player p = {
		.events = { .stage = &p.stage, .final = &p.final },
		.deaths = { .stage = &p.stage, .events = &p.events },
	};
	int err;

	err = stage_open(&p.stage, head, report);
	ops_open(&p.ops, &p.stage);
	final_open(&p.final, &p.stage);
	if (err)
		report_error(report, "no heap to play in", err);
	else
		do_lines(&p, head, progress);
	final_close(&p.final);
	ops_close(&p.ops);
	stage_close(&p.stage);
}
