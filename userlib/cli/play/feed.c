// SPDX-License-Identifier: GPL-2.0
/*
 * Batches that submit themselves.
 */
#include <errno.h>

#include "feed.h"

int feed_open(struct feed *f, struct mheap *h, unsigned int capacity)
{
	f->capacity = capacity;
	f->count = 0;
	f->batch = mheap_batch_new(h, capacity);
	return f->batch ? 0 : -ENOMEM;
}

void feed_close(struct feed *f)
{
	mheap_batch_free(f->batch);
}

int feed_flush(struct feed *f)
{
	int done = mheap_batch_submit(f->batch);
	int err = 0;

	if (done < 0)
		err = done;
	else if ((unsigned int)done < f->count)
		err = mheap_batch_result(f->batch, (unsigned int)done);
	mheap_batch_reset(f->batch);
	f->count = 0;
	return err;
}

int feed_next(struct feed *f)
{
	int err;

	if (f->count == f->capacity) {
		err = feed_flush(f);
		if (err)
			return err;
	}
	f->count++;
	return 0;
}
