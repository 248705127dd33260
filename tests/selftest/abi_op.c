// SPDX-License-Identifier: GPL-2.0
/* A single op (MHEAP_IOC_OP), and copying to memory that is not populated yet. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"
#include "notify.h"
#include "sample.h"

/* Returns what the call returns, or a negative errno. */
static int one(int fd, void *op)
{
	int ret = ioctl(fd, MHEAP_IOC_OP, op);

	return ret < 0 ? -errno : ret;
}

static struct mheap_ioc_op coded(struct op op)
{
	struct mheap_ioc_op to;

	op_check(&op);
	op_encode(&op, &to);
	return to;
}

#define CODED(...) coded(OP(__VA_ARGS__))

/* Map pages that are not populated yet. */
static char *new_pages(size_t n, int prot)
{
	char *p = mmap(NULL, n * sysconf(_SC_PAGESIZE), prot,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static void check_empty(int fd)
{
	CHECK_EQ(info_of(fd).objects, 0);
	CHECK_EQ(info_of(fd).handles, 0);
}

/* ---- what the call returns ---- */

/* The call must return @ret, and give the value if that is 2. */
static void check_one(int fd, struct op op, int ret, uint64_t value)
{
	struct mheap_ioc_op to = coded(op), before = to;

	CHECK_EQ(one(fd, &to), ret);
	CHECK(!memcmp(&to, &before, offsetof(struct mheap_ioc_op, value)));
	if (ret == 2)
		CHECK_EQ(to.value, value);
}

#define CHECK_ONE(_fd, _ret, _value, ...) check_one(_fd, OP(__VA_ARGS__), _ret, _value)

static bool makes_a_handle(unsigned int opcode)
{
	return opcodes[opcode].makes != M_COUNT;
}

static bool has_no_value(unsigned int opcode)
{
	return !opcodes[opcode].has_value && !makes_a_handle(opcode);
}

static bool has_no_tail(unsigned int opcode)
{
	return !opcodes[opcode].tail;
}

/* Returns the nth opcode of that kind. */
static unsigned int nth(unsigned int n, bool (*is)(unsigned int opcode))
{
	unsigned int opcode;

	for (opcode = 0; opcode < MHEAP_OP_COUNT; opcode++)
		if (is(opcode) && !n--)
			break;
	return opcode;
}

#define NR_MAKERS	8
#define NR_VALUELESS	12
#define NR_TAILLESS	16

TEST(all_opcodes_are_tried)
{
	CHECK_LE(nth(NR_MAKERS - 1, makes_a_handle), MHEAP_OP_COUNT - 1);
	CHECK_EQ(nth(NR_MAKERS, makes_a_handle), MHEAP_OP_COUNT);
	CHECK_LE(nth(NR_VALUELESS - 1, has_no_value), MHEAP_OP_COUNT - 1);
	CHECK_EQ(nth(NR_VALUELESS, has_no_value), MHEAP_OP_COUNT);
	CHECK_LE(nth(NR_TAILLESS - 1, has_no_tail), MHEAP_OP_COUNT - 1);
	CHECK_EQ(nth(NR_TAILLESS, has_no_tail), MHEAP_OP_COUNT);
}

static const char *valueless_name(unsigned int i)
{
	return opcodes[nth(i, has_no_value)].name;
}

/* An op that succeeds and has no value gives 0. */
TEST_EACH(returns_without_a_value, valueless_name, NR_VALUELESS)
{
	struct sample s;

	sample_make(&s);
	check_one(s.fd, sample_op(&s, nth(i, has_no_value)), 0, 0);
}

static const char *maker_name(unsigned int i)
{
	return opcodes[nth(i, makes_a_handle)].name;
}

/* The op of the sample, as often as it is asked for, with that number for its handle. */
static struct op maker_op(struct sample *s, unsigned int opcode, uint32_t number)
{
	struct op op = sample_op(s, opcode);

	if (opcode == MHEAP_OP_XCHG)
		OUT(s->fd, SET, .obj = s->a, .val = s->a);
	op_set_member(&op, opcodes[opcode].makes, number);
	return op;
}

/* The kernel's numbers are never 0 or 1. */
TEST_EACH(returns_a_new_handle, maker_name, NR_MAKERS)
{
	unsigned int opcode = nth(i, makes_a_handle);
	struct mheap_ioc_op to;
	struct sample s;

	sample_make(&s);
	to = coded(maker_op(&s, opcode, 0));
	CHECK_EQ(one(s.fd, &to), 2);
	CHECK(is_own_number(to.value));
	CHECK_EQ(DO(s.fd, DROP, .obj = to.value), 0);
	check_one(s.fd, maker_op(&s, opcode, 1), 1, 0);
	check_one(s.fd, maker_op(&s, opcode, 2), 1, 0);
	CHECK_EQ(DO(s.fd, DROP, .obj = 1), 0);
	CHECK_EQ(DO(s.fd, DROP, .obj = 2), 0);
}

TEST(returns_null)
{
	struct sample s;
	uint64_t w;

	sample_make(&s);
	CHECK_ONE(s.fd, 0, 0, GET, .obj = s.a, .index = 1);
	CHECK_ONE(s.fd, 0, 0, GET, .obj = s.a, .index = 1, .val = 5);
	CHECK_ONE(s.fd, 0, 0, XCHG, .obj = s.a, .index = 1);
	CHECK_ONE(s.fd, 0, 0, XCHG, .obj = s.a, .index = 1, .arg = 5);
	w = weak_new(s.fd, s.c, 1);
	drop(s.fd, s.c);
	CHECK_ONE(s.fd, 0, 0, WEAK_GET, .arg = w);
	CHECK_ONE(s.fd, 0, 0, WEAK_GET, .arg = w, .obj = 5);
	/* The number stood for null only while the op was done. */
	CHECK_ONE(s.fd, -EBADF, 0, SAME, .obj = 5);
	CHECK_ONE(s.fd, 1, 0, DUP, .obj = s.a, .val = 5);
}

TEST(returns_a_number)
{
	struct sample s;

	sample_make(&s);
	CHECK_ONE(s.fd, 1, 0, REFCOUNT, .obj = s.c);
	CHECK_ONE(s.fd, 2, 3, REFCOUNT, .obj = s.a);
	CHECK_ONE(s.fd, 2, stat_of(s.fd, s.c).id, ID, .obj = s.c);
	CHECK_ONE(s.fd, 0, 0, SAME, .obj = s.a, .val = s.b);
	CHECK_ONE(s.fd, 1, 0, SAME, .obj = s.a, .val = s.spare);
	CHECK_ONE(s.fd, 0, 0, CAS, .obj = s.a, .arg = s.c);
	CHECK_ONE(s.fd, 1, 0, CAS, .obj = s.a, .arg = s.b);
}

TEST(returns_bytes)
{
	static const uint64_t values[] = { 0, 1, 2, 3, 0x100, 1ULL << 63, ~0ULL };
	struct sample s;
	unsigned int k;

	sample_make(&s);
	for (k = 0; k < ARRAY_SIZE(values); k++) {
		CHECK_ONE(s.fd, 0, 0, WRITE, .flags = OPF_INLINE, .obj = s.a,
			  .val = values[k], .len = 8);
		CHECK_ONE(s.fd, values[k] < 2 ? (int)values[k] : 2, values[k],
			  READ, .flags = OPF_INLINE, .obj = s.a, .len = 8);
	}
	CHECK_ONE(s.fd, 0, 0, READ, .flags = OPF_INLINE, .obj = s.a);
}

TEST(returns_an_immortal_count)
{
	int fd = dev_open();
	uint64_t o = OUT(fd, ALLOC, .val = MHEAP_ENTRY_IMMORTAL);

	CHECK_ONE(fd, 2, MHEAP_COUNT_IMMORTAL, REFCOUNT, .obj = o);
}

TEST(returns_an_error)
{
	int fd = dev_open();

	CHECK_ONE(fd, -ENOENT, 0, ALLOC, .index = 77);
	CHECK_ONE(fd, -EINVAL, 0, COUNT);
	CHECK_ONE(fd, -EBADF, 0, DUP, .obj = 5);
	CHECK_ONE(fd, -EINVAL, 0, DUP);
	check_empty(fd);
}

TEST(one_entry_needs_rights)
{
	int fd = dev_open(), other = dev_attach(fd, MHEAP_RIGHT_READ);

	CHECK_GE(other, 0);
	CHECK_ONE(other, -EPERM, 0, ALLOC, .len = 1);
	check_empty(fd);
}

/* ---- tails ---- */

static const char *tailless_name(unsigned int i)
{
	return opcodes[nth(i, has_no_tail)].name;
}

/* What comes after an entry without a tail must be zero. */
TEST_EACH(tail_of_an_op_without, tailless_name, NR_TAILLESS)
{
	struct mheap_ioc_info before;
	unsigned int bit;
	struct sample s;

	sample_make(&s);
	before = info_of(s.fd);
	for (bit = 0; bit < 8 * sizeof(struct mheap_tail); bit++) {
		struct mheap_ioc_op to = coded(sample_op(&s, nth(i, has_no_tail)));

		((unsigned char *)&to.tail)[bit / 8] = 1 << bit % 8;
		CHECK_EQ(one(s.fd, &to), -EINVAL);
	}
	CHECK_UNCHANGED(s.fd, &before);
}

TEST(tail_of_inline_bytes)
{
	struct mheap_ioc_op to;
	struct sample s;

	sample_make(&s);
	to = CODED(READ, .flags = OPF_INLINE, .obj = s.a, .len = 8);
	to.tail.address = USER_PTR(s.buffer);
	CHECK_EQ(one(s.fd, &to), -EINVAL);
	to = CODED(WRITE, .flags = OPF_INLINE, .obj = s.a, .len = 8);
	to.tail.handle = 1;
	CHECK_EQ(one(s.fd, &to), -EINVAL);
}

/* ---- where the op lies in memory ---- */

TEST(one_entry_at_bad_addresses)
{
	static const uint64_t bad[] = { 0, 8, 1ULL << 63, ~0ULL, -48ULL };
	int fd = dev_open();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_EQ(one(fd, (void *)(uintptr_t)bad[i]), -EFAULT);
	check_empty(fd);
}

/*
 * The page may end at any byte of the op. An op whose value could not be told is not done,
 * even if the program chose the number of the handle.
 */
static void check_page_ends(int fd, struct mheap_ioc_op op)
{
	size_t page = sysconf(_SC_PAGESIZE), at;
	char *p = new_pages(2, PROT_READ | PROT_WRITE);

	for (at = page - sizeof(op) + 1; at <= page; at++) {
		CHECK_EQ(mprotect(p + page, page, PROT_READ | PROT_WRITE), 0);
		memcpy(p + at, &op, sizeof(op));
		CHECK_EQ(mprotect(p + page, page, PROT_READ), 0);
		CHECK_EQ(one(fd, p + at), -EFAULT);
		CHECK(!memcmp(p + at, &op, offsetof(struct mheap_ioc_op, value)));
	}
	check_empty(fd);
	CHECK_EQ(munmap(p + page, page), 0);
	for (at = page - sizeof(op) + 1; at < page; at++)
		CHECK_EQ(one(fd, p + at), -EFAULT);
	check_empty(fd);
	memcpy(p + page - sizeof(op), &op, sizeof(op));
	CHECK_GE(one(fd, p + page - sizeof(op)), 1);
	CHECK_EQ(info_of(fd).handles, 1);
}

TEST(one_entry_that_cannot_be_written)
{
	check_page_ends(dev_open(), CODED(ALLOC, .len = 1));
}

TEST(one_numbered_entry_that_cannot_be_written)
{
	check_page_ends(dev_open(), CODED(ALLOC, .len = 1, .obj = 5));
}

TEST(one_entry_at_odd_addresses)
{
	struct mheap_ioc_op alloc = CODED(ALLOC, .len = 1);
	char odd[sizeof(alloc) + 8];
	struct mheap_ioc_op op;
	int fd = dev_open(), at;

	for (at = 1; at < 8; at++) {
		memcpy(odd + at, &alloc, sizeof(alloc));
		CHECK_EQ(one(fd, odd + at), 2);
		memcpy(&op, odd + at, sizeof(op));
		CHECK(is_own_number(op.value));
	}
	CHECK_EQ(info_of(fd).handles, 7);
}

/* ---- data that goes out ---- */

#define DATA	8192U

static uint64_t make_data(int fd, char *data)
{
	uint64_t o = make(fd, 0, DATA);
	unsigned int i;

	for (i = 0; i < DATA; i++)
		data[i] = i % 251;
	OUT(fd, WRITE, .obj = o, .val = USER_PTR(data), .len = DATA);
	return o;
}

static const uint32_t lengths[] = { 1, 8, 64, 65, 4096, DATA };

static const char *length_name(unsigned int i)
{
	static const char *const names[] = { "1", "8", "64", "65", "4096", "8192" };

	return names[i];
}

/* Every read waits for the page fault, whatever ops come before and after it. */
TEST_EACH(read_into_pages_not_there, length_name, 6)
{
	uint32_t len = lengths[i], n = 200, k;
	size_t page = sysconf(_SC_PAGESIZE);
	struct op ops[200];
	static char data[DATA];
	int fd = dev_open();
	uint64_t o = make_data(fd, data);
	char *to = new_pages(n * 4, PROT_READ | PROT_WRITE);

	for (k = 0; k < n; k++)
		ops[k] = OP(READ, .obj = o, .len = len,
			    .val = USER_PTR(to + k * 4 * page + page - 1));
	dev_all(fd, ops, n);
	for (k = 0; k < n; k++)
		CHECK(!memcmp(to + k * 4 * page + page - 1, data, len));
}

TEST_EACH(one_read_into_pages_not_there, length_name, 6)
{
	static char data[DATA];
	int fd = dev_open();
	uint64_t o = make_data(fd, data);
	char *to = new_pages(4, PROT_READ | PROT_WRITE) + sysconf(_SC_PAGESIZE) - 1;

	OUT(fd, READ, .obj = o, .val = USER_PTR(to), .len = lengths[i]);
	CHECK(!memcmp(to, data, lengths[i]));
}

/* The ops behind the failed one are neither done nor written to. */
TEST_EACH(read_into_a_read_only_page, length_name, 6)
{
	static char data[DATA];
	int fd = dev_open();
	uint64_t o = make_data(fd, data);
	struct op ops[3];
	uint32_t done;

	ops[0] = OP(DUP, .obj = o);
	ops[1] = OP(READ, .obj = o, .len = lengths[i],
		    .val = USER_PTR(new_pages(4, PROT_READ)));
	ops[2] = OP(DUP, .obj = o, .out = POISON64);
	CHECK_EQ(dev_batch(fd, ops, 3, 0, &done), 0);
	CHECK_EQ(done, 1);
	CHECK_EQ(ops[1].result, -EFAULT);
	CHECK(ops[2].out == POISON64);
	CHECK_EQ(refcount(fd, o), 2);
	CHECK_EQ(dev_batch(fd, ops, 3, MHEAP_BATCH_GO_ON, &done), 0);
	CHECK_EQ(done, 3);
	CHECK_EQ(ops[1].result, -EFAULT);
	CHECK_EQ(refcount(fd, o), 4);
}

/* The memory that is not populated may be the heap's own mapping. */
TEST(read_into_a_mapped_payload)
{
	static char data[DATA];
	int fd = dev_open();
	uint64_t from = make_data(fd, data), to = make(fd, 0, DATA);
	char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *at;

	CHECK(p != MAP_FAILED);
	at = p + stat_of(fd, to).offset;
	OUT(fd, READ, .obj = from, .val = USER_PTR(at), .len = 64);
	CHECK(!memcmp(at, data, 64));
	/* Repeat it now that the page is there, and copy the payload onto itself. */
	OUT(fd, READ, .obj = from, .val = USER_PTR(at + 8), .len = DATA - 8);
	CHECK(!memcmp(at + 8, data, DATA - 8));
	OUT(fd, READ, .obj = to, .val = USER_PTR(at), .len = DATA);
	CHECK(!memcmp(at + 8, data, DATA - 8));
}
