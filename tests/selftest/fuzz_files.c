// SPDX-License-Identifier: GPL-2.0
/* Reading and writing the files of a heap. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dev.h"
#include "fuzz.h"
#include "harness.h"

#define LIMITS	2U

/* The first files are limits. */
static const char *const names[] = {
	"limit_bytes", "limit_objects", "threshold0", "threshold1", "threshold2", "enabled",
	"slice_us", "collect", "count0", "count1", "count2", "objects", "tracked", "bytes",
	"sessions", "collections0", "collected2", "pause_max_ns", "pause_p99_ns",
};

static const char *const texts[] = {
	"0", "1", "2", "3", "50", "700", "2\n", "10000\n", "1000000", "-1", "", "\n", " 1",
	"1 2", "0x10", "1x", "4294967295", "4294967296", "18446744073709551615",
	"99999999999999999999999", "abc", "\xff\xfe", "1.5", "%n%s",
};

int sysfs_read_run(struct fuzz *f, const struct step *s)
{
	struct fuzz_session *session = session_of(f, s);
	char text[4096];

	if (!session)
		return 1;
	return sysfs_read(session->fd, names[step_number(s, 1) % ARRAY_SIZE(names)], text,
			  sizeof(text));
}

int sysfs_write_run(struct fuzz *f, const struct step *s)
{
	struct fuzz_session *session = session_of(f, s);
	unsigned int name = step_number(s, 1) % ARRAY_SIZE(names);
	const char *text = texts[step_number(s, 2) % ARRAY_SIZE(texts)];
	unsigned long long n = strtoull(text, NULL, 0);

	if (!session)
		return 1;
	if (name < LIMITS && (!n || n > LIMIT_OBJECTS))
		text = "20000";
	return sysfs_write(session->fd, names[name], text);
}

/* The heap may change between two reads of the file, but may not be unsound. */
static int read_in_pieces(const char *path, size_t piece, bool verify)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[4096] = "";
	unsigned int pieces;
	ssize_t n = 0;

	if (fd < 0)
		return -errno;
	for (pieces = 0; pieces < 200; pieces++) {
		n = read(fd, text, piece);
		if (n <= 0)
			break;
		if (verify && !pieces && memcmp(text, "ok\n", n < 3 ? n : 3))
			FAIL("%s: %.200s", path, text);
	}
	n = n < 0 ? -errno : 0;
	close(fd);
	if (verify && n != -EAGAIN)
		CHECK_EQ(n, 0);
	return n;
}

int debugfs_run(struct fuzz *f, const struct step *s)
{
	static const char *const files[] = { "verify", "objects", "names", "types" };
	static const size_t pieces[] = { 4095, 1, 3, 100 };
	struct fuzz_session *session = session_of(f, s);
	unsigned int file = step_number(s, 1) % ARRAY_SIZE(files);
	size_t piece = pieces[step_number(s, 2) % ARRAY_SIZE(pieces)];
	char path[100];

	if (!session)
		return 1;
	if (step_number(s, 3) % 4)
		snprintf(path, sizeof(path), "/sys/kernel/debug/mheap/%llu/%s",
			 (unsigned long long)session->heap, files[file]);
	else
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", session->fd);
	return read_in_pieces(path, piece, step_number(s, 3) % 4 && !file);
}
