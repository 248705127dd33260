/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lines of profile errors: ops that the heap must refuse.
 */
#ifndef MHEAPCTL_REFUSED_H
#define MHEAPCTL_REFUSED_H

#include "stage.h"

/* Try the op, which must fail and change nothing. */
void refused_try(struct stage *st, const struct mht_op *op);

#endif /* MHEAPCTL_REFUSED_H */
