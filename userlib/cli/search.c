// SPDX-License-Identifier: GPL-2.0
/*
 * Breadth first, from the object backwards along the references, until there is
 * a root.
 */
#include <stdlib.h>

#include "say.h"
#include "search.h"

/* Neither frozen nor immortal objects are looked at by collections. */
static bool is_fixed(const struct census_object *o)
{
	return o->immortal || o->generation == CENSUS_FROZEN;
}

/* Slots of fixed objects are among the roots; are there others? */
static bool has_handle(const struct census *c, const struct census_object *o)
{
	uint64_t fixed = 0;

	for (uint32_t i = o->referrer; i != CENSUS_NONE; i = c->refs[i].next)
		fixed += is_fixed(&c->objects[c->refs[i].from]);
	return o->roots > fixed;
}

/* What tells most, if it is a root in several ways. */
static enum search_root root_of(const struct census *c, uint32_t object)
{
	const struct census_object *o = &c->objects[object];

	if (o->name != CENSUS_NONE)
		return ROOT_NAME;
	if (o->immortal)
		return ROOT_IMMORTAL;
	if (o->roots && has_handle(c, o))
		return ROOT_HANDLE;
	return o->generation == CENSUS_FROZEN ? ROOT_FROZEN : ROOT_NONE;
}

static void add_hop(struct search *s, uint32_t object, uint32_t slot)
{
	s->hops = grow_memory(s->hops, s->hop_count + 1, sizeof(*s->hops));
	s->hops[s->hop_count++] = (struct search_hop){ object, slot };
}

/* The way from a root, along the references by which the search came. */
static void note_hops(struct search *s, const struct census *c,
		      const uint32_t *came, uint32_t at, uint32_t object)
{
	while (at != object) {
		const struct census_ref *ref = &c->refs[came[at]];

		add_hop(s, at, ref->slot);
		at = census_find(c, ref->to);
	}
	add_hop(s, object, 0);
}

/* came: by which reference, CENSUS_NONE: not yet.  CENSUS_NONE: no root. */
static uint32_t find_root(const struct census *c, uint32_t *came,
			  uint32_t *queue, uint32_t object)
{
	uint32_t first = 0, last = 0;

	queue[last++] = object;
	while (first < last) {
		uint32_t at = queue[first++];

		if (root_of(c, at) != ROOT_NONE)
			return at;
		for (uint32_t i = c->objects[at].referrer; i != CENSUS_NONE;
		     i = c->refs[i].next) {
			uint32_t from = c->refs[i].from;

			if (from == object || came[from] != CENSUS_NONE)
				continue;
			came[from] = i;
			queue[last++] = from;
		}
	}
	return CENSUS_NONE;
}

void search_path(struct search *s, const struct census *c, uint32_t object)
{
	uint32_t *came = get_memory(c->object_count, sizeof(*came));
	uint32_t *queue = get_memory(c->object_count, sizeof(*queue));
	uint32_t root;

	*s = (struct search){ .root = ROOT_NONE };
	for (uint32_t i = 0; i < c->object_count; i++)
		came[i] = CENSUS_NONE;
	root = find_root(c, came, queue, object);
	if (root != CENSUS_NONE) {
		s->root = root_of(c, root);
		note_hops(s, c, came, root, object);
	}
	free(queue);
	free(came);
}

void search_free(struct search *s)
{
	free(s->hops);
}
