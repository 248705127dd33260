/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One line that tells how far a scenario is.
 */
#ifndef MHEAPCTL_PROGRESS_H
#define MHEAPCTL_PROGRESS_H

#include "graph_play.h"

struct progress {
	bool terminal;
	double start;
};

/* On stderr, so that what is printed on stdout can be used. */
void progress_start(struct progress *p);
void progress_show(void *progress, const struct graph_state *state);

/* Before something else is printed. */
void progress_clear(struct progress *p);

#endif /* MHEAPCTL_PROGRESS_H */
