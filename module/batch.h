/* SPDX-License-Identifier: GPL-2.0 */
/* Batches: entries that are done group by group. */
#ifndef MHEAP_BATCH_H
#define MHEAP_BATCH_H

#include <linux/types.h>
#include <uapi/linux/mheap.h>

#include "limits.h"
#include "object.h"
#include "op.h"
#include "reclaim.h"
#include "session.h"
#include "stock.h"

/**
 * struct mheap_prepared - What an entry needs and cannot get under the heap lock
 * @desc: its opcode, or NULL if there is no such
 * @error: why it cannot be done
 * @fresh: what it brings into the heap or takes out of it: an object, a body, a
 *	name, a weak handle, a finalizer or a frame
 * @payload: a payload that comes out of it, or nothing
 * @watch: a record for an object that will be watched
 * @data: bytes that come from, or go to, the address in the entry; NULL if they go
 *	there directly
 * @data_len: how many
 * @place: where the handles of the object and of the value are, while they are fetched
 * @hash: hash of the data, if the opcode wants one
 * @small: room for @data if it is short
 */
struct mheap_prepared {
	const struct mheap_op_desc *desc;
	int error;
	void *fresh;
	struct mheap_payload payload;
	struct mheap_watch *watch;
	void *data;
	u32 data_len;
	struct mheap_place *place[2];
	u64 hash;
	u8 small[MHEAP_SMALL_BYTES] __aligned(8);
};

/**
 * struct mheap_call - A batch
 * @session: the session
 * @ops: the entries, all in kernel memory
 * @count: how many
 * @go_on: do not stop at a failed entry
 * @at: first entry that was not done
 * @stopped: entry @at was done and failed
 * @direct: short data may go to the caller while the heap is locked; false at first
 * @faulted: entry @at was not done, since its data could not: its memory was not there
 * @dying: what died by an entry
 * @ids_left: places in the heap's ids that are reserved for this group
 * @handles_left: places in the session's handles likewise
 * @weaks_left: places in the session's weak handles likewise
 * @stocked: there is a @stock
 * @stock: memory for the group's new objects
 * @prepared: for the entries of the group from @at, MHEAP_GROUP_OPS or @count
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
	bool stocked;
	struct mheap_stock stock;
	struct mheap_prepared *prepared;
};

static inline struct mheap_heap *mheap_call_heap(struct mheap_call *call)
{
	return call->session->heap;
}

/* May the data of an entry go to the caller while the heap is locked? */
static inline bool mheap_call_is_direct(const struct mheap_call *call,
					const struct mheap_op *op)
{
	return call->direct && op->opcode == MHEAP_OP_READ &&
	       op->len <= MHEAP_COPY_BYTES;
}

/* Is there data to be delivered when the heap is not locked any more? */
static inline bool mheap_prepared_is_out(const struct mheap_prepared *p)
{
	return p->desc && p->desc->direction == MHEAP_DATA_OUT && p->data;
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

u32 mheap_call_prepare(struct mheap_call *call);
u32 mheap_call_run(struct mheap_call *call, u32 n);
void mheap_call_release(struct mheap_call *call, u32 n);

#endif
