// SPDX-License-Identifier: GPL-2.0
/*
 * Reader of heap graphs.  It checks everything in the file, so that a player can
 * rely on it.
 */
#include <stdlib.h>
#include <string.h>

#include "../field.h"
#include "../memory.h"
#include "mhg.h"

/* More than any machine holds; keeps sizes of arrays from overflowing. */
#define MOST	(1ULL << 31)

struct head {
	uint64_t objects, refs, roots, handles, payload, types;
};

static bool head_number(struct lines *l, char *p, uint64_t *value)
{
	if (!field_number(&p, value) || *p || *value >= MOST)
		return lines_bad(l, "bad number");
	return true;
}

static bool add_type(struct mhg *g, struct lines *l, const struct head *head,
		     const char *name)
{
	if (!g->types)
		g->types = memory_get(head->types, sizeof(*g->types));
	if (g->type_count == head->types)
		return lines_bad(l, "more types than the head says");
	g->types[g->type_count++] = memory_copy(name);
	return true;
}

static bool head_line(struct mhg *g, struct lines *l, struct head *head,
		      char *p)
{
	if (field_is(&p, "T"))
		return add_type(g, l, head, p);
	if (field_is(&p, "name")) {
		free(g->name);
		g->name = memory_copy(p);
		return true;
	}
	if (field_is(&p, "about")) {
		free(g->about);
		g->about = memory_copy(p);
		return true;
	}
	if (field_is(&p, "objects"))
		return head_number(l, p, &head->objects);
	if (field_is(&p, "refs"))
		return head_number(l, p, &head->refs);
	if (field_is(&p, "roots"))
		return head_number(l, p, &head->roots);
	if (field_is(&p, "handles"))
		return head_number(l, p, &head->handles);
	if (field_is(&p, "payload"))
		return field_number(&p, &head->payload) || lines_bad(l, "bad number");
	if (!field_is(&p, "types"))
		return true;	/* maxslots, and what later versions may tell */
	if (g->types)
		return lines_bad(l, "the number of types comes after a type");
	return head_number(l, p, &head->types);
}

static bool read_head(struct mhg *g, struct lines *l, struct head *head)
{
	char *line;

	while ((line = lines_next(l))) {
		if (strcmp(line, "objects:") == 0)
			break;
		if (!head_line(g, l, head, line))
			return false;
	}
	if (!line || !g->name || !head->objects || g->type_count != head->types)
		return lines_bad(l, "incomplete head");
	g->type = memory_get(head->objects, sizeof(*g->type));
	g->payload = memory_get(head->objects, sizeof(*g->payload));
	g->first = memory_get(head->objects + 1, sizeof(*g->first));
	g->target = memory_get(head->refs, sizeof(*g->target));
	g->roots = memory_get(head->roots, sizeof(*g->roots));
	return true;
}

/* A reference: an id, or one relative to the object's own. */
static bool take_ref(char **at, uint32_t self, uint64_t *id)
{
	char sign = **at;

	if (sign == '+' || sign == '-')
		(*at)++;
	if (!field_number(at, id) || *id >= MOST)
		return false;
	if (sign == '+')
		*id = self + *id;
	else if (sign == '-')
		*id = self - *id;
	return true;
}

static bool object_line(struct mhg *g, struct lines *l,
			const struct head *head, char *p)
{
	uint32_t self = g->objects;
	uint64_t type, payload, id;

	if (self == head->objects)
		return lines_bad(l, "more objects than the head says");
	if (!field_number(&p, &type) || type >= g->type_count ||
	    !field_number(&p, &payload))
		return lines_bad(l, "bad object");
	while (*p) {
		if (!take_ref(&p, self, &id) || id >= head->objects ||
		    g->refs == head->refs)
			return lines_bad(l, "bad reference");
		g->target[g->refs++] = (uint32_t)id;
	}
	g->type[self] = (uint32_t)type;
	g->payload[self] = payload;
	g->bytes += payload;
	g->first[++g->objects] = g->refs;
	return true;
}

static bool root_line(struct mhg *g, struct lines *l, const struct head *head,
		      char *p)
{
	uint64_t id, handles;
	struct mhg_root *root;

	if (g->root_count == head->roots)
		return lines_bad(l, "more roots than the head says");
	if (!field_number(&p, &id) || id >= g->objects ||
	    !field_number(&p, &handles) || !handles || handles >= MOST ||
	    !strchr("asp", *p) || !*p)
		return lines_bad(l, "bad root");
	root = &g->roots[g->root_count++];
	root->id = (uint32_t)id;
	root->handles = (uint32_t)handles;
	root->group = *p;
	g->handles += handles;
	return true;
}

static bool read_body(struct mhg *g, struct lines *l, const struct head *head)
{
	enum { OBJECTS, ROOTS, OTHER } section = OBJECTS;
	char *line;

	while ((line = lines_next(l))) {
		size_t len = strlen(line);

		if (strcmp(line, "end") == 0)
			return true;
		if (len && line[len - 1] == ':')
			section = strcmp(line, "roots:") == 0 ? ROOTS : OTHER;
		else if ((section == OBJECTS && !object_line(g, l, head, line)) ||
			 (section == ROOTS && !root_line(g, l, head, line)))
			return false;
	}
	return lines_bad(l, "the file ends too soon");
}

static bool fits_head(const struct mhg *g, struct lines *l,
		      const struct head *head)
{
	if (g->objects != head->objects || g->refs != head->refs ||
	    g->root_count != head->roots || g->handles != head->handles ||
	    g->bytes != head->payload)
		return lines_bad(l, "the file does not hold what its head says");
	return true;
}

bool mhg_read(struct mhg *g, struct lines *l)
{
	struct head head = { 0 };

	*g = (struct mhg){ 0 };
	if (read_head(g, l, &head) && read_body(g, l, &head) &&
	    fits_head(g, l, &head))
		return true;
	mhg_free(g);
	return false;
}

void mhg_free(struct mhg *g)
{
	for (uint32_t i = 0; i < g->type_count; i++)
		free(g->types[i]);
	free(g->types);
	free(g->name);
	free(g->about);
	free(g->type);
	free(g->payload);
	free(g->first);
	free(g->target);
	free(g->roots);
}
