// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Adding ops to batches.
 */
#include <errno.h>
#include <string.h>

#include "batch.h"

/* ---- the next op ---- */

/*
 * Returns the next op, or NULL if the batch is full.  Its entry has no arguments.  The op
 * counts after add() or add_with_tail().
 */
static struct mheap_batch_op *next_op(struct mheap_batch *b, uint8_t opcode)
{
	struct mheap_batch_op *op = &b->ops[b->count];

	if (b->count == b->capacity)
		return NULL;
	*op = (struct mheap_batch_op){
		.cell = b->cells_used,
		.result = -ECANCELED,
	};
	mheap_batch_cells(b, op)->entry = (struct mheap_entry){ .opcode = opcode };
	return op;
}

static struct mheap_entry *entry_of(struct mheap_batch *b,
				    const struct mheap_batch_op *op)
{
	return &mheap_batch_cells(b, op)->entry;
}

static void set_obj(struct mheap_batch *b, struct mheap_batch_op *op, mheap_ref ref)
{
	entry_of(b, op)->obj = (uint32_t)ref;
	op->obj = ref >> 32;
}

static void set_val(struct mheap_batch *b, struct mheap_batch_op *op, mheap_ref ref)
{
	entry_of(b, op)->val = (uint32_t)ref;
	op->val = ref >> 32;
}

static struct mheap_batch_op *next_op_on(struct mheap_batch *b, uint8_t opcode,
					 mheap_ref obj)
{
	struct mheap_batch_op *op = next_op(b, opcode);

	if (op)
		set_obj(b, op, obj);
	return op;
}

/* Returns the next op, and the reference of the handle that it will make. */
static struct mheap_batch_op *next_maker(struct mheap_batch *b, uint8_t opcode,
					 mheap_ref *ref)
{
	struct mheap_batch_op *op = next_op(b, opcode);

	*ref = op ? mheap_refs_alloc(&b->h->refs, &b->free) : 0;
	return *ref ? op : NULL;
}

/* The same for an op that makes a handle of its obj. */
static struct mheap_batch_op *next_obj_maker(struct mheap_batch *b, uint8_t opcode,
					     mheap_ref *ref)
{
	struct mheap_batch_op *op = next_maker(b, opcode, ref);

	if (op)
		set_obj(b, op, *ref);
	return op;
}

static int add(struct mheap_batch *b)
{
	b->cells_used++;
	b->count++;
	return 0;
}

static int add_with_tail(struct mheap_batch *b, struct mheap_tail tail)
{
	b->cells[++b->cells_used].tail = tail;
	return add(b);
}

/* Add an op that has data at this address. */
static int add_with_data(struct mheap_batch *b, struct mheap_batch_op *op,
			 const void *data, size_t len)
{
	entry_of(b, op)->val = mheap_length(len);
	return add_with_tail(b, (struct mheap_tail){
		.address = mheap_address(data),
	});
}

/* Add an op whose value goes to this address. */
static int add_valued(struct mheap_batch *b, struct mheap_batch_op *op, uint64_t *to)
{
	op->address = mheap_address(to);
	return add(b);
}

/* ---- objects and handles ---- */

/* Instead of a type that cannot exist, no weak handle is looked up: -ENOENT, too. */
static mheap_ref add_no_type(struct mheap_batch *b)
{
	return mheap_batch_weak_get(b, 0);
}

mheap_ref mheap_batch_alloc(struct mheap_batch *b, mheap_type t,
			    uint32_t nslots, size_t nbytes, uint32_t flags)
{
	struct mheap_batch_op *op;
	struct mheap_entry *e;
	mheap_ref ref;

	if (t > UINT16_MAX)
		return add_no_type(b);
	op = next_obj_maker(b, MHEAP_OP_ALLOC, &ref);
	if (!op)
		return 0;
	e = entry_of(b, op);
	e->flags = mheap_flags(flags);
	e->type = (uint16_t)t;
	e->index = nslots;
	e->val = mheap_length(nbytes);
	add(b);
	return ref;
}

mheap_ref mheap_batch_dup(struct mheap_batch *b, mheap_ref r)
{
	mheap_ref ref;
	struct mheap_batch_op *op = next_maker(b, MHEAP_OP_DUP, &ref);

	if (!op)
		return 0;
	set_obj(b, op, r);
	set_val(b, op, ref);
	add(b);
	return ref;
}

int mheap_batch_drop(struct mheap_batch *b, mheap_ref r)
{
	return next_op_on(b, MHEAP_OP_DROP, r) ? add(b) : -ENOSPC;
}

int mheap_batch_refcount(struct mheap_batch *b, mheap_ref r, uint64_t *n)
{
	struct mheap_batch_op *op;

	if (!n)
		return -EFAULT;
	op = next_op_on(b, MHEAP_OP_REFCOUNT, r);
	return op ? add_valued(b, op, n) : -ENOSPC;
}

int mheap_batch_id(struct mheap_batch *b, mheap_ref r, uint64_t *id)
{
	struct mheap_batch_op *op;

	if (!id)
		return -EFAULT;
	op = next_op_on(b, MHEAP_OP_ID, r);
	return op ? add_valued(b, op, id) : -ENOSPC;
}

mheap_ref mheap_batch_open_id(struct mheap_batch *b, uint64_t id)
{
	mheap_ref ref;
	struct mheap_batch_op *op = next_obj_maker(b, MHEAP_OP_OPEN_ID, &ref);

	if (!op)
		return 0;
	entry_of(b, op)->arg = id;
	add(b);
	return ref;
}

int mheap_batch_same(struct mheap_batch *b, mheap_ref a, mheap_ref other)
{
	struct mheap_batch_op *op = next_op_on(b, MHEAP_OP_SAME, a);

	if (!op)
		return -ENOSPC;
	set_val(b, op, other);
	return add(b);
}

int mheap_batch_stat(struct mheap_batch *b, mheap_ref r, struct mheap_stat *st)
{
	struct mheap_batch_op *op = next_op_on(b, MHEAP_OP_STAT, r);

	return op ? add_with_data(b, op, st, sizeof(*st)) : -ENOSPC;
}

int mheap_batch_resize(struct mheap_batch *b, mheap_ref r, uint32_t nslots,
		       size_t nbytes)
{
	struct mheap_batch_op *op = next_op_on(b, MHEAP_OP_RESIZE, r);

	if (!op)
		return -ENOSPC;
	entry_of(b, op)->index = nslots;
	entry_of(b, op)->val = mheap_length(nbytes);
	return add(b);
}

/* ---- slots ---- */

mheap_ref mheap_batch_get(struct mheap_batch *b, mheap_ref obj, uint32_t slot)
{
	mheap_ref ref;
	struct mheap_batch_op *op = next_maker(b, MHEAP_OP_GET, &ref);

	if (!op)
		return 0;
	set_obj(b, op, obj);
	set_val(b, op, ref);
	entry_of(b, op)->index = slot;
	add(b);
	return ref;
}

int mheap_batch_set(struct mheap_batch *b, mheap_ref obj, uint32_t slot,
		    mheap_ref val)
{
	struct mheap_batch_op *op = next_op_on(b, MHEAP_OP_SET, obj);

	if (!op)
		return -ENOSPC;
	set_val(b, op, val);
	entry_of(b, op)->index = slot;
	return add(b);
}

/* Add an op that sets a slot and has one more handle, which is in the tail. */
static int add_with_handle(struct mheap_batch *b, struct mheap_batch_op *op,
			   uint32_t slot, mheap_ref val, mheap_ref handle)
{
	set_val(b, op, val);
	entry_of(b, op)->index = slot;
	op->tail = handle >> 32;
	return add_with_tail(b, (struct mheap_tail){ .handle = (uint32_t)handle });
}

mheap_ref mheap_batch_xchg(struct mheap_batch *b, mheap_ref obj, uint32_t slot,
			   mheap_ref val)
{
	mheap_ref ref;
	struct mheap_batch_op *op = next_maker(b, MHEAP_OP_XCHG, &ref);

	if (!op)
		return 0;
	set_obj(b, op, obj);
	add_with_handle(b, op, slot, val, ref);
	return ref;
}

int mheap_batch_cas(struct mheap_batch *b, mheap_ref obj, uint32_t slot,
		    mheap_ref expected, mheap_ref val)
{
	struct mheap_batch_op *op = next_op_on(b, MHEAP_OP_CAS, obj);

	return op ? add_with_handle(b, op, slot, val, expected) : -ENOSPC;
}

/* ---- payload ---- */

int mheap_batch_read(struct mheap_batch *b, mheap_ref obj, uint64_t off,
		     void *buf, size_t len)
{
	struct mheap_batch_op *op = next_op_on(b, MHEAP_OP_READ, obj);
	struct mheap_entry *e;

	if (!op)
		return -ENOSPC;
	e = entry_of(b, op);
	e->index = mheap_length(off);
	if (!mheap_is_inline(buf, len))
		return add_with_data(b, op, buf, len);
	e->flags = MHEAP_ENTRY_INLINE;
	e->val = (uint32_t)len;
	return add_valued(b, op, buf);
}

int mheap_batch_write(struct mheap_batch *b, mheap_ref obj, uint64_t off,
		      const void *buf, size_t len)
{
	struct mheap_batch_op *op = next_op_on(b, MHEAP_OP_WRITE, obj);
	struct mheap_entry *e;

	if (!op)
		return -ENOSPC;
	e = entry_of(b, op);
	e->index = mheap_length(off);
	if (mheap_is_inline(buf, len)) {
		e->flags = MHEAP_ENTRY_INLINE;
		op->address = mheap_address(buf);
	}
	return add_with_data(b, op, buf, len);
}

/* ---- names and interned objects ---- */

/* The kernel refuses a null name: it finds one byte at a bad address. */
static int add_with_name(struct mheap_batch *b, struct mheap_batch_op *op,
			 const char *name)
{
	return add_with_data(b, op, name, name ? strlen(name) : 1);
}

int mheap_batch_publish(struct mheap_batch *b, const char *name, mheap_ref r)
{
	struct mheap_batch_op *op = next_op_on(b, MHEAP_OP_PUBLISH, r);

	return op ? add_with_name(b, op, name) : -ENOSPC;
}

mheap_ref mheap_batch_lookup(struct mheap_batch *b, const char *name)
{
	mheap_ref ref;
	struct mheap_batch_op *op = next_obj_maker(b, MHEAP_OP_LOOKUP, &ref);

	if (op)
		add_with_name(b, op, name);
	return ref;
}

int mheap_batch_unpublish(struct mheap_batch *b, const char *name)
{
	struct mheap_batch_op *op = next_op(b, MHEAP_OP_UNPUBLISH);

	return op ? add_with_name(b, op, name) : -ENOSPC;
}

mheap_ref mheap_batch_intern(struct mheap_batch *b, mheap_type t,
			     const void *buf, size_t len)
{
	struct mheap_batch_op *op;
	mheap_ref ref;

	if (t > UINT16_MAX)
		return add_no_type(b);
	op = next_obj_maker(b, MHEAP_OP_INTERN, &ref);
	if (!op)
		return 0;
	entry_of(b, op)->type = (uint16_t)t;
	add_with_data(b, op, buf, len);
	return ref;
}

/* ---- weak handles, finalizers and frames ---- */

/*
 * No reference stands for a weak handle: the caller gets the number of the kernel, when
 * the batch is submitted.
 */
int mheap_batch_weak_new(struct mheap_batch *b, mheap_ref r, uint64_t cookie,
			 mheap_weak *w)
{
	struct mheap_batch_op *op;

	if (!w)
		return -EFAULT;
	op = next_op_on(b, MHEAP_OP_WEAK_NEW, r);
	if (!op)
		return -ENOSPC;
	entry_of(b, op)->arg = cookie;
	return add_valued(b, op, w);
}

mheap_ref mheap_batch_weak_get(struct mheap_batch *b, mheap_weak w)
{
	mheap_ref ref;
	struct mheap_batch_op *op = next_obj_maker(b, MHEAP_OP_WEAK_GET, &ref);

	if (!op)
		return 0;
	entry_of(b, op)->arg = w;
	add(b);
	return ref;
}

int mheap_batch_weak_drop(struct mheap_batch *b, mheap_weak w)
{
	struct mheap_batch_op *op = next_op(b, MHEAP_OP_WEAK_DROP);

	if (!op)
		return -ENOSPC;
	entry_of(b, op)->arg = w;
	return add(b);
}

int mheap_batch_set_finalizer(struct mheap_batch *b, mheap_ref r,
			      uint64_t cookie)
{
	struct mheap_batch_op *op = next_op_on(b, MHEAP_OP_FINALIZER, r);

	if (!op)
		return -ENOSPC;
	entry_of(b, op)->arg = cookie;
	return add(b);
}

int mheap_batch_frame_push(struct mheap_batch *b)
{
	return next_op(b, MHEAP_OP_FRAME_PUSH) ? add(b) : -ENOSPC;
}

int mheap_batch_frame_pop(struct mheap_batch *b, mheap_ref keep)
{
	return next_op_on(b, MHEAP_OP_FRAME_POP, keep) ? add(b) : -ENOSPC;
}
