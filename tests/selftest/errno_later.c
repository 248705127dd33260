// SPDX-License-Identifier: GPL-2.0
/* Errors of weak handles, finalizers, interning and frames. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dev.h"
#include "harness.h"
#include "notify.h"
#include "sample.h"

static struct mheap_ioc_query query(int fd)
{
	struct mheap_ioc_query q = { .size = sizeof(q) };

	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_QUERY, &q), 0);
	return q;
}

/* ---- weak handles ---- */

TEST(ENOENT_weak_handle)
{
	struct sample s, other;
	uint64_t dropped;
	unsigned int k;

	sample_make(&s);
	sample_make(&other);
	dropped = weak_new(s.fd, s.a, 0);
	weak_drop(s.fd, dropped);
	for (k = MHEAP_OP_WEAK_GET; k <= MHEAP_OP_WEAK_DROP; k++) {
		struct op op = { .opcode = k };

		check_error(&s, op, -ENOENT);
		op.arg = dropped;
		check_error(&s, op, -ENOENT);
		op.arg = ~0ULL;
		check_error(&s, op, -ENOENT);
		op.arg = s.a;
		check_error(&s, op, -ENOENT);
		op.arg = weak_new(other.fd, other.a, 0);
		check_error(&s, op, -ENOENT);
	}
	check_sound(s.fd);
}

/* A weak handle of a dead object can be dropped once, not twice. */
TEST(ENOENT_after_death)
{
	struct sample s;
	uint64_t o, w;

	sample_make(&s);
	o = make(s.fd, 1, 0);
	w = weak_new(s.fd, o, 0);
	drop(s.fd, o);
	weak_drop(s.fd, w);
	CHECK_ERROR(&s, -ENOENT, WEAK_GET, .arg = w);
	CHECK_ERROR(&s, -ENOENT, WEAK_DROP, .arg = w);
	CHECK_NO_EVENT(s.fd);
}

/* ---- finalizers ---- */

TEST(EEXIST_finalized)
{
	struct sample s;
	uint64_t o;

	sample_make(&s);
	o = make(s.fd, 1, 0);
	finalize(s.fd, o, 1);
	drop(s.fd, o);
	o = finalizer_take(s.fd, 1);
	CHECK_ERROR(&s, -EEXIST, FINALIZER, .obj = o, .arg = 1);
	CHECK_ERROR(&s, -EEXIST, FINALIZER, .obj = o, .arg = 2);
}

/* ---- interning ---- */

TEST(EPERM_interned)
{
	struct sample s;
	uint64_t o;

	sample_make(&s);
	o = OUT(s.fd, INTERN, .val = USER_PTR("text"), .len = 4);
	CHECK_ERROR(&s, -EPERM, WRITE, .obj = o, .val = USER_PTR("T"),
		    .len = 1);
	CHECK_ERROR(&s, -EPERM, WRITE, .flags = OPF_INLINE, .obj = o, .val = 1,
		    .len = 1);
	CHECK_ERROR(&s, -EPERM, RESIZE, .obj = o);
	CHECK_ERROR(&s, -EPERM, RESIZE, .obj = o, .arg = 5);
	CHECK_ERROR(&s, -EPERM, RESIZE, .obj = o, .arg = 4, .len = 2);
}

TEST(ENOENT_type_of_interned_object)
{
	static const uint32_t types[] = { 1, 32768, 65535 };
	struct sample s;
	unsigned int k;

	sample_make(&s);
	for (k = 0; k < ARRAY_SIZE(types); k++)
		CHECK_ERROR(&s, -ENOENT, INTERN, .index = types[k],
			    .val = USER_PTR("x"), .len = 1);
}

TEST(E2BIG_interned)
{
	struct sample s;
	uint32_t max;
	char *data;

	sample_make(&s);
	max = query(s.fd).max_intern;
	data = calloc(1, max + 1);
	CHECK(data);
	CHECK_ERROR(&s, -E2BIG, INTERN, .val = USER_PTR(data), .len = max + 1);
	CHECK_ERROR(&s, -E2BIG, INTERN, .val = USER_PTR(data), .len = 1U << 31);
	CHECK_ERROR(&s, -E2BIG, INTERN, .val = USER_PTR(data), .len = ~0U);
	CHECK_EQ(DO(s.fd, INTERN, .val = USER_PTR(data), .len = max), 0);
}

TEST(EDQUOT_interned)
{
	struct mheap_ioc_info info;
	struct sample s;

	sample_make(&s);
	tune_enabled(s.fd, 0);
	collect(s.fd, 2);
	info = info_of(s.fd);
	tune_limit(s.fd, 0, info.objects);
	CHECK_ERROR(&s, -EDQUOT, INTERN, .val = USER_PTR("x"), .len = 1);
	tune_limit(s.fd, info.bytes + 8 * info.slots + 3, 0);
	CHECK_ERROR(&s, -EDQUOT, INTERN, .val = USER_PTR("four"), .len = 4);
	CHECK_EQ(DO(s.fd, INTERN, .val = USER_PTR("fou"), .len = 3), 0);
	check_sound(s.fd);
}

/* ---- frames ---- */

TEST(EINVAL_no_frame)
{
	struct sample s;

	sample_make(&s);
	OUT(s.fd, FRAME_POP, .obj = s.a);
	CHECK_ERROR(&s, -EINVAL, FRAME_POP);
	CHECK_ERROR(&s, -EINVAL, FRAME_POP, .obj = s.a);
}

TEST(E2BIG_frames)
{
	struct sample s;
	uint32_t max;

	sample_make(&s);
	max = query(s.fd).max_frames;
	while (info_of(s.fd).frames < max)
		OUT(s.fd, FRAME_PUSH);
	CHECK_ERROR(&s, -E2BIG, FRAME_PUSH);
	OUT(s.fd, FRAME_POP);
	CHECK_EQ(DO(s.fd, FRAME_PUSH), 0);
}

/* ---- in a batch ---- */

TEST(errors_beside_others)
{
	struct op ops[6];
	struct sample s;
	uint32_t done;

	sample_make(&s);
	ops[0] = OP(WEAK_GET, .arg = s.weak + 1);
	ops[1] = OP(INTERN, .index = 9, .val = USER_PTR("x"), .len = 1);
	ops[2] = OP(FINALIZER, .obj = s.stale);
	ops[3] = OP(FRAME_POP, .obj = s.stale);
	ops[4] = OP(WEAK_NEW, .obj = s.stale);
	ops[5] = OP(WEAK_GET, .arg = s.weak);
	CHECK_EQ(dev_batch(s.fd, ops, 6, MHEAP_BATCH_GO_ON, &done), 0);
	CHECK_EQ(done, 6);
	CHECK_EQ(ops[0].result, -ENOENT);
	CHECK_EQ(ops[1].result, -ENOENT);
	CHECK_EQ(ops[2].result, -EBADF);
	CHECK_EQ(ops[3].result, -EBADF);
	CHECK_EQ(ops[4].result, -EBADF);
	CHECK_EQ(ops[5].result, 0);
	CHECK_EQ(OUT(s.fd, SAME, .obj = s.b, .val = ops[5].out), 1);
}
