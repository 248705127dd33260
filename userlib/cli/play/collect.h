/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The line G of a trace: a collection.
 */
#ifndef MHEAPCTL_COLLECT_H
#define MHEAPCTL_COLLECT_H

#include "deaths.h"

void collect_do(struct deaths *d, const struct mht_op *op);

#endif /* MHEAPCTL_COLLECT_H */
