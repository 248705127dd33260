// SPDX-License-Identifier: GPL-2.0
/*
 * Batches. The words are: session, flags, where the ops lie and how many are claimed, how
 * often the ops are repeated, then seven words for each op. Every op is checked against the
 * interface: unknown opcodes and flags and members that must be 0 are refused, rights are
 * needed, errors are known ones, and a session has as many handles, weak handles and frames
 * as the results say.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "dev.h"
#include "fuzz.h"
#include "harness.h"
#include "sample.h"

#define HEAD		4U
#define ENTRY_WORDS	7U
#define ENTRIES		((MAX_WORDS - HEAD) / ENTRY_WORDS)

enum { E_OPCODE, E_FLAGS, E_OBJ, E_VAL, E_ARG, E_INDEX, E_LEN };

/* ---- drawing ---- */

static bool is_name(unsigned int opcode)
{
	return opcode == MHEAP_OP_PUBLISH || opcode == MHEAP_OP_LOOKUP ||
	       opcode == MHEAP_OP_UNPUBLISH || opcode == MHEAP_OP_INTERN;
}

static struct word number(uint64_t n)
{
	return (struct word){ .kind = 'n', .n = n };
}

static struct word letter(char kind, uint64_t n)
{
	return (struct word){ .kind = kind, .n = n };
}

/* Draw a handle or an earlier op. */
static void draw_handle(struct fuzz *f, struct word *entry, unsigned int member,
			unsigned int flag, unsigned int i)
{
	if (i && one_in(f, 3)) {
		entry[E_FLAGS].n |= flag;
		entry[member] = number(draw(f, i));
	} else {
		entry[member] = letter('h', draw(f, POOL));
	}
}

static void draw_val(struct fuzz *f, struct word *entry, unsigned int i)
{
	unsigned int opcode = entry[E_OPCODE].n;

	if (opcodes[opcode].handles & MHEAP_OPF_VAL)
		draw_handle(f, entry, E_VAL, MHEAP_OPF_VAL, i);
	else if (opcode == MHEAP_OP_ALLOC)
		entry[E_VAL] = number(one_in(f, 40));
	else if (is_name(opcode) && !one_in(f, 8))
		entry[E_VAL] = letter('a', one_in(f, 2) ? 0 : 4);
	else
		entry[E_VAL] = letter('a', one_in(f, 8) ? draw(f, 16) : draw(f, 4));
}

static void draw_arg(struct fuzz *f, struct word *entry, unsigned int i)
{
	switch (entry[E_OPCODE].n) {
	case MHEAP_OP_OPEN_ID:
		entry[E_ARG] = letter('i', draw(f, POOL));
		break;
	case MHEAP_OP_CAS:
		draw_handle(f, entry, E_ARG, MHEAP_OPF_ARG, i);
		break;
	case MHEAP_OP_WEAK_GET:
	case MHEAP_OP_WEAK_DROP:
		entry[E_ARG] = letter('w', draw(f, POOL));
		break;
	case MHEAP_OP_ALLOC:
	case MHEAP_OP_RESIZE:
		entry[E_ARG] = number(one_in(f, 8) ? draw(f, 300000) :
				      draw(f, 3) * draw(f, 200));
		break;
	default:
		entry[E_ARG] = number(draw(f, 16));
	}
}

static void draw_len(struct fuzz *f, struct word *entry)
{
	unsigned int opcode = entry[E_OPCODE].n;

	if (opcode == MHEAP_OP_STAT)
		entry[E_LEN] = number(sizeof(struct mheap_ioc_stat));
	else if (is_name(opcode))
		entry[E_LEN] = number(1 + draw(f, one_in(f, 16) ? 600 : 4));
	else
		entry[E_LEN] = number(one_in(f, 8) ? draw(f, 300) : draw(f, 5));
}

/* Draw an op that can succeed. */
static void draw_entry(struct fuzz *f, struct word *entry, unsigned int i)
{
	static const unsigned int often[] = {
		MHEAP_OP_ALLOC, MHEAP_OP_ALLOC, MHEAP_OP_SET, MHEAP_OP_ID, MHEAP_OP_OPEN_ID,
		MHEAP_OP_WEAK_NEW,
	};
	unsigned int opcode = one_in(f, 2) ? often[draw(f, ARRAY_SIZE(often))] :
			      draw(f, MHEAP_OP_COUNT);
	unsigned int uses = opcodes[opcode].uses, m;

	for (m = 0; m < ENTRY_WORDS; m++)
		entry[m] = number(0);
	entry[E_OPCODE].n = opcode;
	if (uses & 1U << M_OBJ)
		draw_handle(f, entry, E_OBJ, MHEAP_OPF_OBJ, i);
	if (uses & 1U << M_VAL)
		draw_val(f, entry, i);
	if (uses & 1U << M_ARG)
		draw_arg(f, entry, i);
	if (uses & 1U << M_INDEX)
		entry[E_INDEX].n = draw(f, 3) * draw(f, 3);
	if (uses & 1U << M_LEN)
		draw_len(f, entry);
}

void batch_make(struct fuzz *f, struct step *s)
{
	unsigned int i, m, n = 1 + draw(f, ENTRIES), wrong = draw(f, 4);
	struct word entry[ENTRY_WORDS];

	if (one_in(f, 3))
		n = 1;
	step_add(s, 'n', draw(f, MAX_SESSIONS));
	step_add(s, 'n', one_in(f, 50) ? draw_number(f) : !one_in(f, 5));
	step_add(s, 'n', one_in(f, 20) ? draw(f, 10) : 0);
	step_add(s, 'n', one_in(f, 10) ? 1 + draw(f, OPS_MAX / ENTRIES) : 1);
	for (i = 0; i < n; i++) {
		draw_entry(f, entry, i);
		if (wrong == 1 && one_in(f, 3))
			entry[draw(f, ENTRY_WORDS)] = draw_word(f);
		for (m = 0; wrong == 2 && m < ENTRY_WORDS; m++)
			if (one_in(f, 2))
				entry[m] = draw_word(f);
		for (m = 0; m < ENTRY_WORDS; m++)
			step_add(s, entry[m].kind, entry[m].n);
	}
}

/* ---- doing ---- */

static struct mheap_op entry_op(struct fuzz *f, struct fuzz_session *session,
				const struct step *s, unsigned int i)
{
	const struct word *w = &s->words[HEAD + i * ENTRY_WORDS];

	return (struct mheap_op){
		.opcode = word_value(f, session, w[E_OPCODE]),
		.flags = word_value(f, session, w[E_FLAGS]),
		.obj = word_value(f, session, w[E_OBJ]),
		.val = word_value(f, session, w[E_VAL]),
		.arg = word_value(f, session, w[E_ARG]),
		.index = word_value(f, session, w[E_INDEX]),
		.len = word_value(f, session, w[E_LEN]),
		.result = (int32_t)POISON32,
		.out = POISON64,
	};
}

static uint64_t op_member(const struct mheap_op *op, unsigned int m)
{
	const uint64_t members[M_COUNT] = {
		[M_OBJ] = op->obj, [M_VAL] = op->val, [M_ARG] = op->arg,
		[M_INDEX] = op->index, [M_LEN] = op->len,
	};

	return members[m];
}

/* Was the op that succeeded allowed to? */
static void check_success(const struct mheap_op *op, uint32_t rights)
{
	const struct opcode *known = &opcodes[op->opcode];
	unsigned int m;

	CHECK(op->opcode < MHEAP_OP_COUNT);
	if (opcode_rights(op->opcode) & ~rights)
		FAIL("%s with rights %u", known->name, rights);
	if (op->flags & ~known->handles)
		FAIL("%s with flags %#x", known->name, op->flags);
	for (m = 0; m < M_COUNT; m++)
		if (!(known->uses & 1U << m) && op_member(op, m))
			FAIL("%s with %s", known->name, member_names[m]);
}

static void keep_results(struct fuzz *f, struct fuzz_session *session,
			 const struct mheap_op *op)
{
	if (opcodes[op->opcode].makes_handle)
		handle_put(session, op->out);
	switch (op->opcode) {
	case MHEAP_OP_FRAME_POP:
		pool_put(&session->handles, op->out);
		break;
	case MHEAP_OP_WEAK_NEW:
		pool_put(&session->weaks, op->out);
		break;
	case MHEAP_OP_ID:
		pool_put(&f->ids, op->out);
		break;
	}
}

/* Ops that were not reached still hold the poison. */
static void check_entry(struct fuzz *f, struct fuzz_session *session,
			const struct mheap_op *op)
{
	unsigned int subject = op->opcode < MHEAP_OP_COUNT ? op->opcode : MHEAP_OP_COUNT;

	if (op->result == (int32_t)POISON32)
		return;
	CHECK_LE(op->result, 0);
	cover(f, subject, session->rights, op->result);
	if (op->result)
		CHECK_EQ(op->out, 0);
	else
		check_success(op, session->rights);
}

/* The data of an op may overlap the ops. */
static bool overlaps(struct fuzz *f, const struct mheap_op *op, uint32_t count)
{
	uint64_t from = USER_PTR(f->room) + OPS_OFFSET;
	uint64_t to = from + count * sizeof(*op);

	return (op->opcode == MHEAP_OP_READ || op->opcode == MHEAP_OP_STAT) &&
	       op->val < to && op->val + op->len > from;
}

/* The header is wrong in some way, or correct. */
static struct mheap_ioc_batch header(struct fuzz *f, const struct step *s,
				     uint32_t count, uint64_t ops)
{
	struct mheap_ioc_batch batch = {
		.size = sizeof(batch),
		.flags = step_number(s, 1),
		.ops = ops,
		.count = count,
	};

	switch (step_number(s, 2) % 10) {
	case 1:
		batch.ops = BAD_PTR;
		break;
	case 2:
		batch.count = 0;
		break;
	case 3:
		batch.count = MAX_OPS + 1;
		break;
	case 4:
		batch.size = 20;
		break;
	case 5:
		batch.size = sizeof(batch) + 8;
		break;
	case 6:
		batch.ops = USER_PTR(f->constant);
		break;
	case 7:
		batch.count = UINT32_MAX;
		break;
	case 8:
		batch.count = ROOM_SIZE / sizeof(struct mheap_op);
		break;
	}
	return batch;
}

/* Count what only the session itself changes, according to the results. */
static void count_result(struct mheap_ioc_info *info, const struct mheap_op *op)
{
	if (op->result)
		return;
	switch (op->opcode) {
	case MHEAP_OP_DROP:
		info->handles--;
		break;
	case MHEAP_OP_WEAK_NEW:
		info->weaks++;
		break;
	case MHEAP_OP_WEAK_DROP:
		info->weaks--;
		break;
	case MHEAP_OP_FRAME_PUSH:
		info->frames++;
		break;
	case MHEAP_OP_FRAME_POP:
		info->frames--;
		break;
	default:
		info->handles += opcodes[op->opcode].makes_handle && op->out;
	}
}

/* How many handles a frame had is unknown here. */
static void check_counts(struct mheap_ioc_info before, const struct mheap_ioc_info *after,
			 const struct mheap_op *ops, uint32_t n)
{
	bool popped = false;
	uint32_t i;

	for (i = 0; i < n; i++) {
		count_result(&before, &ops[i]);
		popped |= ops[i].opcode == MHEAP_OP_FRAME_POP && !ops[i].result;
	}
	if (!popped)
		CHECK_EQ(after->handles, before.handles);
	CHECK_EQ(after->weaks, before.weaks);
	CHECK_EQ(after->frames, before.frames);
}

static uint32_t fill(struct fuzz *f, struct fuzz_session *session,
		     const struct step *s, struct mheap_op *ops, bool *overlap)
{
	uint32_t n = (s->count - HEAD) / ENTRY_WORDS, i;
	uint32_t count = n * (1 + (step_number(s, 3) - 1) % (OPS_MAX / ENTRIES));

	*overlap = false;
	for (i = 0; i < count; i++) {
		ops[i] = i < n ? entry_op(f, session, s, i) : ops[i - n];
		*overlap |= overlaps(f, &ops[i], count);
	}
	return count;
}

/* A batch of one op that could be a single op is done as one. */
static int submit(int fd, struct mheap_ioc_batch *batch)
{
	struct mheap_op *op = (struct mheap_op *)(uintptr_t)batch->ops;
	int err;

	if (batch->size != sizeof(*batch) || batch->count != 1 || batch->flags)
		return dev_ioctl(fd, MHEAP_IOC_BATCH, batch);
	err = dev_ioctl(fd, MHEAP_IOC_OP, op);
	if (!err)
		batch->done = !op->result;
	return err;
}

int batch_run(struct fuzz *f, const struct step *s)
{
	struct fuzz_session *session = session_of(f, s);
	struct mheap_op *ops = (struct mheap_op *)(f->room + OPS_OFFSET);
	struct mheap_ioc_info before, after;
	struct mheap_ioc_batch batch;
	uint32_t count, i;
	bool overlap;
	int err;

	if (!session || s->count < HEAD + ENTRY_WORDS)
		return 1;
	count = fill(f, session, s, ops, &overlap);
	batch = header(f, s, count, USER_PTR(ops));
	before = info_of(session->fd);
	err = submit(session->fd, &batch);
	if (err || batch.ops != USER_PTR(ops) || overlap || batch.count > count)
		return err;
	CHECK_LE(batch.done, batch.count);
	after = info_of(session->fd);
	for (i = 0; i < batch.count; i++)
		check_entry(f, session, &ops[i]);
	check_counts(before, &after, ops, batch.count);
	for (i = 0; i < batch.count; i++)
		if (!ops[i].result)
			keep_results(f, session, &ops[i]);
	return 0;
}
