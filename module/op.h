/* SPDX-License-Identifier: GPL-2.0 */
/* Opcodes: what each needs and does. */
#ifndef MHEAP_OP_H
#define MHEAP_OP_H

#include <linux/bits.h>
#include <linux/types.h>
#include <uapi/linux/mheap.h>

struct mheap_call;
struct mheap_prepared;

/* Where the data of an entry goes. */
enum mheap_direction {
	MHEAP_NO_DATA,
	MHEAP_DATA_IN,
	MHEAP_DATA_OUT,
};

/* Members of an entry that an opcode uses. */
#define USES_OBJ	BIT(0)
#define USES_VAL	BIT(1)
#define USES_ARG	BIT(2)
#define USES_INDEX	BIT(3)
#define USES_LEN	BIT(4)

/**
 * struct mheap_op_desc - What is to be known of an opcode
 * @uses: members that it uses
 * @handles: MHEAP_OPF_* of those members that hold a handle
 * @makes_handle: it may make a handle
 * @direction: where its data goes
 * @prepare: gets what it needs; returns 0 or a negative errno
 * @run: does it, with the heap locked; returns 0 or a negative errno
 * @release: frees what @prepare got and @run did not use
 */
struct mheap_op_desc {
	u8 uses;
	u8 handles;
	bool makes_handle;
	enum mheap_direction direction;
	int (*prepare)(struct mheap_call *call, u32 i, struct mheap_prepared *p);
	int (*run)(struct mheap_call *call, u32 i, struct mheap_prepared *p);
	void (*release)(struct mheap_prepared *p);
};

const struct mheap_op_desc *mheap_op_desc(const struct mheap_op *op);

/* How much memory an entry may need. */
static inline u64 mheap_op_bytes(const struct mheap_op *op)
{
	u64 bytes = op->len;

	if (op->opcode == MHEAP_OP_ALLOC || op->opcode == MHEAP_OP_RESIZE)
		bytes = 8 * bytes + op->arg;
	return bytes;
}

#endif
