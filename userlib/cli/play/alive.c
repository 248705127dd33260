// SPDX-License-Identifier: GPL-2.0
/*
 * Opening every object by its id: the dead cannot be opened.
 */
#include <errno.h>

#include "alive.h"

#define CHUNK	4096U

/* For each of n objects: open it, drop the handle.  Two results for each. */
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

static int update(struct mheap_batch *b, struct alive *alive,
		  void (*died)(void *context, uint32_t number), void *context)
{
	size_t kept = 0;
	int err;

	for (size_t first = 0, n; first < alive->count; first += n) {
		n = alive->count - first < CHUNK ? alive->count - first : CHUNK;
		err = ask(b, alive, first, n);
		if (err)
			return err;
		for (unsigned int i = 0; i < n; i++) {
			uint32_t number = alive->list[first + i];

			err = mheap_batch_result(b, 2 * i);
			if (!err)
				alive->list[kept++] = number;
			else if (err == -ENOENT)
				died(context, number);
			else
				return err;
		}
	}
	alive->count = kept;
	return 0;
}

int alive_update(struct mheap *h, struct alive *alive,
		 void (*died)(void *context, uint32_t number), void *context)
{
	struct mheap_batch *b = mheap_batch_new(h, 2 * CHUNK);
	int err;

	if (!b)
		return -ENOMEM;
	mheap_batch_go_on(b, true);
	err = update(b, alive, died, context);
	mheap_batch_free(b);
	return err;
}
