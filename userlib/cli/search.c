// SPDX-License-Identifier: GPL-2.0
/*
 * The search goes backwards along references, breadth first, from the object to the
 * nearest root.
 */
#include <stdlib.h>

#include "memory.h"
#include "search.h"

/* Collections do not visit frozen and immortal objects. */
static bool is_fixed(const struct census_object *o)
{
	return o->immortal || o->generation == CENSUS_FROZEN;
}

/* Slots of fixed objects count as roots; is there a root that is none of these? */
static bool has_handle(const struct census *c, const struct census_object *o)
{
	uint64_t fixed = 0;

	for (uint32_t i = o->referrer; i != CENSUS_NONE; i = c->refs[i].next)
		fixed += is_fixed(&c->objects[c->refs[i].from]);
	return o->roots > fixed;
}

/* An object may be a root for several reasons: prefer the one that tells most. */
static enum search_root root_of(const struct census *c, uint32_t object)
{
	const struct census_object *o = &c->objects[object];

	if (o->name != CENSUS_NONE)
		return SEARCH_NAME;
	if (o->immortal)
		return SEARCH_IMMORTAL;
	if (o->roots && has_handle(c, o))
		return SEARCH_HANDLE;
	return o->generation == CENSUS_FROZEN ? SEARCH_FROZEN : SEARCH_NONE;
}

static void add_hop(struct search *s, uint32_t object, uint32_t slot)
{
	s->hops = memory_resize(s->hops, s->hop_count + 1, sizeof(*s->hops));
	s->hops[s->hop_count++] = (struct search_hop){ object, slot };
}

/* Note the path from a root, along the references by which the search came to it. */
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

/*
 * came holds, for each object, the reference by which the search came to it.
 * Returns the root, or CENSUS_NONE.
 */
static uint32_t find_root(const struct census *c, uint32_t *came,
			  uint32_t *queue, uint32_t object)
{
	uint32_t first = 0, last = 0;

	queue[last++] = object;
	while (first < last) {
		uint32_t at = queue[first++];

		if (root_of(c, at) != SEARCH_NONE)
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
	uint32_t *came = memory_get(c->object_count, sizeof(*came));
	uint32_t *queue = memory_get(c->object_count, sizeof(*queue));
	uint32_t root;

	*s = (struct search){ .root = SEARCH_NONE };
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
