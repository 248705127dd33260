// SPDX-License-Identifier: GPL-2.0
/* Another process, with a session of its own on the case's heap. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"
#include "peer.h"

int attach_all(int fd)
{
	int other = dev_attach(fd, MHEAP_RIGHT_ALL);

	CHECK_GE(other, 0);
	return other;
}

struct start {
	int fd;		/* of the case */
	int own;	/* of the peer */
	int pipe[2];
	uint64_t (*run)(int fd, void *arg);
	void *arg;
};

static void peer_run(void *arg)
{
	struct start *start = arg;
	uint64_t told;

	close(start->fd);
	close(start->pipe[0]);
	told = start->run(start->own, start->arg);
	CHECK_EQ(write(start->pipe[1], &told, sizeof(told)), sizeof(told));
	for (;;)
		pause();
}

struct peer peer_start(int fd, uint64_t (*run)(int fd, void *arg), void *arg)
{
	struct start start = {
		.fd = fd, .own = attach_all(fd), .run = run, .arg = arg,
	};
	struct peer peer;

	CHECK_EQ(pipe(start.pipe), 0);
	peer.pid = child_start(peer_run, &start);
	close(start.own);
	close(start.pipe[1]);
	CHECK_EQ(read(start.pipe[0], &peer.told, sizeof(peer.told)),
		 sizeof(peer.told));
	close(start.pipe[0]);
	return peer;
}

void peer_kill(const struct peer *peer)
{
	int status;

	CHECK_EQ(kill(peer->pid, SIGKILL), 0);
	CHECK_EQ(waitpid(peer->pid, &status, 0), peer->pid);
	CHECK(WIFSIGNALED(status));
}
