// SPDX-License-Identifier: GPL-2.0
/* Numbers of new handles, which programs choose: those that are refused, and the others. */
#include <errno.h>

#include "dev.h"
#include "harness.h"
#include "sample.h"

/* These are all opcodes that make a handle. */
static const unsigned int makers[] = {
	MHEAP_OP_ALLOC, MHEAP_OP_DUP, MHEAP_OP_OPEN_ID, MHEAP_OP_GET, MHEAP_OP_XCHG,
	MHEAP_OP_LOOKUP, MHEAP_OP_WEAK_GET, MHEAP_OP_INTERN,
};

#define NR_MAKERS 8
_Static_assert(NR_MAKERS == ARRAY_SIZE(makers), "number of makers");

static const char *maker_name(unsigned int i)
{
	return opcodes[makers[i]].name;
}

/* The op of the sample, with that number for its handle. */
static struct op numbered_op(struct sample *s, unsigned int i, uint64_t number)
{
	struct op op = sample_op(s, makers[i]);

	op_set_member(&op, opcodes[makers[i]].makes, number);
	return op;
}

TEST_EACH(EEXIST_number, maker_name, NR_MAKERS)
{
	struct sample s;
	struct op op;

	sample_make(&s);
	OUT(s.fd, DUP, .obj = s.a, .val = 5);
	check_error(&s, numbered_op(&s, i, 5), -EEXIST);
	drop(s.fd, 5);
	op = numbered_op(&s, i, 5);
	CHECK_EQ(dev_op(s.fd, &op), 0);
	CHECK_EQ(op.out, 5);
	CHECK_EQ(DO(s.fd, REFCOUNT, .obj = 5), 0);
	check_sound(s.fd);
}

/* The kernel chooses the larger numbers, whether they are in use or not. */
TEST_EACH(EINVAL_number, maker_name, NR_MAKERS)
{
	struct sample s;
	struct op op;

	sample_make(&s);
	check_error(&s, numbered_op(&s, i, s.a), -EINVAL);
	check_error(&s, numbered_op(&s, i, MHEAP_HANDLE_MAX + 1U), -EINVAL);
	check_error(&s, numbered_op(&s, i, 0xc0000000), -EINVAL);
	check_error(&s, numbered_op(&s, i, UINT32_MAX), -EINVAL);
	op = numbered_op(&s, i, MHEAP_HANDLE_MAX);
	CHECK_EQ(dev_op(s.fd, &op), 0);
	CHECK_EQ(op.out, MHEAP_HANDLE_MAX);
	check_error(&s, numbered_op(&s, i, MHEAP_HANDLE_MAX), -EEXIST);
	check_sound(s.fd);
}

TEST_EACH(number_that_the_kernel_chooses, maker_name, NR_MAKERS)
{
	struct sample s;
	struct op op;

	sample_make(&s);
	op = numbered_op(&s, i, 0);
	CHECK_EQ(dev_op(s.fd, &op), 0);
	CHECK(is_own_number(op.out));
	CHECK_EQ(DO(s.fd, REFCOUNT, .obj = op.out), 0);
	drop(s.fd, op.out);
	CHECK_EQ(DO(s.fd, REFCOUNT, .obj = op.out), -EBADF);
}

/* A handle that was not made leaves its number free. */
TEST_EACH(number_is_free_after_a_failure, maker_name, NR_MAKERS)
{
	struct sample s;
	struct op op;

	sample_make(&s);
	op = numbered_op(&s, i, 5);
	switch (makers[i]) {
	case MHEAP_OP_ALLOC:
	case MHEAP_OP_INTERN:
		op.index = 9;
		break;
	case MHEAP_OP_OPEN_ID:
	case MHEAP_OP_WEAK_GET:
		op.arg = ~0ULL;
		break;
	case MHEAP_OP_LOOKUP:
		op.len = 3;
		break;
	default:
		op.obj = s.stale;
	}
	CHECK(dev_op(s.fd, &op) < 0);
	CHECK_EQ(DO(s.fd, REFCOUNT, .obj = 5), -EBADF);
	CHECK_EQ(OUT(s.fd, DUP, .obj = s.a, .val = 5), 5);
	check_sound(s.fd);
}

/* Numbers of a session are its own: another one may choose the same. */
TEST(same_number_in_two_sessions)
{
	int fd = dev_open(), other = dev_attach(fd, MHEAP_RIGHT_ALL);
	uint64_t o;

	OUT(fd, ALLOC, .obj = 7, .len = 1);
	OUT(other, ALLOC, .obj = 7, .arg = 10);
	CHECK_EQ(stat_of(fd, 7).nslots, 1);
	CHECK_EQ(stat_of(other, 7).nbytes, 10);
	o = OUT(fd, OPEN_ID, .arg = id_of(other, 7));
	drop(other, 7);
	CHECK_EQ(DO(other, REFCOUNT, .obj = 7), -EBADF);
	CHECK_EQ(refcount(fd, 7), 1);
	CHECK_EQ(refcount(fd, o), 1);
}

/* The number is looked at before anything else of the op. */
TEST(number_comes_before_other_errors)
{
	struct sample s;

	sample_make(&s);
	OUT(s.fd, DUP, .obj = s.a, .val = 5);
	CHECK_ERROR(&s, -EEXIST, DUP, .obj = s.stale, .val = 5);
	CHECK_ERROR(&s, -EINVAL, DUP, .obj = s.stale, .val = UINT32_MAX);
	CHECK_ERROR(&s, -EEXIST, GET, .obj = s.a, .index = 77, .val = 5);
	CHECK_ERROR(&s, -EEXIST, XCHG, .obj = s.a, .val = s.stale, .arg = 5);
	CHECK_ERROR(&s, -EEXIST, ALLOC, .index = 77, .obj = 5);
	CHECK_ERROR(&s, -EEXIST, OPEN_ID, .arg = ~0ULL, .obj = 5);
	CHECK_ERROR(&s, -EEXIST, WEAK_GET, .arg = ~0ULL, .obj = 5);
}

/* The new handle does not exist before the op is done, so the op cannot use it. */
TEST(EBADF_number_of_the_new_handle)
{
	struct sample s;
	unsigned int slot;

	sample_make(&s);
	CHECK_ERROR(&s, -EBADF, DUP, .obj = 5, .val = 5);
	for (slot = 0; slot < 2; slot++) {
		CHECK_ERROR(&s, -EBADF, GET, .obj = 5, .index = slot, .val = 5);
		CHECK_ERROR(&s, -EBADF, XCHG, .obj = 5, .index = slot, .val = s.b,
			    .arg = 5);
		CHECK_ERROR(&s, -EBADF, XCHG, .obj = s.a, .index = slot, .val = 5,
			    .arg = 5);
	}
	check_sound(s.fd);
}

/* Frames and finalizers keep a number, but nobody can use it. */
TEST(EBADF_number_that_is_kept)
{
	int fd = dev_open();
	uint64_t o = make(fd, 1, 0), n;
	uint32_t handles = 0;

	OUT(fd, FRAME_PUSH);
	OUT(fd, FINALIZER, .obj = o, .arg = 1);
	make(fd, 0, 0);
	for (n = MHEAP_HANDLE_MAX + 1ULL; n < MHEAP_HANDLE_MAX + 1000ULL; n++) {
		int err = DO(fd, REFCOUNT, .obj = n);

		CHECK(!err || err == -EBADF);
		handles += !err;
		CHECK_EQ(DO(fd, DUP, .obj = o, .val = n), -EINVAL);
	}
	CHECK_EQ(handles, 2);
	CHECK_EQ(info_of(fd).handles, 2);
}

TEST(handle_end_is_above_all_chosen_numbers)
{
	int fd = dev_open();
	uint64_t o = make(fd, 0, 0);
	static const uint32_t numbers[] = { 1, 1000, 5, 100000, 99999 };
	uint32_t most = 0;
	unsigned int k;

	CHECK_LE(info_of(fd).handle_end, 1);
	for (k = 0; k < ARRAY_SIZE(numbers); k++) {
		OUT(fd, DUP, .obj = o, .val = numbers[k]);
		most = numbers[k] > most ? numbers[k] : most;
		CHECK_EQ(info_of(fd).handle_end, most + 1);
		drop(fd, numbers[k]);
		CHECK_EQ(info_of(fd).handle_end, most + 1);
	}
	OUT(fd, DUP, .obj = o, .val = MHEAP_HANDLE_MAX);
	CHECK_EQ(info_of(fd).handle_end, MHEAP_HANDLE_MAX + 1U);
}
