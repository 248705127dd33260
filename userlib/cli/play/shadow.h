/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The references between objects and the generations of objects, by serial number.
 * They tell which of the objects that died in a collection were unreachable in it,
 * and which died by their count in its course.  Who died is asked of the heap.
 */
#ifndef MHEAPCTL_SHADOW_H
#define MHEAPCTL_SHADOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct shadow_object {
	uint32_t *slots;	/* serial numbers; 0: null */
	uint32_t slot_count;
	uint32_t handles;
	uint32_t refs;		/* slots of the dead that refer to it, while deaths are looked at */
	uint8_t generation;
	uint8_t state;		/* while deaths are looked at */
	bool trash;		/* was unreachable in the last collection */
};

struct shadow {
	struct shadow_object *objects;	/* by serial number */
	uint32_t count;
	uint32_t *gone;		/* those that died or wait since the last look */
	size_t gone_count;
};

/* For objects 1 to the number given.  A shadow that is not open keeps nothing. */
void shadow_open(struct shadow *s, uint32_t objects);
void shadow_close(struct shadow *s);
bool shadow_is_open(const struct shadow *s);

void shadow_add(struct shadow *s, uint32_t serial, uint32_t slots);
void shadow_set(struct shadow *s, uint32_t serial, uint64_t slot, uint32_t to);
uint32_t shadow_get(const struct shadow *s, uint32_t serial, uint64_t slot);

/* The object has one handle more, or one less. */
void shadow_hold(struct shadow *s, uint32_t serial);
void shadow_release(struct shadow *s, uint32_t serial);

/*
 * A collection of generations 0 to g begins, and these objects are alive.  Those that
 * are unreachable are trash from now on.  Returns how many of these have slots.
 */
size_t shadow_collect(struct shadow *s, const uint32_t *alive, size_t count,
		      int g);

/* The collection is over, and this object survived it. */
void shadow_survived(struct shadow *s, uint32_t serial, int g);

/* The object died by its count and came back through its finalizer: it is young. */
void shadow_came_back(struct shadow *s, uint32_t serial);

/* The object died. */
void shadow_died(struct shadow *s, uint32_t serial);

/* The object lost its last reference, and its finalizer is still to run. */
void shadow_waits(struct shadow *s, uint32_t serial);

/*
 * Trash was taken down, after the last handle of the dropped object (0 for none) went.
 * Returns how many of the objects that died since the last call were freed as trash,
 * and not because of that drop.  The dead are forgotten.
 */
size_t shadow_taken_down(struct shadow *s, uint32_t dropped);

/* Is this object, which waits, going to be freed as trash? */
bool shadow_is_trash(const struct shadow *s, uint32_t serial);

#endif /* MHEAPCTL_SHADOW_H */
