/* SPDX-License-Identifier: GPL-2.0 */
/* A batch of ops, and what the opcodes need of it. */
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
struct mheap_frame;
struct mheap_name;
struct mheap_object;
struct mheap_prepared;
struct mheap_table_entry;
struct mheap_weak;

/* Where the data of an op goes. */
enum mheap_direction {
	MHEAP_NO_DATA,
	MHEAP_DATA_IN,
	MHEAP_DATA_OUT,
};

/* Members of an op that an opcode uses. */
#define MHEAP_USES_OBJ		BIT(0)
#define MHEAP_USES_VAL		BIT(1)
#define MHEAP_USES_ARG		BIT(2)
#define MHEAP_USES_INDEX	BIT(3)
#define MHEAP_USES_LEN		BIT(4)

/**
 * struct mheap_op_desc - What is to be known of an opcode
 * @uses: MHEAP_USES_* of the members that it uses
 * @handles: MHEAP_OPF_* of those members that hold a handle
 * @rights: MHEAP_RIGHT_* that the session needs
 * @makes_handle: it may make a handle
 * @makes_object: it may make an object
 * @makes_weak: it may make a weak handle
 * @direction: where its data goes
 * @prepare: gets what it needs; may sleep; returns 0 or a negative errno
 * @digest: looks at the data that came in; may sleep
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

/**
 * struct mheap_prepared - What an op needs and cannot get under the heap lock
 * @desc: its opcode, or NULL if there is no such
 * @error: why it cannot be done
 * @object: an object that it brings into the heap, or NULL
 * @body: a body for an object, or one that comes out of it, or NULL
 * @name: a name that it publishes, or one that it unpublished, or NULL
 * @weak: a weak handle that it adds, or NULL
 * @finalizer: a finalizer that it sets, or NULL
 * @frame: a frame that it pushes, or NULL
 * @payload: a payload that comes out of it, or nothing
 * @ext: an ext record for an object that has none
 * @data: bytes that come from, or go to, the address in the op; NULL if there are none
 *	or if they go there directly
 * @data_len: how many
 * @direct: bytes of the heap that are to go to the address in the op directly
 * @entry: table entries of the handles of the object and of the value, being fetched
 * @hash: hash of the data, if the opcode wants one
 * @small: for @data if it is short
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
 * @ops: the ops, all in kernel memory
 * @count: how many
 * @go_on: do not stop at a failed op
 * @at: first op that was not done
 * @stopped: op @at was done and failed
 * @direct: short data may go to the caller while the heap is locked; false at first
 * @faulted: op @at was not done, since the caller's memory for its data was not there
 * @dying: what died by an op
 * @ids_left: entries of the id table that are reserved for this chunk
 * @handles_left: entries of the session's handle table likewise
 * @weaks_left: entries of the session's table of weak handles likewise
 * @has_magazine: there is a @magazine
 * @magazine: memory for the new objects of the chunk
 * @prepared: for the ops of the chunk from @at on, MHEAP_CHUNK_OPS or @count
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

/* May the data of an op go to the caller while the heap is locked? */
static inline bool mheap_call_is_direct(const struct mheap_call *call,
					const struct mheap_op *op)
{
	return call->direct && op->opcode == MHEAP_OP_READ &&
	       op->len <= MHEAP_COPY_BYTES;
}

/* How much memory an op may need. */
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
