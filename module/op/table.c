// SPDX-License-Identifier: GPL-2.0
/* The table of opcodes, with the description of each. */
#include <linux/nospec.h>
#include <linux/types.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "op/call.h"
#include "op/ops.h"
#include "op/table.h"

static const struct mheap_op_desc * const mheap_op_descs[MHEAP_OP_COUNT] = {
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

/**
 * mheap_op_desc() - Look up the description of the opcode of an op
 * @op: the op
 *
 * Context: any.
 *
 * Return: the description, or NULL if there is no such opcode.
 */
const struct mheap_op_desc *mheap_op_desc(const struct mheap_op *op)
{
	u32 opcode = op->opcode;

	if (opcode >= MHEAP_OP_COUNT)
		return NULL;
	return mheap_op_descs[array_index_nospec(opcode, MHEAP_OP_COUNT)];
}
