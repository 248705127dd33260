// SPDX-License-Identifier: GPL-2.0
/*
 * Opcodes about weak handles, finalizers, interned objects and frames; op.c has the
 * table, and says what p and so on are.
 */
#include <linux/errno.h>
#include <linux/slab.h>

#include "batch.h"
#include "compat.h"
#include "finalizer.h"
#include "frame.h"
#include "heap.h"
#include "intern.h"
#include "limits.h"
#include "op.h"
#include "type.h"
#include "watch.h"
#include "weak.h"

/* ---- weak handles ---- */

int mheap_prepare_weak_new(struct mheap_call *call, u32 i,
			   struct mheap_prepared *p)
{
	p->fresh = mheap_weak_alloc(call->ops[i].arg);
	p->watch = mheap_watch_alloc();
	return p->fresh && p->watch ? 0 : -ENOMEM;
}

int mheap_run_weak_new(struct mheap_call *call, u32 i, struct mheap_prepared *p)
{
	struct mheap_weak *weak = p->fresh;
	struct mheap_object *o;
	int err = mheap_call_find(call, i, &o);

	if (err)
		return err;
	p->fresh = NULL;
	mheap_weak_add(call->session, weak, o, &p->watch);
	call->weaks_left--;
	call->ops[i].out = weak->number;
	return 0;
}

void mheap_release_weak_new(struct mheap_prepared *p)
{
	kfree(p->fresh);
	kfree(p->watch);
}

int mheap_run_weak_get(struct mheap_call *call, u32 i, struct mheap_prepared *p)
{
	struct mheap_object *o;
	struct mheap_weak *weak;
	u64 number;
	int err = mheap_call_handle(call, i, MHEAP_OPF_ARG, call->ops[i].arg,
				    &number);

	if (err)
		return err;
	weak = mheap_weak_find(call->session, number);
	if (!weak)
		return -ENOENT;
	o = mheap_weak_object(weak);
	return o ? mheap_call_new_handle(call, i, o) : 0;
}

int mheap_run_weak_drop(struct mheap_call *call, u32 i,
			struct mheap_prepared *p)
{
	u64 number;
	int err = mheap_call_handle(call, i, MHEAP_OPF_ARG, call->ops[i].arg,
				    &number);

	return err ?: mheap_weak_drop(call->session, number);
}

/* ---- finalizers ---- */

int mheap_prepare_finalizer(struct mheap_call *call, u32 i,
			    struct mheap_prepared *p)
{
	p->fresh = mheap_finalizer_alloc(call->ops[i].arg);
	p->watch = mheap_watch_alloc();
	return p->fresh && p->watch ? 0 : -ENOMEM;
}

/* The place for a handle that was reserved is the event's from now on. */
int mheap_run_finalizer(struct mheap_call *call, u32 i,
			struct mheap_prepared *p)
{
	struct mheap_finalizer *f = p->fresh;
	struct mheap_object *o;
	int err = mheap_call_find(call, i, &o);

	if (!err)
		err = mheap_finalizer_set(call->session, &f, o, &p->watch);
	if (!f)
		call->handles_left--;
	p->fresh = f;
	return err;
}

void mheap_release_finalizer(struct mheap_prepared *p)
{
	mheap_finalizer_free(p->fresh);
	kfree(p->watch);
}

/* ---- interned objects ---- */

/* The bytes come straight into the payload of an object, which may not be needed. */
int mheap_prepare_intern(struct mheap_call *call, u32 i,
			 struct mheap_prepared *p)
{
	const struct mheap_op *op = &call->ops[i];

	if (op->len > MHEAP_MAX_INTERN)
		return -E2BIG;
	p->fresh = mheap_object_alloc(&mheap_call_heap(call)->areas[MHEAP_CONSTANT],
				      NULL, 0, op->len);
	p->watch = mheap_watch_alloc();
	if (!p->fresh || !p->watch)
		return -ENOMEM;
	p->data = op->len ? mheap_payload_data(mheap_object_payload(p->fresh)) : NULL;
	p->data_len = op->len;
	return 0;
}

void mheap_digest_intern(struct mheap_call *call, u32 i,
			 struct mheap_prepared *p)
{
	p->hash = mheap_intern_hash(mheap_call_heap(call), call->ops[i].index,
				    p->data, p->data_len);
}

static int mheap_call_intern(struct mheap_call *call, u32 i,
			     struct mheap_prepared *p)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	struct mheap_object *o = p->fresh;
	int err = mheap_call_make_room(call, 1, 0, p->data_len);

	if (err)
		return err;
	/* Making room may have dropped the lock. */
	if (mheap_intern_find(heap, p->hash, call->ops[i].index, p->data,
			      p->data_len))
		return -EAGAIN;
	p->fresh = NULL;
	mheap_object_add(heap, o, call->ops[i].index, 0);
	call->ids_left--;
	mheap_intern_add(heap, o, p->hash, &p->watch);
	return mheap_call_new_handle(call, i, o);
}

int mheap_run_intern(struct mheap_call *call, u32 i, struct mheap_prepared *p)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	u32 type = call->ops[i].index;
	struct mheap_object *o;
	int err;

	if (!mheap_type_get(heap, type))
		return -ENOENT;
	do {
		o = mheap_intern_find(heap, p->hash, type, p->data,
				      p->data_len);
		if (o)
			return mheap_call_new_handle(call, i, o);
		err = mheap_call_intern(call, i, p);
	} while (err == -EAGAIN);
	return err;
}

void mheap_release_intern(struct mheap_prepared *p)
{
	if (p->fresh)
		mheap_object_free(p->fresh);
	kfree(p->watch);
}

/* ---- frames ---- */

int mheap_prepare_frame_push(struct mheap_call *call, u32 i,
			     struct mheap_prepared *p)
{
	p->fresh = mheap_frame_alloc();
	return p->fresh ? 0 : -ENOMEM;
}

int mheap_run_frame_push(struct mheap_call *call, u32 i,
			 struct mheap_prepared *p)
{
	int err = mheap_frame_push(call->session, p->fresh);

	if (!err)
		p->fresh = NULL;
	return err;
}

void mheap_release_frame_push(struct mheap_prepared *p)
{
	mheap_frame_free(p->fresh);
}

int mheap_run_frame_pop(struct mheap_call *call, u32 i,
			struct mheap_prepared *p)
{
	u64 keep;
	int err = mheap_call_handle(call, i, MHEAP_OPF_OBJ, call->ops[i].obj,
				    &keep);

	if (!err)
		err = mheap_frame_pop(call->session, keep, &call->dying);
	if (!err)
		call->ops[i].out = keep;
	return err;
}
