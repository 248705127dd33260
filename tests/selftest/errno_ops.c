// SPDX-License-Identifier: GPL-2.0
/* Errors of the ops of a batch, each of which leaves the heap as it was. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev.h"
#include "harness.h"
#include "sample.h"

/* ---- EBADF, and EINVAL for null ---- */

struct handle_place {
	unsigned int opcode;
	enum member member;
};

/* These are all members that hold a handle. */
static const struct handle_place places[] = {
	{ MHEAP_OP_DUP, M_OBJ }, { MHEAP_OP_DROP, M_OBJ },
	{ MHEAP_OP_REFCOUNT, M_OBJ }, { MHEAP_OP_ID, M_OBJ },
	{ MHEAP_OP_SAME, M_OBJ }, { MHEAP_OP_SAME, M_VAL },
	{ MHEAP_OP_STAT, M_OBJ }, { MHEAP_OP_RESIZE, M_OBJ },
	{ MHEAP_OP_GET, M_OBJ }, { MHEAP_OP_SET, M_OBJ },
	{ MHEAP_OP_SET, M_VAL }, { MHEAP_OP_XCHG, M_OBJ },
	{ MHEAP_OP_XCHG, M_VAL }, { MHEAP_OP_CAS, M_OBJ },
	{ MHEAP_OP_CAS, M_VAL }, { MHEAP_OP_CAS, M_ARG },
	{ MHEAP_OP_READ, M_OBJ }, { MHEAP_OP_WRITE, M_OBJ },
	{ MHEAP_OP_PUBLISH, M_OBJ }, { MHEAP_OP_WEAK_NEW, M_OBJ },
	{ MHEAP_OP_FINALIZER, M_OBJ }, { MHEAP_OP_FRAME_POP, M_OBJ },
};

#define NR_PLACES 22
_Static_assert(NR_PLACES == ARRAY_SIZE(places), "number of places");

static const char *place_name(unsigned int i)
{
	static char name[40];

	snprintf(name, sizeof(name), "%s.%s", opcodes[places[i].opcode].name,
		 member_names[places[i].member]);
	return name;
}

static void check_handle(struct sample *s, unsigned int i, uint64_t handle,
			 int err)
{
	struct op op = sample_op(s, places[i].opcode);

	op_set_member(&op, places[i].member, handle);
	check_error(s, op, err);
}

/* The number of a handle that was dropped is bad until it is chosen again. */
TEST_EACH(EBADF_stale, place_name, NR_PLACES)
{
	struct sample s;
	struct op op;

	sample_make(&s);
	check_handle(&s, i, s.stale, -EBADF);
	OUT(s.fd, DUP, .obj = s.a);
	check_handle(&s, i, s.stale, -EBADF);
	OUT(s.fd, DUP, .obj = s.a, .val = s.stale);
	op = sample_op(&s, places[i].opcode);
	op_set_member(&op, places[i].member, s.stale);
	CHECK_EQ(dev_op(s.fd, &op), 0);
	check_sound(s.fd);
}

/* A dropped handle is bad even though its object lives on. */
TEST_EACH(EBADF_dropped, place_name, NR_PLACES)
{
	struct sample s;
	uint64_t b;

	sample_make(&s);
	b = OUT(s.fd, DUP, .obj = s.b);
	drop(s.fd, b);
	check_handle(&s, i, b, -EBADF);
}

TEST_EACH(EBADF_made_up, place_name, NR_PLACES)
{
	uint64_t seed = 1 + i;
	struct sample s;
	unsigned int k;

	sample_make(&s);
	check_handle(&s, i, 1, -EBADF);
	check_handle(&s, i, MHEAP_HANDLE_MAX, -EBADF);
	check_handle(&s, i, UINT32_MAX, -EBADF);
	check_handle(&s, i, (s.a & MHEAP_HANDLE_MAX) ?: 1, -EBADF);
	/*
	 * The low 8 bits are left alone: changing them may give another handle of the
	 * session.
	 */
	for (k = 8; k < 32; k++)
		check_handle(&s, i, s.a ^ 1U << k, -EBADF);
	for (k = 0; k < 200; k++)
		check_handle(&s, i, 1 + random_below(&seed, MHEAP_HANDLE_MAX), -EBADF);
}

/* Numbers belong to sessions, like descriptors to processes. */
TEST_EACH(EBADF_of_another_session, place_name, NR_PLACES)
{
	struct sample s, other;
	int fd;

	sample_make(&s);
	sample_make(&other);
	fd = dev_attach(s.fd, MHEAP_RIGHT_ALL);
	CHECK_GE(fd, 0);
	OUT(other.fd, DUP, .obj = other.a, .val = 77);
	OUT(fd, OPEN_ID, .arg = id_of(s.fd, s.a), .obj = 78);
	check_handle(&s, i, 77, -EBADF);
	check_handle(&s, i, 78, -EBADF);
	check_sound(other.fd);
}

/* These members may be null: SAME compares it, the others store, expect or keep it. */
TEST_EACH(EINVAL_null, place_name, NR_PLACES)
{
	bool allowed = places[i].member != M_OBJ ||
		       places[i].opcode == MHEAP_OP_SAME ||
		       places[i].opcode == MHEAP_OP_FRAME_POP;
	struct op op;
	struct sample s;

	sample_make(&s);
	if (!allowed) {
		check_handle(&s, i, 0, -EINVAL);
		return;
	}
	op = sample_op(&s, places[i].opcode);
	op_set_member(&op, places[i].member, 0);
	CHECK_EQ(dev_op(s.fd, &op), 0);
}

/* ---- ENOENT ---- */

TEST(ENOENT_id)
{
	struct sample s;
	uint64_t o, id, k;

	sample_make(&s);
	o = make(s.fd, 1, 0);
	id = id_of(s.fd, o);
	drop(s.fd, o);
	CHECK_ERROR(&s, -ENOENT, OPEN_ID, .arg = id);
	CHECK_ERROR(&s, -ENOENT, OPEN_ID, .arg = 0);
	CHECK_ERROR(&s, -ENOENT, OPEN_ID, .arg = ~0ULL);
	CHECK_ERROR(&s, -ENOENT, OPEN_ID, .arg = s.a);
	id = id_of(s.fd, s.a);
	for (k = 0; k < 64; k++)
		if (k > 2)
			CHECK_ERROR(&s, -ENOENT, OPEN_ID, .arg = id ^ 1ULL << k);
}

TEST(ENOENT_id_of_collected)
{
	struct sample s;
	uint64_t o, id;

	sample_make(&s);
	tune_enabled(s.fd, 0);
	o = make(s.fd, 1, 0);
	id = id_of(s.fd, o);
	OUT(s.fd, SET, .obj = o, .val = o);
	drop(s.fd, o);
	o = OUT(s.fd, OPEN_ID, .arg = id);
	drop(s.fd, o);
	CHECK_EQ(collect(s.fd, 2).found, 1);
	CHECK_ERROR(&s, -ENOENT, OPEN_ID, .arg = id);
}

TEST(ENOENT_name)
{
	static const char *const names[] = { "nam", "names", "Name", "x" };
	struct sample s;
	unsigned int k;

	sample_make(&s);
	for (k = 0; k < ARRAY_SIZE(names); k++) {
		uint32_t len = strlen(names[k]);

		CHECK_ERROR(&s, -ENOENT, LOOKUP, .val = USER_PTR(names[k]),
			    .len = len);
		CHECK_ERROR(&s, -ENOENT, UNPUBLISH, .val = USER_PTR(names[k]),
			    .len = len);
	}
	CHECK_ERROR(&s, -ENOENT, LOOKUP, .val = USER_PTR("name"), .len = 5);
}

TEST(ENOENT_type_of_new_object)
{
	static const uint32_t types[] = { 1, 2, 32767, 32768, 65535 };
	struct sample s;
	unsigned int k;

	sample_make(&s);
	for (k = 0; k < ARRAY_SIZE(types); k++)
		CHECK_ERROR(&s, -ENOENT, ALLOC, .index = types[k], .len = 1);
}

/* ---- EINVAL ---- */

TEST(EINVAL_slot)
{
	static const uint32_t beyond[] = { 4, 5, 1U << 31, ~0U };
	struct sample s;
	unsigned int k;

	sample_make(&s);
	for (k = 0; k < ARRAY_SIZE(beyond); k++) {
		uint32_t slot = beyond[k];

		CHECK_ERROR(&s, -EINVAL, GET, .obj = s.a, .index = slot);
		CHECK_ERROR(&s, -EINVAL, SET, .obj = s.a, .index = slot);
		CHECK_ERROR(&s, -EINVAL, SET, .obj = s.a, .index = slot,
			    .val = s.b);
		CHECK_ERROR(&s, -EINVAL, XCHG, .obj = s.a, .index = slot,
			    .val = s.b);
		CHECK_ERROR(&s, -EINVAL, CAS, .obj = s.a, .index = slot,
			    .val = s.b);
	}
	check_sound(s.fd);
}

TEST(EINVAL_slot_of_object_without)
{
	struct sample s;

	sample_make(&s);
	CHECK_ERROR(&s, -EINVAL, GET, .obj = s.c);
	CHECK_ERROR(&s, -EINVAL, SET, .obj = s.c, .val = s.b);
	CHECK_ERROR(&s, -EINVAL, XCHG, .obj = s.c);
	CHECK_ERROR(&s, -EINVAL, CAS, .obj = s.c);
}

TEST(EINVAL_allocation_flags)
{
	struct sample s;
	unsigned int bit;

	sample_make(&s);
	for (bit = 1; bit < 8; bit++) {
		CHECK_ERROR(&s, -EINVAL, ALLOC, .val = 1U << bit);
		CHECK_ERROR(&s, -EINVAL, ALLOC, .val = 1U << bit | 1);
	}
}

TEST(EINVAL_empty_name)
{
	struct sample s;

	sample_make(&s);
	CHECK_ERROR(&s, -EINVAL, PUBLISH, .obj = s.a, .val = USER_PTR("x"));
	CHECK_ERROR(&s, -EINVAL, LOOKUP, .val = USER_PTR("x"));
	CHECK_ERROR(&s, -EINVAL, UNPUBLISH, .val = USER_PTR("x"));
}

/* Bytes that do not fit into an entry need an address, however long the object is. */
TEST(EINVAL_inline_bytes)
{
	static const uint32_t beyond[] = { 9, 16, 64, 65, 1U << 31, ~0U };
	struct sample s;
	unsigned int k;

	sample_make(&s);
	for (k = 0; k < ARRAY_SIZE(beyond); k++) {
		CHECK_ERROR(&s, -EINVAL, READ, .flags = OPF_INLINE, .obj = s.a,
			    .len = beyond[k]);
		CHECK_ERROR(&s, -EINVAL, WRITE, .flags = OPF_INLINE, .obj = s.a,
			    .len = beyond[k]);
	}
	CHECK_EQ(DO(s.fd, READ, .flags = OPF_INLINE, .obj = s.a, .len = 8), 0);
	CHECK_EQ(DO(s.fd, WRITE, .flags = OPF_INLINE, .obj = s.a, .len = 8), 0);
}

/* ---- ERANGE ---- */

static const struct range {
	const char *name;
	uint32_t off;
	uint32_t len;
} ranges[] = {
	{ "one too long", 0, 65 },
	{ "one too far", 1, 64 },
	{ "at the end", 64, 1 },
	{ "beyond, empty", 65, 0 },
	{ "offset wraps", ~0U, 1 },
	{ "offset + length wraps", ~0U - 31, 64 },
	{ "offset + length wraps to the end", ~0U, 65 },
	{ "offset of 31 bits", 1U << 31, 1 },
	{ "offset of 31 bits, empty", 1U << 31, 0 },
	{ "longest", 0, ~0U },
	{ "all at their largest", ~0U, ~0U },
};

static const char *range_name(unsigned int i)
{
	return ranges[i].name;
}

TEST_EACH(ERANGE, range_name, 11)
{
	static char zeros[65], buffer[65];
	struct sample s;

	sample_make(&s);
	memset(buffer, 0x5a, sizeof(buffer));
	CHECK_ERROR(&s, -ERANGE, READ, .obj = s.a, .val = USER_PTR(buffer),
		    .arg = ranges[i].off, .len = ranges[i].len);
	CHECK_EQ(buffer[0], 0x5a);
	if (ranges[i].len <= MHEAP_INLINE_BYTES) {
		CHECK_ERROR(&s, -ERANGE, READ, .flags = OPF_INLINE, .obj = s.a,
			    .arg = ranges[i].off, .len = ranges[i].len);
		CHECK_ERROR(&s, -ERANGE, WRITE, .flags = OPF_INLINE, .obj = s.a,
			    .val = ~0ULL, .arg = ranges[i].off, .len = ranges[i].len);
	}
	if (ranges[i].len <= sizeof(buffer))
		CHECK_ERROR(&s, -ERANGE, WRITE, .obj = s.a,
			    .val = USER_PTR(buffer), .arg = ranges[i].off,
			    .len = ranges[i].len);
	OUT(s.fd, READ, .obj = s.a, .val = USER_PTR(buffer), .len = 64);
	CHECK(!memcmp(buffer, zeros, 64));
}

TEST(ERANGE_object_without_payload)
{
	struct sample s;

	sample_make(&s);
	CHECK_ERROR(&s, -ERANGE, READ, .obj = s.b, .val = USER_PTR(&s),
		    .len = 1);
	CHECK_ERROR(&s, -ERANGE, WRITE, .obj = s.b, .val = USER_PTR(&s),
		    .len = 1);
	CHECK_ERROR(&s, -ERANGE, READ, .flags = OPF_INLINE, .obj = s.b, .len = 1);
	CHECK_ERROR(&s, -ERANGE, WRITE, .flags = OPF_INLINE, .obj = s.b, .len = 1);
	CHECK_EQ(DO(s.fd, READ, .obj = s.b), 0);
	CHECK_EQ(DO(s.fd, WRITE, .obj = s.b), 0);
	CHECK_EQ(DO(s.fd, READ, .flags = OPF_INLINE, .obj = s.b), 0);
	CHECK_EQ(DO(s.fd, WRITE, .flags = OPF_INLINE, .obj = s.b), 0);
}

/* ---- E2BIG ---- */

TEST(E2BIG_slots_and_bytes)
{
	struct mheap_ioc_query q = { .size = sizeof(q) };
	struct sample s;

	sample_make(&s);
	CHECK_EQ(dev_ioctl(s.fd, MHEAP_IOC_QUERY, &q), 0);
	CHECK_ERROR(&s, -E2BIG, ALLOC, .len = q.max_slots + 1);
	CHECK_ERROR(&s, -E2BIG, ALLOC, .len = ~0U);
	CHECK_ERROR(&s, -E2BIG, ALLOC, .arg = q.max_bytes + 1);
	CHECK_ERROR(&s, -E2BIG, ALLOC, .arg = 1U << 31);
	CHECK_ERROR(&s, -E2BIG, ALLOC, .arg = ~0U);
	CHECK_ERROR(&s, -E2BIG, ALLOC, .arg = ~0U, .len = ~0U);
	CHECK_ERROR(&s, -E2BIG, RESIZE, .obj = s.a, .len = q.max_slots + 1);
	CHECK_ERROR(&s, -E2BIG, RESIZE, .obj = s.a, .arg = q.max_bytes + 1);
	CHECK_ERROR(&s, -E2BIG, RESIZE, .obj = s.a, .arg = ~0U);
}

TEST(E2BIG_name)
{
	static char name[5000];
	struct sample s;
	uint32_t len;

	sample_make(&s);
	memset(name, 'x', sizeof(name));
	for (len = 256; len <= sizeof(name); len += 593) {
		CHECK_ERROR(&s, -E2BIG, PUBLISH, .obj = s.a,
			    .val = USER_PTR(name), .len = len);
		CHECK_ERROR(&s, -E2BIG, LOOKUP, .val = USER_PTR(name),
			    .len = len);
		CHECK_ERROR(&s, -E2BIG, UNPUBLISH, .val = USER_PTR(name),
			    .len = len);
	}
	CHECK_ERROR(&s, -E2BIG, LOOKUP, .val = USER_PTR(name), .len = ~0U);
}

/* ---- EEXIST ---- */

TEST(EEXIST)
{
	struct sample s;

	sample_make(&s);
	CHECK_ERROR(&s, -EEXIST, PUBLISH, .obj = s.a, .val = USER_PTR("name"),
		    .len = 4);
	CHECK_ERROR(&s, -EEXIST, PUBLISH, .obj = s.b, .val = USER_PTR("name"),
		    .len = 4);
	CHECK_EQ(refcount(s.fd, s.b), 2);
	CHECK_EQ(OUT(s.fd, SAME, .obj = s.a, .val = OUT(s.fd, LOOKUP,
			.val = USER_PTR("name"), .len = 4)), 1);
}

/* ---- EDQUOT: nothing to collect, so a collection does not help ---- */

TEST(EDQUOT_objects)
{
	struct sample s;

	sample_make(&s);
	tune_limit(s.fd, 0, 4);
	make(s.fd, 1, 0);
	collect(s.fd, 2);
	CHECK_ERROR(&s, -EDQUOT, ALLOC, .len = 1);
	CHECK_ERROR(&s, -EDQUOT, ALLOC, .arg = 10);
	tune_limit(s.fd, 0, 5);
	make(s.fd, 1, 0);
	check_sound(s.fd);
}

/* The limit counts payload bytes and 8 for each slot. */
TEST(EDQUOT_bytes)
{
	struct mheap_ioc_info info;
	struct sample s;
	uint64_t used;

	sample_make(&s);
	info = info_of(s.fd);
	used = info.bytes + 8 * info.slots;
	collect(s.fd, 2);
	tune_limit(s.fd, used + 80, 0);
	CHECK_ERROR(&s, -EDQUOT, ALLOC, .arg = 81);
	CHECK_ERROR(&s, -EDQUOT, ALLOC, .len = 11);
	CHECK_ERROR(&s, -EDQUOT, ALLOC, .len = 5, .arg = 41);
	CHECK_ERROR(&s, -EDQUOT, ALLOC, .len = 1 << 20);
	CHECK_ERROR(&s, -EDQUOT, ALLOC, .arg = 1 << 29);
	drop(s.fd, make(s.fd, 10, 0));
	drop(s.fd, make(s.fd, 0, 80));
	make(s.fd, 5, 40);
	CHECK_EQ(DO(s.fd, ALLOC, .arg = 1), -EDQUOT);
	CHECK_EQ(DO(s.fd, ALLOC), 0);
	check_sound(s.fd);
}

TEST(EDQUOT_resize)
{
	struct mheap_ioc_info info;
	struct sample s;

	sample_make(&s);
	info = info_of(s.fd);
	collect(s.fd, 2);
	tune_limit(s.fd, info.bytes + 8 * info.slots + 80, 0);
	CHECK_ERROR(&s, -EDQUOT, RESIZE, .obj = s.a, .len = 4, .arg = 64 + 81);
	CHECK_ERROR(&s, -EDQUOT, RESIZE, .obj = s.a, .len = 15, .arg = 64);
	CHECK_ERROR(&s, -EDQUOT, RESIZE, .obj = s.a, .len = 1 << 20);
	CHECK_EQ(DO(s.fd, RESIZE, .obj = s.a, .len = 4, .arg = 64 + 80), 0);
	CHECK_EQ(DO(s.fd, RESIZE, .obj = s.a, .len = 4, .arg = 64 + 81),
		 -EDQUOT);
	CHECK_EQ(DO(s.fd, RESIZE, .obj = s.a), 0);
	check_sound(s.fd);
}

/* A limit below the present size only forbids growing. */
TEST(EDQUOT_limit_below_use)
{
	struct sample s;

	sample_make(&s);
	collect(s.fd, 2);
	tune_limit(s.fd, 1, 1);
	CHECK_ERROR(&s, -EDQUOT, ALLOC);
	CHECK_EQ(DO(s.fd, SET, .obj = s.a, .index = 1, .val = s.b), 0);
	CHECK_EQ(DO(s.fd, DUP, .obj = s.a), 0);
	CHECK_EQ(info_of(s.fd).objects, 3);
	tune_limit(s.fd, 0, 0);
	CHECK_EQ(DO(s.fd, ALLOC), 0);
}

/* ---- EBUSY ---- */

struct resizer {
	int fd;
	uint64_t o;
	volatile bool stop;
	unsigned int busy;
};

static void *resize_again(void *arg)
{
	struct resizer *r = arg;
	uint32_t n = 0;
	int err;

	while (goes_on(&r->stop)) {
		err = DO(r->fd, RESIZE, .obj = r->o, .len = 1000000 + n++ % 2);
		CHECK(!err || err == -EBUSY);
		r->busy += err == -EBUSY;
	}
	return NULL;
}

TEST(EBUSY_resize)
{
	struct resizer r = { .fd = dev_open() };
	uint64_t end = now_ns() + 10000000000ULL;
	struct worker *worker[2];

	r.o = make(r.fd, 1000000, 0);
	OUT(r.fd, SET, .obj = r.o, .val = r.o);
	worker[0] = worker_start(resize_again, &r);
	worker[1] = worker_start(resize_again, &r);
	while (!r.busy && now_ns() < end)
		CHECK_GE(refcount(r.fd, r.o), 2);
	r.stop = true;
	worker_join(worker[0]);
	worker_join(worker[1]);
	CHECK_EQ(refcount(r.fd, r.o), 2);
	check_sound(r.fd);
	if (!r.busy)
		skip("two resizes did not meet");
}
