// SPDX-License-Identifier: GPL-2.0
/*
 * What the opcodes have in common: how they find objects and make handles, how they stay
 * within the limits of the heap, and buffers for their data.
 *
 * Variable names in all files of this folder: call is the batch, i the index of an op,
 * op the op, p what was prepared for it, o its object.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>

#include "compat.h"
#include "gfp.h"
#include "handle.h"
#include "heap.h"
#include "op/call.h"
#include "scanner.h"

/**
 * mheap_call_init() - Set up a batch of which nothing was done yet
 * @call: the batch, whose @prepared is set already
 * @s: the session
 * @ops: the ops
 * @count: number of ops
 * @go_on: do not stop at an op that fails
 *
 * Context: any; nobody else knows the batch yet.
 */
void mheap_call_init(struct mheap_call *call, struct mheap_session *s,
		     struct mheap_op *ops, u32 count, bool go_on)
{
	call->session = s;
	call->ops = ops;
	call->count = count;
	call->go_on = go_on;
	call->at = 0;
	call->stopped = false;
	call->direct = false;
	call->faulted = false;
	mheap_dying_init(&call->dying);
	call->has_magazine = false;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_call_init);

/*
 * The handle that a member of an op stands for: the member itself or, if the op has
 * @flag set, the output of the earlier op whose index the member is.
 */
int mheap_call_handle(struct mheap_call *call, u32 i, u16 flag, u64 member,
		      u64 *handle)
{
	*handle = member;
	if (!(call->ops[i].flags & flag))
		return 0;
	if (member >= i)
		return -EINVAL;
	member = array_index_nospec(member, i);
	*handle = call->ops[member].out;
	return call->ops[member].result ? -EINVAL : 0;
}

/* Find the object of a member that may be null; *o is NULL then. */
int mheap_call_find_or_null(struct mheap_call *call, u32 i, u16 flag,
			    u64 member, struct mheap_object **o)
{
	u64 handle;
	int err = mheap_call_handle(call, i, flag, member, &handle);

	*o = NULL;
	if (err || !handle)
		return err;
	*o = mheap_handle_find(call->session, handle);
	return *o ? 0 : -EBADF;
}

/* Find the object that an op works on, which must not be null. */
int mheap_call_find(struct mheap_call *call, u32 i, struct mheap_object **o)
{
	int err = mheap_call_find_or_null(call, i, MHEAP_OPF_OBJ,
					  call->ops[i].obj, o);

	if (err)
		return err;
	return *o ? 0 : -EINVAL;
}

/* Make the handle that an op gives out, in an entry reserved because of makes_handle. */
int mheap_call_new_handle(struct mheap_call *call, u32 i,
			  struct mheap_object *o)
{
	int err = mheap_handle_add(call->session, o, &call->ops[i].out);

	if (err)
		return err;
	call->handles_left--;
	return 0;
}

/* Does an op ask for no more slots and bytes than an object can have?  0 or -E2BIG. */
int mheap_call_check_size(const struct mheap_op *op)
{
	if (op->len > MHEAP_MAX_SLOTS || op->arg > MHEAP_MAX_BYTES)
		return -E2BIG;
	return 0;
}

/**
 * mheap_call_ensure_quota() - Make sure that the heap may grow
 * @call: the batch
 * @objects: how many objects are to be added
 * @slots: how many slots are to be added
 * @bytes: how many payload bytes are to be added
 *
 * If the heap is at a limit a full collection is done first.
 *
 * Context: the heap lock is held; it may be dropped and taken again; may sleep.
 *
 * Return: 0, -EDQUOT if the collection did not help, or -EINTR or -ENODEV as from
 * mheap_scanner_collect().
 */
int mheap_call_ensure_quota(struct mheap_call *call, u32 objects, u32 slots,
			    u32 bytes)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	struct mheap_result result;
	int err;

	if (mheap_heap_within_limits(heap, objects, slots, bytes))
		return 0;
	err = mheap_scanner_collect(heap, 2, &result);
	if (err)
		return err;
	if (!mheap_heap_within_limits(heap, objects, slots, bytes))
		return -EDQUOT;
	return 0;
}

/* Allocate a buffer for the data of an op.  Returns 0 or -ENOMEM; may sleep. */
int mheap_call_alloc_data(struct mheap_prepared *p, u32 len)
{
	p->data = p->small;
	p->data_len = len;
	if (len > sizeof(p->small))
		p->data = kvmalloc(len, MHEAP_GFP);
	return p->data ? 0 : -ENOMEM;
}

/* Free the buffer for the data of an op if there is one. */
void mheap_call_free_data(struct mheap_prepared *p)
{
	if (p->data && p->data != p->small)
		kvfree(p->data);
}
