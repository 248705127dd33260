// SPDX-License-Identifier: GPL-2.0
/* Payload: reading and writing, small and large. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "dev.h"
#include "harness.h"

static void payload_write(int fd, uint64_t o, uint64_t off, const void *data,
			  uint32_t len)
{
	OUT(fd, WRITE, .obj = o, .arg = off, .val = USER_PTR(data), .len = len);
}

static void payload_read(int fd, uint64_t o, uint64_t off, void *data,
			 uint32_t len)
{
	OUT(fd, READ, .obj = o, .arg = off, .val = USER_PTR(data), .len = len);
}

static void fill(unsigned char *data, size_t len, uint64_t seed)
{
	size_t i;

	for (i = 0; i < len; i++)
		data[i] = random_next(&seed) >> 56;
}

TEST(write_and_read)
{
	int fd = dev_open();
	uint64_t o = make(fd, 0, 10);
	char data[12];

	payload_write(fd, o, 2, "hello", 5);
	memset(data, 0x5a, sizeof(data));
	payload_read(fd, o, 0, data, 10);
	CHECK(!memcmp(data, "\0\0hello\0\0\0\x5a\x5a", 12));
	payload_read(fd, o, 9, data, 1);
	CHECK_EQ(data[0], 0);
	CHECK_EQ(data[1], 0);
}

TEST(objects_do_not_share_bytes)
{
	int fd = dev_open();
	uint64_t o[64];
	unsigned int i;
	char c;

	for (i = 0; i < 64; i++) {
		o[i] = make(fd, i % 3, 1);
		c = i;
		payload_write(fd, o[i], 0, &c, 1);
	}
	for (i = 0; i < 64; i++) {
		payload_read(fd, o[i], 0, &c, 1);
		CHECK_EQ(c, (int)i);
	}
}

TEST(bytes_and_slots_do_not_touch)
{
	int fd = dev_open();
	uint64_t o = make(fd, 4, 100), t = make(fd, 0, 0);
	unsigned char data[100];

	memset(data, 0xff, sizeof(data));
	OUT(fd, SET, .obj = o, .index = 3, .val = t);
	payload_write(fd, o, 0, data, 100);
	CHECK_EQ(OUT(fd, GET, .obj = o, .index = 0), 0);
	CHECK_EQ(OUT(fd, SAME, .obj = t, .val = OUT(fd, GET, .obj = o,
			.index = 3)), 1);
	check_sound(fd);
}

TEST(nothing_to_copy)
{
	int fd = dev_open();
	uint64_t o = make(fd, 0, 5);

	payload_write(fd, o, 0, "", 0);
	payload_write(fd, o, 5, "", 0);
	payload_read(fd, o, 0, NULL, 0);
	payload_read(fd, o, 5, NULL, 0);
}

/* ---- pieces of 16 KiB ---- */

static const struct piece {
	const char *name;
	uint32_t off;
	uint32_t len;
} pieces[] = {
	{ "one piece", 0, 16384 },
	{ "one piece and a byte", 0, 16385 },
	{ "across a border", 16383, 2 },
	{ "odd across a border", 16380, 4099 },
	{ "two pieces", 1, 32768 },
	{ "many", 77, 1000001 },
	{ "to the end", 48576, 1000000 },
};

static const char *piece_name(unsigned int i)
{
	return pieces[i].name;
}

#define LONG (1 << 20)

TEST_EACH(piece, piece_name, 7)
{
	static unsigned char model[LONG], data[LONG], back[LONG];
	uint32_t off = pieces[i].off, len = pieces[i].len;
	int fd = dev_open();
	uint64_t o = make(fd, 1, LONG);

	fill(model, LONG, 1);
	payload_write(fd, o, 0, model, LONG);
	fill(data, len, 2);
	memcpy(model + off, data, len);
	payload_write(fd, o, off, data, len);
	payload_read(fd, o, 0, back, LONG);
	CHECK(!memcmp(back, model, LONG));
	memset(back, 0, LONG);
	payload_read(fd, o, off, back, len);
	CHECK(!memcmp(back, data, len));
	CHECK(len == LONG || !back[len]);
}

#define BIG (16U << 20)

TEST(sixteen_mib)
{
	unsigned char *data = malloc(BIG), *back = malloc(BIG);
	int fd = dev_open();
	uint64_t o = make(fd, 0, BIG);
	uint32_t i;

	CHECK(data && back);
	payload_read(fd, o, 0, back, BIG);
	for (i = 0; i < BIG; i++)
		CHECK(!back[i]);
	fill(data, BIG, 3);
	payload_write(fd, o, 0, data, BIG);
	payload_read(fd, o, 0, back, BIG);
	CHECK(!memcmp(data, back, BIG));
	CHECK_EQ(info_of(fd).bytes, BIG);
	drop(fd, o);
	CHECK_EQ(info_of(fd).bytes, 0);
}

/* A fault at the end of a long copy must not leave half of it written. */
TEST(write_from_half_mapped_memory)
{
	static unsigned char zeros[LONG], back[LONG];
	int fd = dev_open();
	uint64_t o = make(fd, 0, LONG);
	char *p = mmap(NULL, LONG, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	memset(p, 'x', LONG);
	CHECK_EQ(munmap(p + LONG / 2, LONG / 2), 0);
	CHECK_EQ(DO(fd, WRITE, .obj = o, .val = USER_PTR(p), .len = LONG),
		 -EFAULT);
	payload_read(fd, o, 0, back, LONG);
	CHECK(!memcmp(back, zeros, LONG));
}

/* ---- in batches ---- */

TEST(reads_see_writes_before_them)
{
	struct op ops[40];
	int fd = dev_open();
	char seen[20], c[20];
	unsigned int i;

	ops[0] = OP(ALLOC, .arg = 1);
	ops[39] = OP(DROP, .flags = OPF_OBJ);
	for (i = 0; i < 19; i++) {
		c[i] = 'a' + i;
		ops[1 + 2 * i] = OP(WRITE, .flags = OPF_OBJ,
				    .val = USER_PTR(&c[i]), .len = 1);
		ops[2 + 2 * i] = OP(READ, .flags = OPF_OBJ,
				    .val = USER_PTR(&seen[i]), .len = 1);
	}
	dev_all(fd, ops, 40);
	CHECK(!memcmp(seen, c, 19));
	CHECK_EQ(info_of(fd).objects, 0);
}

static const uint32_t copied[] = { 1, 8, 64, 65, 16384, 16385, 100000 };

static const char *copied_name(unsigned int i)
{
	static const char *const names[] = { "1", "8", "64", "65", "16384", "16385", "100000" };

	return names[i];
}

/* A later op may write from the buffer that an earlier one reads into. */
TEST_EACH(copy_through_the_caller, copied_name, 7)
{
	static char buffer[100000], back[100000];
	struct op ops[4];
	int fd = dev_open();
	uint32_t n = copied[i];
	uint64_t a = make(fd, 0, n), b = make(fd, 0, n), c;

	memset(buffer, 'p', sizeof(buffer));
	memset(back, 'q', sizeof(back));
	payload_write(fd, a, 0, back, n);
	memset(back, 'r', sizeof(back));
	ops[0] = OP(READ, .obj = a, .val = USER_PTR(buffer), .len = n);
	ops[1] = OP(WRITE, .obj = b, .val = USER_PTR(buffer), .len = n);
	ops[2] = OP(READ, .obj = b, .val = USER_PTR(back), .len = n);
	ops[3] = OP(INTERN, .val = USER_PTR(back), .len = n < 65536 ? n : 65536);
	dev_all(fd, ops, 4);
	CHECK_EQ(back[n - 1], 'q');
	CHECK(!memcmp(buffer, back, n));
	/* The interned content is what was read. */
	c = OUT(fd, INTERN, .val = USER_PTR(back), .len = n < 65536 ? n : 65536);
	CHECK_EQ(OUT(fd, SAME, .obj = c, .val = ops[3].out), 1);
}

/* ---- inline bytes ---- */

static void inline_write(int fd, uint64_t o, uint64_t off, uint64_t bytes, uint32_t len)
{
	OUT(fd, WRITE, .flags = OPF_INLINE, .obj = o, .arg = off, .val = bytes, .len = len);
}

static uint64_t inline_read(int fd, uint64_t o, uint64_t off, uint32_t len)
{
	return OUT(fd, READ, .flags = OPF_INLINE, .obj = o, .arg = off, .len = len);
}

/* They are the first bytes in memory; the rest is zero, or is left out. */
TEST(inline_bytes)
{
	static const char text[9] = "abcdefgh";
	char seen[24], wanted[24];
	uint64_t bytes, value;
	int fd = dev_open();
	uint64_t o = make(fd, 1, sizeof(seen));
	uint32_t off, len;

	memcpy(&bytes, text, 8);
	for (off = 0; off + 8 <= sizeof(seen); off++)
		for (len = 0; len <= 8; len++) {
			memset(wanted, 'x', sizeof(wanted));
			payload_write(fd, o, 0, wanted, sizeof(wanted));
			inline_write(fd, o, off, bytes, len);
			memcpy(wanted + off, text, len);
			payload_read(fd, o, 0, seen, sizeof(seen));
			CHECK(!memcmp(seen, wanted, sizeof(seen)));
			value = 0;
			memcpy(&value, text, len);
			CHECK(inline_read(fd, o, off, len) == value);
		}
	CHECK_EQ(DO(fd, WRITE, .flags = OPF_INLINE, .obj = o, .arg = 17, .len = 8), -ERANGE);
	CHECK_EQ(DO(fd, READ, .flags = OPF_INLINE, .obj = o, .arg = 17, .len = 8), -ERANGE);
}

/* Inline bytes and those at addresses are done in the order of the batch. */
TEST(inline_beside_addresses)
{
	static struct op ops[400];
	static uint64_t from[100], seen[100];
	int fd = dev_open();
	uint32_t i;

	OUT(fd, ALLOC, .obj = 5, .arg = 8);
	for (i = 0; i < 100; i++) {
		from[i] = 1000 + i;
		ops[4 * i] = OP(WRITE, .flags = OPF_INLINE, .obj = 5, .val = i, .len = 8);
		ops[4 * i + 1] = OP(READ, .obj = 5, .val = USER_PTR(&seen[i]), .len = 8);
		ops[4 * i + 2] = OP(WRITE, .obj = 5, .val = USER_PTR(&from[i]), .len = 8);
		ops[4 * i + 3] = OP(READ, .flags = OPF_INLINE, .obj = 5, .len = 8);
	}
	dev_all(fd, ops, 400);
	for (i = 0; i < 100; i++) {
		CHECK_EQ(seen[i], i);
		CHECK_EQ(ops[4 * i + 3].out, 1000 + i);
	}
}

/* The bytes of large objects, too, which lie at any offset that an entry can tell. */
TEST(inline_bytes_of_a_large_object)
{
	int fd = dev_open();
	uint64_t o = make(fd, 0, BIG);

	inline_write(fd, o, BIG - 8, ~0ULL, 8);
	CHECK(inline_read(fd, o, BIG - 8, 8) == ~0ULL);
	CHECK(inline_read(fd, o, BIG - 16, 8) == 0);
	CHECK(inline_read(fd, o, BIG - 4, 4) == ~0U);
	CHECK_EQ(inline_read(fd, o, BIG, 0), 0);
}
