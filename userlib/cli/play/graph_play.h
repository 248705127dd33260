/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Playing a scenario of a heap graph in a fresh heap.
 */
#ifndef MHEAPCTL_GRAPH_PLAY_H
#define MHEAPCTL_GRAPH_PLAY_H

#include "mhg.h"
#include "oracle.h"

/* How far it is, for who watches. */
struct graph_state {
	const char *graph;
	const char *scenario;
	size_t phase;	/* 0: the graph was built */
	uint64_t alive;
	uint64_t by_count;	/* died so far */
	uint64_t by_scanner;
};

struct graph_options {
	bool shuffle;	/* make the objects in another order */
	uint64_t seed;
	void (*watch)(void *context, const struct graph_state *state);
	void *context;
};

struct phase_result {
	uint64_t got[TOTALS];
	/*
	 * The kernel tracks objects with slots, whatever is in them: after a
	 * clear its number is not that of the oracle.
	 */
	bool slotted_counts;
	bool match;
};

struct scenario_result {
	struct phase_result *phases;
	size_t phase_count;
	uint64_t refcounts_wrong;	/* objects, after building */
	uint64_t deaths_wrong;		/* objects that died otherwise, or did not */
	uint64_t lock_max_ns;
	uint64_t by_count;
	uint64_t by_scanner;
	bool match;
};

/* 0 or -errno of what went wrong with the heap.  The result is to be freed. */
int graph_play(const struct graph *g, const struct oracle *o,
	       const struct scenario *s, const struct graph_options *options,
	       struct scenario_result *result);
void scenario_result_free(struct scenario_result *result);

#endif /* MHEAPCTL_GRAPH_PLAY_H */
