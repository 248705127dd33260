/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Playing a scenario of a heap graph in a fresh heap.
 */
#ifndef MHEAPCTL_SCENARIO_H
#define MHEAPCTL_SCENARIO_H

#include "../holds.h"
#include "mhg.h"
#include "oracle.h"
#include "progress.h"

struct scenario_options {
	bool shuffle;	/* make the objects in another order */
	uint64_t seed;
	const struct progress *progress;
};

struct scenario_phase {
	uint64_t got[ORACLE_TOTALS];
	/*
	 * The kernel tracks an object with slots even if they are empty, and the
	 * oracle does not: after a clear their numbers are not the same.
	 */
	bool slotted_counts;
	bool match;
};

struct scenario_result {
	struct scenario_phase *phases;
	size_t phase_count;
	uint64_t refcounts_wrong;	/* objects, after building */
	uint64_t deaths_wrong;		/* objects that died at another time or not at all */
	struct holds holds;		/* of the heap lock */
	uint64_t by_count;		/* objects that died by their count */
	uint64_t by_scanner;		/* objects that the collector freed */
	bool match;
};

/* Returns 0 or the error of the heap.  The result is to be freed in any case. */
int scenario_play(const struct mhg *g, const struct oracle *o,
		  const struct oracle_scenario *s,
		  const struct scenario_options *options,
		  struct scenario_result *result);
void scenario_free(struct scenario_result *result);

#endif /* MHEAPCTL_SCENARIO_H */
