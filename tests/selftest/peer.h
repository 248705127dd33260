/* SPDX-License-Identifier: GPL-2.0 */
/* Another process, with a session of its own on the case's heap. */
#ifndef PEER_H
#define PEER_H

#include <stdint.h>
#include <sys/types.h>

/* Make another session with all rights, in this process. */
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
 * Start a process with a session of its own on the heap of @fd, and without @fd. It calls
 * @run, whose result is in @told when this returns, and then sleeps until it is killed.
 */
struct peer peer_start(int fd, uint64_t (*run)(int fd, void *arg), void *arg);

/* Kill the process; it is gone when this returns. */
void peer_kill(const struct peer *peer);

#endif
