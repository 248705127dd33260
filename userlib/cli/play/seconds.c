// SPDX-License-Identifier: GPL-2.0
/*
 * How long things take.
 */
#include <time.h>

#include "seconds.h"

double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
