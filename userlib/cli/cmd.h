/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The subcommands: each gets its own argv and returns the exit status.
 */
#ifndef MHEAPCTL_CMD_H
#define MHEAPCTL_CMD_H

int cmd_check(int argc, char **argv);
int cmd_gc(int argc, char **argv);
int cmd_graph(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_path(int argc, char **argv);
int cmd_stat(int argc, char **argv);
int cmd_trace(int argc, char **argv);

#endif /* MHEAPCTL_CMD_H */
