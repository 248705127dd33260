/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mheapctl stat: objects and bytes of a heap by type.
 */
#ifndef MHEAPCTL_STAT_H
#define MHEAPCTL_STAT_H

/* Returns the exit status. */
int stat_command(int argc, char **argv);

#endif /* MHEAPCTL_STAT_H */
