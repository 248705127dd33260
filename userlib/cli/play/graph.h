/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mheapctl graph.
 */
#ifndef MHEAPCTL_GRAPH_H
#define MHEAPCTL_GRAPH_H

/* Returns the exit status. */
int graph_command(int argc, char **argv);

#endif /* MHEAPCTL_GRAPH_H */
