// SPDX-License-Identifier: GPL-2.0
/*
 * Each opcode and each call is tried with each set of rights: it succeeds, or gives EPERM
 * and changes nothing.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"
#include "notify.h"
#include "sample.h"

#define R	MHEAP_RIGHT_READ
#define W	MHEAP_RIGHT_WRITE
#define C	MHEAP_RIGHT_CONTROL

#define NR_MASKS	8

static const char *mask_name(unsigned int i)
{
	static const char *const names[NR_MASKS] = {
		"none", "r", "w", "rw", "c", "rc", "wc", "rwc",
	};

	return names[i];
}

/* ---- opcodes ---- */

/* The table follows the header, not the module. */
static const uint32_t opcode_needs[] = {
	[MHEAP_OP_ALLOC] = W,
	[MHEAP_OP_DUP] = 0,
	[MHEAP_OP_DROP] = 0,
	[MHEAP_OP_REFCOUNT] = 0,
	[MHEAP_OP_ID] = R,
	[MHEAP_OP_OPEN_ID] = R,
	[MHEAP_OP_SAME] = 0,
	[MHEAP_OP_STAT] = R,
	[MHEAP_OP_RESIZE] = W,
	[MHEAP_OP_GET] = R,
	[MHEAP_OP_SET] = W,
	[MHEAP_OP_XCHG] = R | W,
	[MHEAP_OP_CAS] = R | W,
	[MHEAP_OP_READ] = R,
	[MHEAP_OP_WRITE] = W,
	[MHEAP_OP_PUBLISH] = W,
	[MHEAP_OP_LOOKUP] = R,
	[MHEAP_OP_UNPUBLISH] = W,
	[MHEAP_OP_WEAK_NEW] = 0,
	[MHEAP_OP_WEAK_GET] = 0,
	[MHEAP_OP_WEAK_DROP] = 0,
	[MHEAP_OP_FINALIZER] = W,
	[MHEAP_OP_INTERN] = W,
	[MHEAP_OP_FRAME_PUSH] = 0,
	[MHEAP_OP_FRAME_POP] = 0,
};

_Static_assert(ARRAY_SIZE(opcode_needs) == MHEAP_OP_COUNT, "an opcode is missing");

/* Open the sample's objects by their ids. */
static void open_objects(struct sample *s, const struct sample *whole)
{
	s->a = OUT(s->fd, OPEN_ID, .arg = id_of(whole->fd, whole->a));
	s->b = OUT(s->fd, OPEN_ID, .arg = id_of(whole->fd, whole->b));
	s->c = OUT(s->fd, OPEN_ID, .arg = id_of(whole->fd, whole->c));
}

/* Make objects like the sample's. */
static void make_objects(struct sample *s)
{
	s->a = make(s->fd, 4, 64);
	s->b = make(s->fd, 1, 0);
	s->c = make(s->fd, 0, 8);
	OUT(s->fd, SET, .obj = s->a, .val = s->b);
}

/*
 * Make another session with these rights and give it objects to work on. If its rights
 * allow none, its handles are those of the other session and mean nothing.
 */
static void limited_make(struct sample *s, const struct sample *whole,
			 uint32_t rights)
{
	*s = *whole;
	s->fd = dev_attach(whole->fd, rights);
	CHECK_GE(s->fd, 0);
	OUT(s->fd, FRAME_PUSH);
	if (rights & R)
		open_objects(s, whole);
	else if (rights & W)
		make_objects(s);
	else
		return;
	s->spare = OUT(s->fd, DUP, .obj = s->a);
	s->weak = weak_new(s->fd, s->b, 1);
}

/* Returns the result of an op for a session that has the rights. */
static int expected(unsigned int opcode, uint32_t rights)
{
	if (opcode_needs[opcode] & ~rights)
		return -EPERM;
	if (rights & (R | W) || opcode == MHEAP_OP_FRAME_PUSH)
		return 0;
	return opcode == MHEAP_OP_WEAK_GET || opcode == MHEAP_OP_WEAK_DROP ?
		-ENOENT : -EBADF;
}

/* The id comes from another session, since this one may not be able to ask for it. */
static struct op limited_op(struct sample *s, struct sample *whole,
				  unsigned int opcode)
{
	if (opcode == MHEAP_OP_OPEN_ID)
		return sample_op(whole, opcode);
	return sample_op(s, opcode);
}

static void check_opcode(unsigned int opcode, uint32_t rights)
{
	struct sample whole, s;
	struct op op;
	uint64_t digest;

	sample_make(&whole);
	limited_make(&s, &whole, rights);
	op = limited_op(&s, &whole, opcode);
	digest = sample_digest(&whole);
	if (dev_op(s.fd, &op) != expected(opcode, rights))
		FAIL("%s: result %d, not %d", opcodes[opcode].name, op.result,
		     expected(opcode, rights));
	if (op.result)
		CHECK_EQ(sample_digest(&whole), digest);
	check_sound(whole.fd);
	close(s.fd);
	close(whole.fd);
}

TEST_EACH(opcodes, mask_name, NR_MASKS)
{
	unsigned int opcode;

	for (opcode = 0; opcode < MHEAP_OP_COUNT; opcode++)
		check_opcode(opcode, i);
}

/* Null needs no right. */
TEST_EACH(without_handles, mask_name, NR_MASKS)
{
	int fd = dev_attach(dev_open(), i);

	CHECK_EQ(OUT(fd, SAME), 1);
	OUT(fd, FRAME_PUSH);
	CHECK_EQ(OUT(fd, FRAME_POP), 0);
	CHECK_EQ(DO(fd, DROP), -EINVAL);
	CHECK_EQ(DO(fd, DROP, .obj = 5), -EBADF);
}

/* ---- batches ---- */

/* A batch stops at the op that lacks a right, and says how far it got. */
TEST(batch_stops)
{
	struct op ops[4];
	struct sample whole, s;
	uint32_t done;

	sample_make(&whole);
	limited_make(&s, &whole, R);
	ops[0] = OP(DUP, .obj = s.a);
	ops[1] = OP(SET, .flags = OPF_OBJ, .obj = 0);
	ops[2] = OP(DROP, .obj = s.b);
	CHECK_EQ(dev_batch(s.fd, ops, 3, 0, &done), 0);
	CHECK_EQ(done, 1);
	CHECK_EQ(ops[1].result, -EPERM);
	CHECK_EQ(info_of(s.fd).handles, 5);
	CHECK_EQ(refcount(whole.fd, whole.b), 3);
}

/* An op that was refused made nothing that a later one could use. */
TEST(batch_goes_on)
{
	struct op ops[4];
	struct sample whole, s;
	uint32_t done;

	sample_make(&whole);
	limited_make(&s, &whole, R);
	ops[0] = OP(ALLOC, .len = 1);
	ops[1] = OP(DUP, .flags = OPF_OBJ, .obj = 0);
	ops[2] = OP(WRITE, .obj = s.a, .val = BAD_PTR, .len = 1);
	ops[3] = OP(DUP, .obj = s.a);
	CHECK_EQ(dev_batch(s.fd, ops, 4, MHEAP_BATCH_GO_ON, &done), 0);
	CHECK_EQ(done, 4);
	CHECK_EQ(ops[0].result, -EPERM);
	CHECK_EQ(ops[1].result, -EBADF);
	CHECK_EQ(ops[2].result, -EPERM);
	CHECK_EQ(ops[3].result, 0);
}

/* Dropping needs no right, even if the object dies. */
TEST(last_handle_is_dropped_without_rights_to_write)
{
	struct sample whole, s;
	uint64_t objects;

	sample_make(&whole);
	limited_make(&s, &whole, R);
	objects = info_of(s.fd).objects;
	drop(whole.fd, whole.c);
	CHECK_EQ(info_of(s.fd).objects, objects);
	drop(s.fd, s.c);
	CHECK_EQ(info_of(s.fd).objects, objects - 1);
}

/* ---- calls ---- */

/**
 * struct asker - Who makes calls
 * @fd: a session with some rights
 * @whole: the sample, by a session with all rights
 */
struct asker {
	int fd;
	struct sample whole;
};

/**
 * struct call - A call, and the rights that it needs
 * @name: its name
 * @needs: MHEAP_RIGHT_*
 * @call: makes it: 0 or a negative errno
 */
struct call {
	const char *name;
	uint32_t needs;
	int (*call)(struct asker *a);
};

static int call_query(struct asker *a)
{
	struct mheap_ioc_query query = { .size = sizeof(query) };

	return dev_ioctl(a->fd, MHEAP_IOC_QUERY, &query);
}

static int call_info(struct asker *a)
{
	struct mheap_ioc_info info = { .size = sizeof(info) };

	return dev_ioctl(a->fd, MHEAP_IOC_INFO, &info);
}

static int call_batch(struct asker *a)
{
	return DO(a->fd, SAME);
}

static int register_type(int fd, const char *name)
{
	struct mheap_ioc_type type = {
		.size = sizeof(type), .name = USER_PTR(name), .name_len = 6,
	};

	return dev_ioctl(fd, MHEAP_IOC_TYPE_REGISTER, &type);
}

static int call_type_find(struct asker *a)
{
	CHECK_EQ(register_type(a->whole.fd, "shared"), 0);
	return register_type(a->fd, "shared");
}

static int call_type_make(struct asker *a)
{
	return register_type(a->fd, "single");
}

static int call_type_name(struct asker *a)
{
	struct mheap_ioc_type type = {
		.size = sizeof(type), .name = USER_PTR(a->whole.buffer),
		.name_len = sizeof(a->whole.buffer),
	};

	return dev_ioctl(a->fd, MHEAP_IOC_TYPE_NAME, &type);
}

static int call_collect(struct asker *a)
{
	struct mheap_ioc_collect c = { .size = sizeof(c), .generation = 2 };

	return dev_ioctl(a->fd, MHEAP_IOC_COLLECT, &c);
}

static int tune(int fd, uint32_t set)
{
	struct mheap_ioc_tune t = {
		.size = sizeof(t), .set = set, .threshold = { 600, 9, 8 },
		.limit_bytes = 1 << 20, .limit_objects = 1000,
		.debug = MHEAP_DEBUG_SAVE_ALL,
	};

	return dev_ioctl(fd, MHEAP_IOC_TUNE, &t);
}

static int call_tune_look(struct asker *a)
{
	return tune(a->fd, 0);
}

static int call_tune_enabled(struct asker *a)
{
	return tune(a->fd, MHEAP_TUNE_ENABLED);
}

static int call_tune_threshold(struct asker *a)
{
	return tune(a->fd, MHEAP_TUNE_THRESHOLD);
}

static int call_tune_limit(struct asker *a)
{
	return tune(a->fd, MHEAP_TUNE_LIMIT);
}

static int call_tune_debug(struct asker *a)
{
	return tune(a->fd, MHEAP_TUNE_DEBUG);
}

static int call_gc_stats(struct asker *a)
{
	struct mheap_ioc_gc_stats stats = { .size = sizeof(stats) };

	return dev_ioctl(a->fd, MHEAP_IOC_GC_STATS, &stats);
}

static int call_event_mask(struct asker *a)
{
	struct mheap_ioc_event_mask mask = { .size = sizeof(mask), .mask = 15 };

	return dev_ioctl(a->fd, MHEAP_IOC_EVENT_MASK, &mask);
}

static int call_freeze(struct asker *a)
{
	struct mheap_ioc_freeze f = { .size = sizeof(f), .freeze = 1 };

	return dev_ioctl(a->fd, MHEAP_IOC_FREEZE, &f);
}

static int list_kind(int fd, uint32_t kind, int generation, uint64_t id)
{
	uint64_t ids[4];
	struct mheap_ioc_list l = {
		.size = sizeof(l), .kind = kind, .generation = generation,
		.id = id, .count = ARRAY_SIZE(ids), .ids = USER_PTR(ids),
	};

	return dev_ioctl(fd, MHEAP_IOC_LIST, &l);
}

static int call_list_objects(struct asker *a)
{
	return list_kind(a->fd, MHEAP_LIST_OBJECTS, -1, 0);
}

static int call_list_garbage(struct asker *a)
{
	return list_kind(a->fd, MHEAP_LIST_GARBAGE, 0, 0);
}

static int call_list_referents(struct asker *a)
{
	return list_kind(a->fd, MHEAP_LIST_REFERENTS, 0, id_of(a->whole.fd, a->whole.a));
}

static int call_list_referrers(struct asker *a)
{
	return list_kind(a->fd, MHEAP_LIST_REFERRERS, 0, id_of(a->whole.fd, a->whole.b));
}

static int call_clear_garbage(struct asker *a)
{
	struct mheap_ioc_clear_garbage c = { .size = sizeof(c) };

	return dev_ioctl(a->fd, MHEAP_IOC_CLEAR_GARBAGE, &c);
}

static int call_attach(struct asker *a)
{
	int other = dev_attach(a->fd, info_of(a->fd).rights);

	if (other < 0)
		return other;
	close(other);
	return 0;
}

static int call_read(struct asker *a)
{
	struct mheap_ioc_event event;
	struct iovec iov = { .iov_base = &event, .iov_len = sizeof(event) };

	CHECK_EQ(preadv2(a->fd, &iov, 1, -1, RWF_NOWAIT), -1);
	return errno == EAGAIN ? 0 : -errno;
}

static int call_poll(struct asker *a)
{
	struct pollfd p = { .fd = a->fd, .events = POLLIN };

	return poll(&p, 1, 0);
}

static const struct call calls[] = {
	{ "QUERY", 0, call_query },
	{ "INFO", 0, call_info },
	{ "BATCH", 0, call_batch },
	{ "TYPE_REGISTER of one that is there", 0, call_type_find },
	{ "TYPE_REGISTER of a new one", W, call_type_make },
	{ "TYPE_NAME", R, call_type_name },
	{ "COLLECT", C, call_collect },
	{ "TUNE, looking only", 0, call_tune_look },
	{ "TUNE of enabled", C, call_tune_enabled },
	{ "TUNE of thresholds", C, call_tune_threshold },
	{ "TUNE of limits", C, call_tune_limit },
	{ "TUNE of debug", C, call_tune_debug },
	{ "GC_STATS", 0, call_gc_stats },
	{ "EVENT_MASK", 0, call_event_mask },
	{ "FREEZE", C, call_freeze },
	{ "LIST of objects", R, call_list_objects },
	{ "LIST of garbage", R, call_list_garbage },
	{ "LIST of referents", R, call_list_referents },
	{ "LIST of referrers", R, call_list_referrers },
	{ "CLEAR_GARBAGE", C, call_clear_garbage },
	{ "ATTACH", 0, call_attach },
	{ "read", 0, call_read },
	{ "poll", 0, call_poll },
};

static void check_call(const struct call *call, uint32_t rights)
{
	struct asker a;
	uint64_t digest;
	int err;

	sample_make(&a.whole);
	a.fd = dev_attach(a.whole.fd, rights);
	digest = sample_digest(&a.whole);
	err = call->call(&a);
	if (err != (call->needs & ~rights ? -EPERM : 0))
		FAIL("%s: %d", call->name, err);
	if (err)
		CHECK_EQ(sample_digest(&a.whole), digest);
	close(a.fd);
	close(a.whole.fd);
}

TEST_EACH(calls, mask_name, NR_MASKS)
{
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(calls); k++)
		check_call(&calls[k], i);
}

/* A registration that was refused made no type. */
TEST(refused_type_is_not_there)
{
	int whole = dev_open(), fd = dev_attach(whole, R | C);

	CHECK_EQ(register_type(fd, "single"), -EPERM);
	CHECK_EQ(DO(whole, ALLOC, .index = 1), -ENOENT);
	CHECK_EQ(register_type(whole, "single"), 0);
	OUT(whole, ALLOC, .index = 1);
	CHECK_EQ(register_type(fd, "single"), 0);
}

/* A session needs no right to get the events of its weak handles. */
TEST(events_without_rights_to_write)
{
	struct sample whole, s;

	sample_make(&whole);
	limited_make(&s, &whole, R);
	drop(whole.fd, whole.b);
	OUT(whole.fd, SET, .obj = whole.a);
	CHECK_NO_EVENT(s.fd);
	drop(s.fd, s.b);
	event_take(s.fd, MHEAP_EVENT_WEAK, 1);
	event_take(whole.fd, MHEAP_EVENT_WEAK, 1);
}
