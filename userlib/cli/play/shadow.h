/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What refers to what, and generations, by serial number: to tell which of the
 * objects that died in a collection were unreachable in it, and which died by
 * their count in its course.
 *
 * It says nothing about who dies; that is asked of the heap.
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
	uint32_t refs;		/* while deaths are looked at: slots of the dead */
	uint8_t generation;
	uint8_t state;		/* while deaths are looked at */
	bool trash;		/* was unreachable in the last collection */
};

struct shadow {
	struct shadow_object *objects;	/* by serial number */
	uint32_t count;
	uint32_t *gone;		/* those that the heap was said to have lost */
	size_t gone_count;
};

void shadow_open(struct shadow *s, uint32_t objects);
void shadow_close(struct shadow *s);

void shadow_add(struct shadow *s, uint32_t serial, uint32_t slots);
void shadow_set(struct shadow *s, uint32_t serial, uint64_t slot, uint32_t to);
uint32_t shadow_get(const struct shadow *s, uint32_t serial, uint64_t slot);

/* A handle more, or one less. */
void shadow_hold(struct shadow *s, uint32_t serial);
void shadow_release(struct shadow *s, uint32_t serial);

/*
 * A collection of generations 0 to g begins; these are alive.  Who is unreachable
 * is trash from now on; how many of those have slots?
 */
size_t shadow_collect(struct shadow *s, const uint32_t *alive, size_t count,
		      int g);

/* It is over, and this object was alive. */
void shadow_survived(struct shadow *s, uint32_t serial, int g);

/* It died by count and came back by its finalizer: it is young again. */
void shadow_came_back(struct shadow *s, uint32_t serial);

/* This object died. */
void shadow_died(struct shadow *s, uint32_t serial);

/* This one lost its last reference, and its finalizer is still to run. */
void shadow_waits(struct shadow *s, uint32_t serial);

/*
 * Trash was taken down, after the last handle of this object (0: none) was
 * dropped: how many of those that died since the last look were freed as trash,
 * not by that drop?  Forgets the dead.
 */
size_t shadow_taken_down(struct shadow *s, uint32_t dropped);

/* Would this one that waits be freed as trash? */
bool shadow_is_trash(const struct shadow *s, uint32_t serial);

#endif /* MHEAPCTL_SHADOW_H */
