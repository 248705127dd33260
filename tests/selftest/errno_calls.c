// SPDX-License-Identifier: GPL-2.0
/* Errors of all calls other than batches. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dev.h"
#include "harness.h"

static int type_register(int fd, const char *name, uint32_t len, uint32_t *type)
{
	struct mheap_ioc_type t = {
		.size = sizeof(t), .type = POISON32, .name = USER_PTR(name),
		.name_len = len,
	};
	int err = dev_ioctl(fd, MHEAP_IOC_TYPE_REGISTER, &t);

	if (type)
		*type = t.type;
	if (err)
		CHECK_EQ(t.type, POISON32);
	return err;
}

static int type_name(int fd, uint32_t type, char *name, uint32_t *len)
{
	struct mheap_ioc_type t = {
		.size = sizeof(t), .type = type, .name = USER_PTR(name),
		.name_len = *len,
	};
	int err = dev_ioctl(fd, MHEAP_IOC_TYPE_NAME, &t);

	*len = t.name_len;
	return err;
}

TEST(type_register_EINVAL_empty)
{
	CHECK_EQ(type_register(dev_open(), "x", 0, NULL), -EINVAL);
}

TEST(type_register_E2BIG_name)
{
	static char name[1000];
	int fd = dev_open();
	uint32_t type;

	memset(name, 'x', sizeof(name));
	CHECK_EQ(type_register(fd, name, 256, NULL), -E2BIG);
	CHECK_EQ(type_register(fd, name, 1000, NULL), -E2BIG);
	CHECK_EQ(type_register(fd, name, ~0U, NULL), -E2BIG);
	CHECK_EQ(type_register(fd, name, 255, &type), 0);
	CHECK_EQ(type, 1);
}

TEST(type_register_E2BIG_types)
{
	int fd = dev_open();
	uint32_t type, i;
	char name[16];

	for (i = 1; i < 65536; i++) {
		snprintf(name, sizeof(name), "t%u", i);
		if (type_register(fd, name, strlen(name), &type) || type != i)
			FAIL("type %u is %u", i, type);
	}
	CHECK_EQ(type_register(fd, "more", 4, NULL), -E2BIG);
	CHECK_EQ(type_register(fd, "t77", 3, &type), 0);
	CHECK_EQ(type, 77);
	CHECK_EQ(DO(fd, ALLOC, .index = 65535), 0);
	check_sound(fd);
}

/* A known name is still found when there is no number left for a new one. */
TEST(type_numbers_are_not_lost_by_errors)
{
	int fd = dev_open();
	uint32_t type, i;

	for (i = 0; i < 100; i++) {
		CHECK_EQ(type_register(fd, "object", 6, &type), 0);
		CHECK_EQ(type, 0);
		CHECK_EQ(type_register(fd, (char *)(uintptr_t)BAD_PTR, 5, NULL),
			 -EFAULT);
	}
	CHECK_EQ(type_register(fd, "a", 1, &type), 0);
	CHECK_EQ(type, 1);
}

TEST(type_name_ENOENT)
{
	static const uint32_t types[] = { 1, 65535, 65536, 1U << 31, ~0U };
	int fd = dev_open();
	unsigned int k;
	char name[8];

	for (k = 0; k < ARRAY_SIZE(types); k++) {
		uint32_t len = sizeof(name);

		CHECK_EQ(type_name(fd, types[k], name, &len), -ENOENT);
		CHECK_EQ(len, sizeof(name));
	}
}

TEST(type_name_ERANGE)
{
	int fd = dev_open();
	char name[8];
	uint32_t len;

	for (len = 0; len <= 6; len++) {
		uint32_t room = len;

		memset(name, 0x5a, sizeof(name));
		CHECK_EQ(type_name(fd, 0, name, &room), -ERANGE);
		CHECK_EQ(room, len);
		CHECK_EQ(name[0], 0x5a);
	}
	len = 7;
	CHECK_EQ(type_name(fd, 0, name, &len), 0);
	CHECK_EQ(len, 6);
	CHECK(!strcmp(name, "object"));
	CHECK_EQ(name[7], 0x5a);
}

/* A name may contain any bytes, including NUL. */
TEST(type_name_is_bytes)
{
	static const char odd[] = "a\0b\n\xff";
	int fd = dev_open();
	uint32_t type, other, len;
	char name[16];

	CHECK_EQ(type_register(fd, odd, 5, &type), 0);
	CHECK_EQ(type_register(fd, odd, 1, &other), 0);
	CHECK_NE(type, other);
	len = sizeof(name);
	CHECK_EQ(type_name(fd, type, name, &len), 0);
	CHECK_EQ(len, 5);
	CHECK(!memcmp(name, odd, 6));
}

/* At the limit an op fails only after a complete collection. */
TEST(EDQUOT_after_a_collection)
{
	int fd = dev_open();
	uint64_t before;

	tune_enabled(fd, 0);
	make(fd, 1, 0);
	tune_limit(fd, 0, 1);
	before = gc_stats_of(fd, 2).collections;
	CHECK_EQ(DO(fd, ALLOC), -EDQUOT);
	CHECK_EQ(gc_stats_of(fd, 2).collections, before + 1);
	CHECK_EQ(info_of(fd).objects, 1);
	check_sound(fd);
}

/* A failed op of a batch does not affect the others. */
TEST(errors_in_a_batch_are_apart)
{
	struct op ops[10];
	int fd = dev_open();
	uint64_t o = make(fd, 1, 8);
	uint32_t done;
	char c;

	ops[0] = OP(GET, .obj = o, .index = 1);
	ops[1] = OP(READ, .obj = o, .arg = 8, .len = 1, .val = USER_PTR(&c));
	ops[2] = OP(LOOKUP, .val = USER_PTR("x"), .len = 1);
	ops[3] = OP(DUP, .obj = 77);
	ops[4] = OP(ALLOC, .arg = ~0U);
	ops[5] = OP(READ, .obj = o, .len = 1, .val = BAD_PTR);
	ops[6] = OP(SET, .obj = o, .val = o);
	ops[7] = (struct op){ .opcode = 99 };
	ops[8] = OP(DUP, .obj = o, .val = UINT32_MAX);
	ops[9] = OP(READ, .flags = OPF_INLINE, .obj = o, .arg = 8, .len = 1);
	CHECK_EQ(dev_batch(fd, ops, 10, MHEAP_BATCH_GO_ON, &done), 0);
	CHECK_EQ(done, 10);
	CHECK_EQ(ops[0].result, -EINVAL);
	CHECK_EQ(ops[1].result, -ERANGE);
	CHECK_EQ(ops[2].result, -ENOENT);
	CHECK_EQ(ops[3].result, -EBADF);
	CHECK_EQ(ops[4].result, -E2BIG);
	CHECK_EQ(ops[5].result, -EFAULT);
	CHECK_EQ(ops[6].result, 0);
	CHECK_EQ(ops[7].result, -EINVAL);
	CHECK_EQ(ops[8].result, -EINVAL);
	CHECK_EQ(ops[9].result, -ERANGE);
	CHECK_EQ(refcount(fd, o), 2);
}
