// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The collector: running it, its settings, limits and statistics, freezing, and what it
 * knows about an object.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "session.h"

#define GENERATIONS	3

static_assert(MHEAP_DEBUG_SAVE_ALL == MHEAP_DEBUG_SAVEALL, "same flag");

static int tune(struct mheap *h, struct mheap_ioc_tune *ioc)
{
	ioc->size = sizeof(*ioc);
	return mheap_ioctl(h->fd, MHEAP_IOC_TUNE, ioc);
}

int64_t mheap_gc_collect(struct mheap *h, int generation)
{
	struct mheap_ioc_collect ioc = {
		.size = sizeof(ioc),
		.generation = (uint32_t)generation,
	};
	int err;

	err = mheap_ioctl(h->fd, MHEAP_IOC_COLLECT, &ioc);
	if (err)
		return err;
	return (int64_t)ioc.found;
}

int mheap_gc_enable(struct mheap *h)
{
	struct mheap_ioc_tune ioc = {
		.set = MHEAP_TUNE_ENABLED,
		.enabled = 1,
	};

	return tune(h, &ioc);
}

int mheap_gc_disable(struct mheap *h)
{
	struct mheap_ioc_tune ioc = { .set = MHEAP_TUNE_ENABLED };

	return tune(h, &ioc);
}

int mheap_gc_isenabled(struct mheap *h)
{
	struct mheap_ioc_tune ioc = { 0 };
	int err;

	err = tune(h, &ioc);
	if (err)
		return err;
	return (int)ioc.enabled;
}

int mheap_gc_set_threshold(struct mheap *h, uint32_t t0, uint32_t t1,
			   uint32_t t2)
{
	struct mheap_ioc_tune ioc = {
		.set = MHEAP_TUNE_THRESHOLD,
		.threshold = { t0, t1, t2 },
	};

	return tune(h, &ioc);
}

int mheap_gc_get_threshold(struct mheap *h, uint32_t t[3])
{
	struct mheap_ioc_tune ioc = { 0 };
	int err;

	if (!t)
		return -EFAULT;
	err = tune(h, &ioc);
	if (err)
		return err;
	memcpy(t, ioc.threshold, sizeof(ioc.threshold));
	return 0;
}

int mheap_gc_get_count(struct mheap *h, uint64_t c[3])
{
	struct mheap_ioc_info ioc = { .size = sizeof(ioc) };
	int err;

	if (!c)
		return -EFAULT;
	err = mheap_ioctl(h->fd, MHEAP_IOC_INFO, &ioc);
	if (err)
		return err;
	memcpy(c, ioc.count, sizeof(ioc.count));
	return 0;
}

static int get_stats(struct mheap *h, uint32_t generation,
		     struct mheap_gc_stats *s)
{
	struct mheap_ioc_gc_stats ioc = {
		.size = sizeof(ioc),
		.generation = generation,
	};
	int err;

	err = mheap_ioctl(h->fd, MHEAP_IOC_GC_STATS, &ioc);
	if (err)
		return err;
	*s = (struct mheap_gc_stats){
		.collections = ioc.collections,
		.collected = ioc.collected,
		.uncollectable = ioc.uncollectable,
		.scanned = ioc.scanned,
		.time_ns = ioc.time_ns,
		.pause_max_ns = ioc.pause_max_ns,
		.pause_p99_ns = ioc.pause_p99_ns,
		.freed = ioc.freed,
	};
	return 0;
}

int mheap_gc_get_stats(struct mheap *h, struct mheap_gc_stats s[3])
{
	struct mheap_gc_stats got[GENERATIONS];
	int err;

	if (!s)
		return -EFAULT;
	for (uint32_t g = 0; g < GENERATIONS; g++) {
		err = get_stats(h, g, &got[g]);
		if (err)
			return err;
	}
	memcpy(s, got, sizeof(got));
	return 0;
}

int mheap_set_limit(struct mheap *h, uint64_t bytes, uint64_t objects)
{
	struct mheap_ioc_tune ioc = {
		.set = MHEAP_TUNE_LIMIT,
		.limit_bytes = bytes,
		.limit_objects = objects,
	};

	return tune(h, &ioc);
}

int mheap_gc_set_debug(struct mheap *h, uint32_t flags)
{
	struct mheap_ioc_tune ioc = {
		.set = MHEAP_TUNE_DEBUG,
		.debug = flags,
	};

	return tune(h, &ioc);
}

int mheap_gc_get_debug(struct mheap *h)
{
	struct mheap_ioc_tune ioc = { 0 };
	int err;

	err = tune(h, &ioc);
	if (err)
		return err;
	return (int)ioc.debug;
}

static int freeze(struct mheap *h, uint32_t on)
{
	struct mheap_ioc_freeze ioc = {
		.size = sizeof(ioc),
		.freeze = on,
	};

	return mheap_ioctl(h->fd, MHEAP_IOC_FREEZE, &ioc);
}

int mheap_gc_freeze(struct mheap *h)
{
	return freeze(h, 1);
}

int mheap_gc_unfreeze(struct mheap *h)
{
	return freeze(h, 0);
}

int64_t mheap_gc_get_freeze_count(struct mheap *h)
{
	struct mheap_info info;
	int err;

	err = mheap_info(h, &info);
	if (err)
		return err;
	return (int64_t)info.frozen;
}

/*
 * The kernel reports an immortal object with slots as permanent, but no collection and
 * no list looks at it.
 */
int mheap_gc_is_tracked(struct mheap *h, mheap_ref r)
{
	struct mheap_stat st;
	int err;

	err = mheap_stat(h, r, &st);
	if (err)
		return err;
	return st.generation >= 0 && !(st.flags & MHEAP_IMMORTAL);
}

int mheap_gc_is_finalized(struct mheap *h, mheap_ref r)
{
	struct mheap_stat st;
	int err;

	err = mheap_stat(h, r, &st);
	if (err)
		return err;
	return !!(st.flags & MHEAP_FINALIZED);
}
