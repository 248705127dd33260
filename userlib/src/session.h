/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A session: the descriptor, and what the library keeps with it.
 */
#ifndef LIBMHEAP_SESSION_H
#define LIBMHEAP_SESSION_H

#include <linux/mheap.h>

#include "maps.h"
#include "refs.h"

/* Nothing but refs and maps changes after opening, and they have their own locks. */
struct mheap {
	int fd;
	uint32_t max_ops;	/* entries that one MHEAP_IOC_BATCH takes */
	bool writable;		/* the session has the right WRITE */
	struct mheap_refs refs;
	struct mheap_maps maps;
};

/*
 * The way into the kernel: what the call returns, or -errno.  The kernel gives EINTR for fatal
 * signals only, so there is nothing to be restarted.
 */
int mheap_ioctl(int fd, unsigned long request, void *arg);

/* Do one entry: its result.  op->out is there on success. */
int mheap_op_do(struct mheap *h, struct mheap_op *op);

/* The same for an entry whose out is wanted. */
int mheap_op_out(struct mheap *h, struct mheap_op *op, uint64_t *out);

/* What an entry says for a handle of the caller. */
static inline uint64_t mheap_handle(struct mheap *h, mheap_ref ref)
{
	return mheap_refs_handle(&h->refs, ref);
}

static inline uint64_t mheap_address(const void *p)
{
	return (uintptr_t)p;
}

/* No object is that long: the kernel says -ERANGE to what does not fit. */
static inline uint32_t mheap_length(size_t len)
{
	return len > UINT32_MAX ? UINT32_MAX : (uint32_t)len;
}

#endif /* LIBMHEAP_SESSION_H */
