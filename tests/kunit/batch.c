// SPDX-License-Identifier: GPL-2.0
/*
 * Suite of the files in op/.  Whatever is wrong with an op, and wherever it is in a batch,
 * it gets its own error and does not change the heap.  The ops before it are done, and
 * those after it are done if the batch is to go on.
 */
#include <linux/bitops.h>
#include <linux/mm.h>

#include "area.h"
#include "kunit.h"
#include "limits.h"
#include "op/table.h"

#define KT_POISON	0x5a5a5a5a

/* A number that a program could choose, but does not. */
#define KT_UNUSED	12345
#define KT_OPS	3

/* Members of struct kt_op. */
enum kt_member { KT_OBJ, KT_VAL, KT_ARG, KT_INDEX, KT_LEN, KT_MEMBERS };

/* The members that mean something to an opcode, by the description of enum mheap_opcode. */
#define M(member)	BIT(KT_##member)
static const u8 kt_uses[MHEAP_OP_COUNT] = {
	[MHEAP_OP_ALLOC] = M(INDEX) | M(LEN) | M(ARG) | M(VAL),
	[MHEAP_OP_DUP] = M(OBJ),
	[MHEAP_OP_DROP] = M(OBJ),
	[MHEAP_OP_REFCOUNT] = M(OBJ),
	[MHEAP_OP_ID] = M(OBJ),
	[MHEAP_OP_OPEN_ID] = M(ARG),
	[MHEAP_OP_SAME] = M(OBJ) | M(VAL),
	[MHEAP_OP_STAT] = M(OBJ) | M(VAL) | M(LEN),
	[MHEAP_OP_RESIZE] = M(OBJ) | M(LEN) | M(ARG),
	[MHEAP_OP_GET] = M(OBJ) | M(INDEX),
	[MHEAP_OP_SET] = M(OBJ) | M(INDEX) | M(VAL),
	[MHEAP_OP_XCHG] = M(OBJ) | M(INDEX) | M(VAL),
	[MHEAP_OP_CAS] = M(OBJ) | M(INDEX) | M(VAL) | M(ARG),
	[MHEAP_OP_READ] = M(OBJ) | M(ARG) | M(LEN) | M(VAL),
	[MHEAP_OP_WRITE] = M(OBJ) | M(ARG) | M(LEN) | M(VAL),
	[MHEAP_OP_PUBLISH] = M(OBJ) | M(VAL) | M(LEN),
	[MHEAP_OP_LOOKUP] = M(VAL) | M(LEN),
	[MHEAP_OP_UNPUBLISH] = M(VAL) | M(LEN),
	[MHEAP_OP_WEAK_NEW] = M(OBJ) | M(ARG),
	[MHEAP_OP_WEAK_GET] = M(ARG),
	[MHEAP_OP_WEAK_DROP] = M(ARG),
	[MHEAP_OP_FINALIZER] = M(OBJ) | M(ARG),
	[MHEAP_OP_INTERN] = M(INDEX) | M(VAL) | M(LEN),
	[MHEAP_OP_FRAME_PUSH] = 0,
	[MHEAP_OP_FRAME_POP] = M(OBJ),
};

/* Return the members that are handles or weak handles. */
static u8 kt_handles(u16 opcode)
{
	switch (opcode) {
	case MHEAP_OP_CAS:
		return M(OBJ) | M(VAL) | M(ARG);
	case MHEAP_OP_SAME:
	case MHEAP_OP_SET:
	case MHEAP_OP_XCHG:
		return M(OBJ) | M(VAL);
	case MHEAP_OP_WEAK_GET:
	case MHEAP_OP_WEAK_DROP:
		return M(ARG);
	default:
		return kt_uses[opcode] & M(OBJ);
	}
}

/* Return the error for a handle or weak handle that the session does not have. */
static int kt_unknown(u16 opcode)
{
	return kt_handles(opcode) == M(ARG) ? -ENOENT : -EBADF;
}

static const u16 kt_flag[] = { KT_OPF_OBJ, KT_OPF_VAL, KT_OPF_ARG };

/**
 * struct kt_fixture - A heap that no failing op may change
 * @test: the test
 * @o: an object with eight bytes and two slots, of which the first refers to @v
 * @v: another object, named "v"
 * @w: a weak handle of @v
 * @stale: a handle that was dropped
 * @dead: an id of an object that died
 * @data: data of ops
 * @cases: number of batches with a wrong op
 */
struct kt_fixture {
	struct kunit *test;
	u64 o;
	u64 v;
	u64 w;
	u64 stale;
	u64 dead;
	u8 data[512];
	unsigned int cases;
};

static void kt_fixture_init(struct kt_fixture *f, struct kunit *test)
{
	memset(f, 0, sizeof(*f));
	f->test = test;
	f->o = kt_alloc(test, 2, 8);
	f->v = kt_alloc(test, 1, 0);
	f->stale = kt_alloc(test, 0, 0);
	f->dead = kt_id(test, f->stale);
	kt_drop(test, f->stale);
	kt_set(test, f->o, 0, f->v);
	kt_write(test, f->o, 0, "unharmed", 8);
	kt_publish(test, "v", f->v);
	f->w = kt_weak_new(test, f->v, 0);
	kt_frame_push(test);
}

/* Are there still one weak handle and one frame, no finalizer and nothing interned? */
static bool kt_fixture_ext(struct kt_fixture *f)
{
	struct mheap_session *s = kt_of(f->test)->s;

	return s->weaks.used == 1 && s->nr_frames == 1 &&
	       list_empty(&s->finalizers) && kt_gc(f->test)->nr_ext == 1 &&
	       RB_EMPTY_ROOT(&kt_heap(f->test)->interned);
}

static void kt_fixture_expect(struct kt_fixture *f)
{
	struct mheap_object *o = kt_object(f->test, f->o);
	struct mheap_object *v = kt_object(f->test, f->v);
	struct mheap_heap *heap = kt_heap(f->test);
	bool same = o->count == 1 && v->count == 3 && o->nslots == 2 &&
		    v->nslots == 1 && mheap_object_slots(o)[0] == v &&
		    !mheap_object_slots(o)[1] && heap->objects == 2 &&
		    mheap_object_nbytes(o) == 8 && heap->slots == 3 &&
		    heap->bytes == 8 && kt_of(f->test)->s->handles.used == 2 &&
		    !memcmp(mheap_area_data(mheap_object_payload(o)),
			    "unharmed", 8);

	KUNIT_EXPECT_TRUE(f->test, same);
	KUNIT_EXPECT_TRUE(f->test, kt_fixture_ext(f));
	KUNIT_EXPECT_TRUE(f->test, list_empty(&heap->deferred_free));
}

/* Return an op that would succeed. */
static struct kt_op kt_valid(struct kt_fixture *f, u16 opcode)
{
	struct kt_op op = { .opcode = opcode };

	if (kt_uses[opcode] & M(OBJ))
		op.obj = f->o;
	if (kt_handles(opcode) & M(VAL))
		op.val = f->v;
	else if (kt_uses[opcode] & M(VAL) && opcode != MHEAP_OP_ALLOC)
		op.val = kt_data(f->data);
	if (opcode == MHEAP_OP_CAS)
		op.arg = f->v;
	else if (kt_handles(opcode) & M(ARG))
		op.arg = f->w;
	if (kt_uses[opcode] & M(LEN))
		op.len = 1;
	return op;
}

static u64 *kt_wide_member(struct kt_op *op, enum kt_member member)
{
	return member == KT_OBJ ? &op->obj :
	       member == KT_VAL ? &op->val : &op->arg;
}

/* An op before or after the wrong one, which makes an object. */
static const struct kt_op kt_good = {
	.opcode = MHEAP_OP_ALLOC, .arg = 8, .result = KT_POISON, .out = KT_POISON,
};

static bool kt_op_ok(struct kt_fixture *f, struct kt_op *op, bool done)
{
	if (done)
		return op->result == 0 && op->out && !kt_drop(f->test, op->out);
	return op->result == KT_POISON && op->out == KT_POISON;
}

/* Try a wrong op first, in the middle and last, in batches that stop and that go on. */
static void kt_wrong(struct kt_fixture *f, struct kt_op wrong, int error,
		     const char *what)
{
	struct kt_op ops[KT_OPS];
	unsigned int at, go_on, i;
	bool ok;
	u32 done;

	for (at = 0; at < KT_OPS; at++) {
		for (go_on = 0; go_on < 2; go_on++, f->cases++) {
			for (i = 0; i < KT_OPS; i++)
				ops[i] = i == at ? wrong : kt_good;
			ops[at].result = KT_POISON;
			ops[at].out = KT_POISON;
			done = kt_batch(f->test, ops, KT_OPS, go_on);
			ok = done == (go_on ? KT_OPS : at) &&
			     ops[at].result == error && !ops[at].out;
			for (i = 0; i < KT_OPS; i++)
				if (i != at && !kt_op_ok(f, &ops[i],
							 i < at || go_on))
					ok = false;
			KUNIT_EXPECT_TRUE_MSG(f->test, ok,
					      "%s: opcode %u, op %u, go on %u: result %d, not %d",
					      what, wrong.opcode, at, go_on,
					      ops[at].result, error);
			kt_fixture_expect(f);
		}
	}
}

/* ---- errors that all opcodes share ---- */

/* Does the member of a tail mean something to an opcode? */
static bool kt_has_tail(u16 opcode)
{
	return opcode == MHEAP_OP_XCHG || opcode == MHEAP_OP_CAS ||
	       (kt_uses[opcode] & M(VAL) && kt_uses[opcode] & M(LEN) &&
		opcode != MHEAP_OP_ALLOC);
}

/* The bits that an entry may have set, by the description of enum mheap_opcode. */
static struct mheap_entry kt_entry_may(u16 opcode)
{
	u8 uses = kt_uses[opcode];
	struct mheap_entry may = { .opcode = 0xff };

	if (opcode == MHEAP_OP_ALLOC)
		may.flags = MHEAP_ENTRY_IMMORTAL;
	if (opcode == MHEAP_OP_READ || opcode == MHEAP_OP_WRITE)
		may.flags = MHEAP_ENTRY_INLINE;
	if (opcode == MHEAP_OP_ALLOC || opcode == MHEAP_OP_INTERN)
		may.type = 0xffff;
	if (uses & M(OBJ) || mheap_op_desc(opcode)->makes == MHEAP_MAKES_OBJ)
		may.obj = ~0U;
	if (uses & M(ARG) && opcode != MHEAP_OP_CAS)
		may.arg = ~0ULL;
	if (opcode >= MHEAP_OP_GET && opcode <= MHEAP_OP_CAS)
		may.index = ~0U;
	if (uses & (M(VAL) | M(LEN)) || opcode == MHEAP_OP_DUP || opcode == MHEAP_OP_GET)
		may.val = ~0U;
	return may;
}

static struct mheap_tail kt_tail_may(u16 opcode)
{
	struct mheap_tail may = {};

	if (opcode == MHEAP_OP_XCHG || opcode == MHEAP_OP_CAS)
		may.handle = ~0U;
	else
		may.address = ~0ULL;
	return may;
}

/* Set each bit of an entry or tail that means nothing to the opcode. */
static void kt_wrong_bits(struct kt_fixture *f, u16 opcode, bool tail)
{
	struct mheap_entry entries[2], entry_may = kt_entry_may(opcode);
	struct mheap_tail tail_may = kt_tail_may(opcode);
	const u8 *may = tail ? (u8 *)&tail_may : (u8 *)&entry_may;
	struct kt_op op = kt_valid(f, opcode);
	unsigned int bit;
	int err;

	for (bit = 0; bit < 128; bit++) {
		if (may[bit / 8] & BIT(bit % 8))
			continue;
		kt_encode_one(&op, entries);
		((u8 *)&entries[tail])[bit / 8] ^= BIT(bit % 8);
		err = kt_do_entries_of(f->test, entries, 1 + kt_has_tail(opcode));
		KUNIT_EXPECT_EQ_MSG(f->test, err, -EINVAL, "opcode %u, tail %u, bit %u",
				    opcode, tail, bit);
		kt_fixture_expect(f);
		f->cases += 6;
	}
}

/* The tail is missing at the end of a batch. */
static void kt_wrong_end(struct kt_fixture *f, u16 opcode)
{
	struct kt_op op = kt_valid(f, opcode);
	struct mheap_entry entries[2];

	kt_encode_one(&op, entries);
	KUNIT_EXPECT_EQ(f->test, kt_do_entries_of(f->test, entries, 1), -EINVAL);
	kt_fixture_expect(f);
}

static bool kt_may_be_null(u16 opcode, enum kt_member m)
{
	return m != KT_OBJ || opcode == MHEAP_OP_SAME ||
	       opcode == MHEAP_OP_FRAME_POP;
}

static void kt_wrong_handles(struct kt_fixture *f, u16 opcode)
{
	for (enum kt_member m = KT_OBJ; m <= KT_ARG; m++) {
		struct kt_op op = kt_valid(f, opcode);
		u64 *member = kt_wide_member(&op, m);

		if (!(kt_handles(opcode) & BIT(m)))
			continue;
		*member = f->stale;
		kt_wrong(f, op, kt_unknown(opcode), "dropped handle");
		*member = KT_UNUSED;
		kt_wrong(f, op, kt_unknown(opcode), "number");
		*member = U32_MAX;
		kt_wrong(f, op, kt_unknown(opcode), "number of the kernel");
		*member = 0;
		if (!kt_may_be_null(opcode, m))
			kt_wrong(f, op, -EINVAL, "null");
	}
}

static void kt_batch_wrong_alike(struct kunit *test)
{
	unsigned int opcode;
	struct kt_fixture f;
	struct kt_op op;

	kt_fixture_init(&f, test);
	for (opcode = 0; opcode < MHEAP_OP_COUNT; opcode++) {
		kt_wrong_bits(&f, opcode, false);
		if (kt_has_tail(opcode)) {
			kt_wrong_bits(&f, opcode, true);
			kt_wrong_end(&f, opcode);
		}
		kt_wrong_handles(&f, opcode);
	}
	for (opcode = MHEAP_OP_COUNT; opcode <= U8_MAX; opcode += 3) {
		op = (struct kt_op){ .opcode = opcode };
		kt_wrong(&f, op, -EINVAL, "opcode");
	}
	KUNIT_EXPECT_GT(test, f.cases, 6 * 1000);
}

/* ---- errors of some opcodes ---- */

static void kt_wrong_objects(struct kt_fixture *f)
{
	struct kt_op op = { .opcode = MHEAP_OP_ALLOC, .index = 1 };

	kt_wrong(f, op, -ENOENT, "type");
	op.index = U16_MAX;
	kt_wrong(f, op, -ENOENT, "type");
	op = (struct kt_op){ .opcode = MHEAP_OP_ALLOC, .val = 2 };
	kt_wrong(f, op, -EINVAL, "flags of alloc");
	for (op.opcode = MHEAP_OP_ALLOC; op.opcode <= MHEAP_OP_RESIZE;
	     op.opcode += MHEAP_OP_RESIZE - MHEAP_OP_ALLOC) {
		op.obj = op.opcode == MHEAP_OP_RESIZE ? f->o : 0;
		op.val = 0;
		op.len = MHEAP_MAX_SLOTS + 1;
		op.arg = 0;
		kt_wrong(f, op, -E2BIG, "slots");
		op.len = 0;
		op.arg = MHEAP_MAX_BYTES + 1;
		kt_wrong(f, op, -E2BIG, "bytes");
		op.arg = ~0ULL;
		kt_wrong(f, op, -E2BIG, "bytes");
	}
	op = (struct kt_op){ .opcode = MHEAP_OP_OPEN_ID, .arg = f->dead };
	kt_wrong(f, op, -ENOENT, "dead id");
	op.arg = 0;
	kt_wrong(f, op, -ENOENT, "id 0");
	op.arg = ~0ULL;
	kt_wrong(f, op, -ENOENT, "id");
}

static void kt_wrong_slots(struct kt_fixture *f)
{
	static const u32 index[] = { 2, 3, 0x80000000, ~0U };
	unsigned int opcode, i;
	struct kt_op op;

	for (opcode = MHEAP_OP_GET; opcode <= MHEAP_OP_CAS; opcode++) {
		for (i = 0; i < ARRAY_SIZE(index); i++) {
			op = kt_valid(f, opcode);
			op.index = index[i];
			kt_wrong(f, op, -EINVAL, "slot");
		}
	}
}

static void kt_wrong_bytes(struct kt_fixture *f)
{
	unsigned int opcode;
	struct kt_op op;

	for (opcode = MHEAP_OP_READ; opcode <= MHEAP_OP_WRITE; opcode++) {
		op = kt_valid(f, opcode);
		op.len = 9;
		kt_wrong(f, op, -ERANGE, "length");
		op.len = 1;
		op.arg = 8;
		kt_wrong(f, op, -ERANGE, "offset");
		op.arg = ~0ULL;
		kt_wrong(f, op, -ERANGE, "offset");
		op.len = MHEAP_CHUNK_BYTES + 1;
		op.arg = 0;
		kt_wrong(f, op, -ERANGE, "large length");
	}
}

static void kt_wrong_names(struct kt_fixture *f)
{
	unsigned int opcode;
	struct kt_op op;

	f->data[0] = 'v';
	op = kt_valid(f, MHEAP_OP_PUBLISH);
	kt_wrong(f, op, -EEXIST, "name");
	f->data[0] = 'w';
	for (opcode = MHEAP_OP_PUBLISH; opcode <= MHEAP_OP_UNPUBLISH; opcode++) {
		op = kt_valid(f, opcode);
		if (opcode != MHEAP_OP_PUBLISH)
			kt_wrong(f, op, -ENOENT, "name");
		op.len = 0;
		kt_wrong(f, op, -EINVAL, "empty name");
		op.len = MHEAP_MAX_NAME + 1;
		kt_wrong(f, op, -E2BIG, "long name");
		op.len = ~0U;
		kt_wrong(f, op, -E2BIG, "long name");
	}
}

/* Among others: a weak handle is not accepted as a handle, nor a handle as a weak one. */
static void kt_wrong_ext(struct kt_fixture *f)
{
	u64 dropped = kt_weak_new(f->test, f->v, 0);
	const u64 weak[] = { 0, ~0ULL, f->w ^ 1ULL << 32, f->o, dropped };
	struct kt_op op;
	unsigned int i;

	kt_weak_drop(f->test, dropped);
	for (i = 0; i < ARRAY_SIZE(weak); i++) {
		op = kt_valid(f, MHEAP_OP_WEAK_GET);
		op.arg = weak[i];
		kt_wrong(f, op, -ENOENT, "weak handle");
		op.opcode = MHEAP_OP_WEAK_DROP;
		kt_wrong(f, op, -ENOENT, "weak handle");
	}
	op = kt_valid(f, MHEAP_OP_DUP);
	op.obj = f->w;
	kt_wrong(f, op, -EBADF, "weak handle as a handle");
	op = kt_valid(f, MHEAP_OP_INTERN);
	op.index = 1;
	kt_wrong(f, op, -ENOENT, "type of interned");
	op.index = 0;
	op.len = MHEAP_MAX_INTERN + 1;
	kt_wrong(f, op, -E2BIG, "long content");
	op.len = ~0U;
	kt_wrong(f, op, -E2BIG, "long content");
	KUNIT_EXPECT_EQ(f->test, kt_frame_pop(f->test, 0), 0);
	op = kt_valid(f, MHEAP_OP_FRAME_POP);
	op.obj = 0;
	KUNIT_EXPECT_EQ(f->test, kt_do(f->test, &op), -EINVAL);
	kt_frame_push(f->test);
}

static void kt_batch_wrong_some(struct kunit *test)
{
	struct kt_fixture f;

	kt_fixture_init(&f, test);
	kt_wrong_objects(&f);
	kt_wrong_slots(&f);
	kt_wrong_bytes(&f);
	kt_wrong_names(&f);
	kt_wrong_ext(&f);
	KUNIT_EXPECT_EQ(test, f.cases, 6 * (12 + 16 + 8 + 12 + 14));
}

/* ---- references to earlier ops ---- */

/* Every opcode with a handle fails if it uses the number of a handle that was not made. */
static void kt_batch_wrong_reference(struct kunit *test)
{
	unsigned int opcode, cases = 0;
	struct kt_fixture f;

	kt_fixture_init(&f, test);
	for (opcode = 0; opcode < MHEAP_OP_COUNT; opcode++) {
		for (enum kt_member m = KT_OBJ; m <= KT_ARG; m++) {
			struct kt_op ops[] = {
				{ .opcode = MHEAP_OP_DUP, .obj = f.stale },
				kt_valid(&f, opcode),
			};

			if (!(kt_handles(opcode) & BIT(m)) ||
			    kt_unknown(opcode) != -EBADF)
				continue;
			ops[1].flags = kt_flag[m];
			*kt_wide_member(&ops[1], m) = 0;
			KUNIT_EXPECT_EQ(test, kt_batch(test, ops, 2, true), 2);
			KUNIT_EXPECT_EQ(test, ops[0].result, -EBADF);
			KUNIT_EXPECT_EQ(test, ops[1].result, -EBADF);
			kt_fixture_expect(&f);
			cases++;
		}
	}
	KUNIT_EXPECT_EQ(test, cases, 22);
}

/* The number of a handle that was not made, since a slot is null, is null. */
static void kt_batch_null_reference(struct kunit *test)
{
	struct kt_fixture f;
	struct kt_op ops[4];

	kt_fixture_init(&f, test);
	ops[0] = (struct kt_op){ .opcode = MHEAP_OP_GET, .obj = f.o,
				    .index = 1 };
	ops[1] = (struct kt_op){ .opcode = MHEAP_OP_SET, .obj = f.o,
				    .flags = KT_OPF_VAL, .index = 1 };
	ops[2] = (struct kt_op){ .opcode = MHEAP_OP_SAME,
				    .flags = KT_OPF_OBJ };
	ops[3] = (struct kt_op){ .opcode = MHEAP_OP_ID,
				    .flags = KT_OPF_OBJ };
	KUNIT_EXPECT_EQ(test, kt_batch(test, ops, 4, false), 3);
	KUNIT_EXPECT_EQ(test, ops[0].out, 0);
	KUNIT_EXPECT_EQ(test, ops[1].result, 0);
	KUNIT_EXPECT_EQ(test, ops[2].out, 1);
	KUNIT_EXPECT_EQ(test, ops[3].result, -EINVAL);
	kt_fixture_expect(&f);
}

/* ---- long batches ---- */

static struct kt_op *kt_batch_allocs(struct kunit *test, u32 n)
{
	struct kt_op *ops = kvcalloc(n, sizeof(*ops), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, ops);
	for (i = 0; i < n; i++)
		ops[i] = (struct kt_op){ .opcode = MHEAP_OP_ALLOC, .len = 1,
					    .result = KT_POISON };
	return ops;
}

/* A wrong op is at or near the end of a chunk, which an op with data ends as well. */
static void kt_batch_chunks(struct kunit *test)
{
	static const u32 at[] = { 0, 1, 62, 63, 64, 65, 127, 128, 191, 192 };
	struct mheap_heap *heap = kt_heap(test);
	u8 data[8];
	unsigned int i, read, k;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		for (read = 0; read < 2; read++) {
			u64 o = kt_alloc(test, 0, 8);
			struct kt_op *ops = kt_batch_allocs(test, 193);

			if (read && at[i] > 1)
				ops[at[i] / 2] = (struct kt_op){
					.opcode = MHEAP_OP_READ, .obj = o,
					.len = 8, .val = kt_data(data) };
			ops[at[i]] = (struct kt_op){ .opcode = MHEAP_OP_DUP,
						     .obj = KT_UNUSED };
			KUNIT_EXPECT_EQ(test, kt_batch(test, ops, 193, false),
					at[i]);
			KUNIT_EXPECT_EQ(test, ops[at[i]].result, -EBADF);
			for (k = at[i] + 1; k < 193; k++)
				KUNIT_ASSERT_EQ(test, ops[k].result, KT_POISON);
			for (k = 0; k < at[i]; k++)
				if (ops[k].opcode == MHEAP_OP_ALLOC)
					kt_drop(test, ops[k].out);
			kvfree(ops);
			KUNIT_EXPECT_EQ(test, heap->objects, 1);
			kt_drop(test, o);
		}
	}
	KUNIT_EXPECT_EQ(test, heap->ids.reserved, 0);
	KUNIT_EXPECT_EQ(test, kt_of(test)->s->handles.used, 0);
}

/* An op that needs much memory finds what the ops before it did, which need none. */
static void kt_batch_large(struct kunit *test)
{
	const u32 len = MHEAP_CHUNK_BYTES + 1;
	u8 *data = kvzalloc(len, GFP_KERNEL);
	u64 o = kt_alloc(test, 1, len);
	struct kt_op ops[] = {
		{ .opcode = MHEAP_OP_DUP, .obj = o },
		{ .opcode = MHEAP_OP_WRITE, .flags = KT_OPF_OBJ, .len = len },
		{ .opcode = MHEAP_OP_READ, .flags = KT_OPF_OBJ, .len = len },
		{ .opcode = MHEAP_OP_ALLOC, .len = 1 },
		{ .opcode = MHEAP_OP_RESIZE, .flags = KT_OPF_OBJ, .obj = 3, .arg = len },
		{ .opcode = MHEAP_OP_SET, .obj = o, .val = 3, .flags = KT_OPF_VAL },
	};

	KUNIT_ASSERT_NOT_NULL(test, data);
	ops[1].val = kt_data(data);
	ops[2].val = kt_data(data);
	KUNIT_EXPECT_EQ(test, kt_batch(test, ops, ARRAY_SIZE(ops), false), 6);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->bytes, 2 * len);
	kvfree(data);
}

/* The longest batch works.  It makes objects, each of which refers to the one before. */
static void kt_batch_longest(struct kunit *test)
{
	const u32 n = MHEAP_MAX_OPS;
	struct kt_op *ops = kt_batch_allocs(test, n);
	u32 i;

	/* Ops 0, 1, 4, 7 and so on make objects. */
	for (i = 2; i + 1 < n; i += 3) {
		u32 old = i == 2 ? 0 : i - 4, new = i - 1;

		ops[i] = (struct kt_op){
			.opcode = MHEAP_OP_SET, .obj = new, .val = old,
			.flags = KT_OPF_OBJ | KT_OPF_VAL };
		ops[i + 1] = (struct kt_op){
			.opcode = MHEAP_OP_DROP, .obj = old,
			.flags = KT_OPF_OBJ };
	}
	KUNIT_EXPECT_EQ(test, n % 3, 1);
	KUNIT_EXPECT_EQ(test, kt_batch(test, ops, n, false), n);
	KUNIT_EXPECT_EQ(test, kt_heap(test)->objects, 1 + n / 3);
	KUNIT_EXPECT_EQ(test, kt_of(test)->s->handles.used, 1);
	KUNIT_EXPECT_EQ(test, kt_drop(test, ops[n - 3].out), 0);
	kt_expect_empty(test);
	kvfree(ops);
}

/* Objects that die by an op are gone before the next op is done. */
static void kt_batch_death(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 0), b = kt_alloc(test, 0, 0);
	struct kt_op ops[] = {
		{ .opcode = MHEAP_OP_ID, .obj = b },
		{ .opcode = MHEAP_OP_SET, .obj = a, .val = b },
		{ .opcode = MHEAP_OP_DROP, .obj = b },
		{ .opcode = MHEAP_OP_DROP, .obj = a },
		{ .opcode = MHEAP_OP_OPEN_ID, .arg = kt_id(test, b) },
		{ .opcode = MHEAP_OP_DROP, .obj = a },
	};

	KUNIT_EXPECT_EQ(test, kt_batch(test, ops, 6, true), 6);
	KUNIT_EXPECT_EQ(test, ops[3].result, 0);
	KUNIT_EXPECT_EQ(test, ops[4].result, -ENOENT);
	KUNIT_EXPECT_EQ(test, ops[5].result, -EBADF);
	kt_expect_empty(test);
}

static struct kunit_case kt_batch_cases[] = {
	KUNIT_CASE(kt_batch_wrong_alike),
	KUNIT_CASE(kt_batch_wrong_some),
	KUNIT_CASE(kt_batch_wrong_reference),
	KUNIT_CASE(kt_batch_null_reference),
	KUNIT_CASE(kt_batch_chunks),
	KUNIT_CASE(kt_batch_large),
	KUNIT_CASE(kt_batch_longest),
	KUNIT_CASE(kt_batch_death),
	{}
};

static struct kunit_suite kt_batch_suite = {
	.name = "mheap_batch",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_batch_cases,
};

kunit_test_suite(kt_batch_suite);
