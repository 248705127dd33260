// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Lists of ids: generations, garbage, referents, referrers.
 */
#include <errno.h>
#include <string.h>

#include "session.h"

/* Ids that one call to the kernel returns: 8 KiB of stack. */
#define CHUNK	1024U

/*
 * Walk through a list.  Returns how many ids it has, and stores the first max of them in
 * ids.  The ids go through a buffer, since the kernel has no call that only counts.
 */
static int64_t list(struct mheap *h, struct mheap_ioc_list *ioc, uint64_t *ids,
		    size_t max)
{
	uint64_t buf[CHUNK];
	int64_t total = 0;
	size_t n;
	int err;

	if (max && !ids)
		return -EFAULT;
	ioc->size = sizeof(*ioc);
	ioc->ids = mheap_address(buf);
	while (ioc->cursor != MHEAP_LIST_END) {
		ioc->count = h->max_ops < CHUNK ? h->max_ops : CHUNK;
		err = mheap_ioctl(h->fd, MHEAP_IOC_LIST, ioc);
		if (err)
			return err;
		total += ioc->count;
		n = ioc->count < max ? ioc->count : max;
		if (n)
			ids = mempcpy(ids, buf, n * sizeof(*ids));
		max -= n;
	}
	return total;
}

int64_t mheap_gc_get_objects(struct mheap *h, int generation, uint64_t *ids,
			     size_t max)
{
	struct mheap_ioc_list ioc = {
		.kind = MHEAP_LIST_OBJECTS,
		.generation = generation,
	};

	return list(h, &ioc, ids, max);
}

int64_t mheap_gc_get_referents(struct mheap *h, uint64_t id, uint64_t *ids,
			       size_t max)
{
	struct mheap_ioc_list ioc = {
		.kind = MHEAP_LIST_REFERENTS,
		.id = id,
	};

	return list(h, &ioc, ids, max);
}

int64_t mheap_gc_get_referrers(struct mheap *h, uint64_t id, uint64_t *ids,
			       size_t max)
{
	struct mheap_ioc_list ioc = {
		.kind = MHEAP_LIST_REFERRERS,
		.id = id,
	};

	return list(h, &ioc, ids, max);
}

int64_t mheap_gc_garbage(struct mheap *h, uint64_t *ids, size_t max)
{
	struct mheap_ioc_list ioc = { .kind = MHEAP_LIST_GARBAGE };

	return list(h, &ioc, ids, max);
}

int mheap_gc_clear_garbage(struct mheap *h)
{
	struct mheap_ioc_clear_garbage ioc = { .size = sizeof(ioc) };

	return mheap_ioctl(h->fd, MHEAP_IOC_CLEAR_GARBAGE, &ioc);
}
