/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading the events of all sessions of a trace.
 */
#ifndef MHEAPCTL_EVENTS_H
#define MHEAPCTL_EVENTS_H

#include "final.h"
#include "stage.h"

struct events {
	struct stage *stage;
	struct final *final;
	uint64_t notified;	/* notifications of weak handles */
};

/* Can there be events in this profile? */
bool events_wanted(const struct events *e);

/* Read those that are there.  Finalizers become calls, which wait. */
void events_read(struct events *e);

#endif /* MHEAPCTL_EVENTS_H */
