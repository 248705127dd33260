// SPDX-License-Identifier: GPL-2.0
/* The table of opcodes: the description of each, and what does it. */
#include <linux/errno.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "op/call.h"
#include "op/ops.h"
#include "op/table.h"

const struct mheap_op_desc * const mheap_op_descs[MHEAP_OP_COUNT] = {
	[MHEAP_OP_ALLOC] = &mheap_op_alloc,
	[MHEAP_OP_DUP] = &mheap_op_dup,
	[MHEAP_OP_DROP] = &mheap_op_drop,
	[MHEAP_OP_REFCOUNT] = &mheap_op_refcount,
	[MHEAP_OP_ID] = &mheap_op_id,
	[MHEAP_OP_OPEN_ID] = &mheap_op_open_id,
	[MHEAP_OP_SAME] = &mheap_op_same,
	[MHEAP_OP_STAT] = &mheap_op_stat,
	[MHEAP_OP_RESIZE] = &mheap_op_resize,
	[MHEAP_OP_GET] = &mheap_op_get,
	[MHEAP_OP_SET] = &mheap_op_set,
	[MHEAP_OP_XCHG] = &mheap_op_xchg,
	[MHEAP_OP_CAS] = &mheap_op_cas,
	[MHEAP_OP_READ] = &mheap_op_read,
	[MHEAP_OP_WRITE] = &mheap_op_write,
	[MHEAP_OP_PUBLISH] = &mheap_op_publish,
	[MHEAP_OP_LOOKUP] = &mheap_op_lookup,
	[MHEAP_OP_UNPUBLISH] = &mheap_op_unpublish,
	[MHEAP_OP_WEAK_NEW] = &mheap_op_weak_new,
	[MHEAP_OP_WEAK_GET] = &mheap_op_weak_get,
	[MHEAP_OP_WEAK_DROP] = &mheap_op_weak_drop,
	[MHEAP_OP_FINALIZER] = &mheap_op_finalizer,
	[MHEAP_OP_INTERN] = &mheap_op_intern,
	[MHEAP_OP_FRAME_PUSH] = &mheap_op_frame_push,
	[MHEAP_OP_FRAME_POP] = &mheap_op_frame_pop,
};
EXPORT_SYMBOL_IF_KUNIT(mheap_op_descs);

/* Do an op of the rarer kinds. */
static int mheap_op_run_rare(struct mheap_call *call, const struct mheap_entry *e,
			     struct mheap_prepared *p)
{
	switch (e->opcode) {
	case MHEAP_OP_REFCOUNT:
		return mheap_op_run_refcount(call, e);
	case MHEAP_OP_SAME:
		return mheap_op_run_same(call, e);
	case MHEAP_OP_STAT:
		return mheap_op_run_stat(call, e, p);
	case MHEAP_OP_RESIZE:
		return mheap_op_run_resize(call, e, p);
	case MHEAP_OP_PUBLISH:
		return mheap_op_run_publish(call, e, p);
	case MHEAP_OP_LOOKUP:
		return mheap_op_run_lookup(call, e, p);
	case MHEAP_OP_UNPUBLISH:
		return mheap_op_run_unpublish(call, e, p);
	case MHEAP_OP_WEAK_NEW:
		return mheap_op_run_weak_new(call, e, p);
	case MHEAP_OP_WEAK_GET:
		return mheap_op_run_weak_get(call, e);
	case MHEAP_OP_WEAK_DROP:
		return mheap_op_run_weak_drop(call, e);
	case MHEAP_OP_FINALIZER:
		return mheap_op_run_finalizer(call, e, p);
	case MHEAP_OP_INTERN:
		return mheap_op_run_intern(call, e, p);
	case MHEAP_OP_FRAME_PUSH:
		return mheap_op_run_frame_push(call, e, p);
	case MHEAP_OP_FRAME_POP:
		return mheap_op_run_frame_pop(call, e);
	}
	return -EINVAL;
}

/**
 * mheap_op_run() - Do an op
 * @call: the batch
 * @e: the entry, which was checked
 * @p: what was prepared for the op, or NULL if nothing had to be
 *
 * Context: the heap lock is held; it may be dropped and taken again; may sleep.
 *
 * Return: 0 or a negative errno.
 */
int mheap_op_run(struct mheap_call *call, const struct mheap_entry *e,
		 struct mheap_prepared *p)
{
	switch (e->opcode) {
	case MHEAP_OP_ALLOC:
		return mheap_op_run_alloc(call, e, p);
	case MHEAP_OP_DUP:
		return mheap_op_run_dup(call, e);
	case MHEAP_OP_DROP:
		return mheap_op_run_drop(call, e);
	case MHEAP_OP_ID:
		return mheap_op_run_id(call, e);
	case MHEAP_OP_OPEN_ID:
		return mheap_op_run_open_id(call, e);
	case MHEAP_OP_GET:
		return mheap_op_run_get(call, e);
	case MHEAP_OP_SET:
		return mheap_op_run_set(call, e);
	case MHEAP_OP_XCHG:
		return mheap_op_run_xchg(call, e);
	case MHEAP_OP_CAS:
		return mheap_op_run_cas(call, e);
	case MHEAP_OP_READ:
		return mheap_op_run_read(call, e, p);
	case MHEAP_OP_WRITE:
		return mheap_op_run_write(call, e, p);
	default:
		return mheap_op_run_rare(call, e, p);
	}
}
