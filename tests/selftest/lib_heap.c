// SPDX-License-Identifier: GPL-2.0
/* Helpers for the cases about the library. */
#include <string.h>

#include "harness.h"
#include "lib_heap.h"

struct mheap *lib_open(void)
{
	struct mheap *h = NULL;

	CHECK_EQ(mheap_open(&h), 0);
	CHECK(h);
	return h;
}

struct mheap *lib_open_quiet(void)
{
	struct mheap *h = lib_open();

	CHECK_EQ(mheap_gc_disable(h), 0);
	return h;
}

struct mheap_batch *lib_batch(struct mheap *h, unsigned int capacity)
{
	struct mheap_batch *b = mheap_batch_new(h, capacity);

	CHECK(b);
	return b;
}

struct mheap_info lib_info(struct mheap *h)
{
	struct mheap_info info;

	memset(&info, 0x5a, sizeof(info));
	CHECK_EQ(mheap_info(h, &info), 0);
	return info;
}

mheap_ref lib_alloc(struct mheap *h, uint32_t nslots, size_t nbytes)
{
	mheap_ref r = 0;

	CHECK_EQ(mheap_alloc(h, 0, nslots, nbytes, 0, &r), 0);
	CHECK(r);
	return r;
}

void lib_drop(struct mheap *h, mheap_ref r)
{
	CHECK_EQ(mheap_drop(h, r), 0);
}

uint64_t lib_id(struct mheap *h, mheap_ref r)
{
	uint64_t id = 0;

	CHECK_EQ(mheap_id(h, r, &id), 0);
	CHECK(id);
	return id;
}

uint64_t lib_refcount(struct mheap *h, mheap_ref r)
{
	uint64_t n = 0;

	CHECK_EQ(mheap_refcount(h, r, &n), 0);
	return n;
}

void lib_pair(struct mheap *h, mheap_ref *a, mheap_ref *b)
{
	*a = lib_alloc(h, 1, 0);
	*b = lib_alloc(h, 1, 0);
	CHECK_EQ(mheap_set(h, *a, 0, *b), 0);
	CHECK_EQ(mheap_set(h, *b, 0, *a), 0);
}

struct mheap_event lib_event(struct mheap *h)
{
	struct mheap_event ev;

	memset(&ev, 0x5a, sizeof(ev));
	CHECK_EQ(mheap_next_event(h, &ev, 0), 1);
	return ev;
}
