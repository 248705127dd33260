/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Playing a heap trace in a fresh heap.
 */
#ifndef MHEAPCTL_TRACE_PLAY_H
#define MHEAPCTL_TRACE_PLAY_H

#include "mht.h"

#define TRACE_FAILURES	20

struct trace_result {
	enum { TRACE_OK, TRACE_FAILED, TRACE_UNREADABLE } status;
	uint64_t lines;		/* played */
	unsigned int failure_count;
	char *failures[TRACE_FAILURES];	/* sentences, to be freed */
};

/*
 * The lines behind the head.  Needs no other profiles than core, gen, sessions,
 * weak, final and errors.
 */
void trace_play(struct lines *l, const struct trace_head *head,
		struct trace_result *result);

#endif /* MHEAPCTL_TRACE_PLAY_H */
