// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Submitting batches.
 *
 * A batch larger than the kernel takes at once is submitted in parts.  What
 * refers to an entry of the same part is left to the kernel; what refers to an
 * earlier part gets the handle that was made there.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "batch.h"
#include "sweep.h"

/* No part is that long: -EINVAL, as for an entry of the same part that failed. */
#define NO_ENTRY	UINT32_MAX

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
	b->ops = calloc(capacity, sizeof(*b->ops));
	b->extra = calloc(capacity, sizeof(*b->extra));
	if (b->ops && b->extra)
		return b;
	free(b->ops);
	free(b->extra);
	free(b);
	return NULL;
}

void mheap_batch_reset(struct mheap_batch *b)
{
	struct mheap_refs *refs = &b->h->refs;

	for (unsigned int i = b->submitted; i < b->count; i++) {
		if (mheap_op_makes(&b->ops[i]))
			mheap_refs_release(refs, &b->places, b->extra[i]);
	}
	b->count = 0;
	b->submitted = 0;
}

void mheap_batch_free(struct mheap_batch *b)
{
	if (!b)
		return;
	mheap_batch_reset(b);
	mheap_refs_put(&b->h->refs, &b->places);
	free(b->ops);
	free(b->extra);
	free(b);
}

void mheap_batch_go_on(struct mheap_batch *b, bool on)
{
	b->go_on = on;
}

/* Member of an entry of the part from first on that refers to an entry. */
static void relink(struct mheap_batch *b, unsigned int first,
		   struct mheap_op *op, uint16_t flag, __u64 *member)
{
	const struct mheap_op *made;

	if (!(op->flags & flag))
		return;
	if (*member >= first) {
		*member -= first;
		return;
	}
	made = &b->ops[*member];
	if (made->result) {
		*member = NO_ENTRY;
		return;
	}
	*member = made->out;
	op->flags &= ~flag;
}

/* Entries count from the start of their part, not of the batch. */
static void relink_part(struct mheap_batch *b, unsigned int first,
			unsigned int n)
{
	for (unsigned int i = first; i < first + n; i++) {
		struct mheap_op *op = &b->ops[i];

		if (!op->flags)
			continue;
		relink(b, first, op, MHEAP_OPF_OBJ, &op->obj);
		relink(b, first, op, MHEAP_OPF_VAL, &op->val);
		relink(b, first, op, MHEAP_OPF_ARG, &op->arg);
	}
}

/* Do n entries: 0 if all were done, else why not. */
static int submit_part(struct mheap_batch *b, unsigned int first,
		       unsigned int n, unsigned int *done)
{
	struct mheap_ioc_batch ioc = {
		.size = sizeof(ioc),
		.flags = b->go_on ? MHEAP_BATCH_GO_ON : 0,
		.ops = mheap_address(&b->ops[first]),
		.count = n,
	};
	int err;

	if (first)
		relink_part(b, first, n);
	err = mheap_ioctl(b->h->fd, MHEAP_IOC_BATCH, &ioc);
	if (err)
		return err;
	*done += ioc.done;
	return ioc.done < n ? b->ops[first + ioc.done].result : 0;
}

/* What the library has to do for an entry that was done, or was not reached. */
static void settle(struct mheap_batch *b, unsigned int i,
		   struct mheap_places *released)
{
	struct mheap_refs *refs = &b->h->refs;
	struct mheap_op *op = &b->ops[i];
	uint64_t extra = b->extra[i];

	if (!extra)
		return;
	if (mheap_op_makes(op)) {
		if (!op->result && op->out)
			mheap_refs_bind(refs, extra, op->out);
		else
			mheap_refs_release(refs, released, extra);
	} else if (!op->result) {
		if (op->opcode == MHEAP_OP_DROP)
			mheap_refs_release(refs, released, extra);
		else
			*(uint64_t *)(uintptr_t)extra = op->out;
	}
}

static bool has_popped(const struct mheap_op *op)
{
	return op->opcode == MHEAP_OP_FRAME_POP && !op->result;
}

int mheap_batch_submit(struct mheap_batch *b)
{
	struct mheap_places released = { 0 };
	unsigned int first, n, done = 0;
	bool popped = false;
	int err = 0;

	for (first = b->submitted; first < b->count && !err; first += n) {
		n = b->count - first;
		if (n > b->h->max_ops)
			n = b->h->max_ops;
		err = submit_part(b, first, n, &done);
	}
	for (; b->submitted < b->count; b->submitted++) {
		settle(b, b->submitted, &released);
		popped |= has_popped(&b->ops[b->submitted]);
	}
	mheap_refs_put(&b->h->refs, &released);
	if (popped)
		mheap_sweep(b->h);
	return done ? (int)done : err;
}

int mheap_batch_result(struct mheap_batch *b, unsigned int i)
{
	const struct mheap_op *op;

	if (i >= b->count)
		return -EINVAL;
	op = &b->ops[i];
	if (op->result)
		return op->result;
	if (op->opcode == MHEAP_OP_SAME || op->opcode == MHEAP_OP_CAS)
		return (int)op->out;
	return 0;
}

mheap_ref mheap_batch_ref(struct mheap_batch *b, unsigned int i)
{
	const struct mheap_op *op;

	if (i >= b->count)
		return 0;
	op = &b->ops[i];
	if (op->result || !op->out || !mheap_op_makes(op))
		return 0;
	return b->extra[i];
}
