// SPDX-License-Identifier: GPL-2.0
/* Handles that ops make and later ops of the batch use, null, and the kernel's numbers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "dev.h"
#include "harness.h"
#include "sample.h"

/* ---- handles that earlier ops make ---- */

static const enum member handle_members[] = { M_OBJ, M_VAL, M_ARG };

#define NR_REFS 22

static bool ref_nth(unsigned int n, unsigned int *opcode, enum member *m)
{
	unsigned int k;

	for (*opcode = 0; *opcode < MHEAP_OP_COUNT; ++*opcode)
		for (k = 0; k < ARRAY_SIZE(handle_members); k++) {
			*m = handle_members[k];
			if (opcodes[*opcode].handles & OPF_OBJ << *m && !n--)
				return true;
		}
	return false;
}

static const char *ref_name(unsigned int i)
{
	static char name[40];
	unsigned int opcode;
	enum member m;

	ref_nth(i, &opcode, &m);
	snprintf(name, sizeof(name), "%s.%s", opcodes[opcode].name, member_names[m]);
	return name;
}

TEST(all_handle_members_are_tried)
{
	unsigned int opcode;
	enum member m;

	CHECK(ref_nth(NR_REFS - 1, &opcode, &m));
	CHECK(!ref_nth(NR_REFS, &opcode, &m));
}

/* The op of the sample with the handle 5 in that member; *was is what was there. */
static struct op op_with_5(struct sample *s, unsigned int i, uint64_t *was)
{
	unsigned int opcode;
	enum member m;
	struct op op;

	ref_nth(i, &opcode, &m);
	op = sample_op(s, opcode);
	*was = op_member(&op, m);
	op_set_member(&op, m, 5);
	return op;
}

TEST_EACH(handle_made_before, ref_name, NR_REFS)
{
	struct op ops[3];
	struct sample s;
	uint64_t was;

	sample_make(&s);
	ops[0] = OP(REFCOUNT, .obj = s.a);
	ops[2] = op_with_5(&s, i, &was);
	ops[1] = OP(DUP, .obj = was, .val = 5);
	dev_all(s.fd, ops, 3);
	CHECK_EQ(ops[1].out, 5);
	if (ops[2].opcode == MHEAP_OP_CAS)
		CHECK_EQ(ops[2].out, 1);
	CHECK_EQ(DO(s.fd, REFCOUNT, .obj = 5), ops[2].opcode == MHEAP_OP_DROP ? -EBADF : 0);
	check_sound(s.fd);
}

/* A handle cannot be used before it is made. */
TEST_EACH(handle_made_later, ref_name, NR_REFS)
{
	struct mheap_ioc_info before;
	struct op ops[3];
	struct sample s;
	uint32_t done;
	uint64_t was;

	sample_make(&s);
	before = info_of(s.fd);
	ops[0] = OP(REFCOUNT, .obj = s.a);
	ops[1] = op_with_5(&s, i, &was);
	ops[2] = OP(DUP, .obj = was, .val = 5);
	CHECK_EQ(dev_batch(s.fd, ops, 3, 0, &done), 0);
	CHECK_EQ(done, 1);
	CHECK_EQ(ops[1].result, -EBADF);
	CHECK_UNCHANGED(s.fd, &before);
}

/* An op that failed made nothing that another op could use, not even null. */
TEST_EACH(handle_of_a_failed_op, ref_name, NR_REFS)
{
	struct mheap_ioc_info before;
	struct op ops[2];
	struct sample s;
	uint32_t done;
	uint64_t was;

	sample_make(&s);
	before = info_of(s.fd);
	ops[0] = OP(DUP, .obj = s.stale, .val = 5);
	ops[1] = op_with_5(&s, i, &was);
	CHECK_EQ(dev_batch(s.fd, ops, 2, MHEAP_BATCH_GO_ON, &done), 0);
	CHECK_EQ(done, 2);
	CHECK_EQ(ops[0].result, -EBADF);
	CHECK_EQ(ops[0].out, 0);
	CHECK_EQ(ops[1].result, -EBADF);
	CHECK_UNCHANGED(s.fd, &before);
}

/* A handle that an op of the batch dropped is bad for the next one. */
TEST_EACH(handle_dropped_before, ref_name, NR_REFS)
{
	struct op ops[3];
	struct sample s;
	uint32_t done;
	uint64_t was;

	sample_make(&s);
	ops[2] = op_with_5(&s, i, &was);
	ops[0] = OP(DUP, .obj = was, .val = 5);
	ops[1] = OP(DROP, .obj = 5);
	CHECK_EQ(dev_batch(s.fd, ops, 3, 0, &done), 0);
	CHECK_EQ(done, 2);
	CHECK_EQ(ops[2].result, -EBADF);
}

/* The number of a handle can be used for one after the other, also within a batch. */
TEST(number_again_and_again)
{
	static struct op ops[300];
	int fd = dev_open();
	uint32_t i;

	for (i = 0; i < 300; i += 3) {
		ops[i] = OP(ALLOC, .obj = 5, .len = i);
		ops[i + 1] = OP(ID, .obj = 5);
		ops[i + 2] = OP(DROP, .obj = 5);
	}
	dev_all(fd, ops, 300);
	for (i = 3; i < 300; i += 3)
		CHECK_NE(ops[i + 1].out, ops[i - 2].out);
	CHECK_EQ(info_of(fd).objects, 0);
	CHECK_EQ(info_of(fd).handles, 0);
}

TEST(handles_across_the_whole_batch)
{
	static struct op ops[MAX_OPS];
	int fd = dev_open();
	uint32_t i;

	ops[0] = OP(ALLOC, .len = 1);
	for (i = 1; i < MAX_OPS - 1; i++)
		ops[i] = OP(DUP, .flags = OPF_OBJ, .obj = i - 1);
	ops[MAX_OPS - 1] = OP(REFCOUNT, .flags = OPF_OBJ);
	dev_all(fd, ops, MAX_OPS);
	CHECK_EQ(ops[MAX_OPS - 1].out, MAX_OPS - 1);
}

/* ---- null ---- */

/* These ops may find no object. */
static const char *finder_name(unsigned int i)
{
	static const char *const names[] = { "GET", "XCHG", "WEAK_GET" };

	return names[i];
}

/* Make an op whose new handle, with the number 5, is null. */
static struct op null_op(struct sample *s, unsigned int finder)
{
	if (finder == 0)
		return OP(GET, .obj = s->a, .index = 3, .val = 5);
	if (finder == 1)
		return OP(XCHG, .obj = s->a, .index = 3, .arg = 5);
	OUT(s->fd, SET, .obj = s->a);
	drop(s->fd, s->b);
	s->b = make(s->fd, 1, 0);
	OUT(s->fd, SET, .obj = s->a, .val = s->b);
	return OP(WEAK_GET, .arg = s->weak, .obj = 5);
}

/* A number stands for null where null is allowed, until the batch ends. */
TEST_EACH(null_in_the_same_batch, finder_name, 3)
{
	struct op ops[8];
	struct sample s;
	uint32_t done;

	sample_make(&s);
	ops[0] = null_op(&s, i);
	ops[1] = OP(SET, .obj = s.a, .val = 5);
	ops[2] = OP(DUP, .obj = 5);
	ops[3] = OP(SAME, .obj = 5, .val = 0);
	ops[4] = OP(CAS, .obj = s.a, .arg = 5, .val = s.b);
	ops[5] = OP(XCHG, .obj = s.a, .val = 5);
	ops[6] = OP(DROP, .obj = 5);
	ops[7] = OP(DUP, .obj = s.a, .val = 5);
	CHECK_EQ(dev_batch(s.fd, ops, 8, MHEAP_BATCH_GO_ON, &done), 0);
	CHECK_EQ(done, 8);
	CHECK_EQ(ops[0].result, 0);
	CHECK_EQ(ops[0].out, 0);
	CHECK_EQ(ops[1].result, 0);
	CHECK_EQ(ops[2].result, -EINVAL);
	CHECK_EQ(ops[3].out, 1);
	CHECK_EQ(ops[4].out, 1);
	CHECK_EQ(id_of(s.fd, ops[5].out), id_of(s.fd, s.b));
	CHECK_EQ(ops[6].result, -EINVAL);
	CHECK_EQ(ops[7].result, -EEXIST);
	CHECK_EQ(OUT(s.fd, GET, .obj = s.a), 0);
	/* Now the number is free. */
	CHECK_EQ(DO(s.fd, SAME, .obj = 5), -EBADF);
	CHECK_EQ(OUT(s.fd, DUP, .obj = s.a, .val = 5), 5);
	check_sound(s.fd);
}

/* Null lasts beyond the window of 256 entries in which it was found. */
TEST(null_in_a_later_window)
{
	static struct op ops[2002];
	struct sample s;
	uint32_t i;

	sample_make(&s);
	for (i = 0; i < 1000; i++)
		ops[i] = OP(GET, .obj = s.a, .index = 3, .val = 5000 + i);
	for (; i < 2000; i++)
		ops[i] = OP(SAME, .obj = 5000 + i - 1000);
	ops[2000] = OP(SET, .obj = s.a, .val = 5999);
	ops[2001] = OP(REFCOUNT, .obj = s.b);
	dev_all(s.fd, ops, 2002);
	for (i = 1000; i < 2000; i++)
		CHECK_EQ(ops[i].out, 1);
	CHECK_EQ(ops[2001].out, 1);
	for (i = 0; i < 1000; i++)
		CHECK_EQ(OUT(s.fd, DUP, .obj = s.a, .val = 5000 + i), 5000 + i);
	check_sound(s.fd);
}

/* All numbers are free again after a batch that stopped, too. */
TEST(null_in_a_batch_that_stops)
{
	struct op ops[3];
	struct sample s;
	uint32_t done;

	sample_make(&s);
	ops[0] = OP(GET, .obj = s.a, .index = 3, .val = 5);
	ops[1] = OP(GET, .obj = s.a, .index = 2, .val = 6);
	ops[2] = OP(DROP, .obj = s.stale);
	CHECK_EQ(dev_batch(s.fd, ops, 3, 0, &done), 0);
	CHECK_EQ(done, 2);
	OUT(s.fd, DUP, .obj = s.a, .val = 5);
	OUT(s.fd, DUP, .obj = s.a, .val = 6);
}

/* A frame keeps nothing if it is to keep null, and does not drop the number. */
TEST(null_in_a_frame)
{
	struct op ops[4];
	struct sample s;
	uint32_t done;

	sample_make(&s);
	ops[0] = OP(FRAME_PUSH);
	ops[1] = OP(GET, .obj = s.a, .index = 3, .val = 5);
	ops[2] = OP(FRAME_POP, .obj = 5);
	ops[3] = OP(SAME, .obj = 5);
	CHECK_EQ(dev_batch(s.fd, ops, 4, MHEAP_BATCH_GO_ON, &done), 0);
	CHECK_EQ(ops[2].result, 0);
	CHECK_EQ(ops[3].out, 1);
	check_sound(s.fd);
}

/* ---- numbers that the kernel chooses ---- */

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* They are large, and no two handles have the same one at a time. */
TEST(own_numbers_are_apart)
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
	}
	qsort(seen, n, sizeof(*seen), compare);
	for (i = 0; i < n; i++) {
		CHECK(is_own_number(seen[i]));
		CHECK(!i || seen[i] != seen[i - 1]);
		CHECK_NE(seen[i], slot);
		drop(fd, seen[i]);
		CHECK_EQ(DO(fd, REFCOUNT, .obj = seen[i]), -EBADF);
	}
	CHECK_EQ(info_of(fd).handles, 1);
	/* The numbers can be used again, so they do not run out. */
	for (i = 0; i < n; i++)
		CHECK_LE(OUT(fd, DUP, .obj = slot), (uint64_t)MHEAP_HANDLE_MAX + 2 * n);
	check_sound(fd);
}
