/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The line C of a trace: totals that have to hold.
 */
#ifndef MHEAPCTL_TOTALS_H
#define MHEAPCTL_TOTALS_H

#include "deaths.h"

/* The text is "key=n ...", and is taken apart. */
void totals_check(struct deaths *d, char *text);

#endif /* MHEAPCTL_TOTALS_H */
