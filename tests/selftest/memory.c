// SPDX-License-Identifier: GPL-2.0
/*
 * Memory shortage: that of the system makes heaps collect, that of a control group makes
 * calls fail without killing anybody.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"

#define MIB		(1024UL * 1024)
#define GROUP_FOLDER	"/tmp/mheap-cgroup"
#define GROUP		GROUP_FOLDER "/test"

static bool put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

static unsigned long get_number(const char *path)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY);

	CHECK(fd >= 0);
	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	return strtoul(text, NULL, 10);
}

/* ---- the system ---- */

static void shrink(void)
{
	CHECK(put_text("/proc/sys/vm/drop_caches", "2"));
}

/* Wait until the garbage is gone. */
static bool gone(int fd)
{
	for (int i = 0; i < 500; i++) {
		if (!info_of(fd).objects)
			return true;
		usleep(10000);
	}
	return false;
}

TEST(pressure_begins_a_collection)
{
	int fd = dev_open();

	tune_threshold(fd, 1000000, 10, 10);
	make_ring(fd, 1000);
	CHECK_EQ(info_of(fd).objects, 1000);
	shrink();
	CHECK(gone(fd));
	/* Reading this waits for the end of the collection. */
	CHECK_EQ(collect(fd, 0).found, 0);
	CHECK_GE(gc_stats_of(fd, 2).collections, 1);
}

TEST(pressure_leaves_heaps_alone_that_do_not_collect)
{
	int fd = dev_open();

	tune_enabled(fd, 0);
	make_ring(fd, 1000);
	shrink();
	usleep(100000);
	CHECK_EQ(info_of(fd).objects, 1000);
	CHECK_EQ(gc_stats_of(fd, 2).collections, 0);
}

TEST(pressure_does_not_look_where_no_cycle_can_be)
{
	int fd = dev_open();
	uint64_t o = make(fd, 2, 0);

	shrink();
	usleep(100000);
	CHECK_EQ(gc_stats_of(fd, 2).collections, 0);
	drop(fd, o);
}

TEST(pressure_takes_empty_pools)
{
	int fd = quiet_heap(), i;
	uint64_t o = make(fd, 0, 100), other = make(fd, 0, 1000);

	drop(fd, other);
	CHECK_EQ(info_of(fd).pages, 2);
	shrink();
	for (i = 0; i < 500 && info_of(fd).pages > 1; i++)
		usleep(10000);
	CHECK_EQ(info_of(fd).pages, 1);
	CHECK_EQ(info_of(fd).arenas, 1);
	drop(fd, o);
	CHECK_EQ(info_of(fd).arenas, 0);
}

/* ---- a control group ---- */

/*
 * Move this process to a control group with 32 MiB; false if the kernel has none. The
 * program's own memory is populated before, since a page fault in a full group would be
 * fatal.
 */
static bool enter_group(void)
{
	char pid[16];

	CHECK_EQ(mlockall(MCL_CURRENT | MCL_FUTURE), 0);
	mkdir(GROUP_FOLDER, 0700);
	if (mount("none", GROUP_FOLDER, "cgroup2", 0, NULL) && errno != EBUSY)
		return false;
	if (!put_text(GROUP_FOLDER "/cgroup.subtree_control", "+memory"))
		return false;
	mkdir(GROUP, 0700);
	snprintf(pid, sizeof(pid), "%d", getpid());
	return put_text(GROUP "/memory.max", "33554432") &&
	       put_text(GROUP "/cgroup.procs", pid);
}

/*
 * Allocate objects of this size until that fails: returns the error of the op or the call.
 */
static int fill(int fd, uint32_t nslots, uint64_t nbytes)
{
	struct op op;
	int err;

	do {
		op = OP(ALLOC, .len = nslots, .arg = nbytes);
		err = dev_batch(fd, &op, 1, 0, NULL);
	} while (!err && !op.result);
	return err ? err : op.result;
}

static const struct {
	const char *name;
	uint32_t nslots;
	uint64_t nbytes;
} kinds[] = {
	{ "small objects", 2, 0 },
	{ "payload", 0, 4000 },
	{ "wide objects", 5000, 0 },
	{ "large payload", 0, 1 << 20 },
};

static const char *kind_name(unsigned int i)
{
	return kinds[i].name;
}

/* Exceeding the group's limit gives ENOMEM, and the heap stays as it was and usable. */
TEST_EACH(group_limit_gives_enomem, kind_name, ARRAY_SIZE(kinds))
{
	struct mheap_ioc_info full;
	int fd = dev_open();

	if (!enter_group())
		skip("no memory control group");
	tune_limit(fd, 1ULL << 40, 1ULL << 40);
	CHECK_EQ(fill(fd, kinds[i].nslots, kinds[i].nbytes), -ENOMEM);
	full = info_of(fd);
	CHECK(full.objects * 48 + full.slots * 8 + full.bytes > 14 * MIB);
	close(fd);
	fd = dev_open();
	drop(fd, make(fd, 2, 100));
	CHECK_EQ(info_of(fd).objects, 0);
}

/* A heap's memory is charged to the control group of the process that filled it. */
TEST(memory_is_charged_and_given_back)
{
	unsigned long before, full;
	int fd;

	if (!enter_group())
		skip("no memory control group");
	fd = dev_open();
	before = get_number(GROUP "/memory.current");
	for (int i = 0; i < 16; i++)
		make(fd, 0, MIB);
	full = get_number(GROUP "/memory.current");
	CHECK(full - before >= 15 * MIB);
	close(fd);
	CHECK(get_number(GROUP "/memory.current") < before + 4 * MIB);
}

/* A batch gets the memory for its objects in advance, but no more than it uses. */
TEST(batches_keep_nothing)
{
	struct op ops[128];
	unsigned long before, i, k;
	int fd;

	if (!enter_group())
		skip("no memory control group");
	fd = dev_open();
	make(fd, 2, 0);
	before = get_number(GROUP "/memory.current");
	for (i = 0; i < 2000; i++) {
		for (k = 0; k < 64; k++) {
			ops[k] = OP(ALLOC, .len = k % 4);
			ops[64 + k] = OP(DROP, .obj = k, .flags = OPF_OBJ);
		}
		dev_all(fd, ops, 128);
	}
	CHECK_EQ(info_of(fd).objects, 1);
	CHECK(get_number(GROUP "/memory.current") < before + 2 * MIB);
}

/* Fill the group until the kernel kills this process. */
static void ask_for_too_much(int fd)
{
	struct mheap_ioc_attach ioc = { .size = sizeof(ioc), .rights = MHEAP_RIGHT_ALL };
	int other = ioctl(fd, MHEAP_IOC_ATTACH, &ioc), i;
	char *map, *p;

	close(fd);
	for (i = 0; i < 1000; i++)
		make(other, 1, 100);
	map = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED, other, 0);
	CHECK(map != MAP_FAILED);
	memset(map, 1, 8192);
	for (;;) {
		p = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
		if (p != MAP_FAILED)
			memset(p, 1, MIB);
	}
}

/* A process that the OOM killer ends takes along the objects that only it held. */
TEST(member_killed_for_lack_of_memory)
{
	int fd = dev_open(), status;
	uint64_t o = make(fd, 0, 100);
	pid_t pid = fork();

	CHECK_GE(pid, 0);
	if (!pid) {
		if (!enter_group())
			_exit(0);
		ask_for_too_much(fd);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		skip("no memory control group");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK_EQ(info_of(fd).sessions, 1);
	CHECK_EQ(info_of(fd).objects, 1);
	drop(fd, o);
	CHECK_EQ(info_of(fd).arenas, 0);
}
