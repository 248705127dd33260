/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session of a trace: a session of the heap with registers and a batch.
 */
#ifndef MHEAPCTL_SESSION_H
#define MHEAPCTL_SESSION_H

#include "regs.h"

struct session {
	struct mheap *h;	/* NULL if it is not open */
	struct mheap_batch *batch;
	struct regs regs;
	unsigned int life;	/* how many times it was opened */
};

/*
 * Begin a life of the session.  It takes the heap's session over, and has to be
 * closed even if this fails.  Returns 0 or -errno.
 */
int session_open(struct session *s, struct mheap *h, unsigned int capacity);
void session_close(struct session *s);

/* One more session of the same heap.  Returns 0 or -errno. */
int session_attach(struct mheap *h, struct mheap **other);

#endif /* MHEAPCTL_SESSION_H */
