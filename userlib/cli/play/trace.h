/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Playing a file with a heap trace.
 */
#ifndef MHEAPCTL_TRACE_H
#define MHEAPCTL_TRACE_H

#include "../lines.h"
#include "progress.h"
#include "tally.h"

/* Play the file from its second line on, and count it. */
void trace_play(struct lines *l, const struct progress *progress,
		struct tally *tally);

#endif /* MHEAPCTL_TRACE_H */
