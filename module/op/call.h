/* SPDX-License-Identifier: GPL-2.0 */
/* A batch of ops, and what the opcodes use of it. */
#ifndef MHEAP_OP_CALL_H
#define MHEAP_OP_CALL_H

#include <linux/bits.h>
#include <linux/types.h>
#include <uapi/linux/mheap.h>

#include "block.h"
#include "gc/gc.h"
#include "limits.h"
#include "magazine.h"
#include "session.h"

struct mheap_body;
struct mheap_call;
struct mheap_ext;
struct mheap_finalizer;
struct mheap_name;
struct mheap_object;
struct mheap_prepared;
struct mheap_table_entry;
struct mheap_weak;

/* Whether the data of an op comes from the program or goes to it. */
enum mheap_direction {
	MHEAP_NO_DATA,
	MHEAP_DATA_IN,
	MHEAP_DATA_OUT,
};

/* The members of an op that an opcode uses; the others must be 0. */
#define MHEAP_USES_OBJ		BIT(0)
#define MHEAP_USES_VAL		BIT(1)
#define MHEAP_USES_ARG		BIT(2)
#define MHEAP_USES_INDEX	BIT(3)
#define MHEAP_USES_LEN		BIT(4)

/**
 * struct mheap_op_desc - The description of an opcode
 * @uses: MHEAP_USES_* of the members that the opcode uses
 * @handles: MHEAP_OPF_* of the members that hold a handle
 * @rights: MHEAP_RIGHT_* that the session needs
 * @makes_handle: the op may make a handle, so an entry is reserved for it
 * @makes_object: the op may make an object, so an id is reserved for it
 * @makes_weak: the op may make a weak handle, so an entry is reserved for it
 * @direction: whether there is data, and from where
 * @prepare: allocates what the op needs; returns 0 or a negative errno; called without
 *	the heap lock; may sleep; may be NULL
 * @digest: looks at the data that came in; called without the heap lock; may sleep; may
 *	be NULL
 * @run: does the op; returns 0 or a negative errno; called with the heap lock held,
 *	which it may drop and take again
 * @release: frees what @prepare allocated and @run did not use; called without the heap
 *	lock; may be NULL
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

/**
 * struct mheap_prepared - What an op needs and cannot get under the heap lock
 * @desc: the description of its opcode, or NULL if there is no such opcode
 * @error: why the op cannot be done, or 0
 * @object: the object that the op brings into the heap, or NULL
 * @body: the new body for an object; after the op, the old body to be freed; or NULL
 * @name: the name that the op publishes, or the name that it has unpublished; or NULL
 * @weak: the weak handle that the op adds, or NULL
 * @finalizer: the finalizer that the op sets, or NULL
 * @frame: the frame that the op pushes, or NULL
 * @payload: after a resize, the old payload to be freed; its size is 0 if there is none
 * @ext: an ext record for an object that has none, or NULL
 * @data: buffer for bytes that come from the address in the op or go there; NULL if there
 *	are none or if they go there directly
 * @data_len: number of bytes, whether they go through @data or directly
 * @direct: bytes of the heap that go directly to the address in the op, or NULL
 * @entry: table entries of the handles of the object and of the value, for prefetching
 * @hash: hash of the data, if the opcode needs one
 * @small: the buffer that @data points to if the data is short
 */
struct mheap_prepared {
	const struct mheap_op_desc *desc;
	int error;
	union {
		struct mheap_object *object;
		struct mheap_body *body;
		struct mheap_name *name;
		struct mheap_weak *weak;
		struct mheap_finalizer *finalizer;
		struct mheap_frame *frame;
	};
	struct mheap_payload payload;
	struct mheap_ext *ext;
	void *data;
	u32 data_len;
	const void *direct;
	struct mheap_table_entry *entry[2];
	u64 hash;
	u8 small[MHEAP_SMALL_BYTES] __aligned(8);
};

/**
 * struct mheap_call - A batch
 * @session: the session
 * @ops: the ops, in kernel memory
 * @count: number of ops
 * @go_on: do not stop at an op that fails
 * @at: index of the first op that was not done
 * @stopped: the batch is over because op @at failed
 * @direct: short data may go to the caller while the heap is locked; false at first
 * @faulted: op @at was not done, since delivering its data needed a page fault
 * @dying: objects that died by an op
 * @ids_left: entries of the id table that are still reserved for the chunk
 * @handles_left: entries of the session's handle table that are still reserved
 * @weaks_left: entries of the session's table of weak handles that are still reserved
 * @has_magazine: @magazine is valid
 * @magazine: memory for the new objects of the chunk
 * @prepared: what was prepared for the ops of the chunk, beginning with op @at; the array
 *	has @count elements, but at most MHEAP_CHUNK_OPS
 *
 * A batch belongs to one task, so it needs no lock.
 */
struct mheap_call {
	struct mheap_session *session;
	struct mheap_op *ops;
	u32 count;
	bool go_on;
	u32 at;
	bool stopped;
	bool direct;
	bool faulted;
	struct mheap_dying dying;
	u32 ids_left;
	u32 handles_left;
	u32 weaks_left;
	bool has_magazine;
	struct mheap_magazine magazine;
	struct mheap_prepared *prepared;
};

static inline struct mheap_heap *mheap_call_heap(struct mheap_call *call)
{
	return call->session->heap;
}

/* Does the data of an op go to the caller directly, while the heap is locked? */
static inline bool mheap_call_is_direct(const struct mheap_call *call,
					const struct mheap_op *op)
{
	return call->direct && op->opcode == MHEAP_OP_READ &&
	       op->len <= MHEAP_COPY_BYTES;
}

/* An upper bound for the memory that has to be allocated for an op, in bytes. */
static inline u64 mheap_call_bytes(const struct mheap_op *op)
{
	u64 bytes = op->len;

	if (op->opcode == MHEAP_OP_ALLOC || op->opcode == MHEAP_OP_RESIZE)
		bytes = 8 * bytes + op->arg;
	return bytes;
}

void mheap_call_init(struct mheap_call *call, struct mheap_session *s,
		     struct mheap_op *ops, u32 count, bool go_on);
int mheap_call_handle(struct mheap_call *call, u32 i, u16 flag, u64 member,
		      u64 *handle);
int mheap_call_find_or_null(struct mheap_call *call, u32 i, u16 flag,
			    u64 member, struct mheap_object **o);
int mheap_call_find(struct mheap_call *call, u32 i, struct mheap_object **o);
int mheap_call_new_handle(struct mheap_call *call, u32 i,
			  struct mheap_object *o);
int mheap_call_check_size(const struct mheap_op *op);
int mheap_call_ensure_quota(struct mheap_call *call, u32 objects, u32 slots,
			    u32 bytes);
int mheap_call_alloc_data(struct mheap_prepared *p, u32 len);
void mheap_call_free_data(struct mheap_prepared *p);

#endif
