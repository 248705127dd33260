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
#include "handle.h"
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
				   const struct mheap_entry *e)
{
	int err;

	if (mheap_entry_size(e) <= MHEAP_CHUNK_BYTES)
		return 0;
	mheap_heap_lock(mheap_call_heap(call));
	err = mheap_call_ensure_quota(call, 1, e->index, e->val);
	mheap_heap_unlock(mheap_call_heap(call));
	return err;
}

/* Most objects need only memory that the magazine has. */
static bool mheap_op_wants_alloc(struct mheap_call *call, const struct mheap_entry *e)
{
	return e->val || e->index > MHEAP_INLINE_SLOTS || !call->has_magazine;
}

static int mheap_op_prepare_alloc(struct mheap_call *call, const struct mheap_entry *e,
				  struct mheap_prepared *p)
{
	struct mheap_area *area = &mheap_call_heap(call)->areas[MHEAP_CHANGING];
	int err = mheap_call_check_size(e);

	if (err)
		return err;
	err = mheap_op_precheck_quota(call, e);
	if (err)
		return err;
	p->object = mheap_object_alloc(area, call->has_magazine ?
				       &call->magazine : NULL,
				       e->index, e->val);
	return p->object ? 0 : -ENOMEM;
}

static void mheap_op_release_alloc(struct mheap_prepared *p)
{
	if (p->object)
		mheap_object_free(p->object);
}

/*
 * Make sure that the heap has space for the object and begin a collection if one is due.
 * As in CPython, a collection that this birth makes due does not look at the object, so it
 * begins before the object joins the heap.  Other sessions may fill the heap while this
 * call helps the collection, so the limits are checked again.
 */
static int mheap_op_announce(struct mheap_call *call, const struct mheap_entry *e)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	int err;

	if (unlikely(!mheap_type_get(heap, e->type)))
		return -ENOENT;
	err = mheap_call_ensure_quota(call, 1, e->index, e->val);
	if (unlikely(err))
		return err;
	if (e->index && !(e->flags & MHEAP_ENTRY_IMMORTAL))
		mheap_scanner_born(heap);
	return mheap_heap_within_limits(heap, 1, e->index, e->val) ? 0 : -EDQUOT;
}

/* Return the memory of the new object, or NULL if that or its id could not be had. */
static struct mheap_object *mheap_op_take_object(struct mheap_call *call,
						 const struct mheap_entry *e,
						 struct mheap_prepared *p)
{
	struct mheap_object *o = NULL;

	if (unlikely(!call->ids_left))
		return NULL;
	if (!p)
		return mheap_object_take(&call->magazine, e->index);
	swap(o, p->object);
	return o;
}

int mheap_op_run_alloc(struct mheap_call *call, const struct mheap_entry *e,
		       struct mheap_prepared *p)
{
	struct mheap_object *o = NULL;
	u32 number = e->obj;
	int err = mheap_handle_claim(call->session, &number);

	if (unlikely(err))
		return err;
	err = mheap_op_announce(call, e);
	if (likely(!err)) {
		o = mheap_op_take_object(call, e, p);
		err = o ? 0 : -ENOMEM;
	}
	if (likely(!err)) {
		mheap_member_add(mheap_call_heap(call), o, e->type,
				 e->flags & MHEAP_ENTRY_IMMORTAL ? MHEAP_IMMORTAL : 0);
		call->ids_left--;
	}
	return mheap_call_give(call, e->obj, number, o, err);
}

int mheap_op_run_dup(struct mheap_call *call, const struct mheap_entry *e)
{
	struct mheap_object *o = NULL;
	u32 number = e->val;
	int err = mheap_handle_claim(call->session, &number);

	if (unlikely(err))
		return err;
	err = mheap_call_find(call, e->obj, &o);
	return mheap_call_give(call, e->val, number, o, err);
}

int mheap_op_run_drop(struct mheap_call *call, const struct mheap_entry *e)
{
	struct mheap_object *o;
	int err = mheap_call_find(call, e->obj, &o);

	if (unlikely(err))
		return err;
	mheap_drop_known(call->session, e->obj, o, &call->dying);
	return 0;
}

int mheap_op_run_refcount(struct mheap_call *call, const struct mheap_entry *e)
{
	struct mheap_object *o;
	int err = mheap_call_find(call, e->obj, &o);

	if (!err)
		mheap_call_value(call, mheap_object_refcount(o));
	return err;
}

int mheap_op_run_id(struct mheap_call *call, const struct mheap_entry *e)
{
	struct mheap_object *o;
	int err = mheap_call_find(call, e->obj, &o);

	if (!err)
		mheap_call_value(call, o->id);
	return err;
}

int mheap_op_run_open_id(struct mheap_call *call, const struct mheap_entry *e)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	struct mheap_object *o;
	u32 number = e->obj;
	int err = mheap_handle_claim(call->session, &number);

	if (unlikely(err))
		return err;
	o = mheap_table_find(&heap->ids, e->arg);
	err = o && !mheap_gc_is_gone(&heap->gc, o) ? 0 : -ENOENT;
	return mheap_call_give(call, e->obj, number, o, err);
}

int mheap_op_run_same(struct mheap_call *call, const struct mheap_entry *e)
{
	struct mheap_object *a, *b;
	int err = mheap_call_find_or_null(call, e->obj, &a);

	if (!err)
		err = mheap_call_find_or_null(call, e->val, &b);
	if (!err)
		mheap_call_value(call, a == b);
	return err;
}

/* A program may know a longer struct than this kernel; it finds the rest zeroed. */
static int mheap_op_prepare_stat(struct mheap_call *call, const struct mheap_entry *e,
				 struct mheap_prepared *p)
{
	if (e->val > PAGE_SIZE)
		return -E2BIG;
	p->data = kzalloc(max_t(u32, e->val, sizeof(struct mheap_ioc_stat)),
			  MHEAP_GFP);
	p->data_len = e->val;
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

int mheap_op_run_stat(struct mheap_call *call, const struct mheap_entry *e,
		      struct mheap_prepared *p)
{
	struct mheap_ioc_stat *stat = p->data;
	const struct mheap_payload *payload;
	struct mheap_object *o;
	int err = mheap_call_find(call, e->obj, &o);

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
	.may = {
		.opcode = MHEAP_ANY8,
		.flags = MHEAP_ENTRY_IMMORTAL,
		.type = MHEAP_ANY16,
		.obj = MHEAP_ANY32,
		.arg = MHEAP_ANY64,
	},
	.makes_object = true,
	.wants = mheap_op_wants_alloc,
	.prepare = mheap_op_prepare_alloc,
	.release = mheap_op_release_alloc,
	.makes = MHEAP_MAKES_OBJ,
	.sized = true,
};

const struct mheap_op_desc mheap_op_dup = {
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32, .val = MHEAP_ANY32 },
	.makes = MHEAP_MAKES_VAL,
};

const struct mheap_op_desc mheap_op_drop = {
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32 },
};

const struct mheap_op_desc mheap_op_refcount = {
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32 },
	.has_value = true,
};

const struct mheap_op_desc mheap_op_id = {
	.rights = MHEAP_RIGHT_READ,
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32 },
	.has_value = true,
};

const struct mheap_op_desc mheap_op_open_id = {
	.rights = MHEAP_RIGHT_READ,
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32, .arg = MHEAP_ANY64 },
	.makes = MHEAP_MAKES_OBJ,
};

const struct mheap_op_desc mheap_op_same = {
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32, .val = MHEAP_ANY32 },
	.has_value = true,
};

const struct mheap_op_desc mheap_op_stat = {
	.rights = MHEAP_RIGHT_READ,
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32, .val = MHEAP_ANY32 },
	.tail = true,
	.tail_may = { .address = MHEAP_ANY64 },
	.direction = MHEAP_DATA_OUT,
	.prepare = mheap_op_prepare_stat,
	.release = mheap_call_free_data,
};
