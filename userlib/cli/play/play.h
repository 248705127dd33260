/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mheapctl play: replay heap graphs and heap traces.
 */
#ifndef MHEAPCTL_PLAY_H
#define MHEAPCTL_PLAY_H

/* Returns the exit status. */
int play_command(int argc, char **argv);

#endif /* MHEAPCTL_PLAY_H */
