// SPDX-License-Identifier: GPL-2.0
/* The device through its ioctls, and its files in sysfs and debugfs. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"

#define HEAPS "/sys/class/misc/mheap/heaps"

int dev_open(void)
{
	const char *path = getenv("MHEAP_DEVICE") ?: "/dev/mheap";
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		FAIL("open %s: %s", path, strerror(errno));
	return fd;
}

int dev_attach(int fd, uint32_t rights)
{
	struct mheap_ioc_attach attach = { .size = sizeof(attach), .rights = rights };
	int other = ioctl(fd, MHEAP_IOC_ATTACH, &attach);

	return other < 0 ? -errno : other;
}

int dev_ioctl(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	if (ret > 0)
		FAIL("ioctl %#lx returned %d", cmd, ret);
	return ret ? -errno : 0;
}

/* ---- batches ---- */

int dev_batch(int fd, struct op *ops, uint32_t count, uint32_t flags,
	      uint32_t *done)
{
	struct batch b;
	uint32_t n;
	int err;

	batch_begin(&b, ops, count, flags);
	err = dev_ioctl(fd, MHEAP_IOC_BATCH, &b.ioc);
	if (err) {
		batch_free(&b);
		return err;
	}
	n = batch_end(&b, ops);
	CHECK(n < count || !b.ioc.error);
	if (done)
		*done = n;
	return 0;
}

static void ops_poison(struct op *ops, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		ops[i].result = (int32_t)POISON32;
		ops[i].out = POISON64;
	}
}

void dev_all(int fd, struct op *ops, uint32_t count)
{
	uint32_t done;

	ops_poison(ops, count);
	CHECK_EQ(dev_batch(fd, ops, count, 0, &done), 0);
	if (done < count)
		FAIL("op %u (opcode %u): result %d", done, ops[done].opcode,
		     ops[done].result);
}

int dev_op(int fd, struct op *op)
{
	struct mheap_ioc_op coded;
	int ret;

	CHECK(!(op->flags & ~OPF_INLINE));
	op_check(op);
	op_encode(op, &coded);
	ret = ioctl(fd, MHEAP_IOC_OP, &coded);
	if (ret < 0) {
		op_fail(op, -errno);
		return op->result;
	}
	CHECK_LE(ret, 2);
	op_take(op, &coded.entry, ret, coded.value);
	return 0;
}

bool is_own_number(uint64_t handle)
{
	return handle > MHEAP_HANDLE_MAX && handle <= UINT32_MAX;
}

uint64_t dev_out(int fd, struct op *op, const char *file, int line)
{
	if (dev_op(fd, op))
		fail_at(file, line, "opcode %u: result %d", op->opcode,
			op->result);
	return op->out;
}

uint64_t make(int fd, uint32_t nslots, uint64_t nbytes)
{
	uint64_t handle = OUT(fd, ALLOC, .len = nslots, .arg = nbytes);

	CHECK(is_own_number(handle));
	return handle;
}

void drop(int fd, uint64_t handle)
{
	OUT(fd, DROP, .obj = handle);
}

uint64_t refcount(int fd, uint64_t handle)
{
	return OUT(fd, REFCOUNT, .obj = handle);
}

uint64_t id_of(int fd, uint64_t handle)
{
	return OUT(fd, ID, .obj = handle);
}

struct mheap_ioc_stat stat_of(int fd, uint64_t handle)
{
	struct mheap_ioc_stat stat;

	memset(&stat, 0x5a, sizeof(stat));
	OUT(fd, STAT, .obj = handle, .val = USER_PTR(&stat),
	    .len = sizeof(stat));
	return stat;
}

/* Ops 0 to n-1 make the objects; the next n link them, the last n drop the handles. */
void make_ring(int fd, uint32_t n)
{
	struct op *ops = calloc(3 * n, sizeof(*ops));
	uint32_t i;

	CHECK(ops);
	for (i = 0; i < n; i++) {
		ops[i] = OP(ALLOC, .len = 1);
		ops[n + i] = OP(SET, .flags = OPF_OBJ | OPF_VAL,
				.obj = i, .val = (i + 1) % n);
		ops[2 * n + i] = OP(DROP, .flags = OPF_OBJ, .obj = i);
	}
	dev_all(fd, ops, 3 * n);
	free(ops);
}

void make_held_ring(int fd, uint64_t *objects, uint32_t n, uint32_t nslots)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		objects[i] = make(fd, nslots, 0);
	for (i = 0; i < n; i++)
		OUT(fd, SET, .obj = objects[i], .val = objects[(i + 1) % n]);
}

void drop_each(int fd, const uint64_t *objects, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		drop(fd, objects[i]);
}

uint64_t make_loop(int fd, uint32_t nslots, uint64_t nbytes)
{
	uint64_t o = make(fd, nslots, nbytes);

	OUT(fd, SET, .obj = o, .val = o);
	return o;
}

void give(int fd, uint64_t object, uint32_t slot, uint64_t given)
{
	OUT(fd, SET, .obj = object, .index = slot, .val = given);
	drop(fd, given);
}

/* ---- the heap ---- */

struct mheap_ioc_info info_of(int fd)
{
	struct mheap_ioc_info info;

	memset(&info, 0x5a, sizeof(info));
	info.size = sizeof(info);
	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_INFO, &info), 0);
	return info;
}

static struct mheap_ioc_tune tune(int fd, struct mheap_ioc_tune set)
{
	set.size = sizeof(set);
	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_TUNE, &set), 0);
	return set;
}

struct mheap_ioc_tune tune_of(int fd)
{
	struct mheap_ioc_tune set;

	memset(&set, 0x5a, sizeof(set));
	set.set = 0;
	set.reserved = 0;
	return tune(fd, set);
}

struct mheap_ioc_gc_stats gc_stats_of(int fd, uint32_t generation)
{
	struct mheap_ioc_gc_stats stats;

	memset(&stats, 0x5a, sizeof(stats));
	stats.size = sizeof(stats);
	stats.generation = generation;
	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_GC_STATS, &stats), 0);
	return stats;
}

struct mheap_ioc_collect collect(int fd, uint32_t generation)
{
	struct mheap_ioc_collect c = {
		.size = sizeof(c),
		.generation = generation,
		.found = POISON64,
		.freed = POISON64,
	};

	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_COLLECT, &c), 0);
	return c;
}

void tune_enabled(int fd, uint32_t enabled)
{
	tune(fd, (struct mheap_ioc_tune){
		.set = MHEAP_TUNE_ENABLED,
		.enabled = enabled,
	});
}

void tune_threshold(int fd, uint32_t t0, uint32_t t1, uint32_t t2)
{
	tune(fd, (struct mheap_ioc_tune){
		.set = MHEAP_TUNE_THRESHOLD,
		.threshold = { t0, t1, t2 },
	});
}

void tune_limit(int fd, uint64_t bytes, uint64_t objects)
{
	tune(fd, (struct mheap_ioc_tune){
		.set = MHEAP_TUNE_LIMIT,
		.limit_bytes = bytes,
		.limit_objects = objects,
	});
}

void tune_debug(int fd, uint32_t flags)
{
	tune(fd, (struct mheap_ioc_tune){
		.set = MHEAP_TUNE_DEBUG,
		.debug = flags,
	});
}

int quiet_heap(void)
{
	int fd = dev_open();

	tune_enabled(fd, 0);
	return fd;
}

void freeze(int fd, uint32_t on)
{
	struct mheap_ioc_freeze f = { .size = sizeof(f), .freeze = on };

	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_FREEZE, &f), 0);
}

void clear_garbage(int fd)
{
	struct mheap_ioc_clear_garbage c = { .size = sizeof(c) };

	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_CLEAR_GARBAGE, &c), 0);
}

uint32_t list(int fd, struct mheap_ioc_list what, uint64_t *ids, uint32_t room)
{
	uint32_t n = 0;

	what.size = sizeof(what);
	while (what.cursor != MHEAP_LIST_END) {
		uint32_t left = room - n ?: 1;
		uint64_t more[MAX_OPS];

		what.count = left < MAX_OPS ? left : MAX_OPS;
		what.ids = USER_PTR(more);
		CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_LIST, &what), 0);
		CHECK_LE(what.count, room - n);
		memcpy(ids + n, more, what.count * sizeof(*ids));
		n += what.count;
	}
	return n;
}

void check_same_heap(const struct mheap_ioc_info *before,
		     const struct mheap_ioc_info *after, const char *file,
		     int line)
{
	struct mheap_ioc_info now = *after;

	now.lock_max_ns = before->lock_max_ns;
	/* The heap may keep memory that it allocated. */
	now.arenas = before->arenas;
	now.pages = before->pages;
	/* A number counts that a failed op would have given to a handle. */
	now.handle_end = before->handle_end;
	if (!memcmp(before, &now, sizeof(now)))
		return;
	fail_at(file, line,
		"heap changed: objects %llu -> %llu, tracked %llu -> %llu, bytes %llu -> %llu, slots %llu -> %llu, handles %llu -> %llu, count %llu -> %llu, weaks %llu -> %llu, frames %llu -> %llu, events %llu -> %llu, frozen %llu -> %llu",
		before->objects, now.objects, before->tracked, now.tracked,
		before->bytes, now.bytes, before->slots, now.slots,
		before->handles, now.handles, before->count[0], now.count[0],
		before->weaks, now.weaks, before->frames, now.frames,
		before->events, now.events, before->frozen, now.frozen);
}

/* Verifying gives EAGAIN if the heap changes meanwhile. */
void check_sound(int fd)
{
	char path[80], text[16];
	int err, i;

	snprintf(path, sizeof(path), "/sys/kernel/debug/mheap/%llu/verify",
		 info_of(fd).heap_id);
	for (i = 0; i < 1000; i++) {
		err = file_read(path, text, sizeof(text));
		if (err != -EAGAIN)
			break;
	}
	if (err == -ENOENT || err == -EACCES)
		return;
	CHECK_EQ(err, 0);
	CHECK(!strcmp(text, "ok\n"));
}

/* ---- sysfs ---- */

long sysfs_heaps(void)
{
	DIR *dir = opendir(HEAPS);
	struct dirent *entry;
	long n = 0;

	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

/* A descriptor in a socket may be released a moment after the socket is closed. */
bool sysfs_heaps_come_to(long heaps)
{
	struct timespec pause = { .tv_nsec = 10000000 };
	int i;

	for (i = 0; i < 1000; i++) {
		if (sysfs_heaps() <= heaps)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

int file_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, text + len, size - 1 - len)) > 0)
		len += n;
	n = n < 0 ? -errno : 0;
	text[len] = '\0';
	close(fd);
	return n;
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	n = n < 0 ? -errno : n - (ssize_t)strlen(text);
	close(fd);
	return n;
}

static void sysfs_path(int fd, const char *name, char *path, size_t size)
{
	snprintf(path, size, HEAPS "/%llu/%s", info_of(fd).heap_id, name);
}

int sysfs_read(int fd, const char *name, char *text, size_t size)
{
	char path[120];

	sysfs_path(fd, name, path, sizeof(path));
	return file_read(path, text, size);
}

int sysfs_write(int fd, const char *name, const char *text)
{
	char path[120];

	sysfs_path(fd, name, path, sizeof(path));
	return file_write(path, text);
}

uint64_t sysfs_number(int fd, const char *name)
{
	char text[32];

	CHECK_EQ(sysfs_read(fd, name, text, sizeof(text)), 0);
	return strtoull(text, NULL, 10);
}
