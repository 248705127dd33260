// SPDX-License-Identifier: GPL-2.0
/*
 * A session of a trace.
 */
#include <errno.h>
#include <unistd.h>

#include "session.h"

int session_open(struct session *s, struct mheap *h, unsigned int capacity)
{
	s->h = h;
	s->life++;
	s->batch = mheap_batch_new(h, capacity);
	return s->batch ? 0 : -ENOMEM;
}

void session_close(struct session *s)
{
	mheap_batch_free(s->batch);
	mheap_close(s->h);
	regs_close(&s->regs);
	*s = (struct session){ .life = s->life };
}

int session_attach(struct mheap *h, struct mheap **other)
{
	int fd = mheap_attach(h, MHEAP_ALL);
	int err;

	if (fd < 0)
		return fd;
	err = mheap_from_fd(fd, other);
	if (err)
		close(fd);
	return err;
}
