/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A session: the descriptor, and what the library keeps about it.
 */
#ifndef LIBMHEAP_SESSION_H
#define LIBMHEAP_SESSION_H

#include <linux/mheap.h>

#include "maps.h"
#include "refs.h"

/*
 * One session.  Only refs and maps change after opening, and they have locks of their
 * own, so several threads can use a session without another lock.
 */
struct mheap {
	int fd;
	uint32_t max_ops;	/* most ops of one MHEAP_IOC_BATCH */
	bool writable;		/* the session has the right WRITE */
	struct mheap_refs refs;
	struct mheap_maps maps;
};

/*
 * Call the kernel.  Returns what ioctl(2) returns, or -errno.  The kernel returns EINTR
 * only for fatal signals, so no caller restarts a call.
 */
int mheap_ioctl(int fd, unsigned long request, void *arg);

/* Do one op.  Returns its result; op->out is valid if that is 0. */
int mheap_op_do(struct mheap *h, struct mheap_op *op);

/* Do one op and store its out in *out on success.  -EFAULT if out is NULL. */
int mheap_op_out(struct mheap *h, struct mheap_op *op, uint64_t *out);

/* Returns what an op contains for a handle of the caller. */
static inline uint64_t mheap_handle(struct mheap *h, mheap_ref ref)
{
	return mheap_refs_handle(&h->refs, ref);
}

static inline uint64_t mheap_address(const void *p)
{
	return (uintptr_t)p;
}

/*
 * Fit a length into an op.  No payload and no name has UINT32_MAX bytes, so the kernel
 * refuses to copy or look up that many, and no buffer needs to be longer.
 */
static inline uint32_t mheap_length(size_t len)
{
	return len > UINT32_MAX ? UINT32_MAX : (uint32_t)len;
}

#endif /* LIBMHEAP_SESSION_H */
