/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who has which session open, as /proc shows it.
 */
#ifndef MHEAPCTL_SESSIONS_H
#define MHEAPCTL_SESSIONS_H

#include <stddef.h>
#include <stdint.h>

struct session_number {
	uint64_t heap;
	uint64_t session;	/* in the heap */
};

/* A process that has a session open; others may have the same. */
struct session_holder {
	struct session_number number;
	uint64_t handles;	/* of the session */
	char rights[8];		/* the same */
	uint64_t pid;
	char command[32];
};

/*
 * All that can be seen, by heap, session and process; to be freed.  Those of other
 * users are seen by root only, and those on their way in a socket by nobody.  0 or
 * -errno: there is no /proc.
 */
int sessions_read(struct session_holder **holders, size_t *count);

/* How many holders from the first on have the same session open. */
size_t sessions_same(const struct session_holder *holders, size_t count);

struct json_object;

/* The sessions of one heap: a line or an object for each.  How many there are. */
size_t sessions_print(const struct session_holder *holders, size_t count,
		      uint64_t heap);
struct json_object *sessions_json(const struct session_holder *holders, size_t count,
				  uint64_t heap);

#endif /* MHEAPCTL_SESSIONS_H */
