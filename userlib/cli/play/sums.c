// SPDX-License-Identifier: GPL-2.0
/*
 * Sums over the scenarios of a graph.
 */
#include "sums.h"

void sums_add(struct sums *sums, const struct oracle_scenario *s,
	      const struct scenario_result *r)
{
	sums->by_count += r->by_count;
	sums->by_scanner += r->by_scanner;
	for (size_t i = 0; i < s->phase_count; i++) {
		sums->expect_by_count += s->phases[i].expect[ORACLE_RC_FREED];
		sums->expect_by_scanner += s->phases[i].expect[ORACLE_GC_FREED];
	}
	holds_add(&sums->holds, &r->holds);
	sums->match &= r->match;
}
