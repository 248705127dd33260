// SPDX-License-Identifier: GPL-2.0
/*
 * What the opcodes have in common: how they find objects and make handles, what the heap
 * has left for them, and buffers for their data.
 *
 * Names, here and in all files of this folder: call the batch, i the number of an op, op
 * the op, p what was prepared for it, o its object.
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
 * @count: how many
 * @go_on: do not stop at a failed op
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

/* The handle in a member of an op, or what an earlier op made if the member names one. */
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

/* The object of a member that may be null, in which case it is NULL. */
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

/* The object that an op works on. */
int mheap_call_find(struct mheap_call *call, u32 i, struct mheap_object **o)
{
	int err = mheap_call_find_or_null(call, i, MHEAP_OPF_OBJ,
					  call->ops[i].obj, o);

	if (err)
		return err;
	return *o ? 0 : -EINVAL;
}

/* Make the handle that an op gives out.  An entry was reserved, see makes_handle. */
int mheap_call_new_handle(struct mheap_call *call, u32 i,
			  struct mheap_object *o)
{
	int err = mheap_handle_add(call->session, o, &call->ops[i].out);

	if (!err)
		call->handles_left--;
	return err;
}

/* Are the slots and bytes that an op asks for within what an object can have? */
int mheap_call_check_size(const struct mheap_op *op)
{
	if (op->len > MHEAP_MAX_SLOTS || op->arg > MHEAP_MAX_BYTES)
		return -E2BIG;
	return 0;
}

/**
 * mheap_call_ensure_quota() - Make sure that the heap may have more
 * @call: the batch
 * @objects: how many objects more
 * @slots: how many slots more
 * @bytes: how many payload bytes more
 *
 * At a limit a collection comes first.
 * Context: the heap lock is held, and may be dropped and taken again; may sleep.
 *
 * Return: 0, -EDQUOT if the collection did not help, -EINTR or -ENODEV.
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

/* A buffer for the data of an op.  Returns 0 or -ENOMEM; may sleep. */
int mheap_call_alloc_data(struct mheap_prepared *p, u32 len)
{
	p->data = p->small;
	p->data_len = len;
	if (len > sizeof(p->small))
		p->data = kvmalloc(len, MHEAP_GFP);
	return p->data ? 0 : -ENOMEM;
}

/* Free the buffer, if there is one. */
void mheap_call_free_data(struct mheap_prepared *p)
{
	if (p->data && p->data != p->small)
		kvfree(p->data);
}
