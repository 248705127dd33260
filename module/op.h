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
 * @rights: MHEAP_RIGHT_* that the session needs
 * @makes_handle: it may make a handle
 * @makes_object: it may make an object
 * @makes_weak: it may make a weak handle
 * @direction: where its data goes
 * @prepare: gets what it needs; returns 0 or a negative errno
 * @digest: looks at the data that came, before the heap is locked
 * @run: does it, with the heap locked; returns 0 or a negative errno
 * @release: frees what @prepare got and @run did not use
 */
struct mheap_op_desc {
	u8 uses;
	u8 handles;
	u8 rights;
	bool makes_handle;
	bool makes_object;
	bool makes_weak;
	enum mheap_direction direction;
	int (*prepare)(struct mheap_call *call, u32 i, struct mheap_prepared *p);
	void (*digest)(struct mheap_call *call, u32 i, struct mheap_prepared *p);
	int (*run)(struct mheap_call *call, u32 i, struct mheap_prepared *p);
	void (*release)(struct mheap_prepared *p);
};

int mheap_prepare_data(struct mheap_prepared *p, u32 len);
void mheap_release_data(struct mheap_prepared *p);
int mheap_call_make_room(struct mheap_call *call, u32 objects, u32 slots,
			 u32 bytes);

/* Payload bytes: op_bytes.c. */
int mheap_prepare_bytes(struct mheap_call *call, u32 i,
			struct mheap_prepared *p);
int mheap_prepare_read(struct mheap_call *call, u32 i,
		       struct mheap_prepared *p);
int mheap_run_read(struct mheap_call *call, u32 i, struct mheap_prepared *p);
int mheap_run_write(struct mheap_call *call, u32 i, struct mheap_prepared *p);

/* Names: op_name.c. */
int mheap_prepare_name(struct mheap_call *call, u32 i,
		       struct mheap_prepared *p);
int mheap_prepare_publish(struct mheap_call *call, u32 i,
			  struct mheap_prepared *p);
int mheap_run_publish(struct mheap_call *call, u32 i, struct mheap_prepared *p);
void mheap_release_publish(struct mheap_prepared *p);
int mheap_run_lookup(struct mheap_call *call, u32 i, struct mheap_prepared *p);
int mheap_run_unpublish(struct mheap_call *call, u32 i,
			struct mheap_prepared *p);
void mheap_release_unpublish(struct mheap_prepared *p);

/* Weak handles, finalizers, interned objects, frames: op_watch.c. */
int mheap_prepare_weak_new(struct mheap_call *call, u32 i,
			   struct mheap_prepared *p);
int mheap_run_weak_new(struct mheap_call *call, u32 i,
		       struct mheap_prepared *p);
void mheap_release_weak_new(struct mheap_prepared *p);
int mheap_run_weak_get(struct mheap_call *call, u32 i,
		       struct mheap_prepared *p);
int mheap_run_weak_drop(struct mheap_call *call, u32 i,
			struct mheap_prepared *p);
int mheap_prepare_finalizer(struct mheap_call *call, u32 i,
			    struct mheap_prepared *p);
int mheap_run_finalizer(struct mheap_call *call, u32 i,
			struct mheap_prepared *p);
void mheap_release_finalizer(struct mheap_prepared *p);
int mheap_prepare_intern(struct mheap_call *call, u32 i,
			 struct mheap_prepared *p);
void mheap_digest_intern(struct mheap_call *call, u32 i,
			 struct mheap_prepared *p);
int mheap_run_intern(struct mheap_call *call, u32 i, struct mheap_prepared *p);
void mheap_release_intern(struct mheap_prepared *p);
int mheap_prepare_frame_push(struct mheap_call *call, u32 i,
			     struct mheap_prepared *p);
int mheap_run_frame_push(struct mheap_call *call, u32 i,
			 struct mheap_prepared *p);
void mheap_release_frame_push(struct mheap_prepared *p);
int mheap_run_frame_pop(struct mheap_call *call, u32 i,
			struct mheap_prepared *p);

const struct mheap_op_desc *mheap_op_desc(const struct mheap_op *op);

/* Where the data of an entry goes. */
static inline enum mheap_direction mheap_op_direction(const struct mheap_op *op)
{
	const struct mheap_op_desc *desc = mheap_op_desc(op);

	return desc ? desc->direction : MHEAP_NO_DATA;
}

/* How much memory an entry may need. */
static inline u64 mheap_op_bytes(const struct mheap_op *op)
{
	u64 bytes = op->len;

	if (op->opcode == MHEAP_OP_ALLOC || op->opcode == MHEAP_OP_RESIZE)
		bytes = 8 * bytes + op->arg;
	return bytes;
}

#endif
