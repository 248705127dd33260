// SPDX-License-Identifier: GPL-2.0
/* Ops as the cases write them, and how the kernel gets them. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"
#include "op.h"

#define MAKER(_name, _makes, ...) \
	[MHEAP_OP_##_name] = { #_name, .makes = _makes, __VA_ARGS__ }
#define OPCODE(_name, ...) MAKER(_name, M_COUNT, __VA_ARGS__)
#define PLACES(...) .place = { __VA_ARGS__ }

#define PLACE(_member, _place) \
	[M_##_member] = P_##_place

#define OBJ		PLACE(OBJ, OBJ)
#define SLOT		PLACE(INDEX, INDEX)
#define HANDLE		PLACE(VAL, VAL)
#define NUMBER		PLACE(ARG, ARG)
#define TYPE		PLACE(INDEX, TYPE)
#define DATA		PLACE(VAL, ADDRESS), PLACE(LEN, VAL)
#define OFFSET		PLACE(ARG, INDEX)
#define SIZES		PLACE(LEN, INDEX), PLACE(ARG, VAL)
#define FLAGS		PLACE(VAL, FLAGS)
#define SECOND		PLACE(ARG, HANDLE)

/* The table follows the comments of enum mheap_opcode, not the module. */
const struct opcode opcodes[MHEAP_OP_COUNT] = {
	MAKER(ALLOC, M_OBJ, PLACES(OBJ, TYPE, SIZES, FLAGS), .flags = MHEAP_ENTRY_IMMORTAL),
	MAKER(DUP, M_VAL, PLACES(OBJ, HANDLE), .handles = OPF_OBJ),
	OPCODE(DROP, PLACES(OBJ), .handles = OPF_OBJ),
	OPCODE(REFCOUNT, PLACES(OBJ), .handles = OPF_OBJ, .has_value = true),
	OPCODE(ID, PLACES(OBJ), .handles = OPF_OBJ, .has_value = true),
	MAKER(OPEN_ID, M_OBJ, PLACES(OBJ, NUMBER)),
	OPCODE(SAME, PLACES(OBJ, HANDLE), .handles = OPF_OBJ | OPF_VAL, .has_value = true),
	OPCODE(STAT, PLACES(OBJ, DATA), .handles = OPF_OBJ, .tail = true),
	OPCODE(RESIZE, PLACES(OBJ, SIZES), .handles = OPF_OBJ),
	MAKER(GET, M_VAL, PLACES(OBJ, SLOT, HANDLE), .handles = OPF_OBJ),
	OPCODE(SET, PLACES(OBJ, SLOT, HANDLE), .handles = OPF_OBJ | OPF_VAL),
	MAKER(XCHG, M_ARG, PLACES(OBJ, SLOT, HANDLE, SECOND), .handles = OPF_OBJ | OPF_VAL,
	      .tail = true),
	OPCODE(CAS, PLACES(OBJ, SLOT, HANDLE, SECOND), .handles = OPF_OBJ | OPF_VAL | OPF_ARG,
	       .has_value = true, .tail = true),
	OPCODE(READ, PLACES(OBJ, OFFSET, DATA), .handles = OPF_OBJ,
	       .flags = MHEAP_ENTRY_INLINE, .tail = true),
	OPCODE(WRITE, PLACES(OBJ, OFFSET, DATA), .handles = OPF_OBJ,
	       .flags = MHEAP_ENTRY_INLINE, .tail = true),
	OPCODE(PUBLISH, PLACES(OBJ, DATA), .handles = OPF_OBJ, .tail = true),
	MAKER(LOOKUP, M_OBJ, PLACES(OBJ, DATA), .tail = true),
	OPCODE(UNPUBLISH, PLACES(DATA), .tail = true),
	OPCODE(WEAK_NEW, PLACES(OBJ, NUMBER), .handles = OPF_OBJ, .has_value = true),
	MAKER(WEAK_GET, M_OBJ, PLACES(OBJ, NUMBER)),
	OPCODE(WEAK_DROP, PLACES(NUMBER)),
	OPCODE(FINALIZER, PLACES(OBJ, NUMBER), .handles = OPF_OBJ),
	MAKER(INTERN, M_OBJ, PLACES(OBJ, TYPE, DATA), .tail = true),
	OPCODE(FRAME_PUSH, PLACES()),
	OPCODE(FRAME_POP, PLACES(OBJ), .handles = OPF_OBJ),
};

static const struct opcode unknown = {
	.name = "unknown opcode",
	.place = { OBJ, SLOT, HANDLE },
	.makes = M_COUNT,
};

const char *const member_names[M_COUNT] = { "obj", "val", "arg", "index", "len" };

const uint64_t place_most[P_COUNT] = {
	[P_FLAGS] = UINT8_MAX, [P_TYPE] = UINT16_MAX, [P_OBJ] = UINT32_MAX,
	[P_INDEX] = UINT32_MAX, [P_VAL] = UINT32_MAX, [P_ARG] = UINT64_MAX,
	[P_ADDRESS] = UINT64_MAX, [P_HANDLE] = UINT32_MAX,
};

/* ---- members ---- */

const struct opcode *opcode_of(unsigned int opcode)
{
	return opcode < MHEAP_OP_COUNT ? &opcodes[opcode] : &unknown;
}

bool op_uses(unsigned int opcode, enum member m)
{
	return opcode_of(opcode)->place[m] != P_NONE;
}

uint64_t op_member(const struct op *op, enum member m)
{
	const uint64_t members[M_COUNT] = {
		[M_OBJ] = op->obj, [M_VAL] = op->val, [M_ARG] = op->arg,
		[M_INDEX] = op->index, [M_LEN] = op->len,
	};

	return members[m];
}

void op_set_member(struct op *op, enum member m, uint64_t value)
{
	switch (m) {
	case M_OBJ:
		op->obj = value;
		break;
	case M_VAL:
		op->val = value;
		break;
	case M_ARG:
		op->arg = value;
		break;
	case M_INDEX:
		op->index = value;
		break;
	case M_LEN:
		op->len = value;
		break;
	case M_COUNT:
		break;
	}
}

/* ---- single ops ---- */

uint32_t entry_size(const struct mheap_entry *e)
{
	if (e->opcode == MHEAP_OP_READ && e->flags & MHEAP_ENTRY_INLINE)
		return 1;
	return opcode_of(e->opcode)->tail ? 2 : 1;
}

static bool has_place(const struct opcode *known, enum place place)
{
	enum member m;

	for (m = 0; m < M_COUNT; m++)
		if (known->place[m] == place)
			return true;
	return false;
}

static bool tail_is_clean(const struct opcode *known, const struct mheap_tail *tail)
{
	return (has_place(known, P_ADDRESS) || !tail->address) &&
	       (has_place(known, P_HANDLE) || !tail->handle) && !tail->reserved;
}

bool entry_is_clean(const struct mheap_entry *e)
{
	const struct opcode *known = opcode_of(e->opcode);
	bool whole = has_place(known, P_ARG);

	return !(e->flags & ~known->flags) &&
	       (has_place(known, P_TYPE) || !e->type) &&
	       (has_place(known, P_OBJ) || !e->obj) &&
	       (has_place(known, P_INDEX) || whole || !e->index) &&
	       (has_place(known, P_VAL) || whole || !e->val) &&
	       (entry_size(e) == 1 ||
		tail_is_clean(known, (const struct mheap_tail *)(e + 1)));
}

static void put(struct mheap_ioc_op *to, enum place place, uint64_t value)
{
	switch (place) {
	case P_FLAGS:
		to->entry.flags |= value;
		break;
	case P_TYPE:
		to->entry.type = value;
		break;
	case P_OBJ:
		to->entry.obj = value;
		break;
	case P_INDEX:
		to->entry.index = value;
		break;
	case P_VAL:
		to->entry.val = value;
		break;
	case P_ARG:
		to->entry.arg = value;
		break;
	case P_ADDRESS:
		to->tail.address = value;
		break;
	case P_HANDLE:
		to->tail.handle = value;
		break;
	case P_NONE:
	case P_COUNT:
		break;
	}
}

void op_encode(const struct op *op, struct mheap_ioc_op *to)
{
	const struct opcode *known = opcode_of(op->opcode);
	enum member m;

	*to = (struct mheap_ioc_op){ .entry.opcode = op->opcode, .value = POISON64 };
	if (op->flags & OPF_INLINE)
		to->entry.flags = MHEAP_ENTRY_INLINE;
	for (m = 0; m < M_COUNT; m++)
		put(to, known->place[m], op_member(op, m));
}

void op_check(const struct op *op)
{
	const struct opcode *known = opcode_of(op->opcode);
	enum member m;

	CHECK_LE(op->opcode, UINT8_MAX);
	for (m = 0; m < M_COUNT; m++)
		if (op_member(op, m) > place_most[known->place[m]])
			FAIL("%s: %s does not fit", known->name, member_names[m]);
}

static void op_succeed(struct op *op, const struct mheap_entry *e, uint64_t value, bool has_value)
{
	const struct opcode *known = opcode_of(op->opcode);

	op->result = 0;
	if (has_value)
		op->out = value;
	else if (op->opcode == MHEAP_OP_FRAME_POP)
		op->out = e->obj;
	else if (known->makes == M_OBJ)
		op->out = e->obj;
	else if (known->makes == M_VAL)
		op->out = e->val;
	else if (known->makes == M_ARG)
		op->out = ((const struct mheap_tail *)(e + 1))->handle;
	else
		op->out = 0;
}

void op_fail(struct op *op, int err)
{
	op->result = err;
	op->out = 0;
}

/* The call returns 1 if the value is that, and if a handle has the number that was asked for. */
void op_take(struct op *op, const struct mheap_entry *e, int ret, uint64_t value)
{
	bool made = ret == 1 && opcode_of(op->opcode)->makes != M_COUNT;

	op_succeed(op, e, ret == 2 ? value : (uint64_t)ret,
		   ret ? !made : op->opcode != MHEAP_OP_FRAME_POP);
}

/* ---- batches ---- */

/*
 * Choose a number for a handle. Processes may share a session, and threads do, so each
 * process begins elsewhere, and the numbers of two processes with close pids are far apart.
 */
static uint32_t choose_number(pid_t pid)
{
	static uint32_t chosen;
	uint32_t n = __atomic_fetch_add(&chosen, 1, __ATOMIC_RELAXED);

	return 1 + (n + pid * 2654435769U) % MHEAP_HANDLE_MAX;
}

/* Returns the handle that an earlier op of the batch leaves. */
static uint64_t handle_from(const struct op *ops, uint64_t from)
{
	const struct opcode *known;

	if (ops[from].opcode == MHEAP_OP_FRAME_POP)
		return ops[from].obj;
	known = opcode_of(ops[from].opcode);
	CHECK(known->makes != M_COUNT);
	return op_member(&ops[from], known->makes);
}

static bool is_reference(const struct op *op, enum member m)
{
	return m <= M_ARG && op->flags & OPF_OBJ << m;
}

/* Give a number to each new handle that a later op uses. */
static void choose_numbers(struct op *ops, uint32_t count)
{
	pid_t pid = getpid();
	enum member m;
	uint32_t i;

	for (i = 0; i < count; i++)
		for (m = M_OBJ; m <= M_ARG; m++) {
			struct op *from = ops + op_member(&ops[i], m);
			enum member makes;

			if (!is_reference(&ops[i], m))
				continue;
			CHECK(op_member(&ops[i], m) < i);
			makes = opcode_of(from->opcode)->makes;
			if (makes != M_COUNT && !op_member(from, makes))
				op_set_member(from, makes, choose_number(pid));
		}
}

/* Returns a copy of the ops with handles in place of references. */
static struct op *resolve(const struct op *ops, uint32_t count)
{
	struct op *own = malloc(count * sizeof(*own));
	enum member m;
	uint32_t i;

	CHECK(own);
	memcpy(own, ops, count * sizeof(*own));
	choose_numbers(own, count);
	for (i = 0; i < count; i++) {
		for (m = M_OBJ; m <= M_ARG; m++)
			if (is_reference(&own[i], m))
				op_set_member(&own[i], m,
					      handle_from(own, op_member(&own[i], m)));
		op_check(&own[i]);
	}
	return own;
}

void batch_begin(struct batch *b, const struct op *ops, uint32_t count, uint32_t flags)
{
	struct op *own = resolve(ops, count);
	struct mheap_ioc_op coded;
	uint32_t i;

	b->count = count;
	b->at = malloc((count + 1) * sizeof(*b->at));
	b->entries = malloc(2 * count * sizeof(*b->entries));
	b->results = malloc(count * sizeof(*b->results));
	CHECK(b->at && b->entries && b->results);
	memset(b->results, 0x5a, count * sizeof(*b->results));
	b->at[0] = 0;
	for (i = 0; i < count; i++) {
		op_encode(&own[i], &coded);
		memcpy(&b->entries[b->at[i]], &coded, 2 * sizeof(*b->entries));
		b->at[i + 1] = b->at[i] + entry_size(&coded.entry);
	}
	free(own);
	b->ioc = (struct mheap_ioc_batch){
		.size = sizeof(b->ioc),
		.flags = flags,
		.entries = USER_PTR(b->entries),
		.results = USER_PTR(b->results),
		.count = b->at[count],
		.space = count,
		.done = POISON32,
		.filled = POISON32,
		.error = (int32_t)POISON32,
	};
}

void batch_free(struct batch *b)
{
	free(b->at);
	free(b->entries);
	free(b->results);
}

/* Take the result of op i, if there is one. */
static void take_result(struct batch *b, uint32_t i, struct op *op, uint32_t *next)
{
	const struct mheap_op_result *r = &b->results[*next];
	bool has_result = *next < b->ioc.filled && r->entry == b->at[i];

	*next += has_result;
	if (has_result && r->error) {
		CHECK_EQ(r->value, 0);
		op_fail(op, r->error);
	} else {
		op_succeed(op, &b->entries[b->at[i]], has_result ? r->value : 0, has_result);
	}
}

uint32_t batch_results(struct batch *b, struct op *ops)
{
	uint32_t i, next = 0;

	for (i = 0; b->at[i] < b->ioc.done; i++)
		take_result(b, i, &ops[i], &next);
	/* The call may have been told of fewer structs than there are. */
	CHECK(b->at[i] == b->ioc.done || b->ioc.count == b->ioc.done);
	CHECK_EQ(next, b->ioc.filled);
	if (i < b->count && b->ioc.error)
		op_fail(&ops[i], b->ioc.error);
	return i;
}

uint32_t batch_end(struct batch *b, struct op *ops)
{
	uint32_t done = batch_results(b, ops);

	batch_free(b);
	return done;
}
