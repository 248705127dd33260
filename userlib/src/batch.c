// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Batches as a whole: making, emptying and freeing them, and what their ops returned.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "batch.h"

static void free_memory(struct mheap_batch *b)
{
	free(b->cells);
	free(b->ops);
	free(b->results);
	free(b);
}

struct mheap_batch *mheap_batch_new(struct mheap *h, unsigned int capacity)
{
	struct mheap_batch *b;

	if (!capacity || capacity > INT_MAX)
		return NULL;
	b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	b->h = h;
	b->capacity = capacity;
	b->cells = calloc(capacity, 2 * sizeof(*b->cells));
	b->ops = calloc(capacity, sizeof(*b->ops));
	b->results = calloc(capacity < h->max_ops ? capacity : h->max_ops,
			    sizeof(*b->results));
	if (b->cells && b->ops && b->results)
		return b;
	free_memory(b);
	return NULL;
}

void mheap_batch_reset(struct mheap_batch *b)
{
	mheap_batch_forget(b, b->submitted, &b->free);
	b->count = 0;
	b->cells_used = 0;
	b->submitted = 0;
}

void mheap_batch_free(struct mheap_batch *b)
{
	if (!b)
		return;
	mheap_batch_reset(b);
	mheap_refs_give_back(&b->h->refs, &b->free);
	free_memory(b);
}

void mheap_batch_go_on(struct mheap_batch *b, bool on)
{
	b->go_on = on;
}

int mheap_batch_result(struct mheap_batch *b, unsigned int i)
{
	return i < b->count ? b->ops[i].result : -EINVAL;
}

mheap_ref mheap_batch_ref(struct mheap_batch *b, unsigned int i)
{
	const struct mheap_batch_op *op;
	mheap_ref ref;

	if (i >= b->count)
		return 0;
	op = &b->ops[i];
	ref = mheap_batch_makes(b, op);
	return op->result || !ref || op->null ? 0 : ref;
}
