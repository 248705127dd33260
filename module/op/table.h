/* SPDX-License-Identifier: GPL-2.0 */
/* The table of opcodes, and what an entry may be. */
#ifndef MHEAP_OP_TABLE_H
#define MHEAP_OP_TABLE_H

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/nospec.h>
#include <linux/types.h>

#include <uapi/linux/mheap.h>

#include "op/call.h"

extern const struct mheap_op_desc * const mheap_op_descs[MHEAP_OP_COUNT];

int mheap_op_run(struct mheap_call *call, const struct mheap_entry *e,
		 struct mheap_prepared *p);

/* Look up the description of an opcode.  Returns NULL if there is no such opcode. */
static inline const struct mheap_op_desc *mheap_op_desc(u32 opcode)
{
	if (unlikely(opcode >= MHEAP_OP_COUNT))
		return NULL;
	return mheap_op_descs[array_index_nospec(opcode, MHEAP_OP_COUNT)];
}

/* Number of structs that an op takes: its entry and, with some, a tail. */
static inline u32 mheap_op_size(const struct mheap_entry *e,
				const struct mheap_op_desc *desc)
{
	if (likely(!desc || !desc->tail))
		return 1;
	return e->opcode == MHEAP_OP_READ && e->flags & MHEAP_ENTRY_INLINE ? 1 : 2;
}

/* Entries and tails are compared with what they may be as two words each. */
static inline bool mheap_op_exceeds(const void *is, const void *may)
{
	const u64 *a = is, *b = may;

	static_assert(sizeof(struct mheap_entry) == 2 * sizeof(u64));
	static_assert(sizeof(struct mheap_tail) == 2 * sizeof(u64));
	return (a[0] & ~b[0]) | (a[1] & ~b[1]);
}

/**
 * mheap_op_check() - Check that an entry has only what its opcode uses
 * @e: the entry
 * @desc: the description of its opcode, or NULL
 * @left: number of structs that are there from the entry on
 *
 * Context: any.
 *
 * Return: 0, or -EINVAL.
 */
static inline int mheap_op_check(const struct mheap_entry *e,
				 const struct mheap_op_desc *desc, u32 left)
{
	u32 size = mheap_op_size(e, desc);

	if (unlikely(!desc || mheap_op_exceeds(e, &desc->may) || size > left))
		return -EINVAL;
	if (size == 2 && unlikely(mheap_op_exceeds(e + 1, &desc->tail_may)))
		return -EINVAL;
	return 0;
}

#endif
