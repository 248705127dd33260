/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state of a trace player.  Operations go into a batch; what a trace
 * expects of one is checked when the batch has been submitted.
 */
#ifndef MHEAPCTL_TRACE_PLAYER_H
#define MHEAPCTL_TRACE_PLAYER_H

#include <mheap.h>

#include "alive.h"
#include "shadow.h"
#include "trace_play.h"

#define TRACE_REGISTERS	(1U << 20)
#define TRACE_TYPES	4096
#define TRACE_BATCH	8192U

/* What an operation of the batch has to give. */
struct trace_check {
	enum { CHECK_NOTHING, CHECK_NULL, CHECK_NOT_NULL, CHECK_COUNT, CHECK_SERIAL } kind;
	uint64_t line;
	uint64_t want;
	uint64_t got;
};

struct trace_register {
	mheap_ref ref;		/* stays when it was dropped, to be refused then */
	uint32_t serial;	/* if there is a shadow */
	bool held;
};

struct trace_player {
	struct lines *l;
	struct trace_result *result;
	struct mheap *h;
	struct mheap_batch *batch;
	struct trace_check *checks;	/* per operation of the batch */
	unsigned int count;		/* operations in the batch */
	struct trace_register *regs;
	mheap_type *types;
	bool *type_known;
	uint64_t *ids;			/* by serial number */
	uint32_t allocs;		/* most there are */
	uint32_t made;			/* so far */
	struct alive alive;		/* serial numbers */
	uint64_t alive_sum;		/* of them */
	uint64_t collected;		/* freed by collections */
	bool young;			/* collects young generations: has a shadow */
	struct shadow shadow;
	bool errors;			/* tries what must be refused */
	bool stop;
};

/* The trace fails: a sentence about a line. */
void trace_fail(struct trace_player *p, uint64_t line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The heap gave an error where there must be none: there is no going on. */
void trace_fail_error(struct trace_player *p, uint64_t line, const char *what,
		      int err);

/* The line makes no sense. */
void trace_bad(struct trace_player *p, const char *what);

/* The check of the operation that is added to the batch next. */
struct trace_check *trace_next(struct trace_player *p);

/* Do and check what is in the batch.  false: stop. */
bool trace_flush(struct trace_player *p);

/* Operations of the heap: trace_ops.c. */
void trace_do(struct trace_player *p, const struct trace_op *op);
void trace_do_refused(struct trace_player *p, const struct trace_op *op);

/* Collections and totals: trace_totals.c. */
void trace_collect(struct trace_player *p, const struct trace_op *op);
void trace_totals(struct trace_player *p, char *text);

#endif /* MHEAPCTL_TRACE_PLAYER_H */
