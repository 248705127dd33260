/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Results of heap graphs, as text and as JSON.
 */
#ifndef MHEAPCTL_GRAPH_PRINT_H
#define MHEAPCTL_GRAPH_PRINT_H

#include "graph_play.h"

struct json_object;

/* Of all scenarios of a graph that were played. */
struct graph_sums {
	uint64_t by_count;
	uint64_t by_scanner;
	uint64_t expect_by_count;
	uint64_t expect_by_scanner;
	uint64_t lock_max_ns;
	uint64_t scenarios;
	bool match;
};

void graph_sums_add(struct graph_sums *sums, const struct scenario *s,
		    const struct scenario_result *r);

void print_scenario(const struct graph *g, const struct scenario *s,
		    const struct scenario_result *r);
void print_summary_head(void);
void print_summary(const struct graph *g, const struct graph_sums *sums);

struct json_object *scenario_json(const struct scenario *s,
				  const struct scenario_result *r);

/* These two take over the list. */
struct json_object *graph_json(const char *path, const struct graph *g,
			       const struct graph_sums *sums,
			       struct json_object *scenarios);
struct json_object *graphs_json(struct json_object *graphs, bool match);

#endif /* MHEAPCTL_GRAPH_PRINT_H */
