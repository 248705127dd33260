// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Adding ops to batches.
 */
#include <errno.h>
#include <string.h>

#include "batch.h"

/*
 * Returns the next op, without arguments, or NULL if the batch is full.  The op counts
 * after add() or add_maker().
 */
static struct mheap_op *next_op(struct mheap_batch *b, uint16_t opcode)
{
	struct mheap_op *op = &b->ops[b->count];

	if (b->count == b->capacity)
		return NULL;
	*op = (struct mheap_op){ .opcode = opcode, .result = -ECANCELED };
	return op;
}

/* Add the op; extra is for mheap_batch.extra. */
static int add(struct mheap_batch *b, uint64_t extra)
{
	b->extra[b->count++] = extra;
	return 0;
}

/* Add an op that makes a handle; returns the reference that stands for the handle. */
static mheap_ref add_maker(struct mheap_batch *b)
{
	mheap_ref ref = mheap_refs_alloc(&b->h->refs, &b->free, b->count + 1ULL);

	if (ref)
		add(b, ref);
	return ref;
}

/* Does this reference, with this value, stand for an op of this batch? */
static bool is_mine(struct mheap_batch *b, mheap_ref ref, uint64_t value)
{
	return value && value <= b->count && b->extra[value - 1] == ref &&
	       mheap_op_makes_handle(&b->ops[value - 1]);
}

/*
 * Returns what a member of the op holds for a handle of the caller; sets the flag in the
 * op if that is the number of another op.
 */
static uint64_t use(struct mheap_batch *b, struct mheap_op *op, uint16_t flag,
		    mheap_ref ref)
{
	uint64_t value;

	if (!ref || mheap_ref_is_kernel(ref))
		return ref;
	value = mheap_refs_value(&b->h->refs, ref);
	if (mheap_ref_is_kernel(value))
		return value;
	if (!is_mine(b, ref, value))
		return MHEAP_BAD_HANDLE;
	op->flags |= flag;
	return value - 1;
}

static struct mheap_op *next_op_on(struct mheap_batch *b, uint16_t opcode,
				   mheap_ref obj)
{
	struct mheap_op *op = next_op(b, opcode);

	if (op)
		op->obj = use(b, op, MHEAP_OPF_OBJ, obj);
	return op;
}

mheap_ref mheap_batch_alloc(struct mheap_batch *b, mheap_type t,
			    uint32_t nslots, size_t nbytes, uint32_t flags)
{
	struct mheap_op *op = next_op(b, MHEAP_OP_ALLOC);

	if (!op)
		return 0;
	op->index = t;
	op->len = nslots;
	op->arg = nbytes;
	op->val = flags;
	return add_maker(b);
}

mheap_ref mheap_batch_dup(struct mheap_batch *b, mheap_ref r)
{
	struct mheap_op *op = next_op_on(b, MHEAP_OP_DUP, r);

	return op ? add_maker(b) : 0;
}

int mheap_batch_drop(struct mheap_batch *b, mheap_ref r)
{
	struct mheap_op *op = next_op_on(b, MHEAP_OP_DROP, r);

	if (!op)
		return -ENOSPC;
	return add(b, mheap_ref_is_kernel(r) ? 0 : r);
}

int mheap_batch_refcount(struct mheap_batch *b, mheap_ref r, uint64_t *n)
{
	if (!n)
		return -EFAULT;
	if (!next_op_on(b, MHEAP_OP_REFCOUNT, r))
		return -ENOSPC;
	return add(b, mheap_address(n));
}

int mheap_batch_id(struct mheap_batch *b, mheap_ref r, uint64_t *id)
{
	if (!id)
		return -EFAULT;
	if (!next_op_on(b, MHEAP_OP_ID, r))
		return -ENOSPC;
	return add(b, mheap_address(id));
}

mheap_ref mheap_batch_open_id(struct mheap_batch *b, uint64_t id)
{
	struct mheap_op *op = next_op(b, MHEAP_OP_OPEN_ID);

	if (!op)
		return 0;
	op->arg = id;
	return add_maker(b);
}

int mheap_batch_same(struct mheap_batch *b, mheap_ref a, mheap_ref other)
{
	struct mheap_op *op = next_op_on(b, MHEAP_OP_SAME, a);

	if (!op)
		return -ENOSPC;
	op->val = use(b, op, MHEAP_OPF_VAL, other);
	return add(b, 0);
}

int mheap_batch_stat(struct mheap_batch *b, mheap_ref r, struct mheap_stat *st)
{
	struct mheap_op *op = next_op_on(b, MHEAP_OP_STAT, r);

	if (!op)
		return -ENOSPC;
	op->val = mheap_address(st);
	op->len = sizeof(*st);
	return add(b, 0);
}

int mheap_batch_resize(struct mheap_batch *b, mheap_ref r, uint32_t nslots,
		       size_t nbytes)
{
	struct mheap_op *op = next_op_on(b, MHEAP_OP_RESIZE, r);

	if (!op)
		return -ENOSPC;
	op->len = nslots;
	op->arg = nbytes;
	return add(b, 0);
}

mheap_ref mheap_batch_get(struct mheap_batch *b, mheap_ref obj, uint32_t slot)
{
	struct mheap_op *op = next_op_on(b, MHEAP_OP_GET, obj);

	if (!op)
		return 0;
	op->index = slot;
	return add_maker(b);
}

int mheap_batch_set(struct mheap_batch *b, mheap_ref obj, uint32_t slot,
		    mheap_ref val)
{
	struct mheap_op *op = next_op_on(b, MHEAP_OP_SET, obj);

	if (!op)
		return -ENOSPC;
	op->index = slot;
	op->val = use(b, op, MHEAP_OPF_VAL, val);
	return add(b, 0);
}

mheap_ref mheap_batch_xchg(struct mheap_batch *b, mheap_ref obj, uint32_t slot,
			   mheap_ref val)
{
	struct mheap_op *op = next_op_on(b, MHEAP_OP_XCHG, obj);

	if (!op)
		return 0;
	op->index = slot;
	op->val = use(b, op, MHEAP_OPF_VAL, val);
	return add_maker(b);
}

int mheap_batch_cas(struct mheap_batch *b, mheap_ref obj, uint32_t slot,
		    mheap_ref expected, mheap_ref val)
{
	struct mheap_op *op = next_op_on(b, MHEAP_OP_CAS, obj);

	if (!op)
		return -ENOSPC;
	op->index = slot;
	op->arg = use(b, op, MHEAP_OPF_ARG, expected);
	op->val = use(b, op, MHEAP_OPF_VAL, val);
	return add(b, 0);
}

static int add_payload(struct mheap_batch *b, uint16_t opcode, mheap_ref obj,
		       uint64_t off, const void *buf, size_t len)
{
	struct mheap_op *op = next_op_on(b, opcode, obj);

	if (!op)
		return -ENOSPC;
	op->arg = off;
	op->val = mheap_address(buf);
	op->len = mheap_length(len);
	return add(b, 0);
}

int mheap_batch_read(struct mheap_batch *b, mheap_ref obj, uint64_t off,
		     void *buf, size_t len)
{
	return add_payload(b, MHEAP_OP_READ, obj, off, buf, len);
}

int mheap_batch_write(struct mheap_batch *b, mheap_ref obj, uint64_t off,
		      const void *buf, size_t len)
{
	return add_payload(b, MHEAP_OP_WRITE, obj, off, buf, len);
}

/* The kernel refuses a null name: it finds one byte at a bad address. */
static struct mheap_op *next_op_named(struct mheap_batch *b, uint16_t opcode,
				      const char *name)
{
	struct mheap_op *op = next_op(b, opcode);

	if (!op)
		return NULL;
	op->val = mheap_address(name);
	op->len = name ? mheap_length(strlen(name)) : 1;
	return op;
}

int mheap_batch_publish(struct mheap_batch *b, const char *name, mheap_ref r)
{
	struct mheap_op *op = next_op_named(b, MHEAP_OP_PUBLISH, name);

	if (!op)
		return -ENOSPC;
	op->obj = use(b, op, MHEAP_OPF_OBJ, r);
	return add(b, 0);
}

mheap_ref mheap_batch_lookup(struct mheap_batch *b, const char *name)
{
	return next_op_named(b, MHEAP_OP_LOOKUP, name) ? add_maker(b) : 0;
}

int mheap_batch_unpublish(struct mheap_batch *b, const char *name)
{
	return next_op_named(b, MHEAP_OP_UNPUBLISH, name) ? add(b, 0) : -ENOSPC;
}

mheap_ref mheap_batch_intern(struct mheap_batch *b, mheap_type t,
			     const void *buf, size_t len)
{
	struct mheap_op *op = next_op(b, MHEAP_OP_INTERN);

	if (!op)
		return 0;
	op->index = t;
	op->val = mheap_address(buf);
	op->len = mheap_length(len);
	return add_maker(b);
}

/*
 * No reference stands for a weak handle: the caller gets the number of the kernel, when
 * the batch is submitted.
 */
int mheap_batch_weak_new(struct mheap_batch *b, mheap_ref r, uint64_t cookie,
			 mheap_weak *w)
{
	struct mheap_op *op;

	if (!w)
		return -EFAULT;
	op = next_op_on(b, MHEAP_OP_WEAK_NEW, r);
	if (!op)
		return -ENOSPC;
	op->arg = cookie;
	return add(b, mheap_address(w));
}

mheap_ref mheap_batch_weak_get(struct mheap_batch *b, mheap_weak w)
{
	struct mheap_op *op = next_op(b, MHEAP_OP_WEAK_GET);

	if (!op)
		return 0;
	op->arg = w;
	return add_maker(b);
}

int mheap_batch_weak_drop(struct mheap_batch *b, mheap_weak w)
{
	struct mheap_op *op = next_op(b, MHEAP_OP_WEAK_DROP);

	if (!op)
		return -ENOSPC;
	op->arg = w;
	return add(b, 0);
}

int mheap_batch_set_finalizer(struct mheap_batch *b, mheap_ref r,
			      uint64_t cookie)
{
	struct mheap_op *op = next_op_on(b, MHEAP_OP_FINALIZER, r);

	if (!op)
		return -ENOSPC;
	op->arg = cookie;
	return add(b, 0);
}

int mheap_batch_frame_push(struct mheap_batch *b)
{
	return next_op(b, MHEAP_OP_FRAME_PUSH) ? add(b, 0) : -ENOSPC;
}

int mheap_batch_frame_pop(struct mheap_batch *b, mheap_ref keep)
{
	return next_op_on(b, MHEAP_OP_FRAME_POP, keep) ? add(b, 0) : -ENOSPC;
}
