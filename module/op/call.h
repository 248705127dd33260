/* SPDX-License-Identifier: GPL-2.0 */
/* A batch of ops, and what the opcodes use of it. */
#ifndef MHEAP_OP_CALL_H
#define MHEAP_OP_CALL_H

#include <linux/bits.h>
#include <linux/types.h>
#include <uapi/linux/mheap.h>

#include "block.h"
#include "gc/gc.h"
#include "handle.h"
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
struct mheap_weak;

/* Whether the data of an op comes from the program or goes to it. */
enum mheap_direction {
	MHEAP_NO_DATA,
	MHEAP_DATA_IN,
	MHEAP_DATA_OUT,
};

/* Where the number of the handle is that an op makes. */
enum mheap_makes {
	MHEAP_MAKES_NONE,
	MHEAP_MAKES_OBJ,
	MHEAP_MAKES_VAL,
	MHEAP_MAKES_TAIL,
};

/**
 * struct mheap_op_desc - The description of an opcode
 * @may: has the bits set that an entry may have set
 * @tail_may: the same for the tail, if there is one
 * @tail: the entry has a tail
 * @rights: MHEAP_RIGHT_* that the session needs
 * @has_value: the op may have a value, even if the program chooses the numbers of handles
 * @makes: which member of the entry the op makes a handle
 * @sized: @index and @val of the entry are sizes of an object
 * @makes_object: the op may make an object, so an id is reserved for it
 * @makes_weak: the op may make a weak handle, so a number is reserved for it
 * @direction: whether there is data, and from where
 * @wants: does the op need anything prepared?  NULL if it always does
 * @prepare: allocates what the op needs; returns 0 or a negative errno; called without
 *	the heap lock; may sleep; NULL if nothing ever has to be prepared
 * @digest: looks at the data that came in; called without the heap lock; may sleep; may
 *	be NULL
 * @release: frees what @prepare allocated and the op did not use; called without the heap
 *	lock; may be NULL
 */
struct mheap_op_desc {
	struct mheap_entry may;
	struct mheap_tail tail_may;
	bool tail;
	u8 rights;
	bool has_value;
	enum mheap_makes makes;
	bool sized;
	bool makes_object;
	bool makes_weak;
	enum mheap_direction direction;
	bool (*wants)(struct mheap_call *call, const struct mheap_entry *e);
	int (*prepare)(struct mheap_call *call, const struct mheap_entry *e,
		       struct mheap_prepared *p);
	void (*digest)(struct mheap_call *call, const struct mheap_entry *e,
		       struct mheap_prepared *p);
	void (*release)(struct mheap_prepared *p);
};

/* All bits of a member are allowed. */
#define MHEAP_ANY8	U8_MAX
#define MHEAP_ANY16	U16_MAX
#define MHEAP_ANY32	U32_MAX
#define MHEAP_ANY64	U64_MAX

/**
 * struct mheap_prepared - What an op needs and cannot get under the heap lock
 * @desc: the description of its opcode
 * @entry: the op
 * @error: why the op cannot be done, or 0
 * @done: the op was done
 * @object: the object that the op brings into the heap, or NULL
 * @body: the new body for an object; after the op, the old body to be freed; or NULL
 * @name: the name that the op publishes, or the name that it has unpublished; or NULL
 * @weak: the weak handle that the op adds, or NULL
 * @finalizer: the finalizer that the op sets, or NULL
 * @frame: the frame that the op pushes, or NULL
 * @payload: after a resize, the old payload to be freed; its size is 0 if there is none
 * @ext: an ext record for an object that has none, or NULL
 * @data: buffer for bytes that come from the program or go there; NULL if there are none or
 *	if they go there directly
 * @data_len: number of bytes, whether they go through @data or directly
 * @direct: bytes of the heap that go directly to the program, or NULL
 * @hash: hash of the data, if the opcode needs one
 * @small: the buffer that @data points to if the data is short
 */
struct mheap_prepared {
	const struct mheap_op_desc *desc;
	const struct mheap_entry *entry;
	int error;
	bool done;
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
	u64 hash;
	u8 small[MHEAP_SMALL_BYTES] __aligned(8);
};

/**
 * struct mheap_call - A batch, of which a window of entries is in kernel memory
 * @session: the session
 * @go_on: do not stop at an op that fails
 * @first: number of the window's first entry in the batch
 * @entries: the window
 * @nr: number of entries and tails in the window
 * @more: one more struct lies after the window, which may be the tail of its last op
 * @surveyed: the members from @ids to @prepares are valid
 * @ids: how many ids ops of the window may need
 * @weaks: how many weak handles they may make
 * @prepares: something has to be prepared for an op of the window
 * @at: the entry of the window that is done next
 * @error: why the op of entry @at failed, so that the batch stops there, or 0
 * @results: results of the window's ops
 * @nr_results: how many there are
 * @space: how many fit
 * @direct: short data may go to the caller while the heap is locked; false at first
 * @faulted: the op of entry @at was not done, since delivering its data needed a page fault
 * @nulls: numbers of handles that stand for null
 * @dying: objects that died by an op
 * @ids_left: entries of the id table that are still reserved
 * @weaks_left: entries of the session's table of weak handles that are still reserved
 * @has_magazine: @magazine is valid
 * @magazine: memory for new objects
 * @prepared: what was prepared for ops from @at on, in their order; the array has space for
 *	MHEAP_CHUNK_OPS of them, or for one if the window has one op
 * @nr_prepared: how many were prepared
 * @next_prepared: index of the first of them whose op was not done
 *
 * A batch belongs to one task, so it needs no lock.
 */
struct mheap_call {
	struct mheap_session *session;
	bool go_on;
	u32 first;
	const struct mheap_entry *entries;
	u32 nr;
	bool more;
	bool surveyed;
	u32 ids;
	u32 weaks;
	bool prepares;
	u32 at;
	int error;
	struct mheap_op_result *results;
	u32 nr_results;
	u32 space;
	bool direct;
	bool faulted;
	u32 nulls;
	struct mheap_dying dying;
	u32 ids_left;
	u32 weaks_left;
	bool has_magazine;
	struct mheap_magazine magazine;
	struct mheap_prepared *prepared;
	u32 nr_prepared;
	u32 next_prepared;
};

static inline struct mheap_heap *mheap_call_heap(struct mheap_call *call)
{
	return call->session->heap;
}

/* The tail of an entry that has one. */
static inline const struct mheap_tail *mheap_entry_tail(const struct mheap_entry *e)
{
	return (const struct mheap_tail *)(e + 1);
}

/* Does the data of an op go to the caller directly, while the heap is locked? */
static inline bool mheap_call_is_direct(const struct mheap_call *call,
					const struct mheap_entry *e)
{
	return call->direct && e->opcode == MHEAP_OP_READ &&
	       e->val <= MHEAP_COPY_BYTES;
}

/* Slots and bytes of an object, as the limits of a heap count them. */
static inline u64 mheap_entry_size(const struct mheap_entry *e)
{
	return 8ULL * e->index + e->val;
}

void mheap_call_init(struct mheap_call *call, struct mheap_session *s);
int mheap_call_give_none(struct mheap_call *call, u32 asked, u32 number, int err);
int mheap_call_check_size(const struct mheap_entry *e);
int mheap_call_ensure_quota(struct mheap_call *call, u32 objects, u32 slots,
			    u32 bytes);
int mheap_call_alloc_data(struct mheap_prepared *p, u32 len);
void mheap_call_free_data(struct mheap_prepared *p);

/*
 * Find the object of a handle that may be null, or may stand for null since an earlier op
 * of the batch found no object; *o is NULL then.
 */
static inline int mheap_call_find_or_null(struct mheap_call *call, u32 handle,
					  struct mheap_object **o)
{
	*o = handle ? mheap_handle_find(call->session, handle) : NULL;
	if (likely(*o) || !handle || mheap_handle_is_null(call->session, handle))
		return 0;
	return -EBADF;
}

/* Find the object that an op works on, which must not be null. */
static inline int mheap_call_find(struct mheap_call *call, u32 handle,
				  struct mheap_object **o)
{
	int err = mheap_call_find_or_null(call, handle, o);

	if (unlikely(err))
		return err;
	return likely(*o) ? 0 : -EINVAL;
}

/* Give the op of entry @at a value.  The caller of the op made sure that there is space. */
static inline void mheap_call_value(struct mheap_call *call, u64 value)
{
	call->results[call->nr_results++] = (struct mheap_op_result){
		.entry = call->first + call->at,
		.value = value,
	};
}

/**
 * mheap_call_give() - Make the handle that an op gives out
 * @call: the batch
 * @asked: the number that the program asked for, or 0
 * @number: the number that was claimed, before any object was found, since claiming one
 *	may drop the lock
 * @o: the object; NULL if there is none to refer to
 * @err: why the op has failed, or 0
 *
 * If there is no object, @asked stands for null until the batch ends.
 *
 * Context: the heap lock is held.
 *
 * Return: @err, 0 or -EOVERFLOW.
 */
static inline int mheap_call_give(struct mheap_call *call, u32 asked, u32 number,
				  struct mheap_object *o, int err)
{
	if (unlikely(err || !o))
		return mheap_call_give_none(call, asked, number, err);
	err = mheap_handle_make(call->session, number, o);
	if (!err && !asked)
		mheap_call_value(call, number);
	return err;
}

#endif
