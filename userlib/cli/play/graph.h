/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Playing a file with a heap graph.
 */
#ifndef MHEAPCTL_GRAPH_H
#define MHEAPCTL_GRAPH_H

#include "../lines.h"
#include "scenario.h"
#include "tally.h"

/* More than any oracle has. */
#define GRAPH_SCENARIOS	64

struct graph_options {
	const char *scenarios[GRAPH_SCENARIOS];	/* those to play; none means all */
	size_t scenario_count;
	const char *oracle;	/* its file, or NULL for the one beside the graph */
	struct scenario_options scenario;
};

/* Play the file from its second line on, and count it. */
void graph_play(const struct graph_options *options, struct lines *l,
		struct tally *tally);

#endif /* MHEAPCTL_GRAPH_H */
