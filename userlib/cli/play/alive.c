// SPDX-License-Identifier: GPL-2.0
/*
 * Every object is opened by its id, which fails with -ENOENT if it is dead.
 */
#include <errno.h>

#include "alive.h"

#define CHUNK	4096U

/* Open each of n objects and drop the handle: two ops, and so two results, for each. */
static int ask(struct mheap_batch *b, const struct alive *alive, size_t first,
	       size_t n)
{
	int done;

	mheap_batch_reset(b);
	for (size_t i = first; i < first + n; i++) {
		mheap_ref r = mheap_batch_open_id(b, alive->ids[alive->list[i]]);

		if (!r || mheap_batch_drop(b, r))
			return -ENOMEM;
	}
	done = mheap_batch_submit(b);
	return done < 0 ? done : 0;
}

/* What the batch said about n objects.  Those that are alive move to the front. */
static int sort_out(struct mheap_batch *b, struct alive *alive, size_t first,
		    size_t n, size_t *kept, const struct alive_watch *watch)
{
	for (unsigned int i = 0; i < n; i++) {
		uint32_t number = alive->list[first + i];
		int err = mheap_batch_result(b, 2 * i);

		if (err && err != -ENOENT)
			return err;
		if (err)
			watch->died(watch->context, number);
		else
			alive->list[(*kept)++] = number;
	}
	return 0;
}

static int update(struct mheap_batch *b, struct alive *alive,
		  const struct alive_watch *watch)
{
	size_t kept = 0;
	int err;

	for (size_t first = 0, n; first < alive->count; first += n) {
		n = alive->count - first < CHUNK ? alive->count - first : CHUNK;
		err = ask(b, alive, first, n);
		if (err)
			return err;
		err = sort_out(b, alive, first, n, &kept, watch);
		if (err)
			return err;
	}
	alive->count = kept;
	return 0;
}

int alive_update(struct mheap *h, struct alive *alive,
		 const struct alive_watch *watch)
{
	struct mheap_batch *b = mheap_batch_new(h, 2 * CHUNK);
	int err;

	if (!b)
		return -ENOMEM;
	mheap_batch_go_on(b, true);
	err = update(b, alive, watch);
	mheap_batch_free(b);
	return err;
}
