/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel memory that a program causes, as charged to its control group. */
#ifndef BENCH_CHARGE_H
#define BENCH_CHARGE_H

/* Move this process to a control group of its own. */
void charge_enter(void);

/* Returns the bytes that are charged to the group. */
double charged(void);

#endif
