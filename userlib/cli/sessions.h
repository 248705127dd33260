/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who has which session open, as /proc shows it.
 */
#ifndef MHEAPCTL_SESSIONS_H
#define MHEAPCTL_SESSIONS_H

#include <stddef.h>
#include <stdint.h>

struct sessions_number {
	uint64_t heap;
	uint64_t session;	/* in the heap */
};

/* A process that has a session open; others may have the same. */
struct sessions_holder {
	struct sessions_number number;
	uint64_t handles;	/* of the session */
	char rights[8];		/* of the session */
	uint64_t pid;
	char command[32];
};

/*
 * All that can be seen, sorted by heap, session and process, in an array that the
 * caller frees.  Only root sees those of other users, and nobody sees a session
 * whose descriptor is on its way through a socket.  Returns 0, or -errno if there
 * is no /proc.
 */
int sessions_read(struct sessions_holder **holders, size_t *count);

/* How many holders from the first on have the same session open. */
size_t sessions_same(const struct sessions_holder *holders, size_t count);

#endif /* MHEAPCTL_SESSIONS_H */
