// SPDX-License-Identifier: GPL-2.0
/* Ops of a batch: members, flags, addresses, and references to other ops. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"
#include "sample.h"

static const char *opcode_name(unsigned int i)
{
	return opcodes[i].name;
}

/* The op fails and leaves the heap as it was. */
static void check_op_refused(struct sample *s, struct mheap_op op, int err)
{
	struct mheap_ioc_info before = info_of(s->fd);

	CHECK_EQ(dev_op(s->fd, &op), err);
	CHECK_UNCHANGED(s->fd, &before);
}

/* Each op succeeds as it is, so the tests below see it fail for their reason only. */
TEST_EACH(sample_succeeds, opcode_name, MHEAP_OP_COUNT)
{
	struct mheap_op op;
	struct sample s;

	sample_make(&s);
	op = sample_op(&s, i);
	CHECK_EQ(dev_op(s.fd, &op), 0);
	check_sound(s.fd);
}

/* ---- members that an opcode does not use ---- */

struct unused {
	unsigned int opcode;
	enum member member;
};

static bool unused_nth(unsigned int n, struct unused *u)
{
	for (u->opcode = 0; u->opcode < MHEAP_OP_COUNT; u->opcode++)
		for (u->member = 0; u->member < M_COUNT; u->member++)
			if (!(opcodes[u->opcode].uses & (1U << u->member)) &&
			    !n--)
				return true;
	return false;
}

#define NR_UNUSED 71

static const char *unused_name(unsigned int i)
{
	static char name[40];
	struct unused u;

	unused_nth(i, &u);
	snprintf(name, sizeof(name), "%s.%s", opcodes[u.opcode].name,
		 member_names[u.member]);
	return name;
}

TEST(all_unused_members_are_tried)
{
	struct unused u;

	CHECK(unused_nth(NR_UNUSED - 1, &u));
	CHECK(!unused_nth(NR_UNUSED, &u));
}

TEST_EACH(unused_member, unused_name, NR_UNUSED)
{
	static const uint64_t values[] = { 1, 1U << 31, 1ULL << 32, ~0ULL };
	struct unused u;
	struct sample s;
	unsigned int k;

	unused_nth(i, &u);
	sample_make(&s);
	for (k = 0; k < ARRAY_SIZE(values); k++) {
		struct mheap_op op = sample_op(&s, u.opcode);

		if (u.member >= M_INDEX && !(uint32_t)values[k])
			continue;
		op_set_member(&op, u.member, values[k]);
		check_op_refused(&s, op, -EINVAL);
	}
}

/* ---- flags ---- */

TEST_EACH(unknown_flags, opcode_name, MHEAP_OP_COUNT)
{
	struct sample s;
	unsigned int bit;

	sample_make(&s);
	for (bit = 0; bit < 16; bit++) {
		struct mheap_op op = sample_op(&s, i);

		op.flags = 1U << bit;
		if (!(op.flags & opcodes[i].handles))
			check_op_refused(&s, op, -EINVAL);
	}
}

TEST(unknown_opcodes)
{
	struct sample s;
	unsigned int opcode;

	sample_make(&s);
	for (opcode = MHEAP_OP_COUNT; opcode < 0x10000; opcode *= 2)
		check_op_refused(&s, (struct mheap_op){ .opcode = opcode },
				 -EINVAL);
	check_op_refused(&s, (struct mheap_op){ .opcode = 0xffff }, -EINVAL);
	check_op_refused(&s, (struct mheap_op){ .opcode = 0x8000 }, -EINVAL);
}

/* ---- references to other ops ---- */

static const unsigned int opf[] = { MHEAP_OPF_OBJ, MHEAP_OPF_VAL, MHEAP_OPF_ARG };
static const enum member opf_member[] = { M_OBJ, M_VAL, M_ARG };

#define NR_REFS 24

static bool ref_nth(unsigned int n, struct unused *u, unsigned int *flag)
{
	unsigned int k;

	for (u->opcode = 0; u->opcode < MHEAP_OP_COUNT; u->opcode++) {
		for (k = 0; k < ARRAY_SIZE(opf); k++) {
			if (!(opcodes[u->opcode].handles & opf[k]) || n--)
				continue;
			u->member = opf_member[k];
			*flag = opf[k];
			return true;
		}
	}
	return false;
}

static const char *ref_name(unsigned int i)
{
	static char name[40];
	unsigned int flag;
	struct unused u;

	ref_nth(i, &u, &flag);
	snprintf(name, sizeof(name), "%s.%s", opcodes[u.opcode].name,
		 member_names[u.member]);
	return name;
}

TEST(all_handle_members_are_tried)
{
	unsigned int flag;
	struct unused u;

	CHECK(ref_nth(NR_REFS - 1, &u, &flag));
	CHECK(!ref_nth(NR_REFS, &u, &flag));
}

static bool is_weak(unsigned int opcode)
{
	return opcode == MHEAP_OP_WEAK_GET || opcode == MHEAP_OP_WEAK_DROP;
}

/* This op makes another handle of what the sample has in that member. */
static struct mheap_op sample_again(struct sample *s, const struct unused *u)
{
	struct mheap_op op = sample_op(s, u->opcode);

	if (is_weak(u->opcode))
		return OP(WEAK_NEW, .obj = s->b);
	if (u->member == M_OBJ)
		return OP(DUP, .obj = op.obj);
	return OP(DUP, .obj = u->member == M_VAL ? op.val : op.arg);
}

/* The op of the sample, but with a reference to that op of the batch in the member. */
static struct mheap_op referring_op(struct sample *s, const struct unused *u,
				    unsigned int flag, uint64_t to)
{
	struct mheap_op op = sample_op(s, u->opcode);

	op.flags = flag;
	op_set_member(&op, u->member, to);
	return op;
}

TEST_EACH(reference_to_entry, ref_name, NR_REFS)
{
	struct mheap_op ops[3];
	struct unused u;
	unsigned int flag;
	struct sample s;

	ref_nth(i, &u, &flag);
	sample_make(&s);
	ops[0] = OP(REFCOUNT, .obj = s.a);
	ops[1] = sample_again(&s, &u);
	ops[2] = referring_op(&s, &u, flag, 1);
	dev_all(s.fd, ops, 3);
	CHECK(is_weak(u.opcode) || ops[1].out & HANDLE_BIT);
	if (u.opcode == MHEAP_OP_CAS)
		CHECK_EQ(ops[2].out, 1);
	if (u.opcode == MHEAP_OP_DROP)
		CHECK_EQ(DO(s.fd, REFCOUNT, .obj = ops[1].out), -EBADF);
	check_sound(s.fd);
}

TEST_EACH(reference_to_itself_or_later, ref_name, NR_REFS)
{
	static const uint64_t bad[] = { 1, 2, 3, 1ULL << 32, ~0ULL, HANDLE_BIT };
	struct unused u;
	unsigned int flag, k;
	struct sample s;

	ref_nth(i, &u, &flag);
	sample_make(&s);
	for (k = 0; k < ARRAY_SIZE(bad); k++) {
		struct mheap_ioc_info before = info_of(s.fd);
		struct mheap_op ops[3];
		uint32_t done;

		ops[0] = OP(ID, .obj = s.a);
		ops[1] = referring_op(&s, &u, flag, bad[k]);
		ops[2] = OP(DUP, .obj = s.a);
		CHECK_EQ(dev_batch(s.fd, ops, 3, 0, &done), 0);
		CHECK_EQ(done, 1);
		CHECK_EQ(ops[1].result, -EINVAL);
		CHECK_UNCHANGED(s.fd, &before);
	}
}

/*
 * Do ops[0], and behind it an op with the nth reference, to ops[0].  Returns how many of
 * the two were done; the heap must not change.
 */
static uint32_t refer_to_first(struct sample *s, unsigned int n, struct mheap_op ops[2],
			       uint32_t flags)
{
	struct mheap_ioc_info before = info_of(s->fd);
	struct unused u;
	unsigned int flag;
	uint32_t done;

	ref_nth(n, &u, &flag);
	ops[1] = referring_op(s, &u, flag, 0);
	CHECK_EQ(dev_batch(s->fd, ops, 2, flags, &done), 0);
	CHECK_UNCHANGED(s->fd, &before);
	return done;
}

/* A number that an op returned is not taken for a handle. */
TEST_EACH(reference_to_a_number, ref_name, NR_REFS)
{
	struct mheap_op ops[2];
	struct sample s;

	sample_make(&s);
	ops[0] = OP(REFCOUNT, .obj = s.a);
	CHECK_EQ(refer_to_first(&s, i, ops, 0), 1);
	CHECK_EQ(ops[1].result, is_weak(ops[1].opcode) ? -ENOENT : -EBADF);
}

/* A failed op made nothing that another op could use, not even null. */
TEST_EACH(reference_to_failed_entry, ref_name, NR_REFS)
{
	struct mheap_op ops[2];
	struct sample s;

	sample_make(&s);
	ops[0] = OP(DUP, .obj = s.stale);
	CHECK_EQ(refer_to_first(&s, i, ops, MHEAP_BATCH_GO_ON), 2);
	CHECK_EQ(ops[0].result, -EBADF);
	CHECK_EQ(ops[0].out, 0);
	CHECK_EQ(ops[1].result, -EINVAL);
}

/* A reference to an op that found a null slot means null, where null is allowed. */
TEST(reference_to_null)
{
	struct mheap_op ops[3];
	struct sample s;
	uint32_t done;

	sample_make(&s);
	ops[0] = OP(GET, .obj = s.a, .index = 3);
	ops[1] = OP(SET, .flags = MHEAP_OPF_VAL, .obj = s.a, .val = 0);
	ops[2] = OP(DUP, .flags = MHEAP_OPF_OBJ, .obj = 0);
	CHECK_EQ(dev_batch(s.fd, ops, 3, MHEAP_BATCH_GO_ON, &done), 0);
	CHECK_EQ(ops[0].out, 0);
	CHECK_EQ(ops[1].result, 0);
	CHECK_EQ(ops[2].result, -EINVAL);
	CHECK_EQ(OUT(s.fd, GET, .obj = s.a), 0);
	CHECK_EQ(refcount(s.fd, s.b), 1);
}

TEST(reference_across_the_whole_batch)
{
	static struct mheap_op ops[MAX_OPS];
	int fd = dev_open();
	uint32_t i;

	ops[0] = OP(ALLOC, .len = 1);
	for (i = 1; i < MAX_OPS - 1; i++)
		ops[i] = OP(DUP, .flags = MHEAP_OPF_OBJ, .obj = i - 1);
	ops[MAX_OPS - 1] = OP(REFCOUNT, .flags = MHEAP_OPF_OBJ);
	dev_all(fd, ops, MAX_OPS);
	CHECK_EQ(ops[MAX_OPS - 1].out, MAX_OPS - 1);
}

/* ---- addresses ---- */

static const unsigned int with_address[] = {
	MHEAP_OP_STAT, MHEAP_OP_READ, MHEAP_OP_WRITE, MHEAP_OP_PUBLISH,
	MHEAP_OP_LOOKUP, MHEAP_OP_UNPUBLISH, MHEAP_OP_INTERN,
};

static const char *address_name(unsigned int i)
{
	return opcodes[with_address[i]].name;
}

TEST_EACH(bad_address, address_name, 7)
{
	static const uint64_t bad[] = {
		0, BAD_PTR, ~0ULL, 1ULL << 63, 0xffff888000000000ULL,
	};
	struct sample s;
	unsigned int k;

	sample_make(&s);
	for (k = 0; k < ARRAY_SIZE(bad); k++) {
		struct mheap_op op = sample_op(&s, with_address[i]);

		op.val = bad[k];
		check_op_refused(&s, op, -EFAULT);
	}
	check_sound(s.fd);
}

/* The upper half of an address is not ignored for 32-bit programs either. */
TEST_EACH(address_with_upper_half, address_name, 7)
{
	struct sample s;
	struct mheap_op op;

	sample_make(&s);
	op = sample_op(&s, with_address[i]);
	op.val |= 1ULL << 62;
	check_op_refused(&s, op, -EFAULT);
}

TEST_EACH(data_ends_in_nowhere, address_name, 7)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct mheap_op op;
	struct sample s;

	CHECK(p != MAP_FAILED);
	CHECK_EQ(munmap(p + page, page), 0);
	memset(p, 'x', page);
	sample_make(&s);
	op = sample_op(&s, with_address[i]);
	op.val = USER_PTR(p + page - op.len + 1);
	check_op_refused(&s, op, -EFAULT);
}

TEST_EACH(read_only_data, address_name, 7)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool written = with_address[i] == MHEAP_OP_STAT ||
		       with_address[i] == MHEAP_OP_READ;
	struct mheap_op op;
	struct sample s;

	CHECK(p != MAP_FAILED);
	memcpy(p, "name", 4);
	CHECK_EQ(mprotect(p, page, PROT_READ), 0);
	sample_make(&s);
	op = sample_op(&s, with_address[i]);
	op.val = USER_PTR(p);
	if (written)
		check_op_refused(&s, op, -EFAULT);
	else if (with_address[i] == MHEAP_OP_PUBLISH)
		CHECK_EQ(DO(s.fd, PUBLISH, .obj = s.a, .val = USER_PTR(p),
			    .len = 5), 0);
	else
		CHECK_EQ(dev_op(s.fd, &op), 0);
	CHECK(!memcmp(p, "name\0\0\0", 8));
}

/* ---- STAT fills the size that it is given ---- */

TEST(stat_of_any_size)
{
	struct mheap_ioc_stat whole;
	char buffer[sizeof(whole) + 16];
	struct sample s;
	uint32_t len, k;

	sample_make(&s);
	whole = stat_of(s.fd, s.a);
	for (len = 0; len <= sizeof(buffer); len++) {
		uint32_t n = len < sizeof(whole) ? len : sizeof(whole);

		memset(buffer, 0x5a, sizeof(buffer));
		CHECK_EQ(DO(s.fd, STAT, .obj = s.a, .val = USER_PTR(buffer),
			    .len = len), 0);
		CHECK(!memcmp(buffer, &whole, n));
		for (k = n; k < sizeof(buffer); k++)
			CHECK_EQ(buffer[k], k < len ? 0 : 0x5a);
	}
}

TEST(stat_of_a_page_and_more)
{
	uint32_t page = sysconf(_SC_PAGESIZE), k;
	static char buffer[1 << 17];
	struct sample s;

	sample_make(&s);
	memset(buffer, 0x5a, sizeof(buffer));
	CHECK_EQ(DO(s.fd, STAT, .obj = s.a, .val = USER_PTR(buffer),
		    .len = page), 0);
	for (k = sizeof(struct mheap_ioc_stat); k < page; k++)
		CHECK_EQ(buffer[k], 0);
	CHECK_EQ(buffer[page], 0x5a);
	check_op_refused(&s, OP(STAT, .obj = s.a, .val = USER_PTR(buffer),
				.len = page + 1), -E2BIG);
	check_op_refused(&s, OP(STAT, .obj = s.a, .val = USER_PTR(buffer),
				.len = ~0U), -E2BIG);
}
