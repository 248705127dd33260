// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Objects and their handles, one op in each call.
 */
#include <assert.h>
#include <errno.h>

#include "session.h"

/*
 * The kernel writes to the caller's struct mheap_stat directly, so that must have the
 * layout of the first members of struct mheap_ioc_stat.
 */
static_assert(sizeof(struct mheap_stat) <= sizeof(struct mheap_ioc_stat),
	      "no more members");
static_assert(offsetof(struct mheap_stat, refcount) ==
	      offsetof(struct mheap_ioc_stat, refcount), "same layout");
static_assert(offsetof(struct mheap_stat, nbytes) ==
	      offsetof(struct mheap_ioc_stat, nbytes), "same layout");
static_assert(offsetof(struct mheap_stat, nslots) ==
	      offsetof(struct mheap_ioc_stat, nslots), "same layout");
static_assert(offsetof(struct mheap_stat, type) ==
	      offsetof(struct mheap_ioc_stat, type), "same layout");
static_assert(offsetof(struct mheap_stat, generation) ==
	      offsetof(struct mheap_ioc_stat, generation), "same layout");
static_assert(offsetof(struct mheap_stat, flags) ==
	      offsetof(struct mheap_ioc_stat, flags), "same layout");
static_assert(MHEAP_ENTRY_IMMORTAL == MHEAP_IMMORTAL, "same flag");
static_assert(MHEAP_STAT_IMMORTAL == MHEAP_IMMORTAL, "same flag");
static_assert(MHEAP_STAT_FINALIZED == MHEAP_FINALIZED, "same flag");
static_assert(MHEAP_STAT_INTERNED == MHEAP_INTERNED, "same flag");
static_assert(MHEAP_RIGHT_ALL == MHEAP_ALL, "same rights");

int mheap_alloc(struct mheap *h, mheap_type t, uint32_t nslots, size_t nbytes,
		uint32_t flags, mheap_ref *r)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_ALLOC,
		.flags = mheap_flags(flags),
		.type = (uint16_t)t,
		.index = nslots,
		.val = mheap_length(nbytes),
	} };

	if (t > UINT16_MAX)
		return -ENOENT;
	return mheap_op_make(h, &op, &op.entry.obj, r);
}

int mheap_dup(struct mheap *h, mheap_ref r, mheap_ref *out)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_DUP,
		.obj = mheap_handle(h, r),
	} };

	return mheap_op_make(h, &op, &op.entry.val, out);
}

int mheap_drop(struct mheap *h, mheap_ref r)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_DROP,
		.obj = mheap_handle(h, r),
	} };
	int err;

	err = mheap_op_do(h, &op);
	if (err)
		return err;
	mheap_refs_free_one(&h->refs, r);
	return 0;
}

int mheap_refcount(struct mheap *h, mheap_ref r, uint64_t *n)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_REFCOUNT,
		.obj = mheap_handle(h, r),
	} };

	return mheap_op_value(h, &op, n);
}

int mheap_id(struct mheap *h, mheap_ref r, uint64_t *id)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_ID,
		.obj = mheap_handle(h, r),
	} };

	return mheap_op_value(h, &op, id);
}

int mheap_open_id(struct mheap *h, uint64_t id, mheap_ref *r)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_OPEN_ID,
		.arg = id,
	} };

	return mheap_op_make(h, &op, &op.entry.obj, r);
}

int mheap_same(struct mheap *h, mheap_ref a, mheap_ref b)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_SAME,
		.obj = mheap_handle(h, a),
		.val = mheap_handle(h, b),
	} };

	return mheap_op_do(h, &op);
}

int mheap_stat(struct mheap *h, mheap_ref r, struct mheap_stat *st)
{
	struct mheap_ioc_op op = {
		.entry = {
			.opcode = MHEAP_OP_STAT,
			.obj = mheap_handle(h, r),
			.val = sizeof(*st),
		},
		.tail.address = mheap_address(st),
	};

	return mheap_op_do(h, &op);
}

int mheap_resize(struct mheap *h, mheap_ref r, uint32_t nslots, size_t nbytes)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_RESIZE,
		.obj = mheap_handle(h, r),
		.index = nslots,
		.val = mheap_length(nbytes),
	} };

	return mheap_op_do(h, &op);
}
