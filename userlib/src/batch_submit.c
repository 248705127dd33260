// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Submitting batches.
 *
 * A batch with more entries and tails than the kernel accepts at once is submitted in
 * chunks.  Before a chunk is submitted its ops get the numbers of the handles that they
 * use: a reference that was valid when the op was added may have become invalid, and its
 * number may be that of another handle.  What is known after a chunk about references is
 * noted at once, since later chunks may use them.
 */
#include <errno.h>
#include <string.h>

#include "batch.h"
#include "sweep.h"

/* Which handles an op uses, which it makes, and whether it may have a value. */
#define USES_OBJ	0x01
#define USES_VAL	0x02
#define USES_TAIL	0x04
#define MAKES_OBJ	0x08
#define MAKES_VAL	0x10
#define MAKES_TAIL	0x20
#define MAKES		(MAKES_OBJ | MAKES_VAL | MAKES_TAIL)
#define HAS_VALUE	0x40

static const uint8_t shapes[MHEAP_OP_COUNT] = {
	[MHEAP_OP_ALLOC] = MAKES_OBJ,
	[MHEAP_OP_DUP] = USES_OBJ | MAKES_VAL,
	[MHEAP_OP_DROP] = USES_OBJ,
	[MHEAP_OP_REFCOUNT] = USES_OBJ | HAS_VALUE,
	[MHEAP_OP_ID] = USES_OBJ | HAS_VALUE,
	[MHEAP_OP_OPEN_ID] = MAKES_OBJ,
	[MHEAP_OP_SAME] = USES_OBJ | USES_VAL | HAS_VALUE,
	[MHEAP_OP_STAT] = USES_OBJ,
	[MHEAP_OP_RESIZE] = USES_OBJ,
	[MHEAP_OP_GET] = USES_OBJ | MAKES_VAL | HAS_VALUE,
	[MHEAP_OP_SET] = USES_OBJ | USES_VAL,
	[MHEAP_OP_XCHG] = USES_OBJ | USES_VAL | MAKES_TAIL | HAS_VALUE,
	[MHEAP_OP_CAS] = USES_OBJ | USES_VAL | USES_TAIL | HAS_VALUE,
	[MHEAP_OP_READ] = USES_OBJ | HAS_VALUE,
	[MHEAP_OP_WRITE] = USES_OBJ,
	[MHEAP_OP_PUBLISH] = USES_OBJ,
	[MHEAP_OP_LOOKUP] = MAKES_OBJ,
	[MHEAP_OP_WEAK_NEW] = USES_OBJ | HAS_VALUE,
	[MHEAP_OP_WEAK_GET] = MAKES_OBJ | HAS_VALUE,
	[MHEAP_OP_FINALIZER] = USES_OBJ,
	[MHEAP_OP_INTERN] = MAKES_OBJ,
	[MHEAP_OP_FRAME_POP] = USES_OBJ,
};

/**
 * struct submit - A submit under way
 * @b: the batch
 * @done: number of ops that were done
 * @popped: an op popped a frame
 * @unmade: there are ops that should have made a handle and did not
 * @freed: references that were freed
 */
struct submit {
	struct mheap_batch *b;
	unsigned int done;
	bool popped;
	bool unmade;
	struct mheap_free_list freed;
};

/* ---- before a chunk ---- */

/* Replace the number of a handle that an op uses, if the reference is not valid. */
static void resolve(struct mheap_batch *b, uint32_t upper, uint32_t *number)
{
	*number = mheap_refs_number(&b->h->refs, mheap_join(upper, *number));
}

/*
 * Get an op ready.  Returns its shape.  The bytes to write are copied now, since the
 * program may change them until it submits the op.
 */
static uint8_t prepare(struct mheap_batch *b, const struct mheap_batch_op *op)
{
	union mheap_cell *cell = mheap_batch_cells(b, op);
	struct mheap_entry *e = &cell->entry;
	uint8_t shape = shapes[e->opcode];

	if (shape & USES_OBJ)
		resolve(b, op->obj, &e->obj);
	if (shape & USES_VAL)
		resolve(b, op->val, &e->val);
	if (shape & USES_TAIL)
		resolve(b, op->tail, &cell[1].tail.handle);
	if (e->opcode == MHEAP_OP_WRITE && e->flags & MHEAP_ENTRY_INLINE)
		memcpy(&cell[1].tail.address, (const void *)(uintptr_t)op->address,
		       e->val);
	return shape;
}

/* Get the ops of a chunk ready.  Returns how many results they may have. */
static unsigned int prepare_chunk(struct mheap_batch *b, unsigned int first,
				  unsigned int end)
{
	unsigned int values = 0;

	for (unsigned int i = first; i < end; i++) {
		if (prepare(b, &b->ops[i]) & HAS_VALUE)
			values++;
	}
	return b->go_on ? end - first : values;
}

/* ---- after a chunk ---- */

mheap_ref mheap_batch_makes(struct mheap_batch *b, const struct mheap_batch_op *op)
{
	union mheap_cell *cell = mheap_batch_cells(b, op);
	uint8_t shape = shapes[cell->entry.opcode];

	if (shape & MAKES_OBJ)
		return mheap_join(op->obj, cell->entry.obj);
	if (shape & MAKES_VAL)
		return mheap_join(op->val, cell->entry.val);
	if (shape & MAKES_TAIL)
		return mheap_join(op->tail, cell[1].tail.handle);
	return 0;
}

/* Keep the value of an op that was done. */
static void keep_value(struct mheap_batch_op *op, const struct mheap_entry *e,
		       uint64_t value)
{
	switch (e->opcode) {
	case MHEAP_OP_SAME:
	case MHEAP_OP_CAS:
		op->result = (int)value;
		break;
	case MHEAP_OP_READ:
		memcpy((void *)(uintptr_t)op->address, &value, e->val);
		break;
	default:
		*(uint64_t *)(uintptr_t)op->address = value;
		break;
	}
}

/*
 * The op should have made a handle.  Until the submit ends its reference stays allocated,
 * so that nobody else can use a number that stands for null.
 */
static void settle_maker(struct submit *s, struct mheap_batch_op *op, mheap_ref ref,
			 const struct mheap_op_result *result)
{
	struct mheap_refs *refs = &s->b->h->refs;

	if (!result) {
		mheap_refs_made(refs, ref);
		return;
	}
	s->unmade = true;
	op->null = !op->result;
	if (op->null)
		mheap_refs_null(refs, ref);
}

/* Note what became of an op that was done, or has failed if the batch goes on. */
static void settle(struct submit *s, struct mheap_batch_op *op,
		   const struct mheap_op_result *result)
{
	const struct mheap_entry *e = &mheap_batch_cells(s->b, op)->entry;

	op->result = result ? result->error : 0;
	if (shapes[e->opcode] & MAKES) {
		settle_maker(s, op, mheap_batch_makes(s->b, op), result);
		return;
	}
	if (op->result)
		return;
	if (result)
		keep_value(op, e, result->value);
	else if (e->opcode == MHEAP_OP_DROP)
		mheap_refs_free(&s->b->h->refs, &s->freed,
				mheap_join(op->obj, e->obj));
	else if (e->opcode == MHEAP_OP_FRAME_POP)
		s->popped = true;
}

/*
 * Note what became of the ops of a chunk.  The results are in the order of the ops.
 * Returns 0 if all were done, else the error of the one that failed.
 */
static int settle_chunk(struct submit *s, unsigned int first, unsigned int end,
			const struct mheap_ioc_batch *ioc)
{
	const struct mheap_op_result *result = s->b->results;
	const struct mheap_op_result *last = result + ioc->filled;
	struct mheap_batch_op *op = &s->b->ops[first];
	struct mheap_batch_op *stop = &s->b->ops[end];
	uint32_t base = op->cell;

	for (; op < stop && op->cell - base < ioc->done; op++, s->done++) {
		if (result < last && result->entry == op->cell - base)
			settle(s, op, result++);
		else
			settle(s, op, NULL);
	}
	if (op == stop)
		return 0;
	if (!ioc->error)
		return -EINTR;
	op->result = ioc->error;
	return ioc->error;
}

/*
 * A number of which the kernel says that it is in use belongs to another process, or to
 * another struct mheap.  Its reference becomes invalid, but the number is not tried again.
 */
void mheap_batch_forget(struct mheap_batch *b, unsigned int first,
			struct mheap_free_list *to)
{
	for (unsigned int i = first; i < b->count; i++) {
		struct mheap_batch_op *op = &b->ops[i];
		mheap_ref ref = mheap_batch_makes(b, op);

		if (!ref || (!op->result && !op->null))
			continue;
		if (op->result == -EEXIST)
			mheap_refs_abandon(&b->h->refs, ref);
		else
			mheap_refs_free(&b->h->refs, to, ref);
	}
}

/* ---- chunks ---- */

/* Returns where the cells of op i begin, or all cells end. */
static uint32_t cell_of(struct mheap_batch *b, unsigned int i)
{
	return i < b->count ? b->ops[i].cell : b->cells_used;
}

/* Returns the end of the chunk that begins with op first. */
static unsigned int chunk_end(struct mheap_batch *b, unsigned int first)
{
	unsigned int end = b->count;

	if (end - first > b->h->max_ops)
		end = first + b->h->max_ops;
	while (cell_of(b, end) - cell_of(b, first) > b->h->max_ops)
		end--;
	return end;
}

/* Returns 0 if all ops were done, else the error of the call or of the op that failed. */
static int submit_chunk(struct submit *s, unsigned int first, unsigned int end)
{
	struct mheap_batch *b = s->b;
	uint32_t cell = cell_of(b, first);
	struct mheap_ioc_batch ioc = {
		.size = sizeof(ioc),
		.flags = b->go_on ? MHEAP_BATCH_GO_ON : 0,
		.entries = mheap_address(&b->cells[cell]),
		.results = mheap_address(b->results),
		.count = cell_of(b, end) - cell,
	};
	int err;

	ioc.space = prepare_chunk(b, first, end);
	err = mheap_ioctl(b->h->fd, MHEAP_IOC_BATCH, &ioc);
	return err ? err : settle_chunk(s, first, end, &ioc);
}

int mheap_batch_submit(struct mheap_batch *b)
{
	struct submit s = { .b = b };
	unsigned int first, end;
	int err = 0;

	for (first = b->submitted; first < b->count && !err; first = end) {
		end = chunk_end(b, first);
		err = submit_chunk(&s, first, end);
	}
	if (err || s.unmade)
		mheap_batch_forget(b, b->submitted, &s.freed);
	b->submitted = b->count;
	mheap_refs_give_back(&b->h->refs, &s.freed);
	if (s.popped)
		mheap_sweep(b->h);
	return s.done ? (int)s.done : err;
}
