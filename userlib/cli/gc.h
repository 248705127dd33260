/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mheapctl gc: look at and tune the collector of a heap.
 */
#ifndef MHEAPCTL_GC_H
#define MHEAPCTL_GC_H

/* Returns the exit status. */
int gc_command(int argc, char **argv);

#endif /* MHEAPCTL_GC_H */
