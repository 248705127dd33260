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

#include "doc.h"
#include "field.h"
#include "memory.h"
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

		if (!field_number(&name, &id) || *name)
			continue;
		*ids = memory_resize(*ids, *count + 1, sizeof(**ids));
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
	return field_number(&at, value) && !*at ? 0 : -EINVAL;
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
	{ "sessions", offsetof(struct sysfs_heap, sessions) },
	{ "objects", offsetof(struct sysfs_heap, objects) },
	{ "tracked", offsetof(struct sysfs_heap, tracked) },
	{ "bytes", offsetof(struct sysfs_heap, bytes) },
	{ "enabled", offsetof(struct sysfs_heap, enabled) },
	{ "slice_us", offsetof(struct sysfs_heap, slice_us) },
	{ "limit_bytes", offsetof(struct sysfs_heap, limit_bytes) },
	{ "limit_objects", offsetof(struct sysfs_heap, limit_objects) },
	{ "pause_max_ns", offsetof(struct sysfs_heap, pause_max_ns) },
	{ "pause_p99_ns", offsetof(struct sysfs_heap, pause_p99_ns) },
};

/* Attributes with one value for each generation: their number is in the name. */
static const struct {
	const char *name;
	size_t offset;
} triple[] = {
	{ "threshold", offsetof(struct sysfs_heap, threshold) },
	{ "count", offsetof(struct sysfs_heap, count) },
	{ "collections", offsetof(struct sysfs_heap, collections) },
	{ "collected", offsetof(struct sysfs_heap, collected) },
};

#define SINGLES		(sizeof(single) / sizeof(single[0]))
#define TRIPLES		(sizeof(triple) / sizeof(triple[0]))

static const uint64_t *member(const struct sysfs_heap *v, size_t offset)
{
	return (const uint64_t *)((const char *)v + offset);
}

static int read_triple(struct sysfs_heap *v, size_t i)
{
	uint64_t *value = (uint64_t *)((char *)v + triple[i].offset);
	char name[32];
	int err;

	for (int g = 0; g < 3; g++) {
		snprintf(name, sizeof(name), "%s%d", triple[i].name, g);
		err = sysfs_read(v->id, name, &value[g]);
		if (err)
			return err;
	}
	return 0;
}

int sysfs_heap_read(struct sysfs_heap *v, uint64_t heap)
{
	int err;

	*v = (struct sysfs_heap){ .id = heap };
	for (size_t i = 0; i < SINGLES; i++) {
		err = sysfs_read(heap, single[i].name,
				 (uint64_t *)((char *)v + single[i].offset));
		if (err)
			return err;
	}
	for (size_t i = 0; i < TRIPLES; i++) {
		err = read_triple(v, i);
		if (err)
			return err;
	}
	return 0;
}

struct json_object *sysfs_heap_json(const struct sysfs_heap *v)
{
	struct json_object *to = json_object_new_object();
	const uint64_t *value;

	doc_add_number(to, "heap", v->id);
	for (size_t i = 0; i < SINGLES; i++)
		doc_add_number(to, single[i].name, *member(v, single[i].offset));
	for (size_t i = 0; i < TRIPLES; i++) {
		struct json_object *list = json_object_new_array();

		value = member(v, triple[i].offset);
		for (int g = 0; g < 3; g++)
			json_object_array_add(list, json_object_new_uint64(value[g]));
		json_object_object_add(to, triple[i].name, list);
	}
	return to;
}
