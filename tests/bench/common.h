/* SPDX-License-Identifier: GPL-2.0 */
/* What the benchmark programs share: the clock, a line of output, numbers that look random. */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

/* A run collects a tree this many times, and the table takes the median. */
#define BENCH_TIMES	3

/* A young collection is short, so it can be measured more often. */
#define BENCH_YOUNG_TIMES	15

/* By default this many new objects make a collection due. */
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

/* Print "name value". */
void bench_report(const char *name, double value);

/* Print the same for a name with a number in it. */
void bench_report_n(const char *format, unsigned int n, double value);

/* Returns a number from 0 to n - 1, the same in every run. */
unsigned int bench_below(unsigned int n);

/* Returns the numbers from 0 to n - 1 in random order, which the caller frees. */
unsigned int *bench_shuffled(unsigned int n);

/* Returns the number of objects of the i-th size. */
unsigned int bench_size(unsigned int objects, unsigned int i);

/*
 * A random graph of the i-th size is collected this often; the largest takes the longest.
 */
unsigned int bench_times(unsigned int i);

double bench_median(double *of, unsigned int n);

#endif
