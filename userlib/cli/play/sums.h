/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sums over the scenarios of a graph.
 */
#ifndef MHEAPCTL_SUMS_H
#define MHEAPCTL_SUMS_H

#include "oracle.h"
#include "scenario.h"

struct sums {
	uint64_t by_count;
	uint64_t by_scanner;
	uint64_t expect_by_count;
	uint64_t expect_by_scanner;
	struct holds holds;
	bool match;
};

void sums_add(struct sums *sums, const struct oracle_scenario *s,
	      const struct scenario_result *r);

#endif /* MHEAPCTL_SUMS_H */
