/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mheapctl check: versions, features and limits.
 */
#ifndef MHEAPCTL_CHECK_H
#define MHEAPCTL_CHECK_H

/* Returns the exit status. */
int check_command(int argc, char **argv);

#endif /* MHEAPCTL_CHECK_H */
