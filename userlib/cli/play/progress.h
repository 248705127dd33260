/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One line on standard error that tells how far the player is.
 */
#ifndef MHEAPCTL_PROGRESS_H
#define MHEAPCTL_PROGRESS_H

#include <stdbool.h>

struct progress {
	bool live;	/* otherwise nothing is shown */
	bool terminal;
	double start;
};

void progress_start(struct progress *p, bool live);

/* Replace the line on a terminal; elsewhere add one. */
void progress_show(const struct progress *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Take the line away before something else is printed. */
void progress_clear(const struct progress *p);

#endif /* MHEAPCTL_PROGRESS_H */
