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
#define TRACE_SESSIONS	64
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

struct trace_weak {
	mheap_weak weak;
	uint32_t serial;	/* of its object */
	bool held;
	bool callback;		/* its event is counted */
	bool cleared;		/* its event was there */
};

/* A session of the trace. */
struct trace_session {
	struct mheap *h;		/* NULL: it is not open */
	struct mheap_batch *batch;
	struct trace_register *regs;
	uint32_t used;			/* no handle is held from here on */
	struct trace_weak *weaks;	/* NULL: not in this profile */
	unsigned int life;		/* how many times it was opened */
};

/* A finalizer that has not run. */
struct trace_final {
	bool attached;
	struct trace_session *home;	/* where it was attached */
	unsigned int life;		/* of that at the time */
	enum trace_action action;
	int64_t field[2];	/* of the action */
};

/* A finalizer that was read and is to be answered. */
struct trace_call {
	mheap_ref ref;		/* of the player's own session */
	uint32_t serial;
	bool acted;		/* only the answer is left */
	bool quarantined;	/* its object is condemned, unless it comes back */
	bool trash;		/* a collection took the last reference to it */
};

struct trace_player {
	struct lines *l;
	struct trace_result *result;
	struct trace_session sessions[TRACE_SESSIONS];
	struct trace_session *now;	/* the current one */
	/*
	 * For what concerns the heap, and the events of finalizers.  In traces with
	 * several sessions it is one more: all of theirs may be closed, and finalizers
	 * run even if the session that attached them is.
	 */
	struct mheap *own;
	struct trace_check *checks;	/* per operation of the batch */
	unsigned int count;		/* operations in the batch */
	mheap_type *types;
	bool *type_known;
	uint64_t *ids;			/* by serial number */
	uint32_t allocs;		/* most there are */
	uint32_t made;			/* so far */
	struct alive alive;		/* serial numbers */
	uint64_t alive_sum;		/* of them */
	uint64_t collected;		/* freed by collections */
	bool has_sessions;		/* several */
	bool has_weaks;			/* weak handles */
	bool young;			/* collects young generations */
	bool shadowed;			/* has a shadow: young, or finalizers */
	struct shadow shadow;
	bool events;			/* has weak handles or finalizers */
	struct trace_final *finals;	/* by serial number; NULL: not in this profile */
	struct trace_call *calls;	/* a stack */
	size_t call_count;
	size_t unanswered;		/* quarantined ones */
	uint64_t notified;		/* events of weak handles that count */
	uint64_t finalized;		/* finalizers run */
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

/* Sessions: trace_session.c.  0 or -errno; close also what could not be opened. */
int trace_sessions_open(struct trace_player *p);
void trace_sessions_close(struct trace_player *p);
void trace_session_switch(struct trace_player *p, const struct trace_op *op);
void trace_session_end(struct trace_player *p, const struct trace_op *op);
void trace_session_move(struct trace_player *p, const struct trace_op *op);

/* Handles of all of them.  0 or -errno. */
int trace_sessions_handles(struct trace_player *p, uint64_t *handles);

/* Registers of the current session: trace_regs.c.  NULL: it is not as it must be, which was said. */
struct trace_register *trace_reg(struct trace_player *p, int64_t number);
struct trace_register *trace_held(struct trace_player *p, int64_t number);
struct trace_register *trace_free(struct trace_player *p, int64_t number);
void trace_hold(struct trace_player *p, struct trace_register *r, mheap_ref ref,
		uint32_t serial);
void trace_release(struct trace_player *p, struct trace_register *r);

/* What a number of a trace is as an argument: too much stays too much. */
uint32_t trace_number(int64_t n);

/* Operations of the heap: trace_ops.c. */
void trace_do(struct trace_player *p, const struct trace_op *op);
void trace_do_refused(struct trace_player *p, const struct trace_op *op);

/* Weak handles: trace_weak.c. */
void trace_weak_new(struct trace_player *p, const struct trace_op *op);
void trace_weak_get(struct trace_player *p, const struct trace_op *op);
void trace_weak_drop(struct trace_player *p, const struct trace_op *op);
void trace_weak_event(struct trace_player *p, struct trace_session *s,
		      uint64_t cookie);

/* Finalizers: trace_final.c. */
void trace_finalize(struct trace_player *p, const struct trace_op *op);

/* Act on a finalizer that was read, but do not answer it yet. */
void trace_act(struct trace_player *p, const struct trace_call *call);

/* Events: trace_events.c.  Read those that are there; those that call wait. */
void trace_read_events(struct trace_player *p);

/* Do what is in the batch, and all that follows from it. */
void trace_settle(struct trace_player *p);

/* Collections and totals: trace_totals.c. */
void trace_collect(struct trace_player *p, const struct trace_op *op);
void trace_totals(struct trace_player *p, char *text);

/* Who died until now died by count.  Only with a shadow, as the next. */
bool trace_deaths_by_count(struct trace_player *p);

/*
 * Who died since then was freed by a collection, or died by count in its course,
 * perhaps of the drop of the last handle of an object (0: none).  Reads events.
 */
bool trace_deaths_by_collection(struct trace_player *p, uint32_t dropped);

#endif /* MHEAPCTL_TRACE_PLAYER_H */
