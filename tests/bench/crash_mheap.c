// SPDX-License-Identifier: GPL-2.0
/* A shared list in an mheap heap, without a lock. */
#include <mheap.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "crash.h"

#define BATCH 4096U

static struct mheap *heap;
static mheap_ref list;
static unsigned int length;

static int check(int ret)
{
	if (ret >= 0)
		return ret;
	fprintf(stderr, "crash: mheap: %s\n", mheap_strerror(ret));
	exit(1);
}

static void begin(void)
{
	check(mheap_open(&heap));
	check(mheap_alloc(heap, 0, 1, 0, 0, &list));
	check(mheap_publish(heap, "list", list));
}

static void end(void)
{
	check(mheap_close(heap));
}

/* The process has a session of its own, which ends with it. */
static void join(void)
{
	check(mheap_from_fd(check(mheap_attach(heap, MHEAP_ALL)), &heap));
	check(mheap_lookup(heap, "list", &list));
	length = 0;
}

static void drop(mheap_ref r)
{
	if (r)
		check(mheap_drop(heap, r));
}

static void push(void)
{
	char payload[CRASH_PAYLOAD];
	mheap_ref node, first;
	int done;

	crash_fill(payload);
	check(mheap_alloc(heap, 0, 1, sizeof(payload), 0, &node));
	check(mheap_write(heap, node, 0, payload, sizeof(payload)));
	do {
		check(mheap_get(heap, list, 0, &first));
		check(mheap_set(heap, node, 0, first));
		done = check(mheap_cas(heap, list, 0, first, node));
		drop(first);
	} while (!done);
	drop(node);
}

static void pop(void)
{
	mheap_ref node, next;
	int done;

	do {
		check(mheap_get(heap, list, 0, &node));
		if (!node)
			return;
		check(mheap_get(heap, node, 0, &next));
		done = check(mheap_cas(heap, list, 0, node, next));
		drop(next);
		drop(node);
	} while (!done);
}

static void work(void)
{
	push();
	if (++length > CRASH_LENGTH)
		pop();
}

static void own(unsigned int n)
{
	struct mheap_batch *b = mheap_batch_new(heap, BATCH);
	unsigned int i;

	if (!b)
		check(-ENOMEM);
	for (i = 0; i < n; i++) {
		mheap_batch_alloc(b, 0, 1, CRASH_PAYLOAD, 0);
		if (i % BATCH == BATCH - 1 || i == n - 1) {
			check(mheap_batch_submit(b));
			mheap_batch_reset(b);
		}
	}
	mheap_batch_free(b);
}

static uint64_t used(void)
{
	struct mheap_info info;

	check(mheap_info(heap, &info));
	return info.bytes + 8 * info.slots;
}

const struct crash_side crash_mheap = {
	.name = "mheap",
	.begin = begin,
	.end = end,
	.join = join,
	.work = work,
	.own = own,
	.used = used,
};
