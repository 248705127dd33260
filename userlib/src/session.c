// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Opening, describing and closing sessions, and the functions that call the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "session.h"

int mheap_ioctl(int fd, unsigned long request, void *arg)
{
	int result = ioctl(fd, request, arg);

	return result < 0 ? -errno : result;
}

int mheap_op_do(struct mheap *h, struct mheap_op *op)
{
	int err = mheap_ioctl(h->fd, MHEAP_IOC_OP, op);

	if (err)
		return err;
	return op->result;
}

int mheap_op_out(struct mheap *h, struct mheap_op *op, uint64_t *out)
{
	int err;

	if (!out)
		return -EFAULT;
	err = mheap_op_do(h, op);
	if (err)
		return err;
	*out = op->out;
	return 0;
}

/* Check that the module fits the library, and get what the library has to know. */
static int query(int fd, struct mheap *h)
{
	struct mheap_ioc_query q = { .size = sizeof(q) };
	struct mheap_ioc_info info = { .size = sizeof(info) };
	int err;

	err = mheap_ioctl(fd, MHEAP_IOC_QUERY, &q);
	if (err)
		return err;
	if (q.abi_level < MHEAP_ABI_LEVEL || q.op_size != sizeof(struct mheap_op))
		return -EPROTONOSUPPORT;
	h->max_ops = q.max_ops;
	err = mheap_ioctl(fd, MHEAP_IOC_INFO, &info);
	if (err)
		return err;
	h->writable = info.rights & MHEAP_WRITE;
	return 0;
}

int mheap_from_fd(int fd, struct mheap **h)
{
	struct mheap *new;
	int err;

	if (!h)
		return -EFAULT;
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	err = query(fd, new);
	if (err) {
		free(new);
		return err;
	}
	new->fd = fd;
	mheap_refs_init(&new->refs);
	mheap_maps_init(&new->maps);
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

int mheap_attach(struct mheap *h, uint32_t rights)
{
	struct mheap_ioc_attach ioc = { .size = sizeof(ioc), .rights = rights };

	return mheap_ioctl(h->fd, MHEAP_IOC_ATTACH, &ioc);
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
	mheap_maps_fini(&h->maps);
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
		.arenas = ioc.arenas,
		.pages = ioc.pages,
	};
	return 0;
}
