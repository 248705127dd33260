// SPDX-License-Identifier: GPL-2.0
/* Tracepoints: heaps are made and go, collections begin and end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"

static char instance[80];

static const char *tracefs(void)
{
	static const char *const places[] = {
		"/sys/kernel/tracing", "/sys/kernel/debug/tracing",
	};
	char path[80];
	unsigned int k;

	for (k = 0; k < 2; k++) {
		snprintf(path, sizeof(path), "%s/events/mheap", places[k]);
		if (!access(path, F_OK))
			return places[k];
	}
	return NULL;
}

/* The test uses an instance of its own, so as not to disturb other tracing. */
static int trace_open(void)
{
	char path[120];

	if (!tracefs())
		mount("t", "/sys/kernel/tracing", "tracefs", 0, NULL);
	if (!tracefs())
		skip("no tracefs with events/mheap");
	snprintf(instance, sizeof(instance), "%s/instances/mheap-%d", tracefs(),
		 getpid());
	if (mkdir(instance, 0700))
		skip("no trace instance can be made");
	snprintf(path, sizeof(path), "%s/events/mheap/enable", instance);
	CHECK_EQ(file_write(path, "1"), 0);
	return dev_open();
}

static char text[1 << 16];

static void trace_read(void)
{
	char path[120];
	int err;

	snprintf(path, sizeof(path), "%s/events/mheap/enable", instance);
	CHECK_EQ(file_write(path, "0"), 0);
	snprintf(path, sizeof(path), "%s/trace", instance);
	err = file_read(path, text, sizeof(text));
	rmdir(instance);
	CHECK_EQ(err, 0);
}

static const char *trace_find(const char *line)
{
	const char *found = strstr(text, line), *at;

	if (found)
		return found;
	for (at = text; *at; at += strcspn(at, "\n") + !!strchr(at, '\n'))
		note("%.*s", (int)strcspn(at, "\n"), at);
	FAIL("not in the trace: %s", line);
}

TEST(heap_events)
{
	unsigned long long id;
	char line[120];
	int fd;

	fd = trace_open();
	id = info_of(fd).heap_id;
	make(fd, 1, 0);
	make(fd, 1, 0);
	close(fd);
	trace_read();
	snprintf(line, sizeof(line), "mheap_heap_create: heap=%llu objects=0\n",
		 id);
	trace_find(line);
	snprintf(line, sizeof(line), "mheap_heap_destroy: heap=%llu objects=2\n",
		 id);
	trace_find(line);
}

TEST(collection_that_was_asked_for)
{
	int fd = trace_open();
	unsigned long long id = info_of(fd).heap_id;
	const char *start;
	char line[120];

	tune_enabled(fd, 0);
	make_ring(fd, 6);
	make(fd, 0, 5);
	collect(fd, 1);
	trace_read();
	snprintf(line, sizeof(line),
		 "mheap_gc_start: heap=%llu generation=1 automatic=0 objects=7\n",
		 id);
	start = trace_find(line);
	snprintf(line, sizeof(line),
		 "mheap_gc_stop: heap=%llu generation=1 found=6 freed=6\n", id);
	CHECK(trace_find(line) > start);
}

TEST(automatic_collection)
{
	int fd = trace_open();
	unsigned long long id = info_of(fd).heap_id;
	uint64_t end = now_ns() + 20000000000ULL;
	char line[120];

	tune_threshold(fd, 99, 10, 10);
	make_ring(fd, 99);
	make(fd, 1, 0);
	while (!gc_stats_of(fd, 0).collections && now_ns() < end)
		;
	trace_read();
	snprintf(line, sizeof(line),
		 "mheap_gc_start: heap=%llu generation=0 automatic=1 objects=",
		 id);
	trace_find(line);
	snprintf(line, sizeof(line),
		 "mheap_gc_stop: heap=%llu generation=0 found=99 freed=99\n",
		 id);
	trace_find(line);
}
