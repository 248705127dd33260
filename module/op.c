// SPDX-License-Identifier: GPL-2.0
/*
 * What each opcode does.  What may have to wait for memory is done by prepare
 * functions before the heap is locked, the rest by run functions under the lock.
 *
 * Names: call the batch, i the number of the entry, op the entry itself, p what
 * was prepared for it.
 */
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>

#include "area.h"
#include "batch.h"
#include "compat.h"
#include "heap.h"
#include "memory.h"
#include "op.h"
#include "resize.h"
#include "scanner.h"
#include "session.h"
#include "slot.h"
#include "type.h"
#include "watch.h"

int mheap_prepare_data(struct mheap_prepared *p, u32 len)
{
	p->data = p->small;
	p->data_len = len;
	if (len > sizeof(p->small))
		p->data = kvmalloc(len, MHEAP_GFP);
	return p->data ? 0 : -ENOMEM;
}

void mheap_release_data(struct mheap_prepared *p)
{
	if (p->data && p->data != p->small)
		kvfree(p->data);
}

/* ---- objects ---- */

/* At a limit a collection comes first. */
int mheap_call_make_room(struct mheap_call *call, u32 objects, u32 slots,
			 u32 bytes)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	struct mheap_result result;
	int err;

	if (mheap_heap_has_room(heap, objects, slots, bytes))
		return 0;
	err = mheap_scanner_collect(heap, 2, &result);
	if (err)
		return err;
	return mheap_heap_has_room(heap, objects, slots, bytes) ? 0 : -EDQUOT;
}

static int mheap_check_size(const struct mheap_op *op)
{
	if (op->len > MHEAP_MAX_SLOTS || op->arg > MHEAP_MAX_BYTES)
		return -E2BIG;
	return 0;
}

/* For what is large no memory is asked for if the heap has no room for it. */
static int mheap_prepare_room(struct mheap_call *call, const struct mheap_op *op)
{
	int err;

	if (mheap_op_bytes(op) <= MHEAP_GROUP_BYTES)
		return 0;
	mheap_heap_lock(mheap_call_heap(call));
	err = mheap_call_make_room(call, 1, op->len, op->arg);
	mheap_heap_unlock(mheap_call_heap(call));
	return err;
}

static int mheap_prepare_alloc(struct mheap_call *call, u32 i,
			       struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];
	int err = mheap_check_size(op);

	if (err)
		return err;
	if (op->val & ~MHEAP_ALLOC_IMMORTAL)
		return -EINVAL;
	err = mheap_prepare_room(call, op);
	if (err)
		return err;
	p->fresh = mheap_object_alloc(&mheap_call_heap(call)->areas[MHEAP_CHANGING],
				      call->stocked ? &call->stock : NULL,
				      op->len, op->arg);
	return p->fresh ? 0 : -ENOMEM;
}

static void mheap_release_object(struct mheap_prepared *p)
{
	if (p->fresh)
		mheap_object_free(p->fresh);
}

static int mheap_run_alloc(struct mheap_call *call, u32 i,
			   struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];
	struct mheap_heap *heap = mheap_call_heap(call);
	struct mheap_object *o = p->fresh;
	int err;

	if (!mheap_type_get(heap, op->index))
		return -ENOENT;
	err = mheap_call_make_room(call, 1, op->len, op->arg);
	if (err)
		return err;
	/*
	 * As in CPython a collection that is due now does not look at the object.
	 * Others may have filled the heap while this call helped.
	 */
	if (op->len && !(op->val & MHEAP_ALLOC_IMMORTAL))
		mheap_scanner_born(heap);
	if (!mheap_heap_has_room(heap, 1, op->len, op->arg))
		return -EDQUOT;
	p->fresh = NULL;
	mheap_object_add(heap, o, op->index,
			 op->val & MHEAP_ALLOC_IMMORTAL ? MHEAP_IMMORTAL : 0);
	call->ids_left--;
	return mheap_call_new_handle(call, i, o);
}

static int mheap_run_dup(struct mheap_call *call, u32 i,
			 struct mheap_prepared *p)
{
	struct mheap_object *o;
	int err = mheap_call_find(call, i, &o);

	return err ?: mheap_call_new_handle(call, i, o);
}

static int mheap_run_drop(struct mheap_call *call, u32 i,
			  struct mheap_prepared *p)
{
	u64 handle;
	int err = mheap_call_handle(call, i, MHEAP_OPF_OBJ, call->ops[i].obj,
				    &handle);

	if (!err && !handle)
		return -EINVAL;
	return err ?: mheap_handle_drop(call->session, handle, &call->dying);
}

static int mheap_run_refcount(struct mheap_call *call, u32 i,
			      struct mheap_prepared *p)
{
	struct mheap_object *o;
	int err = mheap_call_find(call, i, &o);

	if (!err)
		call->ops[i].out = mheap_object_refcount(o);
	return err;
}

static int mheap_run_id(struct mheap_call *call, u32 i,
			struct mheap_prepared *p)
{
	struct mheap_object *o;
	int err = mheap_call_find(call, i, &o);

	if (!err)
		call->ops[i].out = o->id;
	return err;
}

static int mheap_run_open_id(struct mheap_call *call, u32 i,
			     struct mheap_prepared *p)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	struct mheap_object *o;

	o = mheap_places_find(&heap->ids, call->ops[i].arg);
	if (!o || mheap_collect_is_gone(&heap->gc, o))
		return -ENOENT;
	return mheap_call_new_handle(call, i, o);
}

static int mheap_run_same(struct mheap_call *call, u32 i,
			  struct mheap_prepared *p)
{
	struct mheap_op *op = &call->ops[i];
	struct mheap_object *a, *b;
	int err = mheap_call_find_or_null(call, i, MHEAP_OPF_OBJ, op->obj, &a);

	if (!err)
		err = mheap_call_find_or_null(call, i, MHEAP_OPF_VAL, op->val,
					      &b);
	if (!err)
		op->out = a == b;
	return err;
}

/* A program that knows more members than this kernel finds them 0. */
static int mheap_prepare_stat(struct mheap_call *call, u32 i,
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

static u32 mheap_stat_flags(struct mheap_heap *heap,
			    const struct mheap_object *o)
{
	struct mheap_watch *w = o->watched ? mheap_watch_find(heap, o) : NULL;
	u32 flags = 0;

	if (o->flags & MHEAP_IMMORTAL)
		flags |= MHEAP_STAT_IMMORTAL;
	if (w && w->finalized)
		flags |= MHEAP_STAT_FINALIZED;
	if (w && w->interned)
		flags |= MHEAP_STAT_INTERNED;
	return flags;
}

static int mheap_run_stat(struct mheap_call *call, u32 i,
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
		.flags = mheap_stat_flags(mheap_call_heap(call), o),
		.offset = payload ? mheap_payload_place(payload) : MHEAP_MAP_NONE,
	};
	return 0;
}

/* The same for what an object is to grow by. */
static int mheap_prepare_growth(struct mheap_call *call, u32 i)
{
	const struct mheap_op *op = &call->ops[i];
	struct mheap_object *o;
	u32 nbytes;
	int err;

	if (mheap_op_bytes(op) <= MHEAP_GROUP_BYTES)
		return 0;
	mheap_heap_lock(mheap_call_heap(call));
	err = mheap_call_find(call, i, &o);
	if (!err) {
		nbytes = mheap_object_nbytes(o);
		err = mheap_call_make_room(call, 0,
					   op->len - min(op->len, o->nslots),
					   op->arg - min_t(u64, op->arg, nbytes));
	}
	mheap_heap_unlock(mheap_call_heap(call));
	return err;
}

static int mheap_prepare_resize(struct mheap_call *call, u32 i,
				struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];
	int err = mheap_check_size(op);

	if (!err)
		err = mheap_prepare_growth(call, i);
	if (err)
		return err;
	p->fresh = mheap_body_alloc(&mheap_call_heap(call)->areas[MHEAP_CHANGING],
				    op->len, op->arg);
	return p->fresh ? 0 : -ENOMEM;
}

static int mheap_call_resize(struct mheap_call *call, u32 i,
			     struct mheap_prepared *p)
{
	struct mheap_resize job = {
		.body = p->fresh,
		.nslots = call->ops[i].len,
	};
	int err = mheap_call_find(call, i, &job.object);

	if (!err)
		err = mheap_resize(mheap_call_heap(call), &job, &call->dying);
	p->fresh = job.body;
	p->payload = job.payload;
	return err;
}

static int mheap_run_resize(struct mheap_call *call, u32 i,
			    struct mheap_prepared *p)
{
	struct mheap_result result;
	int err = mheap_call_resize(call, i, p);

	if (err != -EDQUOT)
		return err;
	err = mheap_scanner_collect(mheap_call_heap(call), 2, &result);
	return err ?: mheap_call_resize(call, i, p);
}

static void mheap_release_body(struct mheap_prepared *p)
{
	mheap_body_free(p->fresh);
	if (p->payload.nbytes)
		mheap_area_free(&p->payload);
}

/* ---- slots ---- */

static int mheap_run_get(struct mheap_call *call, u32 i,
			 struct mheap_prepared *p)
{
	struct mheap_object *o, *val;
	int err = mheap_call_find(call, i, &o);

	if (!err)
		err = mheap_slot_get(o, call->ops[i].index, &val);
	if (err || !val)
		return err;
	return mheap_call_new_handle(call, i, val);
}

static int mheap_call_set(struct mheap_call *call, u32 i,
			  struct mheap_object *o)
{
	const struct mheap_op *op = &call->ops[i];
	struct mheap_object *val;
	int err = mheap_call_find_or_null(call, i, MHEAP_OPF_VAL, op->val,
					  &val);

	return err ?: mheap_slot_set(mheap_call_heap(call), o, op->index, val,
				     &call->dying);
}

static int mheap_run_set(struct mheap_call *call, u32 i,
			 struct mheap_prepared *p)
{
	struct mheap_object *o;
	int err = mheap_call_find(call, i, &o);

	return err ?: mheap_call_set(call, i, o);
}

static int mheap_run_xchg(struct mheap_call *call, u32 i,
			  struct mheap_prepared *p)
{
	struct mheap_op *op = &call->ops[i];
	struct mheap_object *o, *old;
	int err = mheap_call_find(call, i, &o);

	if (!err)
		err = mheap_slot_get(o, op->index, &old);
	if (!err && old)
		err = mheap_call_new_handle(call, i, old);
	if (err)
		return err;
	err = mheap_call_set(call, i, o);
	if (err && old)
		mheap_handle_drop(call->session, op->out, &call->dying);
	return err;
}

static int mheap_run_cas(struct mheap_call *call, u32 i,
			 struct mheap_prepared *p)
{
	struct mheap_op *op = &call->ops[i];
	struct mheap_object *o, *old, *expected, *val;
	int err = mheap_call_find(call, i, &o);

	if (!err)
		err = mheap_slot_get(o, op->index, &old);
	if (!err)
		err = mheap_call_find_or_null(call, i, MHEAP_OPF_ARG, op->arg,
					      &expected);
	if (!err)
		err = mheap_call_find_or_null(call, i, MHEAP_OPF_VAL, op->val,
					      &val);
	if (err || old != expected)
		return err;
	err = mheap_slot_set(mheap_call_heap(call), o, op->index, val,
			     &call->dying);
	op->out = !err;
	return err;
}

/* ---- the table ---- */

static const struct mheap_op_desc mheap_op_descs[MHEAP_OP_COUNT] = {
	[MHEAP_OP_ALLOC] = {
		.rights = MHEAP_RIGHT_WRITE,
		.uses = USES_INDEX | USES_LEN | USES_ARG | USES_VAL,
		.makes_handle = true,
		.makes_object = true,
		.prepare = mheap_prepare_alloc,
		.run = mheap_run_alloc,
		.release = mheap_release_object,
	},
	[MHEAP_OP_DUP] = {
		.uses = USES_OBJ,
		.handles = MHEAP_OPF_OBJ,
		.makes_handle = true,
		.run = mheap_run_dup,
	},
	[MHEAP_OP_DROP] = {
		.uses = USES_OBJ,
		.handles = MHEAP_OPF_OBJ,
		.run = mheap_run_drop,
	},
	[MHEAP_OP_REFCOUNT] = {
		.uses = USES_OBJ,
		.handles = MHEAP_OPF_OBJ,
		.run = mheap_run_refcount,
	},
	[MHEAP_OP_ID] = {
		.rights = MHEAP_RIGHT_READ,
		.uses = USES_OBJ,
		.handles = MHEAP_OPF_OBJ,
		.run = mheap_run_id,
	},
	[MHEAP_OP_OPEN_ID] = {
		.rights = MHEAP_RIGHT_READ,
		.uses = USES_ARG,
		.makes_handle = true,
		.run = mheap_run_open_id,
	},
	[MHEAP_OP_SAME] = {
		.uses = USES_OBJ | USES_VAL,
		.handles = MHEAP_OPF_OBJ | MHEAP_OPF_VAL,
		.run = mheap_run_same,
	},
	[MHEAP_OP_STAT] = {
		.rights = MHEAP_RIGHT_READ,
		.uses = USES_OBJ | USES_VAL | USES_LEN,
		.handles = MHEAP_OPF_OBJ,
		.direction = MHEAP_DATA_OUT,
		.prepare = mheap_prepare_stat,
		.run = mheap_run_stat,
		.release = mheap_release_data,
	},
	[MHEAP_OP_RESIZE] = {
		.rights = MHEAP_RIGHT_WRITE,
		.uses = USES_OBJ | USES_LEN | USES_ARG,
		.handles = MHEAP_OPF_OBJ,
		.prepare = mheap_prepare_resize,
		.run = mheap_run_resize,
		.release = mheap_release_body,
	},
	[MHEAP_OP_GET] = {
		.rights = MHEAP_RIGHT_READ,
		.uses = USES_OBJ | USES_INDEX,
		.handles = MHEAP_OPF_OBJ,
		.makes_handle = true,
		.run = mheap_run_get,
	},
	[MHEAP_OP_SET] = {
		.rights = MHEAP_RIGHT_WRITE,
		.uses = USES_OBJ | USES_INDEX | USES_VAL,
		.handles = MHEAP_OPF_OBJ | MHEAP_OPF_VAL,
		.run = mheap_run_set,
	},
	[MHEAP_OP_XCHG] = {
		.rights = MHEAP_RIGHT_READ | MHEAP_RIGHT_WRITE,
		.uses = USES_OBJ | USES_INDEX | USES_VAL,
		.handles = MHEAP_OPF_OBJ | MHEAP_OPF_VAL,
		.makes_handle = true,
		.run = mheap_run_xchg,
	},
	[MHEAP_OP_CAS] = {
		.rights = MHEAP_RIGHT_READ | MHEAP_RIGHT_WRITE,
		.uses = USES_OBJ | USES_INDEX | USES_VAL | USES_ARG,
		.handles = MHEAP_OPF_OBJ | MHEAP_OPF_VAL | MHEAP_OPF_ARG,
		.run = mheap_run_cas,
	},
	[MHEAP_OP_READ] = {
		.rights = MHEAP_RIGHT_READ,
		.uses = USES_OBJ | USES_ARG | USES_LEN | USES_VAL,
		.handles = MHEAP_OPF_OBJ,
		.direction = MHEAP_DATA_OUT,
		.prepare = mheap_prepare_read,
		.run = mheap_run_read,
		.release = mheap_release_data,
	},
	[MHEAP_OP_WRITE] = {
		.rights = MHEAP_RIGHT_WRITE,
		.uses = USES_OBJ | USES_ARG | USES_LEN | USES_VAL,
		.handles = MHEAP_OPF_OBJ,
		.direction = MHEAP_DATA_IN,
		.prepare = mheap_prepare_bytes,
		.run = mheap_run_write,
		.release = mheap_release_data,
	},
	[MHEAP_OP_PUBLISH] = {
		.rights = MHEAP_RIGHT_WRITE,
		.uses = USES_OBJ | USES_VAL | USES_LEN,
		.handles = MHEAP_OPF_OBJ,
		.direction = MHEAP_DATA_IN,
		.prepare = mheap_prepare_publish,
		.run = mheap_run_publish,
		.release = mheap_release_publish,
	},
	[MHEAP_OP_LOOKUP] = {
		.rights = MHEAP_RIGHT_READ,
		.uses = USES_VAL | USES_LEN,
		.makes_handle = true,
		.direction = MHEAP_DATA_IN,
		.prepare = mheap_prepare_name,
		.run = mheap_run_lookup,
		.release = mheap_release_data,
	},
	[MHEAP_OP_UNPUBLISH] = {
		.rights = MHEAP_RIGHT_WRITE,
		.uses = USES_VAL | USES_LEN,
		.direction = MHEAP_DATA_IN,
		.prepare = mheap_prepare_name,
		.run = mheap_run_unpublish,
		.release = mheap_release_unpublish,
	},
	[MHEAP_OP_WEAK_NEW] = {
		.uses = USES_OBJ | USES_ARG,
		.handles = MHEAP_OPF_OBJ,
		.makes_weak = true,
		.prepare = mheap_prepare_weak_new,
		.run = mheap_run_weak_new,
		.release = mheap_release_weak_new,
	},
	[MHEAP_OP_WEAK_GET] = {
		.uses = USES_ARG,
		.handles = MHEAP_OPF_ARG,
		.makes_handle = true,
		.run = mheap_run_weak_get,
	},
	[MHEAP_OP_WEAK_DROP] = {
		.uses = USES_ARG,
		.handles = MHEAP_OPF_ARG,
		.run = mheap_run_weak_drop,
	},
	[MHEAP_OP_FINALIZER] = {
		.rights = MHEAP_RIGHT_WRITE,
		.uses = USES_OBJ | USES_ARG,
		.handles = MHEAP_OPF_OBJ,
		.makes_handle = true,
		.prepare = mheap_prepare_finalizer,
		.run = mheap_run_finalizer,
		.release = mheap_release_finalizer,
	},
	[MHEAP_OP_INTERN] = {
		.rights = MHEAP_RIGHT_WRITE,
		.uses = USES_INDEX | USES_VAL | USES_LEN,
		.makes_handle = true,
		.makes_object = true,
		.direction = MHEAP_DATA_IN,
		.prepare = mheap_prepare_intern,
		.digest = mheap_digest_intern,
		.run = mheap_run_intern,
		.release = mheap_release_intern,
	},
	[MHEAP_OP_FRAME_PUSH] = {
		.prepare = mheap_prepare_frame_push,
		.run = mheap_run_frame_push,
		.release = mheap_release_frame_push,
	},
	[MHEAP_OP_FRAME_POP] = {
		.uses = USES_OBJ,
		.handles = MHEAP_OPF_OBJ,
		.run = mheap_run_frame_pop,
	},
};

/**
 * mheap_op_desc() - What is to be known of an entry's opcode
 * @op: the entry
 *
 * Return: the description, or NULL if there is no such opcode.
 */
const struct mheap_op_desc *mheap_op_desc(const struct mheap_op *op)
{
	u32 opcode = op->opcode;

	if (opcode >= MHEAP_OP_COUNT)
		return NULL;
	return &mheap_op_descs[array_index_nospec(opcode, MHEAP_OP_COUNT)];
}
