/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A session: the descriptor, and what the library keeps about it.
 */
#ifndef LIBMHEAP_SESSION_H
#define LIBMHEAP_SESSION_H

#include <linux/mheap.h>

#include "event.h"
#include "maps.h"
#include "refs.h"

/*
 * One session.  Only refs, maps and events change after opening, and they have locks of
 * their own, so several threads can use a session without another lock.
 */
struct mheap {
	int fd;
	uint32_t max_ops;	/* most entries and tails of one MHEAP_IOC_BATCH */
	bool writable;		/* the session has the right WRITE */
	struct mheap_refs refs;
	struct mheap_maps maps;
	struct mheap_events events;
};

/*
 * Call the kernel.  Returns what ioctl(2) returns, or -errno.  The kernel returns EINTR
 * only for fatal signals, so no caller restarts a call.
 */
int mheap_ioctl(int fd, unsigned long request, void *arg);

/* Do one op.  Returns what struct mheap_ioc_op says, or -errno. */
int mheap_op_do(struct mheap *h, struct mheap_ioc_op *op);

/* Do one op and store its value in *value on success.  -EFAULT if value is NULL. */
int mheap_op_value(struct mheap *h, struct mheap_ioc_op *op, uint64_t *value);

/*
 * Do one op that makes a handle.  Its number goes to the member of the op that *number
 * is, and *ref is the reference, or 0 if there was no object.  -EFAULT if ref is NULL.
 */
int mheap_op_make(struct mheap *h, struct mheap_ioc_op *op, uint32_t *number,
		  mheap_ref *ref);

/* Returns what an op contains for a handle of the caller. */
static inline uint32_t mheap_handle(struct mheap *h, mheap_ref ref)
{
	return mheap_refs_number(&h->refs, ref);
}

static inline uint64_t mheap_address(const void *p)
{
	return (uintptr_t)p;
}

/*
 * Fit a length, a size or an offset into an op.  No payload and no name has UINT32_MAX
 * bytes, so the kernel refuses to make, copy or look up that many, and no buffer needs to
 * be longer.
 */
static inline uint32_t mheap_length(uint64_t len)
{
	return len > UINT32_MAX ? UINT32_MAX : (uint32_t)len;
}

/* Fit flags into an op, so that the kernel refuses those that it does not know. */
static inline uint8_t mheap_flags(uint32_t flags)
{
	return flags > UINT8_MAX ? UINT8_MAX : (uint8_t)flags;
}

/*
 * Can these bytes lie in the op itself?  The kernel answers for a null pointer, which the
 * library could not read or write.
 */
static inline bool mheap_is_inline(const void *buf, size_t len)
{
	return buf && len <= MHEAP_INLINE_BYTES;
}

#endif /* LIBMHEAP_SESSION_H */
