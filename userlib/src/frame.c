// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Frames, one op in each call.
 */
#include "session.h"
#include "sweep.h"

int mheap_frame_push(struct mheap *h)
{
	struct mheap_ioc_op op = { .entry.opcode = MHEAP_OP_FRAME_PUSH };

	return mheap_op_do(h, &op);
}

/* *kept is what the caller gave: the reference stays valid, because its handle does. */
int mheap_frame_pop(struct mheap *h, mheap_ref keep, mheap_ref *kept)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_FRAME_POP,
		.obj = mheap_handle(h, keep),
	} };
	int err;

	err = mheap_op_do(h, &op);
	if (err)
		return err;
	if (kept)
		*kept = keep;
	mheap_sweep(h);
	return 0;
}

void mheap_frame_leave(struct mheap_frame_scope *scope)
{
	if (!scope->err)
		mheap_frame_pop(scope->h, 0, NULL);
}
