/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ops as the cases write them, and how the kernel gets them.
 *
 * All opcodes share one struct, whose members have the same meaning wherever there is one:
 * @obj is the object, @val a handle or an address, and so on.  Handles that later ops of a
 * batch use are named by the ops that make them.
 */
#ifndef OP_H
#define OP_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/mheap.h>

/**
 * struct op - An op
 * @opcode: enum mheap_opcode
 * @flags: OPF_*
 * @result: 0 or a negative errno
 * @obj: a handle
 * @val: a handle, an address, the bytes of an inline WRITE, or MHEAP_ENTRY_* of an ALLOC
 * @arg: a handle, an id, a weak handle, a cookie, an offset or a number of bytes
 * @index: a slot or a type
 * @len: a number of bytes or slots
 * @out: the new handle, the handle that FRAME_POP kept, or another value; 0 if there is none
 *
 * The number of a new handle is in @obj, @val (DUP, GET) or @arg (XCHG).  If it is 0 the
 * kernel chooses it, or dev.c does if a later op of the batch refers to this one.
 */
struct op {
	uint16_t opcode;
	uint16_t flags;
	int32_t result;
	uint64_t obj;
	uint64_t val;
	uint64_t arg;
	uint32_t index;
	uint32_t len;
	uint64_t out;
};

/* The member is the number of an earlier op of the batch, and means the handle it made. */
#define OPF_OBJ		0x1
#define OPF_VAL		0x2
#define OPF_ARG		0x4

/* READ and WRITE with MHEAP_ENTRY_INLINE. */
#define OPF_INLINE	0x8

#define OP(_opcode, ...) ((struct op){ .opcode = MHEAP_OP_##_opcode, __VA_ARGS__ })

enum member { M_OBJ, M_VAL, M_ARG, M_INDEX, M_LEN, M_COUNT };

/* Members of entries and tails. */
enum place {
	P_NONE, P_FLAGS, P_TYPE, P_OBJ, P_INDEX, P_VAL, P_ARG, P_ADDRESS, P_HANDLE, P_COUNT,
};

/**
 * struct opcode - What the interface says of an opcode
 * @name: its name
 * @place: where the members go; P_NONE: not used
 * @makes: the member that is the number of a new handle, or M_COUNT
 * @handles: OPF_OBJ, OPF_VAL and OPF_ARG for the handles that it takes
 * @flags: MHEAP_ENTRY_* that it knows
 * @has_value: it has a value other than the number of a new handle
 * @tail: there is a tail
 */
struct opcode {
	const char *name;
	enum place place[M_COUNT];
	enum member makes;
	unsigned int handles;
	unsigned int flags;
	bool has_value;
	bool tail;
};

extern const struct opcode opcodes[MHEAP_OP_COUNT];
extern const char *const member_names[M_COUNT];

/* The largest number that fits. */
extern const uint64_t place_most[P_COUNT];

/* Returns what is known of any number. */
const struct opcode *opcode_of(unsigned int opcode);

bool op_uses(unsigned int opcode, enum member m);
uint64_t op_member(const struct op *op, enum member m);
void op_set_member(struct op *op, enum member m, uint64_t value);

/* How many structs does the entry take, with its tail? */
uint32_t entry_size(const struct mheap_entry *e);

/*
 * Write the entry and the tail of an op, or zeroes if it has none. Bits that do not fit are
 * lost; op_check() ends the case if there are any, or members that the opcode has no place
 * for.
 */
void op_encode(const struct op *op, struct mheap_ioc_op *to);
void op_check(const struct op *op);

/* Is everything 0 in the entry, and in its tail, that the opcode does not use? */
bool entry_is_clean(const struct mheap_entry *e);

/* Set the results of an op that failed, or after MHEAP_IOC_OP returned 0, 1 or 2. */
void op_fail(struct op *op, int err);
void op_take(struct op *op, const struct mheap_entry *e, int ret, uint64_t value);

/**
 * struct batch - Ops on their way to the kernel
 * @ioc: the call
 * @count: number of ops
 * @at: number of the first entry of each op; at[@count] is the end
 * @entries: entries and tails
 * @results: results, with space for one for each op
 *
 * Nothing is allocated between batch_begin() and batch_end().
 */
struct batch {
	struct mheap_ioc_batch ioc;
	uint32_t count;
	uint32_t *at;
	struct mheap_entry *entries;
	struct mheap_op_result *results;
};

void batch_begin(struct batch *b, const struct op *ops, uint32_t count, uint32_t flags);

/* Set the results of ops after the call, and return how many were done. */
uint32_t batch_results(struct batch *b, struct op *ops);
void batch_free(struct batch *b);

/* Both. */
uint32_t batch_end(struct batch *b, struct op *ops);

#endif
