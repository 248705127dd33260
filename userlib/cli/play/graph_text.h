/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Results of heap graphs as text.
 */
#ifndef MHEAPCTL_GRAPH_TEXT_H
#define MHEAPCTL_GRAPH_TEXT_H

#include "sums.h"

/* Got and expected for each phase, and a verdict. */
void graph_text_scenario(const struct mhg *g, const struct oracle_scenario *s,
			 const struct scenario_result *r);

/* A table with a row for each graph. */
void graph_text_heading(void);
void graph_text_row(const struct mhg *g, const struct sums *sums);

#endif /* MHEAPCTL_GRAPH_TEXT_H */
