/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lines of profile final: finalizers, and what they do when they run.
 */
#ifndef MHEAPCTL_FINAL_H
#define MHEAPCTL_FINAL_H

#include "stage.h"

/* A finalizer, by the serial number of its object. */
struct final_hook {
	bool attached;		/* and not run yet */
	struct session *home;	/* where it was attached */
	unsigned int life;	/* of that session at the time */
	enum mht_action action;
	int64_t field[2];	/* of the action */
};

/* A finalizer whose event was read, and that is to be answered. */
struct final_call {
	mheap_ref ref;		/* of the player's own session */
	uint32_t serial;
	bool acted;		/* only the answer is left to do */
	bool quarantined;	/* its object is condemned, unless it comes back */
	bool trash;		/* a collection took the last reference to it */
};

struct final {
	struct stage *stage;
	struct final_hook *hooks;	/* NULL if not in this profile */
	struct final_call *calls;	/* a stack */
	size_t call_count;
	size_t unanswered;		/* quarantined calls */
	uint64_t run;			/* finalizers that were run */
};

void final_open(struct final *f, struct stage *st);
void final_close(struct final *f);

void final_attach(struct final *f, const struct mht_op *op);	/* F */

/* The player read the event of a finalizer, which becomes a call. */
void final_event(struct final *f, const struct mheap_event *ev);

/* Do what the finalizer does, and do not answer the event yet. */
void final_act(struct final *f, const struct final_call *call);

#endif /* MHEAPCTL_FINAL_H */
