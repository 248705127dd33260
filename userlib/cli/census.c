// SPDX-License-Identifier: GPL-2.0
/*
 * Reading the objects of a heap from debugfs.
 *
 * A heap may hold many millions: everything lies in a few arrays, and indexes
 * have 32 bits.
 */
#include <stdio.h>
#include <stdlib.h>

#include "census.h"
#include "field.h"
#include "lines.h"
#include "memory.h"
#include "say.h"

/* Make sure that an array has space for one more.  Arrays grow by half. */
static void *grow(void *array, uint32_t count, uint32_t *capacity, size_t size)
{
	if (count < *capacity)
		return array;
	if (count >= CENSUS_NONE - 1) {
		say("the heap is too large");
		exit(STATUS_FAILED);
	}
	if (count < 1024)
		*capacity = 1024;
	else if (count < CENSUS_NONE / 3 * 2)
		*capacity = count + count / 2;
	else
		*capacity = CENSUS_NONE - 1;
	return memory_resize(array, *capacity, size);
}

/* A number that may be negative only as -1, which stands for UINT64_MAX. */
static bool take_count(char **at, uint64_t *value)
{
	*value = UINT64_MAX;
	return field_is(at, "-1") || field_number(at, value);
}

/* "ID TYPE GENERATION COUNT ROOTS NSLOTS NBYTES" */
static bool take_object(struct census *c, char *line)
{
	uint64_t id, type, generation, count, roots, nslots, nbytes;

	if (!field_number(&line, &id) || !field_number(&line, &type) ||
	    !take_count(&line, &generation) || !take_count(&line, &count) ||
	    !field_number(&line, &roots) || !field_number(&line, &nslots) ||
	    !field_number(&line, &nbytes) || *line || type > UINT32_MAX)
		return false;
	c->objects = grow(c->objects, c->object_count, &c->object_capacity,
			  sizeof(*c->objects));
	c->objects[c->object_count++] = (struct census_object){
		.id = id, .roots = roots, .type = (uint32_t)type,
		.generation = (int32_t)generation, .name = CENSUS_NONE,
		.referrer = CENSUS_NONE, .immortal = count == UINT64_MAX,
	};
	return true;
}

/* "SLOT ID", of the last object. */
static bool take_slot(struct census *c, char *line)
{
	uint64_t slot, to;

	if (!c->object_count || !field_number(&line, &slot) ||
	    !field_number(&line, &to) || *line || slot > UINT32_MAX)
		return false;
	c->refs = grow(c->refs, c->ref_count, &c->ref_capacity, sizeof(*c->refs));
	c->refs[c->ref_count++] = (struct census_ref){
		.to = to, .from = c->object_count - 1, .slot = (uint32_t)slot,
	};
	return true;
}

static bool take_line(struct census *c, char *line)
{
	if (field_is(&line, "o"))
		return take_object(c, line);
	return field_is(&line, "s") && take_slot(c, line);
}

/* "ID NAME".  The object may be newer than the list of objects that was read. */
static bool take_name(struct census *c, char *line)
{
	uint32_t object;
	uint64_t id;

	if (!field_number(&line, &id))
		return false;
	object = census_find(c, id);
	if (object == CENSUS_NONE)
		return true;
	c->names = grow(c->names, c->name_count, &c->name_capacity,
			sizeof(*c->names));
	c->objects[object].name = c->name_count;
	c->names[c->name_count++] = memory_copy(line);
	return true;
}

static bool read_file(struct census *c, const char *folder, const char *name,
		      bool (*take)(struct census *c, char *line))
{
	char path[4096], *line;
	struct lines l;
	bool ok = true;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (!lines_open(&l, path))
		return false;
	while (ok && (line = lines_next(&l))) {
		if (!take(c, line))
			ok = lines_bad(&l, "not a line that is known");
	}
	ok = ok && !l.failed;
	lines_close(&l);
	return ok;
}

/* The element of the table that an id has, or would have. */
static uint32_t *table_find(const struct census *c, uint64_t id)
{
	uint32_t i = (uint32_t)((id * 0x9e3779b97f4a7c15ULL) >> 32);

	for (;; i++) {
		uint32_t *found = &c->table[i & c->table_mask];

		if (*found == CENSUS_NONE || c->objects[*found].id == id)
			return found;
	}
}

/* Half of the table stays free. */
static void make_table(struct census *c)
{
	size_t size = 2;

	while (size < 2 * (size_t)c->object_count)
		size *= 2;
	c->table = memory_get(size, sizeof(*c->table));
	c->table_mask = (uint32_t)(size - 1);
	for (size_t i = 0; i < size; i++)
		c->table[i] = CENSUS_NONE;
	for (uint32_t i = 0; i < c->object_count; i++)
		*table_find(c, c->objects[i].id) = i;
}

/* This goes backwards, so that the lists have the order of the file. */
static void link_refs(struct census *c)
{
	for (uint32_t i = c->ref_count; i-- > 0;) {
		uint32_t to = census_find(c, c->refs[i].to);

		if (to == CENSUS_NONE)
			continue;
		c->refs[i].next = c->objects[to].referrer;
		c->objects[to].referrer = i;
	}
}

bool census_read(struct census *c, const char *folder)
{
	*c = (struct census){ 0 };
	if (!read_file(c, folder, "objects", take_line))
		return false;
	make_table(c);
	link_refs(c);
	return read_file(c, folder, "names", take_name);
}

void census_free(struct census *c)
{
	for (uint32_t i = 0; i < c->name_count; i++)
		free(c->names[i]);
	free(c->names);
	free(c->table);
	free(c->refs);
	free(c->objects);
}

uint32_t census_find(const struct census *c, uint64_t id)
{
	return *table_find(c, id);
}
