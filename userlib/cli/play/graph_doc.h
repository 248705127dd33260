/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Results of heap graphs as JSON.
 */
#ifndef MHEAPCTL_GRAPH_DOC_H
#define MHEAPCTL_GRAPH_DOC_H

#include "sums.h"

struct json_object;

struct json_object *graph_doc_scenario(const struct oracle_scenario *s,
				       const struct scenario_result *r);

/* Add what is known of the graph as a whole to its object. */
void graph_doc_add_sums(struct json_object *to, const struct mhg *g,
			const struct sums *sums);

#endif /* MHEAPCTL_GRAPH_DOC_H */
