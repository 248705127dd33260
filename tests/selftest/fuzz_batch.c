// SPDX-License-Identifier: GPL-2.0
/*
 * Batches. The words are: session, flags, what is wrong with the call, how often the ops are
 * repeated, then seven words for each op: those of struct op. In the word for its flags, the
 * bits from 4 on change the flags of the entry; words for members that the opcode does not
 * use go to places that it does not use either. Every op is checked against the interface:
 * unknown opcodes and flags and members that must be 0 are refused, rights are needed,
 * errors are known ones, and a session has as many handles, weak handles and frames as the
 * results say.
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

/* Bytes from OPS_OFFSET on for entries and results. */
#define RESERVED	(RESULTS_OFFSET - OPS_OFFSET + OPS_MAX * sizeof(struct mheap_op_result))

/* Ways in which a call can be wrong. */
#define WRONG		16U

enum { E_OPCODE, E_FLAGS, E_OBJ, E_VAL, E_ARG, E_INDEX, E_LEN };

/* ---- drawing ---- */

static bool is_name(unsigned int opcode)
{
	return opcode == MHEAP_OP_PUBLISH || opcode == MHEAP_OP_LOOKUP ||
	       opcode == MHEAP_OP_UNPUBLISH || opcode == MHEAP_OP_INTERN;
}

static bool is_copy(unsigned int opcode)
{
	return opcode == MHEAP_OP_READ || opcode == MHEAP_OP_WRITE;
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
static struct word draw_handle(struct fuzz *f, struct word *entry, enum member m,
			       unsigned int i)
{
	if (!i || !one_in(f, 3))
		return letter('h', draw(f, POOL));
	entry[E_FLAGS].n |= OPF_OBJ << m;
	return number(draw(f, i));
}

/* Draw the number of a new handle: mostly the kernel chooses, or dev_batch() would. */
static struct word draw_new(struct fuzz *f)
{
	switch (draw(f, 16)) {
	case 0:
		return letter('h', draw(f, POOL));
	case 1:
		return number(draw_number(f));
	case 2:
		return number(MHEAP_HANDLE_MAX - 1 + draw(f, 4));
	case 3:
	case 4:
	case 5:
		return number(1 + draw(f, 300));
	default:
		return number(0);
	}
}

static struct word draw_address(struct fuzz *f, unsigned int opcode)
{
	if (is_name(opcode) && !one_in(f, 8))
		return letter('a', one_in(f, 2) ? 0 : 4);
	return letter('a', one_in(f, 8) ? draw(f, 16) : draw(f, 4));
}

/* Draw a 64-bit number: an id, a weak handle, or a cookie. */
static struct word draw_long(struct fuzz *f, unsigned int opcode)
{
	if (opcode == MHEAP_OP_OPEN_ID)
		return letter('i', draw(f, POOL));
	if (opcode == MHEAP_OP_WEAK_GET || opcode == MHEAP_OP_WEAK_DROP)
		return letter('w', draw(f, POOL));
	return number(draw(f, 16));
}

/* Draw a number of bytes. */
static struct word draw_bytes(struct fuzz *f, const struct word *entry)
{
	unsigned int opcode = entry[E_OPCODE].n;

	if (opcode == MHEAP_OP_STAT)
		return number(sizeof(struct mheap_ioc_stat));
	if (opcode == MHEAP_OP_ALLOC || opcode == MHEAP_OP_RESIZE)
		return number(one_in(f, 8) ? draw(f, 300000) : draw(f, 3) * draw(f, 200));
	if (is_name(opcode))
		return number(1 + draw(f, one_in(f, 16) ? 600 : 4));
	if (entry[E_FLAGS].n & OPF_INLINE)
		return number(draw(f, 10));
	return number(one_in(f, 8) ? draw(f, 300) : draw(f, 5));
}

/* Draw a slot, a number of slots or an offset. */
static struct word draw_index(struct fuzz *f, const struct word *entry)
{
	unsigned int opcode = entry[E_OPCODE].n;

	if (is_copy(opcode))
		return number(draw(f, 16));
	if (opcode == MHEAP_OP_ALLOC || opcode == MHEAP_OP_RESIZE)
		return number(one_in(f, 8) ? draw(f, 300) : draw(f, 5));
	return number(draw(f, 3) * draw(f, 3));
}

static struct word draw_member(struct fuzz *f, struct word *entry, enum member m,
			       unsigned int i)
{
	unsigned int opcode = entry[E_OPCODE].n;

	if (m == opcodes[opcode].makes)
		return draw_new(f);
	if (m <= M_ARG && opcodes[opcode].handles & OPF_OBJ << m)
		return draw_handle(f, entry, m, i);
	switch (opcodes[opcode].place[m]) {
	case P_FLAGS:
		return number(one_in(f, 40));
	case P_TYPE:
		return number(draw(f, 3) * draw(f, 3));
	case P_ADDRESS:
		return draw_address(f, opcode);
	case P_ARG:
		return draw_long(f, opcode);
	case P_VAL:
		return draw_bytes(f, entry);
	case P_INDEX:
		return draw_index(f, entry);
	default:
		return number(0);
	}
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
	enum member m;

	entry[E_OPCODE] = number(opcode);
	entry[E_FLAGS] = number(is_copy(opcode) && one_in(f, 3) ? OPF_INLINE : 0);
	for (m = 0; m < M_COUNT; m++)
		entry[E_OBJ + m] = draw_member(f, entry, m, i);
}

void batch_make(struct fuzz *f, struct step *s)
{
	unsigned int i, m, n = 1 + draw(f, ENTRIES), wrong = draw(f, 4);
	struct word entry[ENTRY_WORDS];

	if (one_in(f, 3))
		n = 1;
	step_add(s, 'n', draw(f, MAX_SESSIONS));
	step_add(s, 'n', one_in(f, 50) ? draw_number(f) : !one_in(f, 5));
	step_add(s, 'n', one_in(f, 20) ? draw(f, WRONG) : 0);
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

/* ---- entries ---- */

/* What the words say, with numbers of ops in place of handles that they refer to. */
static struct op words_op(struct fuzz *f, struct fuzz_session *session,
			  const struct step *s, unsigned int i)
{
	const struct word *w = &s->words[HEAD + i * ENTRY_WORDS];

	return (struct op){
		.opcode = word_value(f, session, w[E_OPCODE]) & UINT8_MAX,
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

/*
 * Returns the handle that an op leaves, after a number was chosen for it if there is none:
 * one that may be in use.
 */
static uint64_t handle_of(struct fuzz *f, struct op *op)
{
	enum member makes = opcode_of(op->opcode)->makes;

	if (makes == M_COUNT)
		return op->obj;
	if (!op_member(op, makes))
		op_set_member(op, makes, 1 + f->numbers++ % 5000);
	return op_member(op, makes);
}

/* A reference to something else than an op before this one is a number like any other. */
static void resolve(struct fuzz *f, struct op *ops, uint32_t i)
{
	enum member m;

	for (m = M_OBJ; m <= M_ARG; m++) {
		uint64_t to = op_member(&ops[i], m);

		if (ops[i].flags & OPF_OBJ << m && to < i)
			op_set_member(&ops[i], m, handle_of(f, &ops[to]));
	}
}

/* Use what has no place in a correct op. */
static void spoil(const struct op *op, struct mheap_ioc_op *coded)
{
	coded->entry.flags ^= op->flags >> 4;
	if (!op_uses(op->opcode, M_OBJ))
		coded->entry.obj = op->obj;
	if (!op_uses(op->opcode, M_INDEX))
		coded->entry.type |= op->index;
	if (!op_uses(op->opcode, M_LEN))
		coded->tail.reserved = op->len;
	if (!op_uses(op->opcode, M_ARG))
		coded->tail.handle |= op->arg;
	if (!op_uses(op->opcode, M_VAL))
		coded->entry.val |= op->val;
}

/* Write the entries, each over what lies behind an op without a tail. */
static void encode(const struct op *ops, struct batch *b)
{
	struct mheap_ioc_op coded;
	uint32_t i;

	b->at[0] = 0;
	for (i = 0; i < b->count; i++) {
		op_encode(&ops[i], &coded);
		spoil(&ops[i], &coded);
		memcpy(&b->entries[b->at[i]], &coded, 2 * sizeof(*b->entries));
		b->at[i + 1] = b->at[i] + entry_size(&coded.entry);
	}
}

static void fill(struct fuzz *f, struct fuzz_session *session, const struct step *s,
		 struct op *ops, struct batch *b)
{
	uint32_t n = (s->count - HEAD) / ENTRY_WORDS, i, k;

	b->count = n * (1 + (step_number(s, 3) - 1) % (OPS_MAX / ENTRIES));
	for (i = 0; i < b->count; i += n) {
		for (k = 0; k < n; k++)
			ops[i + k] = words_op(f, session, s, k);
		for (k = 0; k < n; k++)
			resolve(f, ops + i, k);
	}
	encode(ops, b);
}

/* The data of an op may overlap entries and results. */
static bool overlaps(struct fuzz *f, const struct mheap_entry *e)
{
	const struct mheap_tail *tail = (const struct mheap_tail *)(e + 1);
	uint64_t from = USER_PTR(f->room) + OPS_OFFSET;

	return (e->opcode == MHEAP_OP_READ || e->opcode == MHEAP_OP_STAT) &&
	       entry_size(e) == 2 && tail->address < from + RESERVED &&
	       tail->address + e->val > from;
}

static bool any_overlaps(struct fuzz *f, const struct batch *b)
{
	uint32_t i;

	for (i = 0; i < b->count; i++)
		if (overlaps(f, &b->entries[b->at[i]]))
			return true;
	return false;
}

/* ---- doing ---- */

/* The call is wrong in some way, or correct. */
static void make_wrong(struct fuzz *f, struct mheap_ioc_batch *ioc, uint64_t how)
{
	switch (how % WRONG) {
	case 1:
		ioc->entries = BAD_PTR;
		break;
	case 2:
		ioc->count = 0;
		break;
	case 3:
		ioc->count = MAX_OPS + 1;
		break;
	case 4:
		ioc->size = 20;
		break;
	case 5:
		ioc->size = sizeof(*ioc) + 8;
		break;
	case 6:
		ioc->entries = USER_PTR(f->constant);
		break;
	case 7:
		ioc->count = UINT32_MAX;
		break;
	case 8:
		ioc->count = ROOM_SIZE / sizeof(struct mheap_entry);
		break;
	case 9:
		ioc->count--;
		break;
	case 10:
		ioc->space = 0;
		break;
	case 11:
		ioc->space /= 2;
		break;
	case 12:
		ioc->results = BAD_PTR;
		break;
	case 13:
		ioc->results = USER_PTR(f->constant);
		break;
	case 14:
		ioc->space = MAX_OPS + 1;
		break;
	case 15:
		ioc->reserved = 1;
		break;
	}
}

static bool is_handled(const struct batch *b, const struct mheap_ioc_batch *ioc)
{
	return ioc->entries == USER_PTR(b->entries) && ioc->results == USER_PTR(b->results) &&
	       ioc->count <= b->at[b->count];
}

/* A batch of one op that could be a single op is done as one. */
static bool is_single(const struct batch *b)
{
	const struct mheap_ioc_batch *ioc = &b->ioc;

	return b->count == 1 && ioc->size == sizeof(*ioc) && ioc->count == b->at[1] &&
	       !ioc->flags && ioc->space && ioc->space <= MAX_OPS && !ioc->reserved;
}

static bool has_tail(const struct mheap_ioc_op *coded)
{
	return coded->tail.address || coded->tail.handle || coded->tail.reserved;
}

static int do_single(int fd, struct batch *b, struct op *op)
{
	struct mheap_ioc_op *coded = (struct mheap_ioc_op *)b->entries;
	bool stray = entry_size(&coded->entry) == 1 && has_tail(coded);
	int ret = ioctl(fd, MHEAP_IOC_OP, b->ioc.entries);

	CHECK(ret < 0 || !stray || b->ioc.entries != USER_PTR(coded));
	if (ret >= 0)
		op_take(op, b->entries, ret, ret == 2 ? coded->value : 0);
	else
		op_fail(op, -errno);
	return 0;
}

static int do_batch(int fd, struct batch *b, struct op *ops, bool overlap)
{
	int err = dev_ioctl(fd, MHEAP_IOC_BATCH, &b->ioc);

	if (!err && !overlap && is_handled(b, &b->ioc)) {
		CHECK_LE(b->ioc.filled, b->ioc.space);
		batch_results(b, ops);
	}
	return err;
}

/* ---- checking ---- */

/* Was the op that succeeded allowed to? */
static void check_success(const struct mheap_entry *e, uint32_t rights)
{
	if (e->opcode >= MHEAP_OP_COUNT || !entry_is_clean(e))
		FAIL("opcode %u with flags %#x and things that it does not use", e->opcode,
		     e->flags);
	if (opcode_rights(e->opcode) & ~rights)
		FAIL("%s with rights %u", opcodes[e->opcode].name, rights);
}

static void keep_results(struct fuzz *f, struct fuzz_session *session,
			 const struct op *op)
{
	if (opcodes[op->opcode].makes != M_COUNT)
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
			const struct mheap_entry *e, const struct op *op)
{
	unsigned int subject = op->opcode < MHEAP_OP_COUNT ? op->opcode : MHEAP_OP_COUNT;

	if (op->result == (int32_t)POISON32)
		return;
	CHECK_LE(op->result, 0);
	cover(f, subject, session->rights, op->result);
	if (op->result)
		CHECK_EQ(op->out, 0);
	else
		check_success(e, session->rights);
}

/* Count what only the session itself changes, according to the results. */
static void count_result(struct mheap_ioc_info *info, const struct op *op)
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
		info->handles += opcodes[op->opcode].makes != M_COUNT && op->out;
	}
}

/* How many handles a frame had is unknown here. */
static void check_counts(struct mheap_ioc_info before, const struct mheap_ioc_info *after,
			 const struct op *ops, uint32_t n)
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

static void prepare(struct fuzz *f, struct fuzz_session *session, const struct step *s,
		    struct op *ops, struct batch *b, uint32_t *at)
{
	*b = (struct batch){
		.at = at,
		.entries = (struct mheap_entry *)(f->room + OPS_OFFSET),
		.results = (struct mheap_op_result *)(f->room + RESULTS_OFFSET),
	};
	fill(f, session, s, ops, b);
	b->ioc = (struct mheap_ioc_batch){
		.size = sizeof(b->ioc),
		.flags = step_number(s, 1),
		.entries = USER_PTR(b->entries),
		.results = USER_PTR(b->results),
		.count = b->at[b->count],
		.space = b->count,
	};
	make_wrong(f, &b->ioc, step_number(s, 2));
}

int batch_run(struct fuzz *f, const struct step *s)
{
	static uint32_t at[OPS_MAX + 1];
	static struct op ops[OPS_MAX];
	struct fuzz_session *session = session_of(f, s);
	struct mheap_ioc_info before, after;
	struct batch b;
	bool overlap;
	uint32_t i;
	int err;

	if (!session || s->count < HEAD + ENTRY_WORDS)
		return 1;
	prepare(f, session, s, ops, &b, at);
	overlap = any_overlaps(f, &b);
	before = info_of(session->fd);
	if (is_single(&b))
		err = do_single(session->fd, &b, ops);
	else
		err = do_batch(session->fd, &b, ops, overlap);
	if (err || overlap || !is_handled(&b, &b.ioc))
		return err;
	after = info_of(session->fd);
	for (i = 0; i < b.count; i++)
		check_entry(f, session, &b.entries[b.at[i]], &ops[i]);
	check_counts(before, &after, ops, b.count);
	for (i = 0; i < b.count; i++)
		if (!ops[i].result)
			keep_results(f, session, &ops[i]);
	return 0;
}
