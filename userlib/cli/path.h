/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mheapctl path: how an object is held.
 */
#ifndef MHEAPCTL_PATH_H
#define MHEAPCTL_PATH_H

/* Returns the exit status. */
int path_command(int argc, char **argv);

#endif /* MHEAPCTL_PATH_H */
