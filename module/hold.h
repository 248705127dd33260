/* SPDX-License-Identifier: GPL-2.0 */
/* How long the heap lock was held, by what it was held for. */
#ifndef MHEAP_HOLD_H
#define MHEAP_HOLD_H

#include <linux/types.h>

/**
 * enum mheap_hold_kind - What the heap lock is held for
 * @MHEAP_HOLD_CALL: what a call does that is nothing of the following
 * @MHEAP_HOLD_SCAN: the thread makes a collection go on
 * @MHEAP_HOLD_COLLECT: a call does: it asked for one, or helps, or examines a group
 * @MHEAP_HOLD_DEATH: objects whose count reached 0 drop their slots
 * @MHEAP_HOLD_FRAME: handles of a frame are dropped, with what dies by it
 * @MHEAP_HOLD_CLOSE: a session ends, and what it owned
 * @MHEAP_HOLD_RESIZE: slots and payload are copied
 * @MHEAP_HOLD_FREEZE: objects go to the permanent generation, or come back
 * @MHEAP_HOLD_LIST: objects are listed, dumped, or leave the garbage list
 * @MHEAP_HOLD_VERIFY: invariants are checked
 * @MHEAP_HOLD_KINDS: how many kinds there are
 */
enum mheap_hold_kind {
	MHEAP_HOLD_CALL,
	MHEAP_HOLD_SCAN,
	MHEAP_HOLD_COLLECT,
	MHEAP_HOLD_DEATH,
	MHEAP_HOLD_FRAME,
	MHEAP_HOLD_CLOSE,
	MHEAP_HOLD_RESIZE,
	MHEAP_HOLD_FREEZE,
	MHEAP_HOLD_LIST,
	MHEAP_HOLD_VERIFY,
	MHEAP_HOLD_KINDS
};

/* Holds up to 2^7 ns, one bucket for each doubling, and those of more than 2^29 ns. */
#define MHEAP_HOLD_BUCKETS	24

/**
 * struct mheap_hold - Holds of one kind
 * @max_ns: the longest
 * @bucket: how many there were, by duration
 *
 * Guarded by the heap lock.
 */
struct mheap_hold {
	u64 max_ns;
	u64 bucket[MHEAP_HOLD_BUCKETS];
};

extern const char *const mheap_hold_names[MHEAP_HOLD_KINDS];

void mheap_hold_add(struct mheap_hold *h, u64 ns);
u64 mheap_hold_count(const struct mheap_hold *h);
u64 mheap_hold_bucket_end(unsigned int bucket);
u64 mheap_hold_exceeded_by(const struct mheap_hold *h, u32 part);
u64 mheap_hold_longest(const struct mheap_hold *holds);

#endif
