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
#include "lines.h"
#include "say.h"

/* Room for one more.  Each array grows by half. */
static void *make_room(void *array, uint32_t count, uint32_t *room, size_t size)
{
	if (count < *room)
		return array;
	if (count >= CENSUS_NONE - 1) {
		say("the heap is too large");
		exit(STATUS_FAILED);
	}
	*room = count < 1024 ? 1024 : count < CENSUS_NONE / 3 * 2 ?
		count + count / 2 : CENSUS_NONE - 1;
	return grow_memory(array, *room, size);
}

/* A number that may be negative only as -1, which stands for UINT64_MAX. */
static bool take_count(char **at, uint64_t *value)
{
	*value = UINT64_MAX;
	return take_exactly(at, "-1") || take_number(at, value);
}

/* "ID TYPE GENERATION COUNT ROOTS NSLOTS NBYTES" */
static bool take_object(struct census *c, char *line)
{
	uint64_t id, type, generation, count, roots, nslots, nbytes;

	if (!take_number(&line, &id) || !take_number(&line, &type) ||
	    !take_count(&line, &generation) || !take_count(&line, &count) ||
	    !take_number(&line, &roots) || !take_number(&line, &nslots) ||
	    !take_number(&line, &nbytes) || *line || type > UINT32_MAX)
		return false;
	c->objects = make_room(c->objects, c->object_count, &c->object_room,
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

	if (!c->object_count || !take_number(&line, &slot) ||
	    !take_number(&line, &to) || *line || slot > UINT32_MAX)
		return false;
	c->refs = make_room(c->refs, c->ref_count, &c->ref_room, sizeof(*c->refs));
	c->refs[c->ref_count++] = (struct census_ref){
		.to = to, .from = c->object_count - 1, .slot = (uint32_t)slot,
	};
	return true;
}

static bool take_line(struct census *c, char *line)
{
	if (take_exactly(&line, "o"))
		return take_object(c, line);
	return take_exactly(&line, "s") && take_slot(c, line);
}

/* "ID NAME".  The object may have come, or gone, after the others were read. */
static bool take_name(struct census *c, char *line)
{
	uint32_t object;
	uint64_t id;

	if (!take_number(&line, &id))
		return false;
	object = census_find(c, id);
	if (object == CENSUS_NONE)
		return true;
	c->names = make_room(c->names, c->name_count, &c->name_room,
			     sizeof(*c->names));
	c->objects[object].name = c->name_count;
	c->names[c->name_count++] = copy_string(line);
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

/* Where in the table an id is, or where it would have to be. */
static uint32_t *table_entry(const struct census *c, uint64_t id)
{
	uint32_t i = (uint32_t)((id * 0x9e3779b97f4a7c15ULL) >> 32);

	for (;; i++) {
		uint32_t *entry = &c->table[i & c->table_mask];

		if (*entry == CENSUS_NONE || c->objects[*entry].id == id)
			return entry;
	}
}

/* Half of the table stays free. */
static void make_table(struct census *c)
{
	size_t size = 2;

	while (size < 2 * (size_t)c->object_count)
		size *= 2;
	c->table = get_memory(size, sizeof(*c->table));
	c->table_mask = (uint32_t)(size - 1);
	for (size_t i = 0; i < size; i++)
		c->table[i] = CENSUS_NONE;
	for (uint32_t i = 0; i < c->object_count; i++)
		*table_entry(c, c->objects[i].id) = i;
}

/* Backwards, so that the lists are in the order of the file. */
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
	return *table_entry(c, id);
}
