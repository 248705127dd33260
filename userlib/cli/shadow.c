// SPDX-License-Identifier: GPL-2.0
/*
 * A collection of generations 0 to g frees what only they keep alive.  Older
 * objects that only those referred to die by their count, and so may young ones
 * that such an older one led to.  So: of the dead, the older ones and all that
 * they lead to died by count; the rest was unreachable.
 */
#include <stdlib.h>

#include "say.h"
#include "shadow.h"

enum { ALIVE, DIED, BY_COUNT };

void shadow_open(struct shadow *s, uint32_t objects)
{
	s->count = objects + 1;
	s->objects = get_memory(s->count, sizeof(*s->objects));
	s->died = get_memory(s->count, sizeof(*s->died));
	s->died_count = 0;
}

void shadow_close(struct shadow *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		free(s->objects[i].slots);
	free(s->objects);
	free(s->died);
}

void shadow_add(struct shadow *s, uint32_t serial, uint32_t slots)
{
	struct shadow_object *o = &s->objects[serial];

	o->slots = get_memory(slots, sizeof(*o->slots));
	o->slot_count = slots;
}

void shadow_set(struct shadow *s, uint32_t serial, uint64_t slot, uint32_t to)
{
	struct shadow_object *o = &s->objects[serial];

	if (slot < o->slot_count)
		o->slots[slot] = to;
}

uint32_t shadow_get(const struct shadow *s, uint32_t serial, uint64_t slot)
{
	const struct shadow_object *o = &s->objects[serial];

	return slot < o->slot_count ? o->slots[slot] : 0;
}

void shadow_died(struct shadow *s, uint32_t serial)
{
	s->objects[serial].state = DIED;
	s->died[s->died_count++] = serial;
}

/* Those that died by count: stack has room for all that died. */
static void mark_by_count(struct shadow *s, int g, uint32_t *stack)
{
	size_t top = 0;

	for (size_t i = 0; i < s->died_count; i++) {
		struct shadow_object *o = &s->objects[s->died[i]];

		if (o->generation > g) {
			o->state = BY_COUNT;
			stack[top++] = s->died[i];
		}
	}
	while (top) {
		const struct shadow_object *o = &s->objects[stack[--top]];

		for (uint32_t i = 0; i < o->slot_count; i++) {
			struct shadow_object *to = &s->objects[o->slots[i]];

			if (o->slots[i] && to->state == DIED) {
				to->state = BY_COUNT;
				stack[top++] = o->slots[i];
			}
		}
	}
}

size_t shadow_collected(struct shadow *s, int g, size_t *slotted)
{
	uint32_t *stack = get_memory(s->died_count, sizeof(*stack));
	size_t unreachable = 0;

	mark_by_count(s, g, stack);
	*slotted = 0;
	for (size_t i = 0; i < s->died_count; i++) {
		struct shadow_object *o = &s->objects[s->died[i]];

		if (o->state == DIED) {
			unreachable++;
			*slotted += o->slot_count > 0;
		}
		free(o->slots);
		*o = (struct shadow_object){ 0 };
	}
	s->died_count = 0;
	free(stack);
	return unreachable;
}

void shadow_survived(struct shadow *s, uint32_t serial, int g)
{
	struct shadow_object *o = &s->objects[serial];

	if (o->generation <= g)
		o->generation = (uint8_t)(g < 2 ? g + 1 : 2);
}
