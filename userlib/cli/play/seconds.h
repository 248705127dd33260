/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long things take.
 */
#ifndef MHEAPCTL_SECONDS_H
#define MHEAPCTL_SECONDS_H

/* Seconds since some fixed time. */
double seconds_now(void);

#endif /* MHEAPCTL_SECONDS_H */
