/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a trace is played: its sessions, its objects, and the batch of the current
 * session.  What a trace expects of an op is checked when the batch was submitted.
 */
#ifndef MHEAPCTL_STAGE_H
#define MHEAPCTL_STAGE_H

#include "mht.h"
#include "objects.h"
#include "report.h"
#include "session.h"

#define STAGE_SESSIONS	64

/* What an op of the batch has to give. */
struct stage_check {
	enum {
		STAGE_NOTHING,
		STAGE_NULL,
		STAGE_NOT_NULL,
		STAGE_COUNT,
		STAGE_SERIAL,
	} kind;
	uint64_t line;
	uint64_t want;
	uint64_t got;
};

struct stage {
	struct report *report;
	const struct mht_profile *profile;
	struct objects objects;
	struct session sessions[STAGE_SESSIONS];
	struct session *now;	/* the current one; the batches of others are empty */
	/*
	 * For what concerns the heap, and the events of finalizers.  In traces with
	 * several sessions it is one more: all of theirs may be closed, and finalizers
	 * run even if the session that attached them is closed.
	 */
	struct mheap *own;
	struct stage_check *checks;	/* of the ops in the batch */
	unsigned int count;		/* ops in the batch */
};

/*
 * Make a heap, with session 0 open.  Returns 0 or -errno; the stage has to be
 * closed in any case.
 */
int stage_open(struct stage *st, const struct mht_head *head, struct report *report);
void stage_close(struct stage *st);

/* Open another session of the heap.  Returns 0 or -errno. */
int stage_enter(struct stage *st, struct session *s);

/*
 * The check of the op that is added to the batch next.  The batch is submitted
 * before that if it is full.
 */
struct stage_check *stage_next(struct stage *st);

/* Submit the batch and check its results.  Returns false if the player has to stop. */
bool stage_flush(struct stage *st);

#endif /* MHEAPCTL_STAGE_H */
