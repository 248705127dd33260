// SPDX-License-Identifier: GPL-2.0
/* Suite of payload.c: reading and writing bytes, and their bounds. */
#include <linux/mm.h>

#include "kunit.h"
#include "limits.h"
#include "payload.h"

static void kt_payload_read_write(struct kunit *test)
{
	u64 a = kt_alloc(test, 1, 16);
	char data[16] = {}, text[] = "0123456789abcdef";

	KUNIT_EXPECT_EQ(test, kt_write(test, a, 0, text, 16), 0);
	KUNIT_EXPECT_EQ(test, kt_write(test, a, 4, "xy", 2), 0);
	KUNIT_EXPECT_EQ(test, kt_read(test, a, 0, data, 16), 0);
	KUNIT_EXPECT_EQ(test, memcmp(data, "0123xy6789abcdef", 16), 0);
	KUNIT_EXPECT_EQ(test, kt_read(test, a, 15, data, 1), 0);
	KUNIT_EXPECT_EQ(test, data[0], 'f');
	KUNIT_EXPECT_EQ(test, kt_get(test, a, 0), 0);
}

/* Every offset and length around the end is compared with plain arithmetic. */
static void kt_payload_bounds(struct kunit *test)
{
	static const u64 off[] = { 0, 1, 7, 8, 9, 15, 16, 17, U32_MAX - 1,
				   U32_MAX, 1ULL << 32, (1ULL << 32) + 8,
				   U64_MAX - 8, U64_MAX };
	static const u32 len[] = { 0, 1, 7, 8, 9, 16, 17, U32_MAX - 8,
				   U32_MAX };
	static const u32 nbytes[] = { 0, 1, 8, 16 };
	unsigned int i, j, k, cases = 0;

	for (k = 0; k < ARRAY_SIZE(nbytes); k++) {
		u64 a = kt_alloc(test, 1, nbytes[k]);
		struct mheap_object *o = kt_object(test, a);

		for (i = 0; i < ARRAY_SIZE(off); i++) {
			for (j = 0; j < ARRAY_SIZE(len); j++, cases++) {
				bool fits = off[i] <= 16 &&
					    off[i] + len[j] <= nbytes[k];

				KUNIT_EXPECT_EQ_MSG(test,
						    mheap_payload_check(o, off[i], len[j]),
						    fits ? 0 : -ERANGE,
						    "%u bytes at %llu of %u",
						    len[j], off[i], nbytes[k]);
			}
		}
	}
	KUNIT_EXPECT_EQ(test, cases, 4 * 14 * 9);
}

static void kt_payload_range_error(struct kunit *test)
{
	u64 a = kt_alloc(test, 0, 8), b = kt_alloc(test, 1, 0);
	char data[16] = "abcdefghijklmno";

	KUNIT_EXPECT_EQ(test, kt_write(test, a, 0, data, 9), -ERANGE);
	KUNIT_EXPECT_EQ(test, kt_write(test, a, 8, data, 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, kt_write(test, a, 8, data, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_write(test, b, 0, data, 0), 0);
	KUNIT_EXPECT_EQ(test, kt_write(test, b, 0, data, 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, kt_read(test, b, 0, data, 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, kt_read(test, a, 0, data, 9), -ERANGE);
	KUNIT_EXPECT_EQ(test, data[0], 'a');
	KUNIT_EXPECT_EQ(test, kt_read(test, a, 0, data, 8), 0);
	KUNIT_EXPECT_EQ(test, data[0], 0);
	KUNIT_EXPECT_EQ(test, data[7], 0);
}

/* The payload is larger than a piece that is copied, and than a chunk of ops may be. */
static void kt_payload_large(struct kunit *test)
{
	const u32 n = MHEAP_CHUNK_BYTES + 3 * MHEAP_COPY_BYTES + 5;
	u64 a = kt_alloc(test, 0, n);
	u8 *in = kvmalloc(n, GFP_KERNEL), *out = kvmalloc(n, GFP_KERNEL);
	u32 i;

	KUNIT_EXPECT_TRUE(test, in && out);
	for (i = 0; in && out && i < n; i++) {
		in[i] = i * 7 + (i >> 8);
		out[i] = 0;
	}
	if (in && out) {
		KUNIT_EXPECT_EQ(test, kt_write(test, a, 0, in, n), 0);
		KUNIT_EXPECT_EQ(test, kt_read(test, a, 0, out, n), 0);
		KUNIT_EXPECT_EQ(test, memcmp(in, out, n), 0);
		KUNIT_EXPECT_EQ(test, kt_write(test, a, 1, in, n), -ERANGE);
	}
	kvfree(in);
	kvfree(out);
}

static struct kunit_case kt_payload_cases[] = {
	KUNIT_CASE(kt_payload_read_write),
	KUNIT_CASE(kt_payload_bounds),
	KUNIT_CASE(kt_payload_range_error),
	KUNIT_CASE(kt_payload_large),
	{}
};

static struct kunit_suite kt_payload_suite = {
	.name = "mheap_payload",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = kt_payload_cases,
};

kunit_test_suite(kt_payload_suite);
