// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Submitting batches.
 *
 * A batch with more ops than the kernel accepts at once is submitted in chunks.  The
 * kernel resolves what refers to an op of the same chunk.  What refers to an op of an
 * earlier chunk gets the handle that was made there.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "batch.h"
#include "sweep.h"

/*
 * The number of no op, since no chunk is that long: the kernel answers -EINVAL, as for an
 * op of the same chunk that failed.
 */
#define NO_OP	UINT32_MAX

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
		if (mheap_op_makes_handle(&b->ops[i]))
			mheap_refs_free(refs, &b->free, b->extra[i]);
	}
	b->count = 0;
	b->submitted = 0;
}

void mheap_batch_free(struct mheap_batch *b)
{
	if (!b)
		return;
	mheap_batch_reset(b);
	mheap_refs_give_back(&b->h->refs, &b->free);
	free(b->ops);
	free(b->extra);
	free(b);
}

void mheap_batch_go_on(struct mheap_batch *b, bool on)
{
	b->go_on = on;
}

/*
 * Adapt a member of an op that may refer to another op.  The caller counted from the
 * start of the batch; the kernel counts from first, the start of the chunk.
 */
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
		*member = NO_OP;
		return;
	}
	*member = made->out;
	op->flags &= ~flag;
}

/* Adapt all references between ops in the chunk of n ops from first on. */
static void relink_chunk(struct mheap_batch *b, unsigned int first,
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

/*
 * Submit the chunk of n ops from first on, and add the number of ops done to *done.
 * Returns 0 if all were done, else the error of the call or of the op that failed.
 */
static int submit_chunk(struct mheap_batch *b, unsigned int first,
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
		relink_chunk(b, first, n);
	err = mheap_ioctl(b->h->fd, MHEAP_IOC_BATCH, &ioc);
	if (err)
		return err;
	*done += ioc.done;
	return ioc.done < n ? b->ops[first + ioc.done].result : 0;
}

/* The op made a handle, or was to make one: its reference gets the handle or goes. */
static void settle_handle(struct mheap_refs *refs, const struct mheap_op *op,
			  mheap_ref ref, struct mheap_free_list *freed)
{
	if (!op->result && op->out)
		mheap_refs_bind(refs, ref, op->out);
	else
		mheap_refs_free(refs, freed, ref);
}

/* Do what the library has to do for an op after submitting, reached or not. */
static void settle(struct mheap_batch *b, unsigned int i,
		   struct mheap_free_list *freed)
{
	struct mheap_refs *refs = &b->h->refs;
	struct mheap_op *op = &b->ops[i];
	uint64_t extra = b->extra[i];

	if (!extra)
		return;
	if (mheap_op_makes_handle(op)) {
		settle_handle(refs, op, extra, freed);
		return;
	}
	if (op->result)
		return;
	if (op->opcode == MHEAP_OP_DROP)
		mheap_refs_free(refs, freed, extra);
	else
		*(uint64_t *)(uintptr_t)extra = op->out;
}

static bool has_popped(const struct mheap_op *op)
{
	return op->opcode == MHEAP_OP_FRAME_POP && !op->result;
}

/* Settle all ops that were added, and sweep if one of them popped a frame. */
static void settle_all(struct mheap_batch *b)
{
	struct mheap_free_list freed = { 0 };
	bool popped = false;

	for (; b->submitted < b->count; b->submitted++) {
		settle(b, b->submitted, &freed);
		popped |= has_popped(&b->ops[b->submitted]);
	}
	mheap_refs_give_back(&b->h->refs, &freed);
	if (popped)
		mheap_sweep(b->h);
}

int mheap_batch_submit(struct mheap_batch *b)
{
	unsigned int first, n, done = 0;
	int err = 0;

	for (first = b->submitted; first < b->count && !err; first += n) {
		n = b->count - first;
		if (n > b->h->max_ops)
			n = b->h->max_ops;
		err = submit_chunk(b, first, n, &done);
	}
	settle_all(b);
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
	if (op->result || !op->out || !mheap_op_makes_handle(op))
		return 0;
	return b->extra[i];
}
