/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The objects of a heap and the references between them, from the files "objects"
 * and "names" in debugfs.  The heap may change while they are read, so references
 * may be missing or outdated.
 */
#ifndef MHEAPCTL_CENSUS_H
#define MHEAPCTL_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stands for no object and for no reference. */
#define CENSUS_NONE	UINT32_MAX

/* The generation of frozen objects, whose slots count as roots of what they hold. */
#define CENSUS_FROZEN	3

struct census_object {
	uint64_t id;
	uint64_t roots;		/* references that are not slots of collected objects */
	uint32_t type;
	int32_t generation;	/* as mheap_stat() tells it */
	uint32_t name;		/* index of its name, or CENSUS_NONE */
	uint32_t referrer;	/* index of the first reference to it */
	bool immortal;
};

struct census_ref {
	uint64_t to;		/* id */
	uint32_t from;		/* index of an object */
	uint32_t slot;
	uint32_t next;		/* index of the next reference to the same object */
};

struct census {
	struct census_object *objects;
	uint32_t object_count, object_capacity;
	struct census_ref *refs;
	uint32_t ref_count, ref_capacity;
	char **names;
	uint32_t name_count, name_capacity;
	uint32_t *table;	/* by id: indexes of objects */
	uint32_t table_mask;
};

/* Returns false if it cannot be read, which was said.  Free it in any case. */
bool census_read(struct census *c, const char *folder);
void census_free(struct census *c);

/* Index of the object with this id, or CENSUS_NONE. */
uint32_t census_find(const struct census *c, uint64_t id);

#endif /* MHEAPCTL_CENSUS_H */
