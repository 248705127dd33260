// SPDX-License-Identifier: GPL-2.0
/*
 * mheapctl path: how an object is held.
 */
#include <argp.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "debugfs.h"
#include "lines.h"
#include "say.h"
#include "search.h"

struct arguments {
	uint64_t heap, id;
	int count;	/* of arguments */
	bool json;
};

/* All that is known when a way is printed. */
struct view {
	const struct arguments *a;
	struct census census;
	struct type_rows types;
	struct search search;
};

enum { KEY_JSON = 256 };

static const struct argp_option options[] = {
	{ "json", KEY_JSON, NULL, 0, "print one JSON document", 0 },
	{ 0 },
};

static void set_argument(struct arguments *a, struct argp_state *state, char *arg)
{
	switch (a->count++) {
	case 0:
		if (!take_number(&arg, &a->heap) || *arg)
			argp_error(state, "a heap is a number, as in `mheapctl list'");
		break;
	case 1:
		if (!take_number(&arg, &a->id) || *arg)
			argp_error(state, "an object is a number, its id");
		break;
	default:
		argp_error(state, "one object at a time");
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case KEY_JSON:
		a->json = true;
		return 0;
	case ARGP_KEY_ARG:
		set_argument(a, state, arg);
		return 0;
	case ARGP_KEY_END:
		if (a->count < 2)
			argp_error(state, a->count ? "which object?" : "which heap?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "HEAP ID",
	.doc = "Print how an object is held: the shortest way to it from a name, a "
	       "handle (or an unread event), an immortal or a frozen object.\vReads "
	       DEBUGFS "/HEAP/objects, which needs debugfs and root.  The heap may "
	       "change meanwhile: the way is what was seen.",
};

static const char *const root_words[] = {
	[ROOT_NAME] = "name", [ROOT_IMMORTAL] = "immortal",
	[ROOT_HANDLE] = "handle", [ROOT_FROZEN] = "frozen",
};

/* The name that is the root, or NULL. */
static const char *root_name(const struct view *v)
{
	const struct census *c = &v->census;

	if (v->search.root != ROOT_NAME)
		return NULL;
	return c->names[c->objects[v->search.hops[0].object].name];
}

/* A type may have been registered since the types were read. */
static const char *type_name(const struct view *v, uint32_t type)
{
	for (size_t i = 0; i < v->types.count; i++) {
		if (v->types.rows[i].type == type)
			return v->types.rows[i].name;
	}
	return "?";
}

static void print_text(const struct view *v)
{
	const char *name = root_name(v);

	if (name)
		printf("name \"%s\"\n", name);
	else
		puts(root_words[v->search.root]);
	for (size_t i = 0; i < v->search.hop_count; i++) {
		const struct search_hop *hop = &v->search.hops[i];
		const struct census_object *o = &v->census.objects[hop->object];

		printf("#%" PRIu64 " %s", o->id, type_name(v, o->type));
		if (i + 1 < v->search.hop_count)
			printf(" [slot %" PRIu32 "] ->", hop->slot);
		putchar('\n');
	}
}

static struct json_object *hops_json(const struct view *v)
{
	struct json_object *hops = json_object_new_array();

	for (size_t i = 0; i < v->search.hop_count; i++) {
		const struct search_hop *hop = &v->search.hops[i];
		const struct census_object *o = &v->census.objects[hop->object];
		struct json_object *to = json_object_new_object();

		json_object_object_add(to, "id", json_object_new_uint64(o->id));
		json_object_object_add(to, "type",
				       json_object_new_string(type_name(v, o->type)));
		if (i + 1 < v->search.hop_count)
			json_object_object_add(to, "slot",
					       json_object_new_int64(hop->slot));
		json_object_array_add(hops, to);
	}
	return hops;
}

static void print_json(const struct view *v)
{
	struct json_object *doc = json_object_new_object();
	struct json_object *root = json_object_new_object();
	const char *name = root_name(v);

	json_object_object_add(root, "kind",
			       json_object_new_string(root_words[v->search.root]));
	if (name)
		json_object_object_add(root, "name", json_object_new_string(name));
	json_object_object_add(doc, "heap", json_object_new_uint64(v->a->heap));
	json_object_object_add(doc, "id", json_object_new_uint64(v->a->id));
	json_object_object_add(doc, "root", root);
	json_object_object_add(doc, "path", hops_json(v));
	say_json(doc);
}

/* false: there is no way, which was said. */
static bool find(struct view *v)
{
	uint32_t object = census_find(&v->census, v->a->id);

	if (object == CENSUS_NONE) {
		say("there is no object %" PRIu64 " in heap %" PRIu64, v->a->id,
		    v->a->heap);
		return false;
	}
	search_path(&v->search, &v->census, object);
	if (v->search.root == ROOT_NONE)
		say("nothing holds object %" PRIu64
		    ": it is garbage, or was dropped meanwhile", v->a->id);
	return v->search.root != ROOT_NONE;
}

static bool show(struct view *v, const char *folder)
{
	if (!type_rows_read(&v->types, folder) ||
	    !census_read(&v->census, folder) || !find(v))
		return false;
	if (v->a->json)
		print_json(v);
	else
		print_text(v);
	return true;
}

int cmd_path(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct view v = { .a = &a };
	char folder[64];
	bool ok;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (!debugfs_heap(a.heap, folder))
		return STATUS_FAILED;
	ok = show(&v, folder);
	search_free(&v.search);
	census_free(&v.census);
	type_rows_free(&v.types);
	return ok ? STATUS_DONE : STATUS_FAILED;
}
