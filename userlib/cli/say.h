/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sentences on standard error, and the exit status.
 */
#ifndef MHEAPCTL_SAY_H
#define MHEAPCTL_SAY_H

enum {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,	/* also: a file cannot be read */
	STATUS_SKIPPED = 77,
};

void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The last sentence that was said, for a JSON document about the failure. */
const char *say_last(void);

#endif /* MHEAPCTL_SAY_H */
