/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Running the finalizers that a line of a trace caused.
 */
#ifndef MHEAPCTL_SETTLE_H
#define MHEAPCTL_SETTLE_H

#include "deaths.h"

/* Submit the batch, and do all that follows from it. */
void settle_run(struct deaths *d);

#endif /* MHEAPCTL_SETTLE_H */
