// SPDX-License-Identifier: GPL-2.0
/* Ops of a batch: members, flags, tails and addresses. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
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
static void check_op_refused(struct sample *s, struct op op, int err)
{
	struct mheap_ioc_info before = info_of(s->fd);

	CHECK_EQ(dev_op(s->fd, &op), err);
	CHECK_UNCHANGED(s->fd, &before);
}

static struct mheap_ioc_op sample_coded(struct sample *s, unsigned int opcode)
{
	struct op op = sample_op(s, opcode);
	struct mheap_ioc_op coded;

	op_encode(&op, &coded);
	return coded;
}

/* Do an op as a batch of @count structs, which tells its only result. */
static struct mheap_ioc_batch do_batch(int fd, struct mheap_ioc_op *coded, uint32_t count,
				       uint32_t flags, struct mheap_op_result *result)
{
	struct mheap_ioc_batch batch = {
		.size = sizeof(batch), .flags = flags, .entries = USER_PTR(coded),
		.results = USER_PTR(result), .count = count, .space = 1,
		.done = POISON32, .filled = POISON32, .error = (int32_t)POISON32,
	};

	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_BATCH, &batch), 0);
	return batch;
}

/* The structs are refused as a batch, which stops or goes on. */
static void check_batch_refused(int fd, struct mheap_ioc_op coded, uint32_t count)
{
	struct mheap_op_result result = { .entry = POISON32 };
	struct mheap_ioc_batch batch = do_batch(fd, &coded, count, 0, &result);

	CHECK_EQ(batch.done, 0);
	CHECK_EQ(batch.filled, 0);
	CHECK_EQ(batch.error, -EINVAL);
	CHECK_EQ(result.entry, POISON32);
	batch = do_batch(fd, &coded, count, MHEAP_BATCH_GO_ON, &result);
	CHECK_EQ(batch.done, count);
	CHECK_EQ(batch.filled, 1);
	CHECK_EQ(batch.error, 0);
	CHECK_EQ(result.entry, 0);
	CHECK_EQ(result.error, -EINVAL);
	CHECK_EQ(result.value, 0);
}

/* So they are as a single op. */
static void check_coded_refused(int fd, struct mheap_ioc_op coded)
{
	struct mheap_ioc_info before = info_of(fd);

	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_OP, &coded), -EINVAL);
	check_batch_refused(fd, coded, entry_size(&coded.entry));
	CHECK_UNCHANGED(fd, &before);
}

/* Each op succeeds as it is, so the tests below see it fail for their reason only. */
TEST_EACH(sample_succeeds, opcode_name, MHEAP_OP_COUNT)
{
	struct sample s;
	struct op op;

	sample_make(&s);
	op = sample_op(&s, i);
	CHECK_EQ(dev_op(s.fd, &op), 0);
	check_sound(s.fd);
}

TEST_EACH(sample_succeeds_in_a_batch, opcode_name, MHEAP_OP_COUNT)
{
	bool answers = opcodes[i].has_value || opcodes[i].makes != M_COUNT;
	struct mheap_op_result result = { .entry = POISON32 };
	struct mheap_ioc_batch batch;
	struct mheap_ioc_op coded;
	struct sample s;

	sample_make(&s);
	coded = sample_coded(&s, i);
	batch = do_batch(s.fd, &coded, entry_size(&coded.entry), 0, &result);
	CHECK_EQ(batch.done, batch.count);
	CHECK_EQ(batch.error, 0);
	CHECK_EQ(batch.filled, answers);
	CHECK_EQ(result.entry, answers ? 0 : POISON32);
	check_sound(s.fd);
}

/* ---- members that an opcode does not use ---- */

/* Bytes of an entry and its tail. */
static const struct {
	const char *name;
	unsigned int at, size;
	enum place place;
} parts[] = {
	{ "type", 2, 2, P_TYPE }, { "obj", 4, 4, P_OBJ }, { "index", 8, 4, P_INDEX },
	{ "val", 12, 4, P_VAL }, { "address", 16, 8, P_ADDRESS },
	{ "handle", 24, 4, P_HANDLE }, { "reserved", 28, 4, P_NONE },
};

#define NR_PARTS 7
_Static_assert(NR_PARTS == ARRAY_SIZE(parts), "number of parts");

static bool uses_part(unsigned int opcode, unsigned int part)
{
	enum place place = parts[part].place;
	enum member m;

	for (m = 0; m < M_COUNT; m++) {
		enum place used = opcodes[opcode].place[m];

		if (used != P_NONE && used == place)
			return true;
		if (used == P_ARG && (place == P_INDEX || place == P_VAL))
			return true;
	}
	return false;
}

struct unused {
	unsigned int opcode, part;
};

static bool unused_nth(unsigned int n, struct unused *u)
{
	for (u->opcode = 0; u->opcode < MHEAP_OP_COUNT; u->opcode++)
		for (u->part = 0; u->part < (opcodes[u->opcode].tail ? NR_PARTS : 4); u->part++)
			if (!uses_part(u->opcode, u->part) && !n--)
				return true;
	return false;
}

#define NR_UNUSED 61

static const char *unused_name(unsigned int i)
{
	static char name[40];
	struct unused u;

	unused_nth(i, &u);
	snprintf(name, sizeof(name), "%s.%s", opcodes[u.opcode].name, parts[u.part].name);
	return name;
}

TEST(all_unused_members_are_tried)
{
	struct unused u;

	CHECK(unused_nth(NR_UNUSED - 1, &u));
	CHECK(!unused_nth(NR_UNUSED, &u));
}

/* Every single bit, and all of them. */
TEST_EACH(unused_member, unused_name, NR_UNUSED)
{
	struct mheap_ioc_op good, bad;
	struct sample s;
	struct unused u;
	unsigned int bit;

	unused_nth(i, &u);
	sample_make(&s);
	good = sample_coded(&s, u.opcode);
	for (bit = 0; bit < 8 * parts[u.part].size; bit++) {
		bad = good;
		((unsigned char *)&bad)[parts[u.part].at + bit / 8] = 1 << bit % 8;
		check_coded_refused(s.fd, bad);
	}
	bad = good;
	memset((char *)&bad + parts[u.part].at, 0xff, parts[u.part].size);
	check_coded_refused(s.fd, bad);
}

/* ---- flags and opcodes ---- */

TEST_EACH(unknown_flags, opcode_name, MHEAP_OP_COUNT)
{
	struct mheap_ioc_op good, bad;
	struct sample s;
	unsigned int bit;

	sample_make(&s);
	good = sample_coded(&s, i);
	for (bit = 0; bit < 8; bit++) {
		if (opcodes[i].flags & 1U << bit)
			continue;
		bad = good;
		bad.entry.flags = 1U << bit;
		check_coded_refused(s.fd, bad);
		bad.entry.flags |= opcodes[i].flags;
		check_coded_refused(s.fd, bad);
	}
}

TEST(unknown_opcodes)
{
	unsigned int opcode;
	struct sample s;

	sample_make(&s);
	for (opcode = MHEAP_OP_COUNT; opcode <= UINT8_MAX; opcode++)
		check_coded_refused(s.fd, (struct mheap_ioc_op){ .entry.opcode = opcode });
}

/* ---- tails ---- */

static const unsigned int tailed[] = {
	MHEAP_OP_STAT, MHEAP_OP_XCHG, MHEAP_OP_CAS, MHEAP_OP_READ, MHEAP_OP_WRITE,
	MHEAP_OP_PUBLISH, MHEAP_OP_LOOKUP, MHEAP_OP_UNPUBLISH, MHEAP_OP_INTERN,
};

static const char *tailed_name(unsigned int i)
{
	return opcodes[tailed[i]].name;
}

TEST(all_tails_are_tried)
{
	unsigned int opcode, n = 0;

	for (opcode = 0; opcode < MHEAP_OP_COUNT; opcode++)
		n += opcodes[opcode].tail;
	CHECK_EQ(n, ARRAY_SIZE(tailed));
}

/* The batch ends between entry and tail, although a tail lies there. */
TEST_EACH(tail_is_missing, tailed_name, ARRAY_SIZE(tailed))
{
	struct mheap_ioc_info before;
	struct sample s;

	sample_make(&s);
	before = info_of(s.fd);
	check_batch_refused(s.fd, sample_coded(&s, tailed[i]), 1);
	CHECK_UNCHANGED(s.fd, &before);
}

/* Nothing behind the end of the batch is read. */
TEST_EACH(tail_is_missing_and_memory_ends, tailed_name, ARRAY_SIZE(tailed))
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct mheap_op_result result;
	struct mheap_ioc_batch batch;
	struct mheap_ioc_op coded;
	struct sample s;

	CHECK(p != MAP_FAILED);
	CHECK_EQ(munmap(p + page, page), 0);
	sample_make(&s);
	coded = sample_coded(&s, tailed[i]);
	p += page - sizeof(coded.entry);
	memcpy(p, &coded.entry, sizeof(coded.entry));
	batch = do_batch(s.fd, (struct mheap_ioc_op *)p, 1, 0, &result);
	CHECK_EQ(batch.done, 0);
	CHECK_EQ(batch.error, -EINVAL);
}

/* A READ of inline bytes has no tail, so what follows it is the next op. */
TEST(inline_read_is_followed_by_an_op)
{
	struct mheap_op_result results[2];
	struct mheap_entry entries[2];
	struct sample s;
	struct mheap_ioc_batch batch = {
		.size = sizeof(batch), .entries = USER_PTR(entries),
		.results = USER_PTR(results), .count = 2, .space = 2,
	};

	sample_make(&s);
	entries[0] = (struct mheap_entry){
		.opcode = MHEAP_OP_READ, .flags = MHEAP_ENTRY_INLINE, .obj = s.a, .val = 8,
	};
	entries[1] = (struct mheap_entry){ .opcode = MHEAP_OP_REFCOUNT, .obj = s.c };
	CHECK_EQ(dev_ioctl(s.fd, MHEAP_IOC_BATCH, &batch), 0);
	CHECK_EQ(batch.done, 2);
	CHECK_EQ(batch.filled, 2);
	CHECK_EQ(results[0].entry, 0);
	CHECK_EQ(results[0].value, 0);
	CHECK_EQ(results[1].entry, 1);
	CHECK_EQ(results[1].value, 1);
}

/* The bytes of a tail are never taken for an op, whatever they are. */
TEST(tail_that_looks_like_an_op)
{
	struct mheap_op_result result;
	struct mheap_ioc_batch batch;
	struct mheap_ioc_op coded;
	struct mheap_entry drop_b;
	struct sample s;

	sample_make(&s);
	drop_b = (struct mheap_entry){ .opcode = MHEAP_OP_DROP, .obj = s.b };
	coded = (struct mheap_ioc_op){ .entry = {
		.opcode = MHEAP_OP_WRITE, .flags = MHEAP_ENTRY_INLINE, .obj = s.a, .val = 8,
	} };
	memcpy(&coded.tail, &drop_b, sizeof(drop_b));
	batch = do_batch(s.fd, &coded, 2, 0, &result);
	CHECK_EQ(batch.done, 2);
	CHECK_EQ(batch.filled, 0);
	CHECK_EQ(refcount(s.fd, s.b), 2);
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
		struct op op = sample_op(&s, with_address[i]);

		op.val = bad[k];
		check_op_refused(&s, op, -EFAULT);
	}
	check_sound(s.fd);
}

/* The upper half of an address is not ignored for 32-bit programs either. */
TEST_EACH(address_with_upper_half, address_name, 7)
{
	struct sample s;
	struct op op;

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
	struct op op;
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
	struct op op;
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
