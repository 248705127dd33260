/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How it goes with a trace: what did not hold, and whether to go on.
 */
#ifndef MHEAPCTL_REPORT_H
#define MHEAPCTL_REPORT_H

#include "../lines.h"

/* A trace with that many failures is not played on. */
#define REPORT_FAILURES	20

struct report {
	struct lines *l;	/* the file, at the line that is being played */
	uint64_t played;	/* lines */
	bool failed;		/* an expectation did not hold, or the heap failed */
	bool unreadable;	/* a line makes no sense, which was said */
	bool stop;		/* there is no use in going on */
	unsigned int failure_count;
	char *failures[REPORT_FAILURES];	/* sentences */
};

void report_start(struct report *r, struct lines *l);
void report_end(struct report *r);

/* An expectation does not hold: that of the current line, or of another one. */
void report_fail(struct report *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void report_fail_at(struct report *r, uint64_t line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The heap gave an error where it must not.  This stops the player. */
void report_error(struct report *r, const char *what, int err);
void report_error_at(struct report *r, uint64_t line, const char *what, int err);

/* The current line makes no sense.  This stops the player. */
void report_bad(struct report *r, const char *what);

#endif /* MHEAPCTL_REPORT_H */
