// SPDX-License-Identifier: GPL-2.0
/*
 * What the opcodes have in common: how they find objects and make handles, how they stay
 * within the limits of the heap, and buffers for their data.
 *
 * Variable names in all files of this folder: call is the batch, e the entry of an op, p
 * what was prepared for the op, o its object.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "gfp.h"
#include "handle.h"
#include "heap.h"
#include "op/call.h"
#include "scanner.h"

/**
 * mheap_call_init() - Set up a batch of which no entry is known yet
 * @call: the batch, whose @prepared and @results are set already
 * @s: the session
 *
 * Context: any; nobody else knows the batch yet.
 */
void mheap_call_init(struct mheap_call *call, struct mheap_session *s)
{
	call->session = s;
	call->go_on = false;
	call->first = 0;
	call->entries = NULL;
	call->nr = 0;
	call->more = false;
	call->surveyed = false;
	call->ids = 0;
	call->weaks = 0;
	call->at = 0;
	call->error = 0;
	call->nr_results = 0;
	call->space = 0;
	call->direct = false;
	call->faulted = false;
	call->nulls = 0;
	mheap_dying_init(&call->dying);
	call->has_magazine = false;
	call->nr_prepared = 0;
	call->next_prepared = 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_call_init);

/* Finish an op that makes no handle, since it failed or there is no object to refer to. */
int mheap_call_give_none(struct mheap_call *call, u32 asked, u32 number, int err)
{
	if (!err)
		mheap_call_value(call, 0);
	if (!err && asked)
		mheap_handle_set_null(call->session, number, &call->nulls);
	else
		mheap_handle_unclaim(call->session, number);
	return err;
}

/* Does an op ask for no more slots and bytes than an object can have?  0 or -E2BIG. */
int mheap_call_check_size(const struct mheap_entry *e)
{
	if (e->index > MHEAP_MAX_SLOTS || e->val > MHEAP_MAX_BYTES)
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
