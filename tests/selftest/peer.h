/* SPDX-License-Identifier: GPL-2.0 */
/* Another process with a session of its own on a heap of the case. */
#ifndef PEER_H
#define PEER_H

#include <stdint.h>
#include <sys/types.h>

/* Another session with all rights, in this process. */
int attach_all(int fd);

/**
 * struct peer - Another process
 * @pid: its process
 * @told: what it told
 */
struct peer {
	pid_t pid;
	uint64_t told;
};

/*
 * A process with a session on the heap of @fd, and without that of @fd.  On return it
 * has done @run, told the number that this returned through a pipe, and stays as it is.
 */
struct peer peer_start(int fd, uint64_t (*run)(int fd, void *arg), void *arg);

/* Kill it; it is gone on return. */
void peer_kill(const struct peer *peer);

#endif
