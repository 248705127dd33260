// SPDX-License-Identifier: GPL-2.0
/* A single op (MHEAP_IOC_OP), and copying to memory that is not populated yet. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"

static int one(int fd, void *op)
{
	return dev_ioctl(fd, MHEAP_IOC_OP, op);
}

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

TEST(one_entry)
{
	struct mheap_op op = OP(ALLOC, .len = 1, .result = POISON32, .out = POISON64);
	int fd = dev_open();

	CHECK_EQ(one(fd, &op), 0);
	CHECK_EQ(op.result, 0);
	CHECK(op.out & HANDLE_BIT);
	CHECK_EQ(op.opcode, MHEAP_OP_ALLOC);
	CHECK_EQ(op.len, 1);
	CHECK_EQ(refcount(fd, op.out), 1);
}

/* The call succeeds, but the op in it fails. */
TEST(one_entry_fails)
{
	struct mheap_op op = OP(ALLOC, .index = 77, .result = POISON32, .out = POISON64);
	int fd = dev_open();

	CHECK_EQ(one(fd, &op), 0);
	CHECK_EQ(op.result, -ENOENT);
	CHECK_EQ(op.out, 0);
	op = OP(COUNT, .out = POISON64);
	CHECK_EQ(one(fd, &op), 0);
	CHECK_EQ(op.result, -EINVAL);
	CHECK_EQ(op.out, 0);
	/* A single op has no earlier op that it could refer to. */
	op = OP(DUP, .obj = 0, .flags = MHEAP_OPF_OBJ);
	CHECK_EQ(one(fd, &op), 0);
	CHECK_EQ(op.result, -EINVAL);
	check_empty(fd);
}

TEST(one_entry_needs_rights)
{
	int fd = dev_open(), other = dev_attach(fd, MHEAP_RIGHT_READ);
	struct mheap_op op = OP(ALLOC, .len = 1);

	CHECK_GE(other, 0);
	CHECK_EQ(one(other, &op), 0);
	CHECK_EQ(op.result, -EPERM);
	check_empty(fd);
}

TEST(one_entry_at_bad_addresses)
{
	static const uint64_t bad[] = { 0, 8, 1ULL << 63, ~0ULL, -48ULL };
	int fd = dev_open();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_EQ(one(fd, (void *)(uintptr_t)bad[i]), -EFAULT);
	check_empty(fd);
}

/* The page may end at any byte of the op. */
TEST(one_entry_that_cannot_be_written)
{
	static const struct mheap_op alloc = OP(ALLOC, .len = 1);
	size_t page = sysconf(_SC_PAGESIZE), at;
	char *p = new_pages(2, PROT_READ | PROT_WRITE);
	int fd = dev_open();

	for (at = page - sizeof(alloc) + 1; at <= page; at++) {
		CHECK_EQ(mprotect(p + page, page, PROT_READ | PROT_WRITE), 0);
		memcpy(p + at, &alloc, sizeof(alloc));
		CHECK_EQ(mprotect(p + page, page, PROT_READ), 0);
		CHECK_EQ(one(fd, p + at), -EFAULT);
		CHECK(!memcmp(p + at, &alloc, sizeof(alloc)));
	}
	check_empty(fd);
	CHECK_EQ(munmap(p + page, page), 0);
	for (at = page - sizeof(alloc) + 1; at < page; at++)
		CHECK_EQ(one(fd, p + at), -EFAULT);
	check_empty(fd);
}

TEST(one_entry_at_an_odd_address)
{
	static const struct mheap_op alloc = OP(ALLOC, .len = 1);
	char odd[sizeof(alloc) + 1];
	struct mheap_op op;
	int fd = dev_open();

	memcpy(odd + 1, &alloc, sizeof(alloc));
	CHECK_EQ(one(fd, odd + 1), 0);
	memcpy(&op, odd + 1, sizeof(op));
	CHECK(op.out & HANDLE_BIT);
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
	struct mheap_op ops[200];
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
	struct mheap_op ops[3];
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
