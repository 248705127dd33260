// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation and each copy from or to the caller fails in turn, by the
 * kernel's fault injection (/proc/thread-self/fail-nth), in every call of a
 * script.  A call either succeeds or fails cleanly: with ENOMEM or EFAULT, and
 * with the heap as it was.  A call whose result could not be delivered may have
 * been done, but not half.  A step ends when a whole run of it met no failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"
#include "sample.h"

/* All processes of the cases count injected failures here. */
static unsigned int *injections;

static void __attribute__((constructor)) share_injections(void)
{
	injections = mmap(NULL, sizeof(*injections), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* ---- injection ---- */

static int nth_fd;

static void knob(const char *name, const char *value)
{
	char path[100];
	int err;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s", name);
	err = file_write(path, value);
	if (err)
		skip("no fault injection (%s: %s)", path, strerror(-err));
}

static void nth_open(void)
{
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0)
		skip("no fault injection");
	knob("failslab/ignore-gfp-wait", "N");
	knob("failslab/verbose", "0");
	knob("fail_page_alloc/ignore-gfp-wait", "N");
	knob("fail_page_alloc/ignore-gfp-highmem", "N");
	knob("fail_page_alloc/min-order", "0");
	knob("fail_page_alloc/verbose", "0");
	knob("fail_usercopy/verbose", "0");
}

static void nth_set(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	CHECK_EQ(pwrite(nth_fd, text, len, 0), len);
}

/*
 * Was a failure injected? Reading and writing the file are copies, too: if one of those
 * fails, none was injected before.
 */
static bool nth_end(void)
{
	char text[16] = "";
	bool hit = pread(nth_fd, text, sizeof(text) - 1, 0) > 0 &&
		   atoi(text) == 0;

	while (pwrite(nth_fd, "0", 1, 0) != 1)
		;
	return hit;
}

/* ---- what a step may change ---- */

/* Take only what does not depend on the heap's number or on time. */
static struct mheap_ioc_info state_of(int fd)
{
	struct mheap_ioc_info info = info_of(fd);

	info.heap_id = 0;
	info.lock_max_ns = 0;
	/* Batches choose other numbers each time, and claim them before they fail. */
	info.handle_end = 0;
	/* The heap may keep memory that it allocated. */
	info.arenas = 0;
	info.pages = 0;
	return info;
}

static bool same_state(const struct mheap_ioc_info *a,
		       const struct mheap_ioc_info *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static bool is_clean(int err)
{
	return err == -ENOMEM || err == -EFAULT;
}

/**
 * struct step - A call
 * @name: its name
 * @opcode: opcode of an op of the sample, if @call is NULL
 * @call: makes the call; returns 0 or a negative errno.  What goes in is on the
 *	stack or made before, so nothing is allocated but by the call
 */
struct step {
	const char *name;
	unsigned int opcode;
	int (*call)(struct sample *s);
};

static int call_query(struct sample *s)
{
	struct mheap_ioc_query query = { .size = sizeof(query) };

	return dev_ioctl(s->fd, MHEAP_IOC_QUERY, &query);
}

static int call_info(struct sample *s)
{
	struct mheap_ioc_info info = { .size = sizeof(info) };

	return dev_ioctl(s->fd, MHEAP_IOC_INFO, &info);
}

static int call_type_register(struct sample *s)
{
	struct mheap_ioc_type type = {
		.size = sizeof(type), .name = USER_PTR("fresh"), .name_len = 5,
	};

	return dev_ioctl(s->fd, MHEAP_IOC_TYPE_REGISTER, &type);
}

static int call_type_name(struct sample *s)
{
	struct mheap_ioc_type type = {
		.size = sizeof(type), .name = USER_PTR(s->buffer),
		.name_len = sizeof(s->buffer),
	};

	return dev_ioctl(s->fd, MHEAP_IOC_TYPE_NAME, &type);
}

static int call_collect(struct sample *s)
{
	struct mheap_ioc_collect c = { .size = sizeof(c), .generation = 2 };

	return dev_ioctl(s->fd, MHEAP_IOC_COLLECT, &c);
}

static int call_tune(struct sample *s)
{
	struct mheap_ioc_tune tune = {
		.size = sizeof(tune), .set = MHEAP_TUNE_THRESHOLD,
		.threshold = { 600, 10, 10 },
	};

	return dev_ioctl(s->fd, MHEAP_IOC_TUNE, &tune);
}

static int call_gc_stats(struct sample *s)
{
	struct mheap_ioc_gc_stats stats = { .size = sizeof(stats) };

	return dev_ioctl(s->fd, MHEAP_IOC_GC_STATS, &stats);
}

/* A batch fails if its result could not be delivered. */
static int call_op(struct sample *s, struct op op)
{
	struct mheap_op_result result;
	struct mheap_ioc_op coded;
	struct mheap_ioc_batch batch = {
		.size = sizeof(batch),
		.entries = USER_PTR(&coded),
		.results = USER_PTR(&result),
		.space = 1,
	};

	op_encode(&op, &coded);
	batch.count = entry_size(&coded.entry);
	return dev_ioctl(s->fd, MHEAP_IOC_BATCH, &batch) ?: batch.error;
}

static int call_single(struct sample *s, struct op op)
{
	struct mheap_ioc_op coded;

	op_encode(&op, &coded);
	return ioctl(s->fd, MHEAP_IOC_OP, &coded) < 0 ? -errno : 0;
}

static int call_alloc_slots(struct sample *s)
{
	return call_op(s, OP(ALLOC, .len = 100000));
}

static int call_alloc_bytes(struct sample *s)
{
	return call_op(s, OP(ALLOC, .arg = 3 << 20));
}

static int call_alloc_both(struct sample *s)
{
	return call_op(s, OP(ALLOC, .len = 3000, .arg = 70000));
}

static int call_alloc_immortal(struct sample *s)
{
	return call_op(s, OP(ALLOC, .len = 3, .arg = 7,
			     .val = MHEAP_ENTRY_IMMORTAL));
}

static int call_resize_large(struct sample *s)
{
	return call_op(s, OP(RESIZE, .obj = s->a, .len = 40000,
			     .arg = 1 << 20));
}

static int call_resize_to_nothing(struct sample *s)
{
	return call_op(s, OP(RESIZE, .obj = s->a));
}

static int call_read_inline(struct sample *s)
{
	return call_op(s, OP(READ, .flags = OPF_INLINE, .obj = s->a, .len = 8));
}

static int call_write_inline(struct sample *s)
{
	return call_op(s, OP(WRITE, .flags = OPF_INLINE, .obj = s->a, .val = 77, .len = 8));
}

/* The number lies far from all others. */
static int call_dup_numbered(struct sample *s)
{
	return call_op(s, OP(DUP, .obj = s->a, .val = 1U << 30));
}

static int call_event_mask(struct sample *s)
{
	struct mheap_ioc_event_mask mask = { .size = sizeof(mask), .mask = 15 };

	return dev_ioctl(s->fd, MHEAP_IOC_EVENT_MASK, &mask);
}

static int call_freeze(struct sample *s)
{
	struct mheap_ioc_freeze freeze = { .size = sizeof(freeze), .freeze = 1 };

	return dev_ioctl(s->fd, MHEAP_IOC_FREEZE, &freeze);
}

static int call_list(struct sample *s)
{
	struct mheap_ioc_list list = {
		.size = sizeof(list), .kind = MHEAP_LIST_OBJECTS,
		.generation = -1, .count = sizeof(s->buffer) / 8,
		.ids = USER_PTR(s->buffer),
	};

	return dev_ioctl(s->fd, MHEAP_IOC_LIST, &list);
}

static int call_attach(struct sample *s)
{
	int fd = dev_attach(s->fd, MHEAP_RIGHT_READ);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static const struct step steps[] = {
	{ "query", 0, call_query },
	{ "info", 0, call_info },
	{ "register a type", 0, call_type_register },
	{ "name of a type", 0, call_type_name },
	{ "collect", 0, call_collect },
	{ "tune", 0, call_tune },
	{ "statistics", 0, call_gc_stats },
	{ "alloc", MHEAP_OP_ALLOC, NULL },
	{ "alloc, many slots", 0, call_alloc_slots },
	{ "alloc, many bytes", 0, call_alloc_bytes },
	{ "alloc, many of both", 0, call_alloc_both },
	{ "alloc, immortal", 0, call_alloc_immortal },
	{ "dup", MHEAP_OP_DUP, NULL },
	{ "dup, numbered", 0, call_dup_numbered },
	{ "drop", MHEAP_OP_DROP, NULL },
	{ "refcount", MHEAP_OP_REFCOUNT, NULL },
	{ "id", MHEAP_OP_ID, NULL },
	{ "open_id", MHEAP_OP_OPEN_ID, NULL },
	{ "same", MHEAP_OP_SAME, NULL },
	{ "stat", MHEAP_OP_STAT, NULL },
	{ "resize", MHEAP_OP_RESIZE, NULL },
	{ "resize, large", 0, call_resize_large },
	{ "resize, to nothing", 0, call_resize_to_nothing },
	{ "get", MHEAP_OP_GET, NULL },
	{ "set", MHEAP_OP_SET, NULL },
	{ "xchg", MHEAP_OP_XCHG, NULL },
	{ "cas", MHEAP_OP_CAS, NULL },
	{ "read", MHEAP_OP_READ, NULL },
	{ "write", MHEAP_OP_WRITE, NULL },
	{ "read, inline", 0, call_read_inline },
	{ "write, inline", 0, call_write_inline },
	{ "publish", MHEAP_OP_PUBLISH, NULL },
	{ "lookup", MHEAP_OP_LOOKUP, NULL },
	{ "unpublish", MHEAP_OP_UNPUBLISH, NULL },
	{ "weak_new", MHEAP_OP_WEAK_NEW, NULL },
	{ "weak_get", MHEAP_OP_WEAK_GET, NULL },
	{ "weak_drop", MHEAP_OP_WEAK_DROP, NULL },
	{ "finalizer", MHEAP_OP_FINALIZER, NULL },
	{ "intern", MHEAP_OP_INTERN, NULL },
	{ "frame_push", MHEAP_OP_FRAME_PUSH, NULL },
	{ "frame_pop", MHEAP_OP_FRAME_POP, NULL },
	{ "event mask", 0, call_event_mask },
	{ "freeze", 0, call_freeze },
	{ "list", 0, call_list },
	{ "attach", 0, call_attach },
};

#define NR_STEPS 45
_Static_assert(NR_STEPS == ARRAY_SIZE(steps), "number of steps");

static const char *step_name(unsigned int i)
{
	return steps[i].name;
}

/*
 * Do a step with the nth allocation or copy failing, its op as a batch or as a single op;
 * returns false if it has fewer.
 */
static bool step_run(const struct step *step, bool single, struct sample *s,
		     unsigned int n, int *err)
{
	struct op op = { 0 };

	if (!step->call)
		op = sample_op(s, step->opcode);
	nth_set(n);
	if (step->call)
		*err = step->call(s);
	else
		*err = single ? call_single(s, op) : call_op(s, op);
	return nth_end();
}

static void step_check(const struct step *step, bool single, unsigned int n,
		       const struct mheap_ioc_info *done, bool *hit)
{
	struct mheap_ioc_info before, after;
	struct mheap_ioc_tune tune, tune_after;
	struct sample s;
	int err;

	sample_make(&s);
	before = state_of(s.fd);
	tune = tune_of(s.fd);
	*hit = step_run(step, single, &s, n, &err);
	after = state_of(s.fd);
	tune_after = tune_of(s.fd);
	if (!err) {
		CHECK(same_state(&after, done));
	} else {
		if (!*hit || !is_clean(err))
			FAIL("failure %u: error %d", n, err);
		if (!same_state(&after, &before) &&
		    !(err == -EFAULT && same_state(&after, done)))
			FAIL("failure %u: error %d, and the heap changed", n,
			     err);
		if (err == -ENOMEM)
			CHECK(!memcmp(&tune, &tune_after, sizeof(tune)));
	}
	check_sound(s.fd);
	/* The sample's frame holds all its handles. */
	if (step->opcode != MHEAP_OP_FRAME_POP)
		CHECK_EQ(DO(s.fd, REFCOUNT, .obj = s.b), 0);
	close(s.fd);
}

/* No step here has as many allocations and copies. */
#define MOST 2000

static void step_all(const struct step *step, bool single)
{
	struct mheap_ioc_info done;
	long heaps = sysfs_heaps();
	struct sample s;
	unsigned int n;
	bool hit = true;
	int err;

	nth_open();
	sample_make(&s);
	CHECK(!step_run(step, single, &s, MOST, &err));
	CHECK_EQ(err, 0);
	done = state_of(s.fd);
	close(s.fd);
	for (n = 1; n < MOST && hit; n++) {
		step_check(step, single, n, &done, &hit);
		*injections += hit;
	}
	CHECK(!hit);
	note("%s: %u failures injected", step->name, n - 2);
	CHECK_EQ(sysfs_heaps(), heaps);
}

TEST_EACH(step, step_name, NR_STEPS)
{
	step_all(&steps[i], false);
}

static const char *opcode_name(unsigned int i)
{
	return opcodes[i].name;
}

TEST_EACH(single_op, opcode_name, MHEAP_OP_COUNT)
{
	struct step step = { .name = opcodes[i].name, .opcode = i };

	step_all(&step, true);
}

/* ---- open and close ---- */

TEST(open)
{
	long heaps = sysfs_heaps();
	bool hit = true;
	unsigned int n;
	int fd, err;

	nth_open();
	for (n = 1; n < MOST && hit; n++) {
		nth_set(n);
		fd = open("/dev/mheap", O_RDWR | O_CLOEXEC);
		err = fd < 0 ? -errno : 0;
		hit = nth_end();
		*injections += hit;
		if (err && (!hit || !is_clean(err)))
			FAIL("failure %u: error %d", n, err);
		if (!err) {
			make(fd, 1, 1);
			check_sound(fd);
			close(fd);
		}
		CHECK_EQ(sysfs_heaps(), heaps);
	}
	CHECK(!hit);
	note("open: %u failures injected", n - 2);
}

TEST(close)
{
	long heaps = sysfs_heaps();
	struct sample s;
	bool hit = true;
	unsigned int n;

	nth_open();
	for (n = 1; n < MOST && hit; n++) {
		sample_make(&s);
		make_ring(s.fd, 100);
		nth_set(n);
		close(s.fd);
		hit = nth_end();
		*injections += hit;
		CHECK_EQ(sysfs_heaps(), heaps);
	}
	CHECK(!hit);
	note("close: %u failures injected", n - 2);
}

/* ---- a batch of everything ---- */

#define NR_OPS 300

/* The same twenty ops are repeated; they refer only to each other. */
static void mixed_ops(struct op *ops, struct sample *s)
{
	static char name[NR_OPS / 20][4];
	unsigned int i;

	for (i = 0; i < NR_OPS; i += 20) {
		uint64_t at = USER_PTR(name[i / 20]), o = i, p = i + 1;

		snprintf(name[i / 20], sizeof(name[0]), "n%u", i / 20);
		ops[i] = OP(ALLOC, .len = 3, .arg = 40);
		ops[i + 1] = OP(ALLOC, .len = 200);
		ops[i + 2] = OP(ALLOC, .arg = 9000);
		ops[i + 3] = OP(SET, .flags = OPF_OBJ | OPF_VAL, .obj = o, .val = p);
		ops[i + 4] = OP(SET, .flags = OPF_OBJ | OPF_VAL, .obj = p, .val = o);
		ops[i + 5] = OP(DUP, .flags = OPF_OBJ, .obj = o);
		ops[i + 6] = OP(GET, .flags = OPF_OBJ, .obj = o);
		ops[i + 7] = OP(XCHG, .flags = OPF_OBJ | OPF_VAL, .obj = o, .index = 1,
				.val = p);
		ops[i + 8] = OP(CAS, .flags = OPF_OBJ | OPF_VAL, .obj = o, .index = 2,
				.val = p);
		ops[i + 9] = OP(RESIZE, .flags = OPF_OBJ, .obj = p, .len = 5000);
		ops[i + 10] = OP(PUBLISH, .flags = OPF_OBJ, .obj = o, .val = at, .len = 3);
		ops[i + 11] = OP(LOOKUP, .val = at, .len = 3);
		ops[i + 12] = OP(WRITE, .flags = OPF_OBJ, .obj = o, .val = at, .len = 3);
		ops[i + 13] = OP(READ, .flags = OPF_OBJ, .obj = o,
				 .val = USER_PTR(s->buffer), .len = 40);
		ops[i + 14] = OP(STAT, .flags = OPF_OBJ, .obj = o,
				 .val = USER_PTR(s->buffer), .len = 40);
		ops[i + 15] = OP(UNPUBLISH, .val = at, .len = 3);
		ops[i + 16] = OP(DROP, .flags = OPF_OBJ, .obj = i + 2);
		ops[i + 17] = OP(DROP, .flags = OPF_OBJ, .obj = i + 5);
		ops[i + 18] = OP(REFCOUNT, .flags = OPF_OBJ, .obj = o);
		ops[i + 19] = OP(DROP, .flags = OPF_OBJ, .obj = o);
	}
}

/* Compute the state of the heap after so many successful ops. */
static struct mheap_ioc_info mixed_state(uint32_t n)
{
	struct op ops[NR_OPS];
	struct mheap_ioc_info info;
	struct sample s;

	sample_make(&s);
	mixed_ops(ops, &s);
	if (n)
		dev_all(s.fd, ops, n);
	info = state_of(s.fd);
	close(s.fd);
	return info;
}

static bool mixed_run(unsigned int n, uint32_t flags)
{
	struct mheap_ioc_info after, wanted;
	struct op ops[NR_OPS];
	struct batch batch;
	uint32_t done = 0;
	struct sample s;
	bool hit;
	int err;

	sample_make(&s);
	mixed_ops(ops, &s);
	batch_begin(&batch, ops, NR_OPS, flags);
	nth_set(n);
	err = dev_ioctl(s.fd, MHEAP_IOC_BATCH, &batch.ioc);
	hit = nth_end();
	if (err)
		batch_free(&batch);
	else
		done = batch_end(&batch, ops);
	check_sound(s.fd);
	after = state_of(s.fd);
	close(s.fd);
	if (err && (!hit || !is_clean(err)))
		FAIL("failure %u: error %d", n, err);
	if (err || flags)
		return hit;
	if (done < NR_OPS && (!hit || !is_clean(ops[done].result)))
		FAIL("failure %u: op %u: %d", n, done, ops[done].result);
	wanted = mixed_state(done);
	if (!same_state(&after, &wanted))
		FAIL("failure %u: not the heap after %u ops", n, done);
	return hit;
}

static void mixed_all(uint32_t flags)
{
	unsigned int n, stride = test_is_short() ? 7 : 1;
	long heaps = sysfs_heaps();
	bool hit = true;

	nth_open();
	for (n = 1; n < 10 * MOST && hit; n += stride) {
		hit = mixed_run(n, flags);
		*injections += hit;
	}
	CHECK(!hit);
	note("batch: every %u. of %u failures injected", stride, n - 2);
	CHECK_EQ(sysfs_heaps(), heaps);
}

TEST_SLOW(batch_that_stops, 400)
{
	mixed_all(0);
}

TEST_SLOW(batch_that_goes_on, 400)
{
	mixed_all(MHEAP_BATCH_GO_ON);
}

/* Check that failures were injected at all. */
TEST(number_of_injections)
{
	nth_open();
	note("%u failures injected", *injections);
	CHECK_GE(*injections, 51);
}
