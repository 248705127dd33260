// SPDX-License-Identifier: GPL-2.0
/*
 * Reading and writing the attributes of heaps.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lines.h"
#include "say.h"
#include "sysfs.h"

#define HEAPS	"/sys/class/misc/mheap/heaps"

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int sysfs_heaps(uint64_t **ids, size_t *count)
{
	DIR *dir = opendir(HEAPS);
	struct dirent *entry;
	uint64_t id;

	*ids = NULL;
	*count = 0;
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		char *name = entry->d_name;

		if (!take_number(&name, &id) || *name)
			continue;
		*ids = grow_memory(*ids, *count + 1, sizeof(**ids));
		(*ids)[(*count)++] = id;
	}
	closedir(dir);
	if (*count)
		qsort(*ids, *count, sizeof(**ids), compare);
	return 0;
}

static int open_attribute(uint64_t heap, const char *attribute, int flags)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), HEAPS "/%" PRIu64 "/%s", heap, attribute);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int sysfs_read(uint64_t heap, const char *attribute, uint64_t *value)
{
	int fd = open_attribute(heap, attribute, O_RDONLY);
	char text[32], *at = text;
	ssize_t len;

	if (fd < 0)
		return fd;
	len = read(fd, text, sizeof(text) - 1);
	if (len < 0)
		len = -errno;
	close(fd);
	if (len < 0)
		return (int)len;
	if (len && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	return take_number(&at, value) && !*at ? 0 : -EINVAL;
}

int sysfs_write(uint64_t heap, const char *attribute, uint64_t value)
{
	int fd = open_attribute(heap, attribute, O_WRONLY);
	char text[32];
	int len, err = 0;

	if (fd < 0)
		return fd;
	len = snprintf(text, sizeof(text), "%" PRIu64 "\n", value);
	if (write(fd, text, (size_t)len) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* Attributes with one value, and where they go. */
static const struct {
	const char *name;
	size_t offset;
} single[] = {
	{ "sessions", offsetof(struct heap_view, sessions) },
	{ "objects", offsetof(struct heap_view, objects) },
	{ "tracked", offsetof(struct heap_view, tracked) },
	{ "bytes", offsetof(struct heap_view, bytes) },
	{ "enabled", offsetof(struct heap_view, enabled) },
	{ "slice_us", offsetof(struct heap_view, slice_us) },
	{ "limit_bytes", offsetof(struct heap_view, limit_bytes) },
	{ "limit_objects", offsetof(struct heap_view, limit_objects) },
	{ "pause_max_ns", offsetof(struct heap_view, pause_max_ns) },
	{ "pause_p99_ns", offsetof(struct heap_view, pause_p99_ns) },
};

/* Attributes with one value for each generation: their number is in the name. */
static const struct {
	const char *name;
	size_t offset;
} triple[] = {
	{ "threshold", offsetof(struct heap_view, threshold) },
	{ "count", offsetof(struct heap_view, count) },
	{ "collections", offsetof(struct heap_view, collections) },
	{ "collected", offsetof(struct heap_view, collected) },
};

#define SINGLES		(sizeof(single) / sizeof(single[0]))
#define TRIPLES		(sizeof(triple) / sizeof(triple[0]))

static const uint64_t *member(const struct heap_view *v, size_t offset)
{
	return (const uint64_t *)((const char *)v + offset);
}

static int read_triple(struct heap_view *v, size_t i)
{
	uint64_t *value = (uint64_t *)((char *)v + triple[i].offset);
	char name[32];
	int err = 0;

	for (int g = 0; g < 3 && !err; g++) {
		snprintf(name, sizeof(name), "%s%d", triple[i].name, g);
		err = sysfs_read(v->id, name, &value[g]);
	}
	return err;
}

int heap_view_read(struct heap_view *v, uint64_t heap)
{
	int err = 0;

	*v = (struct heap_view){ .id = heap };
	for (size_t i = 0; i < SINGLES && !err; i++)
		err = sysfs_read(heap, single[i].name,
				 (uint64_t *)((char *)v + single[i].offset));
	for (size_t i = 0; i < TRIPLES && !err; i++)
		err = read_triple(v, i);
	return err;
}

struct json_object *heap_view_json(const struct heap_view *v)
{
	struct json_object *to = json_object_new_object();
	const uint64_t *value;

	json_object_object_add(to, "heap", json_object_new_uint64(v->id));
	for (size_t i = 0; i < SINGLES; i++) {
		value = member(v, single[i].offset);
		json_object_object_add(to, single[i].name,
				       json_object_new_uint64(*value));
	}
	for (size_t i = 0; i < TRIPLES; i++) {
		struct json_object *list = json_object_new_array();

		value = member(v, triple[i].offset);
		for (int g = 0; g < 3; g++)
			json_object_array_add(list, json_object_new_uint64(value[g]));
		json_object_object_add(to, triple[i].name, list);
	}
	return to;
}
