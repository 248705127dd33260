/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Playing the lines of a heap trace in a fresh heap.
 */
#ifndef MHEAPCTL_PLAYER_H
#define MHEAPCTL_PLAYER_H

#include "mht.h"
#include "progress.h"
#include "report.h"

/* Play the lines behind the head, all of whose profile has to be known. */
void player_run(const struct mht_head *head, const struct progress *progress,
		struct report *report);

#endif /* MHEAPCTL_PLAYER_H */
