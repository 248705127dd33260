// SPDX-License-Identifier: GPL-2.0
/* Batches: how many structs they take, where they stop, and their results. */
#include <errno.h>
#include <string.h>

#include "abi_call.h"
#include "dev.h"
#include "harness.h"

static const struct mheap_entry bad_type = { .opcode = MHEAP_OP_ALLOC, .type = 77 };

/* ---- how many ---- */

TEST(count_0)
{
	struct call c = call_new(1);
	int fd = dev_open();

	c.ioc.count = 0;
	call_refused(fd, &c, -EINVAL);
	c.ioc.entries = 0;
	c.ioc.results = 0;
	c.ioc.space = 0;
	call_refused(fd, &c, -EINVAL);
}

TEST(count_1)
{
	struct call c = call_new(2);
	int fd = dev_open();

	c.ioc.count = 1;
	call_done(fd, &c, 1, 1, 0);
	call_handle(fd, &c, 0, 0);
	CHECK_EQ(info_of(fd).objects, 1);
}

static const uint32_t counts[] = { 2, 255, 256, 257, 511, 512, 513, MAX_OPS };

static const char *count_name(unsigned int i)
{
	static const char *const names[] = {
		"2", "255", "256", "257", "511", "512", "513", "maximum",
	};

	return names[i];
}

TEST_EACH(count, count_name, ARRAY_SIZE(counts))
{
	struct call c = call_new(counts[i]);
	int fd = dev_open();
	uint32_t k;

	call_done(fd, &c, counts[i], counts[i], 0);
	for (k = 0; k < counts[i]; k++)
		call_handle(fd, &c, k, k);
	CHECK_EQ(info_of(fd).objects, counts[i]);
	CHECK_EQ(info_of(fd).handles, counts[i]);
	check_sound(fd);
}

/* The entries stay as they are. */
TEST(entries_are_not_written)
{
	struct call c = call_new(SOME), other = call_new(SOME);

	call_done(dev_open(), &c, SOME, SOME, 0);
	CHECK(!memcmp(c.entries, other.entries, SOME * sizeof(*c.entries)));
}

TEST(count_above_the_maximum)
{
	static const uint32_t bad[] = { MAX_OPS + 1, 0x10000000, 1U << 31, UINT32_MAX };
	struct call c = call_new(MAX_OPS + 1);
	int fd = dev_open();
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(bad); k++) {
		c.ioc.count = bad[k];
		c.ioc.space = MAX_OPS;
		call_refused(fd, &c, -E2BIG);
		c.ioc.count = 1;
		c.ioc.space = bad[k];
		call_refused(fd, &c, -E2BIG);
	}
	c.ioc.space = MAX_OPS;
	call_done(fd, &c, 1, 1, 0);
}

TEST(unknown_batch_flags)
{
	struct call c = call_new(1);
	int fd = dev_open();
	unsigned int bit;

	for (bit = 1; bit < 32; bit++) {
		c.ioc.flags = 1U << bit;
		call_refused(fd, &c, -EINVAL);
		c.ioc.flags |= MHEAP_BATCH_GO_ON;
		call_refused(fd, &c, -EINVAL);
	}
}

TEST(reserved_member_of_a_batch)
{
	struct call c = call_new(1);
	int fd = dev_open();

	for (c.ioc.reserved = 1; c.ioc.reserved; c.ioc.reserved <<= 1)
		call_refused(fd, &c, -EINVAL);
}

/* ---- where a batch stops ---- */

static const uint32_t failing[] = { 0, 1, 7, 63, 64, 65, 127, 128, 255, 256, 257, 299, 699 };

#define NR_FAILING 13

static const char *failing_name(unsigned int i)
{
	static const char *const names[NR_FAILING] = {
		"0", "1", "7", "63", "64", "65", "127", "128", "255", "256", "257", "299",
		"699",
	};

	return names[i];
}

TEST_EACH(stops_at_failed_entry, failing_name, NR_FAILING)
{
	struct call c = call_new(SOME);
	uint32_t bad = failing[i], k;
	int fd = dev_open();

	c.entries[bad] = bad_type;
	call_done(fd, &c, bad, bad, -ENOENT);
	for (k = 0; k < bad; k++)
		call_handle(fd, &c, k, k);
	CHECK_EQ(info_of(fd).objects, bad);
	CHECK_EQ(info_of(fd).handles, bad);
}

/* The failed op gives a result like the others, in its place. */
TEST_EACH(goes_on_after_failed_entry, failing_name, NR_FAILING)
{
	struct call c = call_new(SOME);
	uint32_t bad = failing[i], k;
	int fd = dev_open();

	c.entries[bad] = bad_type;
	c.ioc.flags = MHEAP_BATCH_GO_ON;
	call_done(fd, &c, SOME, SOME, 0);
	for (k = 0; k < SOME; k++)
		if (k != bad)
			call_handle(fd, &c, k, k);
	CHECK_EQ(c.results[bad].entry, bad);
	CHECK_EQ(c.results[bad].error, -ENOENT);
	CHECK_EQ(c.results[bad].value, 0);
	CHECK_EQ(info_of(fd).objects, SOME - 1);
}

TEST(goes_on_when_all_fail)
{
	struct call c = call_new(SOME);
	uint32_t k;

	for (k = 0; k < SOME; k++)
		c.entries[k] = (struct mheap_entry){ .opcode = MHEAP_OP_COUNT };
	c.ioc.flags = MHEAP_BATCH_GO_ON;
	call_done(dev_open(), &c, SOME, SOME, 0);
	for (k = 0; k < SOME; k++) {
		CHECK_EQ(c.results[k].entry, k);
		CHECK_EQ(c.results[k].error, -EINVAL);
		CHECK_EQ(c.results[k].value, 0);
	}
}

/* An op whose data cannot be delivered counts as failed, like any other. */
TEST_EACH(stops_at_undelivered_data, failing_name, NR_FAILING - 1)
{
	struct call c = call_new(SOME);
	int fd = dev_open();
	uint64_t o = make(fd, 0, 8);
	uint32_t bad = failing[i];

	put_read(&c.entries[bad], o, BAD_PTR);
	call_done(fd, &c, bad, bad, -EFAULT);
	CHECK_EQ(info_of(fd).objects, bad + 1);
	c.ioc.flags = MHEAP_BATCH_GO_ON;
	call_done(fd, &c, SOME, SOME - 1, 0);
	CHECK_EQ(c.results[bad].entry, bad);
	CHECK_EQ(c.results[bad].error, -EFAULT);
	CHECK_EQ(info_of(fd).objects, bad + 1 + SOME - 2);
}

/* The last entry lacks its tail, at any place of the window. */
TEST_EACH(stops_at_a_missing_tail, failing_name, NR_FAILING)
{
	static uint64_t data = 77;
	struct call c = call_new(SOME);
	int fd = dev_open();
	uint64_t o = make(fd, 0, 8);
	uint32_t last = failing[i];

	put_read(&c.entries[last], o, USER_PTR(&data));
	c.ioc.count = last + 1;
	call_done(fd, &c, last, last, -EINVAL);
	c.ioc.flags = MHEAP_BATCH_GO_ON;
	call_done(fd, &c, last + 1, last + 1, 0);
	CHECK_EQ(c.results[last].entry, last);
	CHECK_EQ(c.results[last].error, -EINVAL);
	CHECK_EQ(data, 77);
}

/* Entry and tail may lie in different windows, and the tail counts as an entry. */
TEST_EACH(tail_in_any_place, failing_name, NR_FAILING - 1)
{
	static uint64_t data;
	struct call c = call_new(SOME);
	int fd = dev_open();
	uint64_t o = make(fd, 0, 8);
	uint32_t at = failing[i], k;

	data = 77;
	put_read(&c.entries[at], o, USER_PTR(&data));
	call_done(fd, &c, SOME, SOME - 2, 0);
	for (k = 0; k < SOME - 2; k++)
		call_handle(fd, &c, k, k < at ? k : k + 2);
	CHECK_EQ(data, 0);
}

/* A batch of ops with tails only: entries lie at even numbers, or at odd ones. */
TEST(all_have_tails)
{
	struct call c = call_new(MAX_OPS);
	static uint64_t data[MAX_OPS];
	int fd = dev_open();
	uint64_t o = make(fd, 0, 8), one = ~0ULL;
	uint32_t k, odd;

	OUT(fd, WRITE, .obj = o, .val = USER_PTR(&one), .len = 8);
	for (odd = 0; odd < 2; odd++) {
		memset(data, 0, sizeof(data));
		c.entries[0] = alloc_entry;
		for (k = odd; k + 1 < MAX_OPS; k += 2)
			put_read(&c.entries[k], o, USER_PTR(&data[k]));
		c.ioc.count = k;
		call_done(fd, &c, k, odd, 0);
		for (k = odd; k + 1 < MAX_OPS; k += 2)
			CHECK(data[k] == one);
	}
}

/* ---- results ---- */

/* Only ops that have a value give one, and results come in the order of the ops. */
TEST(results_of_some_ops)
{
	struct call c = call_new(8);
	int fd = dev_open();

	c.entries[0].obj = 5;
	c.entries[1] = (struct mheap_entry){ .opcode = MHEAP_OP_REFCOUNT, .obj = 5 };
	c.entries[2] = (struct mheap_entry){ .opcode = MHEAP_OP_SET, .obj = 5, .val = 5 };
	c.entries[3] = (struct mheap_entry){ .opcode = MHEAP_OP_GET, .obj = 5, .val = 6 };
	c.entries[4] = (struct mheap_entry){ .opcode = MHEAP_OP_SET, .obj = 5 };
	c.entries[5] = (struct mheap_entry){ .opcode = MHEAP_OP_GET, .obj = 5, .val = 7 };
	c.entries[6] = (struct mheap_entry){ .opcode = MHEAP_OP_DROP, .obj = 6 };
	c.entries[7] = (struct mheap_entry){ .opcode = MHEAP_OP_DUP, .obj = 5 };
	call_done(fd, &c, 8, 3, 0);
	CHECK_EQ(c.results[0].entry, 1);
	CHECK_EQ(c.results[0].value, 1);
	CHECK_EQ(c.results[1].entry, 5);
	CHECK_EQ(c.results[1].value, 0);
	CHECK_EQ(c.results[1].error, 0);
	call_handle(fd, &c, 2, 7);
}

/* The batch stops before the op whose result has no space; its handle is not made. */
static void check_space(int fd, uint32_t space, uint32_t flags)
{
	struct call c = call_new(SOME);
	uint64_t before = info_of(fd).handles;
	uint32_t k;

	c.ioc.space = space;
	c.ioc.flags = flags;
	call_done(fd, &c, space, space, -ENOSPC);
	for (k = 0; k < space; k++)
		call_handle(fd, &c, k, k);
	CHECK_EQ(info_of(fd).handles, before + space);
}

TEST_EACH(space_for_some_results, failing_name, NR_FAILING)
{
	check_space(dev_open(), failing[i], 0);
	check_space(dev_open(), failing[i], MHEAP_BATCH_GO_ON);
}

/* The rest of the batch can be done later. */
TEST(batch_in_pieces)
{
	struct call c = call_new(SOME);
	uint32_t done = 0, piece = 1;
	int fd = dev_open();

	while (done < SOME) {
		c.ioc.entries = USER_PTR(c.entries + done);
		c.ioc.count = SOME - done;
		c.ioc.space = piece < c.ioc.count ? piece : c.ioc.count;
		CHECK_EQ(call_submit(fd, &c), 0);
		CHECK_EQ(c.ioc.done, c.ioc.space);
		CHECK_EQ(c.ioc.filled, c.ioc.space);
		done += c.ioc.done;
		piece = piece * 3 % 100;
	}
	CHECK_EQ(info_of(fd).handles, SOME);
}

/* Entries that cannot be done need space for their failure, too, if the batch goes on. */
TEST_EACH(space_for_refused_ops, failing_name, NR_FAILING)
{
	struct call c = call_new(SOME);
	uint32_t k;

	for (k = 0; k < SOME; k++)
		c.entries[k] = (struct mheap_entry){ .opcode = MHEAP_OP_COUNT };
	c.ioc.space = failing[i];
	c.ioc.flags = MHEAP_BATCH_GO_ON;
	call_done(dev_open(), &c, failing[i], failing[i], -ENOSPC);
}

/* Ops that do not have the right to are refused as well. */
TEST(space_for_forbidden_ops)
{
	struct call c = call_new(3);
	int fd = dev_attach(dev_open(), MHEAP_RIGHT_READ);

	c.ioc.space = 1;
	c.ioc.flags = MHEAP_BATCH_GO_ON;
	call_done(fd, &c, 1, 1, -ENOSPC);
	CHECK_EQ(c.results[0].error, -EPERM);
}

/* Without space for any result the address of results means nothing. */
TEST(op_without_a_value_needs_no_space)
{
	struct call c = call_new(6);
	static uint64_t data;
	int fd = dev_open();

	c.entries[0].obj = 5;
	c.entries[1] = (struct mheap_entry){ .opcode = MHEAP_OP_DUP, .obj = 5, .val = 6 };
	c.entries[2] = (struct mheap_entry){ .opcode = MHEAP_OP_SET, .obj = 5, .val = 6 };
	c.entries[3] = (struct mheap_entry){ .opcode = MHEAP_OP_RESIZE, .obj = 5, .val = 8 };
	put_read(&c.entries[4], 5, USER_PTR(&data));
	c.ioc.space = 0;
	c.ioc.results = BAD_PTR;
	call_done(fd, &c, 6, 0, 0);
	CHECK_EQ(info_of(fd).handles, 2);
}

/* These may find no object and say so, so they need space although they have a number. */
TEST(op_that_may_be_null_needs_space)
{
	struct call c = call_new(2);
	int fd = dev_open();

	make(fd, 0, 0);
	c.entries[0].obj = 5;
	c.entries[1] = (struct mheap_entry){ .opcode = MHEAP_OP_GET, .obj = 5, .val = 6 };
	c.ioc.space = 0;
	call_done(fd, &c, 1, 0, -ENOSPC);
	CHECK_EQ(DO(fd, SAME, .obj = 6), -EBADF);
}

/* If the batch goes on any op may fail, so each needs space. */
TEST(each_op_needs_space_if_the_batch_goes_on)
{
	struct call c = call_new(2);
	int fd = dev_open();

	c.entries[0].obj = 5;
	c.ioc.space = 0;
	c.ioc.flags = MHEAP_BATCH_GO_ON;
	call_done(fd, &c, 0, 0, -ENOSPC);
	CHECK_EQ(info_of(fd).objects, 0);
	CHECK_EQ(info_of(fd).handles, 0);
}
