/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mheapctl trace.
 */
#ifndef MHEAPCTL_TRACE_H
#define MHEAPCTL_TRACE_H

/* Returns the exit status. */
int trace_command(int argc, char **argv);

#endif /* MHEAPCTL_TRACE_H */
