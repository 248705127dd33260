// SPDX-License-Identifier: GPL-2.0
/* Opcodes about objects as a whole, and about handles. */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "area.h"
#include "compat.h"
#include "drop.h"
#include "ext.h"
#include "gfp.h"
#include "heap.h"
#include "limits.h"
#include "member.h"
#include "object.h"
#include "op/call.h"
#include "op/ops.h"
#include "scanner.h"
#include "table.h"
#include "type.h"

/* Check the limits before memory for a large object is allocated. */
static int mheap_op_precheck_quota(struct mheap_call *call,
				   const struct mheap_op *op)
{
	int err;

	if (mheap_call_bytes(op) <= MHEAP_CHUNK_BYTES)
		return 0;
	mheap_heap_lock(mheap_call_heap(call));
	err = mheap_call_ensure_quota(call, 1, op->len, op->arg);
	mheap_heap_unlock(mheap_call_heap(call));
	return err;
}

static int mheap_op_prepare_alloc(struct mheap_call *call, u32 i,
				  struct mheap_prepared *p)
{
	struct mheap_area *area = &mheap_call_heap(call)->areas[MHEAP_CHANGING];
	const struct mheap_op *op = &call->ops[i];
	int err = mheap_call_check_size(op);

	if (err)
		return err;
	if (op->val & ~MHEAP_ALLOC_IMMORTAL)
		return -EINVAL;
	err = mheap_op_precheck_quota(call, op);
	if (err)
		return err;
	p->object = mheap_object_alloc(area, call->has_magazine ?
				       &call->magazine : NULL,
				       op->len, op->arg);
	return p->object ? 0 : -ENOMEM;
}

static void mheap_op_release_alloc(struct mheap_prepared *p)
{
	if (p->object)
		mheap_object_free(p->object);
}

static int mheap_op_run_alloc(struct mheap_call *call, u32 i,
			      struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];
	struct mheap_heap *heap = mheap_call_heap(call);
	struct mheap_object *o = p->object;
	int err;

	if (!mheap_type_get(heap, op->index))
		return -ENOENT;
	err = mheap_call_ensure_quota(call, 1, op->len, op->arg);
	if (err)
		return err;
	/*
	 * As in CPython, a collection that this birth makes due does not look at the
	 * object, so it begins before the object joins the heap.  Other sessions may
	 * fill the heap while this call helps the collection, so check again.
	 */
	if (op->len && !(op->val & MHEAP_ALLOC_IMMORTAL))
		mheap_scanner_born(heap);
	if (!mheap_heap_within_limits(heap, 1, op->len, op->arg))
		return -EDQUOT;
	p->object = NULL;
	mheap_member_add(heap, o, op->index,
			 op->val & MHEAP_ALLOC_IMMORTAL ? MHEAP_IMMORTAL : 0);
	call->ids_left--;
	return mheap_call_new_handle(call, i, o);
}

static int mheap_op_run_dup(struct mheap_call *call, u32 i,
			    struct mheap_prepared *p)
{
	struct mheap_object *o;
	int err = mheap_call_find(call, i, &o);

	if (err)
		return err;
	return mheap_call_new_handle(call, i, o);
}

static int mheap_op_run_drop(struct mheap_call *call, u32 i,
			     struct mheap_prepared *p)
{
	u64 handle;
	int err = mheap_call_handle(call, i, MHEAP_OPF_OBJ, call->ops[i].obj,
				    &handle);

	if (err)
		return err;
	if (!handle)
		return -EINVAL;
	return mheap_drop_handle(call->session, handle, &call->dying);
}

static int mheap_op_run_refcount(struct mheap_call *call, u32 i,
				 struct mheap_prepared *p)
{
	struct mheap_object *o;
	int err = mheap_call_find(call, i, &o);

	if (err)
		return err;
	call->ops[i].out = mheap_object_refcount(o);
	return 0;
}

static int mheap_op_run_id(struct mheap_call *call, u32 i,
			   struct mheap_prepared *p)
{
	struct mheap_object *o;
	int err = mheap_call_find(call, i, &o);

	if (err)
		return err;
	call->ops[i].out = o->id;
	return 0;
}

static int mheap_op_run_open_id(struct mheap_call *call, u32 i,
				struct mheap_prepared *p)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	struct mheap_object *o;

	o = mheap_table_find(&heap->ids, call->ops[i].arg);
	if (!o || mheap_gc_is_gone(&heap->gc, o))
		return -ENOENT;
	return mheap_call_new_handle(call, i, o);
}

static int mheap_op_run_same(struct mheap_call *call, u32 i,
			     struct mheap_prepared *p)
{
	struct mheap_op *op = &call->ops[i];
	struct mheap_object *a, *b;
	int err = mheap_call_find_or_null(call, i, MHEAP_OPF_OBJ, op->obj, &a);

	if (err)
		return err;
	err = mheap_call_find_or_null(call, i, MHEAP_OPF_VAL, op->val, &b);
	if (err)
		return err;
	op->out = a == b;
	return 0;
}

/* A program may know a longer struct than this kernel; it finds the rest zeroed. */
static int mheap_op_prepare_stat(struct mheap_call *call, u32 i,
				 struct mheap_prepared *p)
{
	u32 len = call->ops[i].len;

	if (len > PAGE_SIZE)
		return -E2BIG;
	p->data = kzalloc(max_t(u32, len, sizeof(struct mheap_ioc_stat)),
			  MHEAP_GFP);
	p->data_len = len;
	return p->data ? 0 : -ENOMEM;
}

static u32 mheap_op_stat_flags(struct mheap_heap *heap,
			       const struct mheap_object *o)
{
	struct mheap_ext *ext = o->has_ext ? mheap_ext_find(heap, o) : NULL;
	u32 flags = 0;

	if (o->flags & MHEAP_IMMORTAL)
		flags |= MHEAP_STAT_IMMORTAL;
	if (ext && ext->finalized)
		flags |= MHEAP_STAT_FINALIZED;
	if (ext && ext->interned)
		flags |= MHEAP_STAT_INTERNED;
	return flags;
}

static int mheap_op_run_stat(struct mheap_call *call, u32 i,
			     struct mheap_prepared *p)
{
	struct mheap_ioc_stat *stat = p->data;
	const struct mheap_payload *payload;
	struct mheap_object *o;
	int err = mheap_call_find(call, i, &o);

	if (err)
		return err;
	payload = mheap_object_payload(o);
	*stat = (struct mheap_ioc_stat){
		.id = o->id,
		.refcount = mheap_object_refcount(o),
		.nbytes = mheap_object_nbytes(o),
		.nslots = o->nslots,
		.type = o->type,
		.generation = mheap_object_generation(o),
		.flags = mheap_op_stat_flags(mheap_call_heap(call), o),
		.offset = payload ? mheap_area_map_offset(payload) :
				    MHEAP_MAP_NONE,
	};
	return 0;
}

const struct mheap_op_desc mheap_op_alloc = {
	.rights = MHEAP_RIGHT_WRITE,
	.uses = MHEAP_USES_INDEX | MHEAP_USES_LEN | MHEAP_USES_ARG | MHEAP_USES_VAL,
	.makes_handle = true,
	.makes_object = true,
	.prepare = mheap_op_prepare_alloc,
	.run = mheap_op_run_alloc,
	.release = mheap_op_release_alloc,
};

const struct mheap_op_desc mheap_op_dup = {
	.uses = MHEAP_USES_OBJ,
	.handles = MHEAP_OPF_OBJ,
	.makes_handle = true,
	.run = mheap_op_run_dup,
};

const struct mheap_op_desc mheap_op_drop = {
	.uses = MHEAP_USES_OBJ,
	.handles = MHEAP_OPF_OBJ,
	.run = mheap_op_run_drop,
};

const struct mheap_op_desc mheap_op_refcount = {
	.uses = MHEAP_USES_OBJ,
	.handles = MHEAP_OPF_OBJ,
	.run = mheap_op_run_refcount,
};

const struct mheap_op_desc mheap_op_id = {
	.rights = MHEAP_RIGHT_READ,
	.uses = MHEAP_USES_OBJ,
	.handles = MHEAP_OPF_OBJ,
	.run = mheap_op_run_id,
};

const struct mheap_op_desc mheap_op_open_id = {
	.rights = MHEAP_RIGHT_READ,
	.uses = MHEAP_USES_ARG,
	.makes_handle = true,
	.run = mheap_op_run_open_id,
};

const struct mheap_op_desc mheap_op_same = {
	.uses = MHEAP_USES_OBJ | MHEAP_USES_VAL,
	.handles = MHEAP_OPF_OBJ | MHEAP_OPF_VAL,
	.run = mheap_op_run_same,
};

const struct mheap_op_desc mheap_op_stat = {
	.rights = MHEAP_RIGHT_READ,
	.uses = MHEAP_USES_OBJ | MHEAP_USES_VAL | MHEAP_USES_LEN,
	.handles = MHEAP_OPF_OBJ,
	.direction = MHEAP_DATA_OUT,
	.prepare = mheap_op_prepare_stat,
	.run = mheap_op_run_stat,
	.release = mheap_call_free_data,
};
