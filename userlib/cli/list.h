/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mheapctl list: the heaps on this machine.
 */
#ifndef MHEAPCTL_LIST_H
#define MHEAPCTL_LIST_H

/* Returns the exit status. */
int list_command(int argc, char **argv);

#endif /* MHEAPCTL_LIST_H */
