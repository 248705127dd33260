/* SPDX-License-Identifier: GPL-2.0 */
/* What the benchmark programs share: the clock, a line of output, numbers that look random. */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

/* A tree is collected so often in a run; the table takes the median. */
#define BENCH_TIMES	3

/* A young collection is short, so it can be measured more often. */
#define BENCH_YOUNG_TIMES	15

/* As many new objects as make a collection due by default. */
#define BENCH_YOUNG	700U

/*
 * Sizes of heaps: a thousandth to four times the objects that the program is told.  New
 * objects are collected in two of them; what is not about size is measured in the fourth.
 */
#define BENCH_SIZES	5
#define BENCH_FEW	0
#define BENCH_MANY	3
#define BENCH_MOST	4

double bench_now(void);

/* Prints "name value". */
void bench_report(const char *name, double value);

/* The same for a name with a number in it. */
void bench_report_n(const char *format, unsigned int n, double value);

/* The same numbers in every run, from 0 to n - 1. */
unsigned int bench_below(unsigned int n);

/* The numbers from 0 to n - 1 in random order; to be freed. */
unsigned int *bench_shuffled(unsigned int n);

/* Objects of the i-th size. */
unsigned int bench_size(unsigned int objects, unsigned int i);

/* A random graph of the i-th size is collected so often: the largest takes the longest. */
unsigned int bench_times(unsigned int i);

double bench_median(double *of, unsigned int n);

#endif
