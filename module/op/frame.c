// SPDX-License-Identifier: GPL-2.0
/* Opcodes about handle frames. */
#include <linux/bug.h>
#include <linux/err.h>

#include "compat.h"
#include "drop.h"
#include "frame.h"
#include "handle.h"
#include "heap.h"
#include "limits.h"
#include "op/call.h"
#include "op/ops.h"
#include "scanner.h"

static int mheap_op_prepare_frame_push(struct mheap_call *call,
				       const struct mheap_entry *e,
				       struct mheap_prepared *p)
{
	p->frame = mheap_frame_alloc();
	return p->frame ? 0 : -ENOMEM;
}

int mheap_op_run_frame_push(struct mheap_call *call, const struct mheap_entry *e,
			    struct mheap_prepared *p)
{
	int err = mheap_frame_push(call->session, p->frame);

	if (err)
		return err;
	p->frame = NULL;
	return 0;
}

static void mheap_op_release_frame_push(struct mheap_prepared *p)
{
	mheap_frame_free(p->frame);
}

/*
 * Drop the handles of a frame that was popped.  The heap lock is held; it may be dropped
 * and taken again.
 */
static void mheap_op_drop_frame(struct mheap_call *call, struct mheap_frame *frame)
{
	struct mheap_heap *heap = mheap_call_heap(call);
	u32 dropped = 0, handle;

	while ((handle = mheap_handle_first(call->session, frame->head))) {
		if (WARN_ON_ONCE(mheap_drop_handle(call->session, handle, &call->dying)))
			break;
		mheap_heap_worked(heap, 1);
		if (!mheap_dying_empty(&call->dying))
			mheap_scanner_reclaim(heap, &call->dying);
		if (++dropped % MHEAP_CLOCK_OPS == 0)
			mheap_heap_cond_resched(heap);
	}
	mheap_frame_end(call->session, frame);
}

int mheap_op_run_frame_pop(struct mheap_call *call, const struct mheap_entry *e)
{
	bool none = mheap_handle_is_null(call->session, e->obj);
	struct mheap_frame *frame = mheap_frame_pop(call->session, none ? 0 : e->obj);

	if (IS_ERR(frame))
		return PTR_ERR(frame);
	mheap_heap_hold_for(mheap_call_heap(call), MHEAP_HOLD_FRAME);
	mheap_op_drop_frame(call, frame);
	return 0;
}

const struct mheap_op_desc mheap_op_frame_push = {
	.may = { .opcode = MHEAP_ANY8 },
	.prepare = mheap_op_prepare_frame_push,
	.release = mheap_op_release_frame_push,
};

const struct mheap_op_desc mheap_op_frame_pop = {
	.may = { .opcode = MHEAP_ANY8, .obj = MHEAP_ANY32 },
};
