// SPDX-License-Identifier: GPL-2.0
/* A heap's files in sysfs, and the module's parameters. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"

static const struct file {
	const char *name;
	unsigned int mode;
	const char *good[4];
	const char *bad[6];
} files[] = {
	{ "threshold0", 0644, { "0", "1", "4294967295", "0x20" },
	  { "4294967296", "-1", "x", "", "1 2", "1.5" } },
	{ "threshold1", 0644, { "0", "1", "4294967295", "012" },
	  { "4294967296", "-1", "x", "", "1 2", "1.5" } },
	{ "threshold2", 0644, { "0", "1", "4294967295", "7\n" },
	  { "4294967296", "-1", "x", "", "1 2", "1.5" } },
	{ "enabled", 0644, { "0", "1", "0\n", "1\n" },
	  { "2", "-1", "yes", "", "18446744073709551615", "01x" } },
	{ "slice_us", 0644, { "1", "50", "100000", "100\n" },
	  { "0", "100001", "-1", "x", "", "18446744073709551616" } },
	{ "limit_bytes", 0644, { "1", "4096", "18446744073709551615", "77" },
	  { "-1", "x", "", "18446744073709551616", "1 ", " 1" } },
	{ "limit_objects", 0644, { "1", "4096", "18446744073709551615", "77" },
	  { "-1", "x", "", "18446744073709551616", "1k", "0x" } },
	{ "collect", 0200, { "0", "1", "2", "2\n" },
	  { "3", "-1", "x", "", "4294967296", "18446744073709551615" } },
	{ "count0", 0444, { NULL }, { NULL } },
	{ "count1", 0444, { NULL }, { NULL } },
	{ "count2", 0444, { NULL }, { NULL } },
	{ "objects", 0444, { NULL }, { NULL } },
	{ "tracked", 0444, { NULL }, { NULL } },
	{ "bytes", 0444, { NULL }, { NULL } },
	{ "sessions", 0444, { NULL }, { NULL } },
	{ "collections0", 0444, { NULL }, { NULL } },
	{ "collections1", 0444, { NULL }, { NULL } },
	{ "collections2", 0444, { NULL }, { NULL } },
	{ "collected0", 0444, { NULL }, { NULL } },
	{ "collected1", 0444, { NULL }, { NULL } },
	{ "collected2", 0444, { NULL }, { NULL } },
	{ "pause_max_ns", 0444, { NULL }, { NULL } },
	{ "pause_p99_ns", 0444, { NULL }, { NULL } },
};

#define NR_FILES 23
#define NR_WRITABLE 8
_Static_assert(NR_FILES == ARRAY_SIZE(files), "number of files");

static const char *file_name(unsigned int i)
{
	return files[i].name;
}

static void file_path(int fd, const char *name, char *path, size_t size)
{
	snprintf(path, size, "/sys/class/misc/mheap/heaps/%llu/%s",
		 info_of(fd).heap_id, name);
}

static int heap_open(void)
{
	if (sysfs_heaps() < 0)
		skip("no sysfs");
	return dev_open();
}

static int heap_open_as_root(void)
{
	if (getuid())
		skip("not root");
	return heap_open();
}

/* Each file has one number and a newline, and allows what its mode says. */
TEST_EACH(format, file_name, NR_FILES)
{
	int fd = heap_open();
	char path[120], text[64];
	struct stat st;
	size_t digits;

	file_path(fd, files[i].name, path, sizeof(path));
	CHECK_EQ(stat(path, &st), 0);
	CHECK_EQ(st.st_mode & 0777, files[i].mode);
	if (files[i].mode == 0200)
		return;
	CHECK_EQ(sysfs_read(fd, files[i].name, text, sizeof(text)), 0);
	digits = strspn(text, "0123456789");
	CHECK(digits);
	CHECK(!strcmp(text + digits, "\n"));
}

TEST(no_other_files)
{
	int fd = heap_open();
	struct dirent *entry;
	char path[120];
	unsigned int k;
	DIR *dir;

	file_path(fd, "", path, sizeof(path));
	dir = opendir(path);
	CHECK(dir);
	while ((entry = readdir(dir))) {
		for (k = 0; k < NR_FILES; k++)
			if (!strcmp(entry->d_name, files[k].name))
				break;
		if (k == NR_FILES && entry->d_name[0] != '.')
			FAIL("unknown file %s", entry->d_name);
	}
	closedir(dir);
}

TEST_EACH(good_values, file_name, NR_WRITABLE)
{
	int fd = heap_open_as_root();
	unsigned int k;

	for (k = 0; k < 4; k++) {
		const char *value = files[i].good[k];

		CHECK_EQ(sysfs_write(fd, files[i].name, value), 0);
		if (files[i].mode != 0200)
			CHECK_EQ(sysfs_number(fd, files[i].name),
				 strtoull(value, NULL, 0));
	}
}

TEST_EACH(bad_values, file_name, NR_WRITABLE)
{
	int fd = heap_open_as_root();
	bool readable = files[i].mode != 0200;
	uint64_t before = 0, collections;
	unsigned int k;

	if (readable)
		before = sysfs_number(fd, files[i].name);
	collections = gc_stats_of(fd, 0).collections;
	for (k = 0; k < 6; k++) {
		const char *value = files[i].bad[k];

		if (!*value)
			value = "\n";
		if (sysfs_write(fd, files[i].name, value) != -EINVAL)
			FAIL("'%s' was not refused", value);
		if (readable)
			CHECK_EQ(sysfs_number(fd, files[i].name), before);
	}
	CHECK_EQ(gc_stats_of(fd, 0).collections, collections);
}

static const char *read_only_name(unsigned int i)
{
	return files[NR_WRITABLE + i].name;
}

TEST_EACH(read_only, read_only_name, NR_FILES - NR_WRITABLE)
{
	int fd = heap_open_as_root(), err;

	err = sysfs_write(fd, read_only_name(i), "1");
	CHECK(err == -EACCES || err == -EIO || err == -EPERM);
}

TEST(collect_cannot_be_read)
{
	int fd = heap_open_as_root(), err;
	char text[8];

	err = sysfs_read(fd, "collect", text, sizeof(text));
	CHECK(err == -EACCES || err == -EIO || err == -EPERM);
}

static void write_as_nobody(void *arg)
{
	const char *path = arg;

	CHECK_EQ(setgid(65534), 0);
	CHECK_EQ(setuid(65534), 0);
	CHECK_EQ(file_write(path, "1"), -EACCES);
}

TEST_EACH(writing_needs_root, file_name, NR_WRITABLE)
{
	int fd = heap_open_as_root();
	char path[120];

	file_path(fd, files[i].name, path, sizeof(path));
	child_join(child_start(write_as_nobody, path));
}

/* ---- contents ---- */

TEST(numbers_agree_with_info)
{
	int fd = heap_open();
	struct mheap_ioc_info info;

	tune_enabled(fd, 0);
	make_ring(fd, 5);
	collect(fd, 0);
	make(fd, 2, 100);
	make(fd, 0, 11);
	make_ring(fd, 3);
	info = info_of(fd);
	CHECK_EQ(sysfs_number(fd, "objects"), info.objects);
	CHECK_EQ(sysfs_number(fd, "tracked"), info.tracked);
	CHECK_EQ(sysfs_number(fd, "bytes"), 111);
	CHECK_EQ(sysfs_number(fd, "sessions"), 1);
	CHECK_EQ(sysfs_number(fd, "count0"), 4);
	CHECK_EQ(sysfs_number(fd, "count1"), 1);
	CHECK_EQ(sysfs_number(fd, "count2"), 0);
	CHECK_EQ(sysfs_number(fd, "collections0"), 1);
	CHECK_EQ(sysfs_number(fd, "collections1"), 0);
	CHECK_EQ(sysfs_number(fd, "collections2"), 0);
	CHECK_EQ(sysfs_number(fd, "collected0"), 5);
	CHECK_EQ(sysfs_number(fd, "collected1"), 0);
	CHECK_EQ(sysfs_number(fd, "collected2"), 0);
	CHECK_EQ(sysfs_number(fd, "pause_max_ns"),
		 gc_stats_of(fd, 0).pause_max_ns);
	CHECK_LE(sysfs_number(fd, "pause_p99_ns"),
		 gc_stats_of(fd, 0).pause_max_ns);
}

TEST(settings_are_those_of_the_heap)
{
	int fd = heap_open_as_root(), other = heap_open();
	struct mheap_ioc_tune tune;

	CHECK_EQ(sysfs_write(fd, "threshold0", "11"), 0);
	CHECK_EQ(sysfs_write(fd, "threshold1", "12"), 0);
	CHECK_EQ(sysfs_write(fd, "threshold2", "13"), 0);
	CHECK_EQ(sysfs_write(fd, "enabled", "0"), 0);
	CHECK_EQ(sysfs_write(fd, "limit_bytes", "14000"), 0);
	CHECK_EQ(sysfs_write(fd, "limit_objects", "15"), 0);
	tune = tune_of(fd);
	CHECK_EQ(tune.threshold[0], 11);
	CHECK_EQ(tune.threshold[1], 12);
	CHECK_EQ(tune.threshold[2], 13);
	CHECK_EQ(tune.enabled, 0);
	CHECK_EQ(tune.limit_bytes, 14000);
	CHECK_EQ(tune.limit_objects, 15);
	CHECK_EQ(tune_of(other).threshold[0], 700);
	CHECK_EQ(sysfs_number(other, "enabled"), 1);
}

TEST(limit_0_is_the_default)
{
	int fd = heap_open_as_root();
	uint64_t bytes = sysfs_number(fd, "limit_bytes");
	uint64_t objects = sysfs_number(fd, "limit_objects");

	CHECK_EQ(sysfs_write(fd, "limit_bytes", "1"), 0);
	CHECK_EQ(sysfs_write(fd, "limit_bytes", "0"), 0);
	CHECK_EQ(sysfs_number(fd, "limit_bytes"), bytes);
	CHECK_EQ(sysfs_write(fd, "limit_objects", "1"), 0);
	CHECK_EQ(sysfs_write(fd, "limit_objects", "0"), 0);
	CHECK_EQ(sysfs_number(fd, "limit_objects"), objects);
}

TEST(limit_works)
{
	int fd = heap_open_as_root();

	CHECK_EQ(sysfs_write(fd, "limit_objects", "2"), 0);
	make(fd, 0, 0);
	make(fd, 0, 0);
	CHECK_EQ(DO(fd, ALLOC), -EDQUOT);
}

TEST(collect)
{
	static const char *const generations[] = { "0", "1", "2" };
	int fd = heap_open_as_root();
	unsigned int k;

	tune_enabled(fd, 0);
	for (k = 0; k < 3; k++) {
		make_ring(fd, 3 + k);
		CHECK_EQ(sysfs_write(fd, "collect", generations[k]), 0);
		CHECK_EQ(info_of(fd).objects, 0);
		CHECK_EQ(gc_stats_of(fd, k).collections, 1);
		CHECK_EQ(gc_stats_of(fd, k).collected, 3 + k);
	}
	CHECK_EQ(sysfs_write(fd, "collect", "3"), -EINVAL);
}

/* A new limit applies from the next allocation on. */
TEST(threshold_changed_while_running)
{
	int fd = heap_open_as_root();
	uint64_t end;

	make_ring(fd, 300);
	CHECK_EQ(gc_stats_of(fd, 0).collections, 0);
	CHECK_EQ(sysfs_write(fd, "threshold0", "299"), 0);
	CHECK_EQ(gc_stats_of(fd, 0).collections, 0);
	CHECK_EQ(info_of(fd).count[0], 300);
	make(fd, 1, 0);
	end = now_ns() + 20000000000ULL;
	while (!gc_stats_of(fd, 0).collections && now_ns() < end)
		;
	CHECK_EQ(gc_stats_of(fd, 0).collections, 1);
	CHECK_EQ(info_of(fd).objects, 1);
}

TEST(files_go_with_the_heap)
{
	int fd = heap_open();
	char path[120];

	file_path(fd, "objects", path, sizeof(path));
	CHECK_EQ(access(path, R_OK), 0);
	close(fd);
	CHECK_EQ(access(path, R_OK), -1);
	CHECK_EQ(errno, ENOENT);
}

/* The table has every file that exists, and no others. */
TEST(documented)
{
	static const char what[] = "What:\t\t/sys/class/misc/mheap/heaps/<heap id>/";
	const char *tree = getenv("MHEAP_TREE"), *at;
	static char path[4200], text[1 << 16];
	unsigned int k, n = 0;

	snprintf(path, sizeof(path), "%s/uapi/sysfs-mheap", tree ?: ".");
	if (file_read(path, text, sizeof(text)))
		skip("MHEAP_TREE does not lead to uapi/sysfs-mheap");
	for (at = text; (at = strstr(at, what)); n++) {
		at += strlen(what);
		for (k = 0; k < NR_FILES; k++)
			if (strlen(files[k].name) == strcspn(at, "\n") &&
			    !strncmp(at, files[k].name, strlen(files[k].name)))
				break;
		if (k == NR_FILES)
			FAIL("no file %.*s", (int)strcspn(at, "\n"), at);
	}
	CHECK_EQ(n, NR_FILES);
}

/* ---- the module's parameters: defaults of new heaps ---- */

static const struct file parameters[] = {
	{ "threshold0", 0644, { "0", "2000", "4294967295", "700" },
	  { "4294967296", "-1", "x", "1 2", "1.5", "\n" } },
	{ "threshold1", 0644, { "0", "20", "4294967295", "10" },
	  { "4294967296", "-1", "x", "1 2", "1.5", "\n" } },
	{ "threshold2", 0644, { "0", "20", "4294967295", "10" },
	  { "4294967296", "-1", "x", "1 2", "1.5", "\n" } },
	{ "slice_us", 0644, { "1", "100000", "20", "50" },
	  { "0", "100001", "-1", "x", "1 2", "\n" } },
	{ "limit_bytes", 0644, { "1", "18446744073709551615", "5", "9" },
	  { "18446744073709551616", "-1", "x", "1 2", "1.5", "\n" } },
	{ "limit_objects", 0644, { "1", "18446744073709551615", "5", "9" },
	  { "18446744073709551616", "-1", "x", "1 2", "1.5", "\n" } },
};

static const char *parameter_name(unsigned int i)
{
	return parameters[i].name;
}

static char parameter_path[100], parameter_before[40];

static void parameter_open(unsigned int i)
{
	if (getuid())
		skip("not root");
	snprintf(parameter_path, sizeof(parameter_path),
		 "/sys/module/mheap/parameters/%s", parameters[i].name);
	if (file_read(parameter_path, parameter_before,
		      sizeof(parameter_before)))
		skip("no module parameters in sysfs");
}

TEST_EACH(parameter_good_values, parameter_name, 6)
{
	uint64_t seen[4];
	unsigned int k;

	parameter_open(i);
	for (k = 0; k < 4; k++) {
		CHECK_EQ(file_write(parameter_path, parameters[i].good[k]), 0);
		seen[k] = sysfs_number(heap_open(), parameters[i].name);
	}
	CHECK_EQ(file_write(parameter_path, parameter_before), 0);
	for (k = 0; k < 4; k++)
		CHECK_EQ(seen[k], strtoull(parameters[i].good[k], NULL, 0));
}

TEST_EACH(parameter_bad_values, parameter_name, 6)
{
	char text[40];
	unsigned int k;
	int err[6];

	parameter_open(i);
	for (k = 0; k < 6; k++)
		err[k] = file_write(parameter_path, parameters[i].bad[k]);
	CHECK_EQ(file_read(parameter_path, text, sizeof(text)), 0);
	CHECK_EQ(file_write(parameter_path, parameter_before), 0);
	CHECK(!strcmp(text, parameter_before));
	for (k = 0; k < 6; k++)
		CHECK(err[k] == -EINVAL || err[k] == -ERANGE);
}

/* Existing heaps keep their settings. */
TEST_EACH(parameter_is_for_new_heaps, parameter_name, 6)
{
	int fd = heap_open();
	uint64_t before;

	parameter_open(i);
	before = sysfs_number(fd, parameters[i].name);
	CHECK_EQ(file_write(parameter_path, "5"), 0);
	CHECK_EQ(file_write(parameter_path, parameter_before), 0);
	CHECK_EQ(sysfs_number(fd, parameters[i].name), before);
}
