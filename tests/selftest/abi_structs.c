// SPDX-License-Identifier: GPL-2.0
/* Every ioctl gets structs of all sizes, bad pointers and reserved members. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"

/**
 * struct call - An ioctl, and how its struct is filled so that it succeeds
 * @name: its name
 * @cmd: its number
 * @min: its first published size
 * @size: its size
 * @fill: sets what goes in; the rest is poison
 * @reserved: offset of a member of 32 bits that must be 0, or 0
 */
struct call {
	const char *name;
	unsigned long cmd;
	uint32_t min;
	uint32_t size;
	void (*fill)(void *arg);
	size_t reserved;
};

static struct mheap_ioc_op batch_op;
static struct mheap_op_result batch_result;
static uint64_t listed[4];
static char type_name[8];

static void fill_query(void *arg)
{
	((struct mheap_ioc_query *)arg)->reserved = 0;
}

static void fill_info(void *arg __attribute__((unused)))
{
}

static void fill_batch(void *arg)
{
	struct mheap_ioc_batch *batch = arg;

	op_encode(&OP(ALLOC, .len = 1), &batch_op);
	batch->flags = 0;
	batch->entries = USER_PTR(&batch_op.entry);
	batch->results = USER_PTR(&batch_result);
	batch->count = 1;
	batch->space = 1;
	batch->reserved = 0;
}

static void fill_type_register(void *arg)
{
	struct mheap_ioc_type *type = arg;

	type->name = USER_PTR("fresh");
	type->name_len = 5;
	type->reserved = 0;
}

static void fill_type_name(void *arg)
{
	struct mheap_ioc_type *type = arg;

	type->type = 0;
	type->name = USER_PTR(type_name);
	type->name_len = sizeof(type_name);
	type->reserved = 0;
}

static void fill_collect(void *arg)
{
	((struct mheap_ioc_collect *)arg)->generation = 2;
}

static void fill_tune(void *arg)
{
	struct mheap_ioc_tune *tune = arg;

	tune->set = MHEAP_TUNE_ENABLED;
	tune->enabled = 0;
	tune->reserved = 0;
}

static void fill_gc_stats(void *arg)
{
	((struct mheap_ioc_gc_stats *)arg)->generation = 0;
}

static void fill_event_mask(void *arg)
{
	((struct mheap_ioc_event_mask *)arg)->mask = MHEAP_EVENT_WEAK;
}

static void fill_freeze(void *arg)
{
	((struct mheap_ioc_freeze *)arg)->freeze = 1;
}

static void fill_list(void *arg)
{
	struct mheap_ioc_list *list = arg;

	list->kind = MHEAP_LIST_OBJECTS;
	list->generation = -1;
	list->count = ARRAY_SIZE(listed);
	list->id = 0;
	list->cursor = 0;
	list->ids = USER_PTR(listed);
}

static void fill_clear_garbage(void *arg)
{
	((struct mheap_ioc_clear_garbage *)arg)->reserved = 0;
}

static void fill_attach(void *arg)
{
	((struct mheap_ioc_attach *)arg)->rights = MHEAP_RIGHT_READ;
}

/* The minimum sizes are those of the first published header. */
static const struct call calls[] = {
	{ "QUERY", MHEAP_IOC_QUERY, 56, sizeof(struct mheap_ioc_query),
	  fill_query, offsetof(struct mheap_ioc_query, reserved) },
	{ "INFO", MHEAP_IOC_INFO, 96, sizeof(struct mheap_ioc_info),
	  fill_info, 0 },
	{ "BATCH", MHEAP_IOC_BATCH, 48, sizeof(struct mheap_ioc_batch),
	  fill_batch, offsetof(struct mheap_ioc_batch, reserved) },
	{ "TYPE_REGISTER", MHEAP_IOC_TYPE_REGISTER, 24,
	  sizeof(struct mheap_ioc_type), fill_type_register,
	  offsetof(struct mheap_ioc_type, reserved) },
	{ "TYPE_NAME", MHEAP_IOC_TYPE_NAME, 24, sizeof(struct mheap_ioc_type),
	  fill_type_name, offsetof(struct mheap_ioc_type, reserved) },
	{ "COLLECT", MHEAP_IOC_COLLECT, 24, sizeof(struct mheap_ioc_collect),
	  fill_collect, 0 },
	{ "TUNE", MHEAP_IOC_TUNE, 40, sizeof(struct mheap_ioc_tune),
	  fill_tune, offsetof(struct mheap_ioc_tune, reserved) },
	{ "GC_STATS", MHEAP_IOC_GC_STATS, 72,
	  sizeof(struct mheap_ioc_gc_stats), fill_gc_stats, 0 },
	{ "EVENT_MASK", MHEAP_IOC_EVENT_MASK, 8,
	  sizeof(struct mheap_ioc_event_mask), fill_event_mask, 0 },
	{ "FREEZE", MHEAP_IOC_FREEZE, 8, sizeof(struct mheap_ioc_freeze),
	  fill_freeze, 0 },
	{ "LIST", MHEAP_IOC_LIST, 40, sizeof(struct mheap_ioc_list),
	  fill_list, 0 },
	{ "CLEAR_GARBAGE", MHEAP_IOC_CLEAR_GARBAGE, 8,
	  sizeof(struct mheap_ioc_clear_garbage), fill_clear_garbage,
	  offsetof(struct mheap_ioc_clear_garbage, reserved) },
	{ "ATTACH", MHEAP_IOC_ATTACH, 8, sizeof(struct mheap_ioc_attach),
	  fill_attach, 0 },
};

#define NR_CALLS 13
_Static_assert(NR_CALLS == ARRAY_SIZE(calls), "number of ioctls");

static const char *call_name(unsigned int i)
{
	return calls[i].name;
}

/* Map two pages of memory and behind them one that cannot be accessed. */
static char *arena;
static size_t page;

static int arena_open(void)
{
	page = sysconf(_SC_PAGESIZE);
	arena = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(arena != MAP_FAILED);
	CHECK_EQ(mprotect(arena + 2 * page, page, PROT_NONE), 0);
	return dev_open();
}

/* Place a struct of @size bytes so that it ends where the usable memory ends. */
static void *arena_fill(const struct call *call, uint32_t size)
{
	uint32_t whole = size < call->size ? call->size : size;
	char *arg = arena + 2 * page - whole;

	memset(arena, 0x5a, 2 * page);
	call->fill(arg);
	memset(arg + call->size, 0, whole - call->size);
	memcpy(arg, &size, sizeof(size));
	return arg;
}

/* Close the descriptor, if the call returned one. */
static void check_done(int fd, const struct call *call, void *arg)
{
	int ret = ioctl(fd, call->cmd, arg);

	if (call->cmd != MHEAP_IOC_ATTACH) {
		CHECK_EQ(ret, 0);
		return;
	}
	CHECK_GE(ret, 0);
	close(ret);
}

/* The call fails, writes nothing, and leaves the heap as it was. */
static void check_refused(int fd, const struct call *call, void *arg, int err)
{
	struct mheap_ioc_info before = info_of(fd);
	struct mheap_ioc_tune tune = tune_of(fd), tune_now;
	static char copy[1 << 16];

	CHECK(2 * page <= sizeof(copy));
	memcpy(copy, arena, 2 * page);
	CHECK_EQ(dev_ioctl(fd, call->cmd, arg), err);
	CHECK(!memcmp(copy, arena, 2 * page));
	CHECK_UNCHANGED(fd, &before);
	tune_now = tune_of(fd);
	CHECK(!memcmp(&tune, &tune_now, sizeof(tune)));
}

static void check_size(int fd, const struct call *call, uint32_t size, int err)
{
	void *arg = arena_fill(call, size);

	if (err)
		check_refused(fd, call, arg, err);
	else
		check_done(fd, call, arg);
}

TEST_EACH(size_0, call_name, NR_CALLS)
{
	check_size(arena_open(), &calls[i], 0, -EINVAL);
}

TEST_EACH(size_below_the_member_itself, call_name, NR_CALLS)
{
	int fd = arena_open();
	uint32_t size;

	for (size = 1; size <= 4; size++)
		check_size(fd, &calls[i], size, -EINVAL);
}

TEST_EACH(size_min_minus_1, call_name, NR_CALLS)
{
	check_size(arena_open(), &calls[i], calls[i].min - 1, -EINVAL);
}

TEST_EACH(size_min, call_name, NR_CALLS)
{
	check_size(arena_open(), &calls[i], calls[i].min, 0);
}

TEST_EACH(size_current, call_name, NR_CALLS)
{
	check_size(arena_open(), &calls[i], calls[i].size, 0);
}

TEST_EACH(size_larger_with_zero_tail, call_name, NR_CALLS)
{
	static const uint32_t more[] = { 1, 4, 8, 100 };
	int fd = arena_open();
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(more); k++) {
		uint32_t size = calls[i].size + more[k], n;
		char *arg = arena_fill(&calls[i], size);

		check_done(fd, &calls[i], arg);
		for (n = calls[i].size; n < size; n++)
			CHECK_EQ(arg[n], 0);
	}
	check_size(fd, &calls[i], page, 0);
}

TEST_EACH(size_larger_with_non_zero_tail, call_name, NR_CALLS)
{
	uint32_t size = calls[i].size + 24, n;
	int fd = arena_open();

	for (n = calls[i].size; n < size; n++) {
		char *arg = arena_fill(&calls[i], size);

		arg[n] = 1;
		check_refused(fd, &calls[i], arg, -E2BIG);
	}
}

TEST_EACH(size_larger_than_a_page, call_name, NR_CALLS)
{
	int fd = arena_open();

	check_size(fd, &calls[i], page + 1, -E2BIG);
	check_size(fd, &calls[i], 2 * page, -E2BIG);
	arena_fill(&calls[i], 2 * page);
	*(uint32_t *)arena = UINT32_MAX;
	check_refused(fd, &calls[i], arena, -E2BIG);
}

/* The call writes every byte of the caller's struct, or leaves it as an input. */
TEST_EACH(output_replaces_poison, call_name, NR_CALLS)
{
	struct mheap_ioc_batch batch;
	struct mheap_ioc_query query;
	struct mheap_ioc_info info;
	int fd = arena_open();
	char *arg = arena_fill(&calls[i], calls[i].size);

	check_done(fd, &calls[i], arg);
	CHECK_EQ(*(uint32_t *)arg, calls[i].size);
	if (calls[i].cmd == MHEAP_IOC_QUERY) {
		memcpy(&query, arg, sizeof(query));
		CHECK(query.abi_level != POISON32);
		CHECK(query.features != POISON64);
		CHECK(query.max_types != POISON32);
		CHECK(query.max_intern != POISON32);
		CHECK(query.max_frames != POISON32);
	} else if (calls[i].cmd == MHEAP_IOC_BATCH) {
		memcpy(&batch, arg, sizeof(batch));
		CHECK_EQ(batch.done, 1);
		CHECK_EQ(batch.filled, 1);
		CHECK_EQ(batch.error, 0);
	} else if (calls[i].cmd == MHEAP_IOC_INFO) {
		memcpy(&info, arg, sizeof(info));
		CHECK_EQ(info.rights, MHEAP_RIGHT_ALL);
		CHECK_EQ(info.objects, 0);
		CHECK_EQ(info.sessions, 1);
		CHECK_EQ(info.count[0] | info.count[1] | info.count[2], 0);
		CHECK_EQ(info.handles | info.bytes | info.slots, 0);
		CHECK_EQ(info.frozen | info.quarantined | info.garbage, 0);
		CHECK_EQ(info.weaks | info.frames | info.events, 0);
		CHECK_LE(info.handle_end, 1);
	}
}

/* A program built with the first header gets the same answer, as far as its struct goes. */
static const struct call *grown_call(unsigned int i)
{
	const struct call *call = calls;

	for (;; call++)
		if (call->min < call->size && !i--)
			return call;
}

static const char *grown_name(unsigned int i)
{
	return grown_call(i)->name;
}

TEST_EACH(first_published_struct, grown_name, 3)
{
	const struct call *call = grown_call(i);
	char whole[256], rest[256], *arg;
	uint32_t more = call->size - call->min;
	int fd = arena_open();

	CHECK_LE(call->size, sizeof(whole));
	make(fd, 3, 77);
	arg = arena_fill(call, call->size);
	CHECK_EQ(dev_ioctl(fd, call->cmd, arg), 0);
	memcpy(whole, arg, call->size);
	arg = arena_fill(call, call->min);
	memcpy(rest, arg + call->min, more);
	CHECK_EQ(dev_ioctl(fd, call->cmd, arg), 0);
	CHECK(!memcmp(rest, arg + call->min, more));
	/* The longest hold of the lock may have grown meanwhile, and the sizes differ. */
	if (call->cmd == MHEAP_IOC_INFO)
		memcpy(whole + offsetof(struct mheap_ioc_info, lock_max_ns),
		       arg + offsetof(struct mheap_ioc_info, lock_max_ns), 8);
	CHECK(!memcmp(arg + 4, whole + 4, call->min - 4));
}

TEST_EACH(bad_pointer, call_name, NR_CALLS)
{
	const struct call *call = &calls[i];
	int fd = arena_open();
	char *arg = arena_fill(call, call->size);

	check_refused(fd, call, NULL, -EFAULT);
	check_refused(fd, call, (void *)BAD_PTR, -EFAULT);
	check_refused(fd, call, (void *)-4096L, -EFAULT);
	check_refused(fd, call, (void *)(1UL << (sizeof(long) * 8 - 1)),
		      -EFAULT);
	check_refused(fd, call, arena + 2 * page, -EFAULT);
	memmove(arg + 1, arg, call->size - 1);
	check_refused(fd, call, arg + 1, -EFAULT);
}

/* A call leaves the heap as it was even if it fails only when it delivers its result. */
TEST_EACH(read_only_struct, call_name, NR_CALLS)
{
	const struct call *call = &calls[i];
	int fd = arena_open();
	void *arg = arena_fill(call, call->size);

	CHECK_EQ(mprotect(arena, 2 * page, PROT_READ), 0);
	check_refused(fd, call, arg, -EFAULT);
}

static const struct call *reserved_call(unsigned int i)
{
	const struct call *call = calls;

	for (;; call++)
		if (call->reserved && !i--)
			return call;
}

static const char *reserved_name(unsigned int i)
{
	return reserved_call(i)->name;
}

TEST_EACH(reserved_member, reserved_name, 6)
{
	const struct call *call = reserved_call(i);
	int fd = arena_open();
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		char *arg = arena_fill(call, call->size);

		*(uint32_t *)(arg + call->reserved) = 1U << bit;
		check_refused(fd, call, arg, -EINVAL);
	}
}

/* ---- numbers ---- */

TEST(unknown_ioctl)
{
	int fd = dev_open(), nr;
	uint32_t size = 0;

	for (nr = _IOC_NR(MHEAP_IOC_OP) + 1; nr < 256; nr++)
		CHECK_EQ(dev_ioctl(fd, _IO(MHEAP_IOC, nr), &size), -ENOTTY);
	for (nr = 0; nr < 256; nr++)
		if (nr != MHEAP_IOC && nr != 'T' && nr != 0 && nr != 'f')
			CHECK_EQ(dev_ioctl(fd, _IO(nr, 1), &size), -ENOTTY);
	CHECK_EQ(dev_ioctl(fd, _IO(MHEAP_IOC, 100), NULL), -ENOTTY);
}

/* The same number with another size or direction is another ioctl. */
TEST_EACH(ioctl_with_direction, call_name, NR_CALLS)
{
	int fd = arena_open(), nr = _IOC_NR(calls[i].cmd);
	void *arg = arena_fill(&calls[i], calls[i].size);

	CHECK_EQ(dev_ioctl(fd, _IOC(_IOC_READ, MHEAP_IOC, nr, 0), arg),
		 -ENOTTY);
	CHECK_EQ(dev_ioctl(fd, _IOC(_IOC_WRITE, MHEAP_IOC, nr, 8), arg),
		 -ENOTTY);
	CHECK_EQ(dev_ioctl(fd, _IOC(0, MHEAP_IOC, nr, calls[i].size), arg),
		 -ENOTTY);
}

TEST(query)
{
	struct mheap_ioc_query query = { .size = sizeof(query) };

	CHECK_EQ(dev_ioctl(dev_open(), MHEAP_IOC_QUERY, &query), 0);
	CHECK_EQ(query.size, sizeof(query));
	CHECK_EQ(query.abi_level, MHEAP_ABI_LEVEL);
	CHECK_EQ(query.features, 0);
	CHECK_EQ(query.opcodes, (1ULL << MHEAP_OP_COUNT) - 1);
	CHECK_EQ(query.max_ops, MAX_OPS);
	CHECK_EQ(query.op_size, sizeof(struct mheap_entry));
	CHECK_GE(query.max_slots, 1000000);
	CHECK_EQ(query.max_name, 255);
	CHECK_GE(query.max_bytes, 1 << 24);
	CHECK_GE(query.max_types, 65536);
	CHECK_EQ(query.reserved, 0);
	CHECK_EQ(query.max_intern, 65536);
	CHECK_GE(query.max_frames, 1000);
}

/* A kernel that knows more members than the caller reports its own size. */
TEST(query_size_of_kernel)
{
	struct {
		struct mheap_ioc_query query;
		uint64_t more;
	} arg = { .query.size = sizeof(arg) };

	CHECK_EQ(dev_ioctl(dev_open(), MHEAP_IOC_QUERY, &arg), 0);
	CHECK_EQ(arg.query.size, sizeof(struct mheap_ioc_query));
}

/* ---- members ---- */

TEST(tune_unknown_bits)
{
	struct mheap_ioc_tune before, after;
	int fd = dev_open();
	unsigned int bit;

	before = tune_of(fd);
	for (bit = 4; bit < 32; bit++) {
		struct mheap_ioc_tune tune = {
			.size = sizeof(tune),
			.set = 1U << bit | MHEAP_TUNE_THRESHOLD,
		};

		CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_TUNE, &tune), -EINVAL);
	}
	after = tune_of(fd);
	CHECK(!memcmp(&before, &after, sizeof(before)));
}

TEST(tune_enabled_beyond_1)
{
	struct mheap_ioc_tune before, after, tune = {
		.size = sizeof(tune),
		.set = MHEAP_TUNE_ENABLED | MHEAP_TUNE_THRESHOLD,
		.threshold = { 1, 2, 3 },
	};
	int fd = dev_open();

	before = tune_of(fd);
	for (tune.enabled = 2; tune.enabled; tune.enabled <<= 1)
		CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_TUNE, &tune), -EINVAL);
	after = tune_of(fd);
	CHECK(!memcmp(&before, &after, sizeof(before)));
}

/* Members whose bits are not set are ignored. */
TEST(tune_ignores_what_is_not_set)
{
	struct mheap_ioc_tune tune = {
		.size = sizeof(tune),
		.enabled = 77,
		.threshold = { 1, 2, 3 },
		.limit_bytes = 5,
		.limit_objects = 6,
	};
	int fd = dev_open();
	struct mheap_ioc_tune before = tune_of(fd);

	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_TUNE, &tune), 0);
	CHECK(!memcmp(&before, &tune, sizeof(tune)));
}

TEST(generation_out_of_range)
{
	static const uint32_t bad[] = { 3, 4, 0x80000000, UINT32_MAX };
	int fd = dev_open();
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(bad); k++) {
		struct mheap_ioc_collect c = {
			.size = sizeof(c), .generation = bad[k],
		};
		struct mheap_ioc_gc_stats s = {
			.size = sizeof(s), .generation = bad[k],
		};

		CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_COLLECT, &c), -EINVAL);
		CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_GC_STATS, &s), -EINVAL);
	}
}

TEST(type_name_addresses)
{
	uint64_t bad[] = { BAD_PTR, ~0ULL, 1ULL << 63 | USER_PTR(arena), 0 };
	int fd = arena_open();
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(bad); k++) {
		struct mheap_ioc_type type = {
			.size = sizeof(type), .name = bad[k], .name_len = 8,
		};
		struct mheap_ioc_type before = type;

		CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_TYPE_REGISTER, &type),
			 -EFAULT);
		CHECK(!memcmp(&type, &before, sizeof(type)));
		CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_TYPE_NAME, &type), -EFAULT);
		CHECK(!memcmp(&type, &before, sizeof(type)));
	}
}
