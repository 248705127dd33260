/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel memory that a program causes: what its control group is charged. */
#ifndef BENCH_CHARGE_H
#define BENCH_CHARGE_H

/* Go to a control group of one's own. */
void charge_enter(void);

/* Bytes that it is charged. */
double charged(void);

#endif
