/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What refers to what, and generations, by serial number: to tell which of the
 * objects that died in a young collection were unreachable in it, and which
 * died by their count in its course.
 *
 * It says nothing about who dies; that is asked of the heap.
 */
#ifndef MHEAPCTL_SHADOW_H
#define MHEAPCTL_SHADOW_H

#include <stddef.h>
#include <stdint.h>

struct shadow_object {
	uint32_t *slots;	/* serial numbers; 0: null */
	uint32_t slot_count;
	uint8_t generation;
	uint8_t state;		/* while a collection is looked at */
};

struct shadow {
	struct shadow_object *objects;	/* by serial number */
	uint32_t count;
	uint32_t *died;		/* in the collection that is looked at */
	size_t died_count;
};

void shadow_open(struct shadow *s, uint32_t objects);
void shadow_close(struct shadow *s);

void shadow_add(struct shadow *s, uint32_t serial, uint32_t slots);
void shadow_set(struct shadow *s, uint32_t serial, uint64_t slot, uint32_t to);
uint32_t shadow_get(const struct shadow *s, uint32_t serial, uint64_t slot);

/* This object died in the collection that is looked at. */
void shadow_died(struct shadow *s, uint32_t serial);

/*
 * The collection of generations 0 to g is over, and all that died was told:
 * how many of these were unreachable, and how many of those had slots?  Forgets
 * the dead.
 */
size_t shadow_collected(struct shadow *s, int g, size_t *slotted);

/* This object survived a collection of generations 0 to g. */
void shadow_survived(struct shadow *s, uint32_t serial, int g);

#endif /* MHEAPCTL_SHADOW_H */
