// SPDX-License-Identifier: GPL-2.0
/* Batches: how many ops they take, where they stop, and where the ops lie in memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"

/* These ops contain nothing that could be mistaken for a result. */
static struct mheap_op *new_ops(uint32_t n)
{
	struct mheap_op *ops = calloc(n, sizeof(*ops));
	uint32_t i;

	CHECK(ops);
	for (i = 0; i < n; i++) {
		ops[i] = OP(ALLOC, .len = 1);
		ops[i].result = POISON32;
		ops[i].out = POISON64;
	}
	return ops;
}

static void check_left_alone(const struct mheap_op *ops, uint32_t from,
			     uint32_t to)
{
	uint32_t i;

	for (i = from; i < to; i++) {
		CHECK_EQ(ops[i].result, (int)POISON32);
		CHECK(ops[i].out == POISON64);
	}
}

TEST(count_0)
{
	int fd = dev_open();
	uint32_t done;

	CHECK_EQ(dev_batch(fd, NULL, 0, 0, &done), -EINVAL);
	CHECK_EQ(dev_batch(fd, new_ops(1), 0, 0, &done), -EINVAL);
	CHECK_EQ(done, POISON32);
	CHECK_EQ(info_of(fd).objects, 0);
}

TEST(count_1)
{
	struct mheap_op *ops = new_ops(2);
	int fd = dev_open();
	uint32_t done;

	CHECK_EQ(dev_batch(fd, ops, 1, 0, &done), 0);
	CHECK_EQ(done, 1);
	CHECK_EQ(ops[0].result, 0);
	CHECK(ops[0].out & HANDLE_BIT);
	check_left_alone(ops, 1, 2);
	CHECK_EQ(info_of(fd).objects, 1);
}

TEST(count_max)
{
	struct mheap_op *ops = new_ops(MAX_OPS);
	int fd = dev_open();
	uint32_t done, i;

	CHECK_EQ(dev_batch(fd, ops, MAX_OPS, 0, &done), 0);
	CHECK_EQ(done, MAX_OPS);
	for (i = 0; i < MAX_OPS; i++) {
		CHECK_EQ(ops[i].result, 0);
		CHECK(ops[i].out & HANDLE_BIT);
	}
	CHECK_EQ(info_of(fd).objects, MAX_OPS);
	CHECK_EQ(info_of(fd).handles, MAX_OPS);
	check_sound(fd);
}

TEST(count_max_plus_1)
{
	struct mheap_op *ops = new_ops(MAX_OPS + 1);
	int fd = dev_open();

	CHECK_EQ(dev_batch(fd, ops, MAX_OPS + 1, 0, NULL), -E2BIG);
	CHECK_EQ(dev_batch(fd, ops, UINT32_MAX, 0, NULL), -E2BIG);
	CHECK_EQ(dev_batch(fd, ops, 0x10000000, 0, NULL), -E2BIG);
	check_left_alone(ops, 0, MAX_OPS + 1);
	CHECK_EQ(info_of(fd).objects, 0);
}

TEST(unknown_batch_flags)
{
	struct mheap_op *ops = new_ops(1);
	int fd = dev_open();
	unsigned int bit;

	for (bit = 1; bit < 32; bit++) {
		CHECK_EQ(dev_batch(fd, ops, 1, 1U << bit, NULL), -EINVAL);
		CHECK_EQ(dev_batch(fd, ops, 1, 1U << bit | 1, NULL), -EINVAL);
	}
	check_left_alone(ops, 0, 1);
	CHECK_EQ(info_of(fd).objects, 0);
}

/* ---- where a batch stops ---- */

static const uint32_t failing[] = { 0, 1, 7, 63, 64, 65, 127, 128, 299 };

static const char *failing_name(unsigned int i)
{
	static const char *const names[] = {
		"0", "1", "7", "63", "64", "65", "127", "128", "299",
	};

	return names[i];
}

TEST_EACH(stops_at_failed_entry, failing_name, 9)
{
	struct mheap_op *ops = new_ops(300);
	int fd = dev_open();
	uint32_t bad = failing[i], done, k;

	ops[bad].index = 77;
	CHECK_EQ(dev_batch(fd, ops, 300, 0, &done), 0);
	CHECK_EQ(done, bad);
	for (k = 0; k < bad; k++)
		CHECK_EQ(ops[k].result, 0);
	CHECK_EQ(ops[bad].result, -ENOENT);
	CHECK_EQ(ops[bad].out, 0);
	check_left_alone(ops, bad + 1, 300);
	CHECK_EQ(info_of(fd).objects, bad);
	CHECK_EQ(info_of(fd).handles, bad);
}

TEST_EACH(goes_on_after_failed_entry, failing_name, 9)
{
	struct mheap_op *ops = new_ops(300);
	int fd = dev_open();
	uint32_t bad = failing[i], done, k;

	ops[bad].index = 77;
	CHECK_EQ(dev_batch(fd, ops, 300, MHEAP_BATCH_GO_ON, &done), 0);
	CHECK_EQ(done, 300);
	for (k = 0; k < 300; k++) {
		CHECK_EQ(ops[k].result, k == bad ? -ENOENT : 0);
		CHECK_EQ(ops[k].out >> 63, k != bad);
	}
	CHECK_EQ(info_of(fd).objects, 299);
}

TEST(goes_on_when_all_fail)
{
	struct mheap_op *ops = new_ops(300);
	int fd = dev_open();
	uint32_t done, k;

	for (k = 0; k < 300; k++)
		ops[k].opcode = MHEAP_OP_COUNT;
	CHECK_EQ(dev_batch(fd, ops, 300, MHEAP_BATCH_GO_ON, &done), 0);
	CHECK_EQ(done, 300);
	for (k = 0; k < 300; k++) {
		CHECK_EQ(ops[k].result, -EINVAL);
		CHECK_EQ(ops[k].out, 0);
	}
}

/* An op whose data cannot be delivered counts as failed, like any other. */
TEST_EACH(stops_at_undelivered_data, failing_name, 9)
{
	struct mheap_op *ops = new_ops(300);
	int fd = dev_open();
	uint64_t o = make(fd, 0, 8);
	uint32_t bad = failing[i], done;

	ops[bad] = OP(READ, .obj = o, .val = BAD_PTR, .len = 8);
	CHECK_EQ(dev_batch(fd, ops, 300, 0, &done), 0);
	CHECK_EQ(done, bad);
	CHECK_EQ(ops[bad].result, -EFAULT);
	check_left_alone(ops, bad + 1, 300);
	CHECK_EQ(info_of(fd).objects, bad + 1);
}

TEST(members_that_go_in_stay)
{
	struct mheap_op op = OP(ALLOC, .index = 0, .len = 3, .arg = 17);
	struct mheap_op before = op;
	int fd = dev_open();

	CHECK_EQ(dev_op(fd, &op), 0);
	op.result = before.result;
	op.out = before.out;
	CHECK(!memcmp(&op, &before, sizeof(op)));
}

/* ---- where ops lie in memory ---- */

static size_t page;

static struct mheap_op *map_ops(uint32_t n)
{
	struct mheap_op *new = new_ops(n), *ops;
	size_t size = (n * sizeof(*ops) + page - 1) & -page;

	ops = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(ops != MAP_FAILED);
	memcpy(ops, new, n * sizeof(*ops));
	free(new);
	return ops;
}

TEST(entries_at_bad_addresses)
{
	static const uint64_t bad[] = { 0, 8, 1ULL << 63, ~0ULL, -48ULL };
	int fd = dev_open();
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(bad); k++) {
		struct mheap_ioc_batch batch = {
			.size = sizeof(batch), .ops = bad[k], .count = 1,
			.done = POISON32,
		};

		CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_BATCH, &batch), -EFAULT);
		batch.count = MAX_OPS;
		CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_BATCH, &batch), -EFAULT);
		CHECK_EQ(batch.done, 0);
	}
	CHECK_EQ(info_of(fd).objects, 0);
}

/* A batch whose ops cannot all be read is not started. */
TEST(entries_end_in_nowhere)
{
	struct mheap_op *ops;
	int fd = dev_open();
	uint32_t n;

	page = sysconf(_SC_PAGESIZE);
	n = 4 * page / sizeof(*ops);
	ops = map_ops(n);
	CHECK_EQ(munmap((char *)ops + 3 * page, page), 0);
	CHECK_EQ(dev_batch(fd, ops, n, 0, NULL), -EFAULT);
	check_left_alone(ops, 0, 3 * page / sizeof(*ops));
	CHECK_EQ(info_of(fd).objects, 0);
}

/* A batch must not run if its caller would never learn of its handles. */
TEST(read_only_entries)
{
	struct mheap_op *ops;
	int fd = dev_open();

	page = sysconf(_SC_PAGESIZE);
	ops = map_ops(300);
	CHECK_EQ(mprotect(ops, 300 * sizeof(*ops), PROT_READ), 0);
	CHECK_EQ(dev_batch(fd, ops, 1, 0, NULL), -EFAULT);
	CHECK_EQ(dev_batch(fd, ops, 300, 0, NULL), -EFAULT);
	CHECK_EQ(dev_batch(fd, ops, 300, MHEAP_BATCH_GO_ON, NULL), -EFAULT);
	check_left_alone(ops, 0, 300);
	CHECK_EQ(info_of(fd).objects, 0);
	CHECK_EQ(info_of(fd).handles, 0);
}

/* The caller is told what was done, as far as its memory allows. */
TEST(entries_read_only_from_the_middle)
{
	struct mheap_op *ops;
	uint32_t n, i, made = 0;
	int fd = dev_open();

	page = sysconf(_SC_PAGESIZE);
	n = 4 * page / sizeof(*ops);
	ops = map_ops(n);
	CHECK_EQ(mprotect((char *)ops + 2 * page, 2 * page, PROT_READ), 0);
	CHECK_EQ(dev_batch(fd, ops, n, 0, NULL), -EFAULT);
	for (i = 0; i < n; i++)
		made += ops[i].result == 0 && ops[i].out & HANDLE_BIT;
	CHECK_EQ(info_of(fd).objects, made);
	CHECK_EQ(info_of(fd).handles, made);
}

TEST(entries_at_odd_addresses)
{
	struct mheap_op *ops = new_ops(3);
	char *odd = malloc(4 * sizeof(*ops));
	struct mheap_ioc_batch batch = {
		.size = sizeof(batch), .ops = USER_PTR(odd + 1), .count = 3,
	};
	int fd = dev_open();

	memcpy(odd + 1, ops, 3 * sizeof(*ops));
	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_BATCH, &batch), 0);
	CHECK_EQ(batch.done, 3);
	memcpy(ops, odd + 1, 3 * sizeof(*ops));
	CHECK(ops[2].out & HANDLE_BIT);
}

/* ---- handles ---- */

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Every opcode that makes a handle is tried, with entries of the handle table reused. */
TEST(handles_have_bit_63_and_are_never_the_same)
{
	static uint64_t seen[6 * 1000];
	uint64_t slot, name, o;
	int fd = dev_open();
	size_t n = 0, i;

	slot = make(fd, 1, 0);
	name = USER_PTR("n");
	OUT(fd, SET, .obj = slot, .val = slot);
	OUT(fd, PUBLISH, .obj = slot, .val = name, .len = 1);
	while (n < ARRAY_SIZE(seen)) {
		o = make(fd, 0, 0);
		seen[n++] = o;
		seen[n++] = OUT(fd, DUP, .obj = o);
		seen[n++] = OUT(fd, OPEN_ID, .arg = id_of(fd, o));
		seen[n++] = OUT(fd, GET, .obj = slot);
		seen[n++] = OUT(fd, XCHG, .obj = slot, .val = slot);
		seen[n++] = OUT(fd, LOOKUP, .val = name, .len = 1);
		for (i = n - 6; i < n; i++)
			drop(fd, seen[i]);
	}
	qsort(seen, n, sizeof(*seen), compare);
	for (i = 0; i < n; i++) {
		CHECK(seen[i] & HANDLE_BIT);
		CHECK(!i || seen[i] != seen[i - 1]);
	}
	CHECK_EQ(info_of(fd).handles, 1);
}
