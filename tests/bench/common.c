// SPDX-License-Identifier: GPL-2.0
/* What the benchmark programs share: the clock, a line of output, numbers that look random. */
#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

void bench_report(const char *name, double value)
{
	printf("%s %.2f\n", name, value);
	fflush(stdout);
}

void bench_report_n(const char *format, unsigned int n, double value)
{
	char name[80];

	snprintf(name, sizeof(name), format, n);
	bench_report(name, value);
}

/* Xorshift with a fixed seed. */
unsigned int bench_below(unsigned int n)
{
	static unsigned long long x = 88172645463325252ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x % n;
}

unsigned int *bench_shuffled(unsigned int n)
{
	unsigned int *order = malloc(n * sizeof(*order)), i, j, t;

	if (!order)
		abort();
	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = n - 1; i; i--) {
		j = bench_below(i + 1);
		t = order[i];
		order[i] = order[j];
		order[j] = t;
	}
	return order;
}

unsigned int bench_size(unsigned int objects, unsigned int i)
{
	static const double part[BENCH_SIZES] = { 0.001, 0.01, 0.1, 1, 4 };

	return (unsigned int)(objects * part[i]);
}

unsigned int bench_times(unsigned int i)
{
	return i == BENCH_MOST ? 1 : BENCH_TIMES;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double bench_median(double *of, unsigned int n)
{
	qsort(of, n, sizeof(*of), compare);
	return n % 2 ? of[n / 2] : (of[n / 2 - 1] + of[n / 2]) / 2;
}
