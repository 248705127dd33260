// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Opening, describing and closing sessions, and the one way into the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "session.h"

int mheap_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

int mheap_op_do(struct mheap *h, struct mheap_op *op)
{
	struct mheap_ioc_batch batch = {
		.size = sizeof(batch),
		.ops = mheap_address(op),
		.count = 1,
	};
	int err;

	op->result = -EINTR;	/* if a fatal signal comes before it is done */
	err = mheap_ioctl(h->fd, MHEAP_IOC_BATCH, &batch);
	return err ? err : op->result;
}

int mheap_op_out(struct mheap *h, struct mheap_op *op, uint64_t *out)
{
	int err;

	if (!out)
		return -EFAULT;
	err = mheap_op_do(h, op);
	if (!err)
		*out = op->out;
	return err;
}

/* What the library takes for granted of the module. */
static int query(int fd, uint32_t *max_ops)
{
	struct mheap_ioc_query q = { .size = sizeof(q) };
	int err;

	err = mheap_ioctl(fd, MHEAP_IOC_QUERY, &q);
	if (err)
		return err;
	if (q.abi_level < MHEAP_ABI_LEVEL || q.op_size != sizeof(struct mheap_op))
		return -EPROTONOSUPPORT;
	*max_ops = q.max_ops;
	return 0;
}

int mheap_from_fd(int fd, struct mheap **h)
{
	uint32_t max_ops;
	struct mheap *new;
	int err;

	if (!h)
		return -EFAULT;
	err = query(fd, &max_ops);
	if (err)
		return err;
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	new->fd = fd;
	new->max_ops = max_ops;
	mheap_refs_init(&new->refs);
	*h = new;
	return 0;
}

int mheap_open(struct mheap **h)
{
	const char *path = secure_getenv("MHEAP_DEVICE");
	int fd, err;

	if (!h)
		return -EFAULT;
	fd = open(path ? path : "/dev/mheap", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = mheap_from_fd(fd, h);
	if (err)
		close(fd);
	return err;
}

int mheap_fd(struct mheap *h)
{
	return h->fd;
}

int mheap_close(struct mheap *h)
{
	int err;

	if (!h)
		return 0;
	err = close(h->fd) < 0 ? -errno : 0;
	mheap_refs_fini(&h->refs);
	free(h);
	return err;
}

int mheap_info(struct mheap *h, struct mheap_info *info)
{
	struct mheap_ioc_info ioc = { .size = sizeof(ioc) };
	int err;

	if (!info)
		return -EFAULT;
	err = mheap_ioctl(h->fd, MHEAP_IOC_INFO, &ioc);
	if (err)
		return err;
	*info = (struct mheap_info){
		.heap_id = ioc.heap_id,
		.rights = ioc.rights,
		.objects = ioc.objects,
		.tracked = ioc.tracked,
		.bytes = ioc.bytes,
		.handles = ioc.handles,
		.sessions = ioc.sessions,
		.slots = ioc.slots,
		.lock_max_ns = ioc.lock_max_ns,
		.frozen = ioc.frozen,
		.quarantined = ioc.quarantined,
		.garbage = ioc.garbage,
		.weaks = ioc.weaks,
		.frames = ioc.frames,
		.events = ioc.events,
		.objects_max = ioc.objects_max,
	};
	return 0;
}
