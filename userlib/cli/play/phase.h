/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The operations of a phase: drops and clears.
 */
#ifndef MHEAPCTL_PHASE_H
#define MHEAPCTL_PHASE_H

#include "build.h"
#include "oracle.h"

/* Returns 0 or -errno: -EBADF if more handles are to be dropped than there are. */
int phase_do(struct build *b, const struct oracle_phase *phase);

/* Does the phase empty slots? */
bool phase_clears(const struct oracle_phase *phase);

#endif /* MHEAPCTL_PHASE_H */
