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

int mheap_op_do(struct mheap *h, struct mheap_ioc_op *op)
{
	return mheap_ioctl(h->fd, MHEAP_IOC_OP, op);
}

int mheap_op_value(struct mheap *h, struct mheap_ioc_op *op, uint64_t *value)
{
	int result;

	if (!value)
		return -EFAULT;
	result = mheap_op_do(h, op);
	if (result < 0)
		return result;
	*value = result == 2 ? op->value : (uint64_t)result;
	return 0;
}

/*
 * A number that the session uses although the library does not know of it belongs to
 * another process, or to another struct mheap.  It stays allocated, so that it is not
 * tried again.
 */
int mheap_op_make(struct mheap *h, struct mheap_ioc_op *op, uint32_t *number,
		  mheap_ref *ref)
{
	mheap_ref new;
	int result;

	if (!ref)
		return -EFAULT;
	do {
		new = mheap_refs_alloc_one(&h->refs);
		if (!new)
			return -ENOMEM;
		*number = (uint32_t)new;
		result = mheap_op_do(h, op);
	} while (result == -EEXIST);
	if (result > 0)
		mheap_refs_made(&h->refs, new);
	else
		mheap_refs_free_one(&h->refs, new);
	if (result < 0)
		return result;
	*ref = result ? new : 0;
	return 0;
}

/* Check that the module fits the library, and get what the library has to know. */
static int query(int fd, struct mheap *h, struct mheap_ioc_info *info)
{
	struct mheap_ioc_query q = { .size = sizeof(q) };
	int err;

	err = mheap_ioctl(fd, MHEAP_IOC_QUERY, &q);
	if (err)
		return err;
	if (q.abi_level < MHEAP_ABI_LEVEL || q.op_size != sizeof(struct mheap_entry))
		return -EPROTONOSUPPORT;
	h->max_ops = q.max_ops;
	return mheap_ioctl(fd, MHEAP_IOC_INFO, info);
}

int mheap_from_fd(int fd, struct mheap **h)
{
	struct mheap_ioc_info info = { .size = sizeof(info) };
	struct mheap *new;
	int err;

	if (!h)
		return -EFAULT;
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	err = query(fd, new, &info);
	if (err) {
		free(new);
		return err;
	}
	new->fd = fd;
	new->writable = info.rights & MHEAP_WRITE;
	mheap_refs_init(&new->refs, (uint32_t)info.handle_end, info.handles);
	mheap_maps_init(&new->maps);
	mheap_events_init(&new->events);
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
	mheap_events_fini(&h->events);
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
