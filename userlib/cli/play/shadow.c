// SPDX-License-Identifier: GPL-2.0
/*
 * A shadow of the references between objects, and of their generations.
 *
 * A collection of generations 0 to g frees the objects of these generations that
 * nothing outside of them leads to.  Older objects that only those referred to die by
 * their count, and so may young ones that only such an older one led to.  With
 * finalizers, trash may die by its count too: because of what finalizers do, or when
 * the last of them is answered and its handle was the last reference to the object.
 */
#include <stdlib.h>

#include "../memory.h"
#include "shadow.h"

enum { ALIVE, DIED, WAITS };

/* Objects whose slots are still to be followed. */
struct stack {
	uint32_t *serials;
	size_t count;
};

void shadow_open(struct shadow *s, uint32_t objects)
{
	s->count = objects + 1;
	s->objects = memory_get(s->count, sizeof(*s->objects));
	s->gone = memory_get(s->count, sizeof(*s->gone));
	s->gone_count = 0;
}

bool shadow_is_open(const struct shadow *s)
{
	return s->objects;
}

void shadow_close(struct shadow *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		free(s->objects[i].slots);
	free(s->objects);
	free(s->gone);
}

void shadow_add(struct shadow *s, uint32_t serial, uint32_t slots)
{
	struct shadow_object *o;

	if (!shadow_is_open(s))
		return;
	o = &s->objects[serial];
	o->slots = memory_get(slots, sizeof(*o->slots));
	o->slot_count = slots;
}

void shadow_set(struct shadow *s, uint32_t serial, uint64_t slot, uint32_t to)
{
	if (shadow_is_open(s) && slot < s->objects[serial].slot_count)
		s->objects[serial].slots[slot] = to;
}

uint32_t shadow_get(const struct shadow *s, uint32_t serial, uint64_t slot)
{
	if (shadow_is_open(s) && slot < s->objects[serial].slot_count)
		return s->objects[serial].slots[slot];
	return 0;
}

void shadow_hold(struct shadow *s, uint32_t serial)
{
	if (shadow_is_open(s))
		s->objects[serial].handles++;
}

void shadow_release(struct shadow *s, uint32_t serial)
{
	if (shadow_is_open(s))
		s->objects[serial].handles--;
}

static void reach(struct shadow *s, struct stack *stack, uint32_t serial)
{
	if (!s->objects[serial].trash)
		return;
	s->objects[serial].trash = false;
	stack->serials[stack->count++] = serial;
}

static void reach_slots(struct shadow *s, struct stack *stack, uint32_t serial)
{
	const struct shadow_object *o = &s->objects[serial];

	for (uint32_t i = 0; i < o->slot_count; i++)
		reach(s, stack, o->slots[i]);
}

size_t shadow_collect(struct shadow *s, const uint32_t *alive, size_t count,
		      int g)
{
	struct stack stack = { memory_get(count, sizeof(*stack.serials)), 0 };
	size_t slotted = 0;

	for (size_t i = 0; i < count; i++)
		s->objects[alive[i]].trash = s->objects[alive[i]].generation <= g;
	for (size_t i = 0; i < count; i++) {
		if (s->objects[alive[i]].handles)
			reach(s, &stack, alive[i]);
		if (s->objects[alive[i]].generation > g)
			reach_slots(s, &stack, alive[i]);
	}
	while (stack.count)
		reach_slots(s, &stack, stack.serials[--stack.count]);
	free(stack.serials);
	for (size_t i = 0; i < count; i++)
		slotted += s->objects[alive[i]].trash &&
			   s->objects[alive[i]].slot_count;
	return slotted;
}

void shadow_survived(struct shadow *s, uint32_t serial, int g)
{
	struct shadow_object *o = &s->objects[serial];

	if (o->generation <= g)
		o->generation = (uint8_t)(g < 2 ? g + 1 : 2);
}

void shadow_came_back(struct shadow *s, uint32_t serial)
{
	s->objects[serial].generation = 0;
}

static void note_gone(struct shadow *s, uint32_t serial, uint8_t state)
{
	s->objects[serial].state = state;
	s->gone[s->gone_count++] = serial;
}

void shadow_died(struct shadow *s, uint32_t serial)
{
	if (shadow_is_open(s))
		note_gone(s, serial, DIED);
}

void shadow_waits(struct shadow *s, uint32_t serial)
{
	note_gone(s, serial, WAITS);
}

/* Count the slots of dead objects that refer to each object. */
static void count_refs(struct shadow *s)
{
	for (size_t i = 0; i < s->gone_count; i++) {
		const struct shadow_object *o = &s->objects[s->gone[i]];

		for (uint32_t k = 0; o->state == DIED && k < o->slot_count; k++)
			s->objects[o->slots[k]].refs++;
	}
}

/*
 * What died or waits because this object lost its last reference died by its count:
 * it is not trash.
 */
static void follow_drop(struct shadow *s, uint32_t dropped)
{
	struct stack stack = { memory_get(s->gone_count, sizeof(*stack.serials)), 0 };

	stack.serials[stack.count++] = dropped;
	s->objects[dropped].trash = false;
	while (stack.count) {
		struct shadow_object *o = &s->objects[stack.serials[--stack.count]];

		for (uint32_t k = 0; k < o->slot_count; k++) {
			struct shadow_object *to = &s->objects[o->slots[k]];

			if (!o->slots[k] || --to->refs || to->state == ALIVE)
				continue;
			to->trash = false;
			if (to->state == DIED)
				stack.serials[stack.count++] = o->slots[k];
		}
	}
	free(stack.serials);
}

/* The counts of objects that live on are reset too. */
static void forget_refs(struct shadow *s)
{
	for (size_t i = 0; i < s->gone_count; i++) {
		const struct shadow_object *o = &s->objects[s->gone[i]];

		for (uint32_t k = 0; k < o->slot_count; k++)
			s->objects[o->slots[k]].refs = 0;
	}
}

size_t shadow_taken_down(struct shadow *s, uint32_t dropped)
{
	size_t trash = 0;

	count_refs(s);
	if (s->objects[dropped].state == DIED && !s->objects[dropped].refs)
		follow_drop(s, dropped);
	forget_refs(s);
	for (size_t i = 0; i < s->gone_count; i++) {
		struct shadow_object *o = &s->objects[s->gone[i]];

		if (o->state == WAITS) {
			o->state = ALIVE;
			continue;
		}
		trash += o->trash;
		free(o->slots);
		*o = (struct shadow_object){ 0 };
	}
	s->gone_count = 0;
	return trash;
}

bool shadow_is_trash(const struct shadow *s, uint32_t serial)
{
	return s->objects[serial].trash;
}
