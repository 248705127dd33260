// SPDX-License-Identifier: GPL-2.0
/*
 * mheapctl path: how an object is held.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "debugfs.h"
#include "doc.h"
#include "options.h"
#include "output.h"
#include "path.h"
#include "say.h"
#include "search.h"

/* What is known when a path is printed. */
struct view {
	const struct options *options;
	struct census census;
	struct debugfs_types types;
	struct search search;
};

static const struct argp argp = {
	.children = options_object,
	.args_doc = "HEAP ID",
	.doc = "Print how an object is held: the shortest path to it from a name, a "
	       "handle (or an unread event), an immortal or a frozen object.\vReads "
	       DEBUGFS "/HEAP/objects, which needs debugfs and root.  The heap may "
	       "change while it is read: the path is what was seen.",
};

static const char *const root_words[] = {
	[SEARCH_NAME] = "name", [SEARCH_IMMORTAL] = "immortal",
	[SEARCH_HANDLE] = "handle", [SEARCH_FROZEN] = "frozen",
};

/* The name that is the root, or NULL. */
static const char *root_name(const struct view *v)
{
	const struct census *c = &v->census;

	if (v->search.root != SEARCH_NAME)
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

		doc_add_number(to, "id", o->id);
		doc_add_string(to, "type", type_name(v, o->type));
		if (i + 1 < v->search.hop_count)
			doc_add_number(to, "slot", hop->slot);
		json_object_array_add(hops, to);
	}
	return hops;
}

static void print_json(const struct view *v)
{
	struct json_object *doc = json_object_new_object();
	struct json_object *root = json_object_new_object();
	const char *name = root_name(v);

	doc_add_string(root, "kind", root_words[v->search.root]);
	if (name)
		doc_add_string(root, "name", name);
	doc_add_number(doc, "heap", v->options->heap);
	doc_add_number(doc, "id", v->options->id);
	json_object_object_add(doc, "root", root);
	json_object_object_add(doc, "path", hops_json(v));
	output_document(doc);
}

/* Returns false if nothing holds the object, which was said. */
static bool find(struct view *v)
{
	uint32_t object = census_find(&v->census, v->options->id);

	if (object == CENSUS_NONE) {
		say("there is no object %" PRIu64 " in heap %" PRIu64, v->options->id,
		    v->options->heap);
		return false;
	}
	search_path(&v->search, &v->census, object);
	if (v->search.root == SEARCH_NONE)
		say("nothing holds object %" PRIu64
		    ": it is garbage, or was dropped meanwhile", v->options->id);
	return v->search.root != SEARCH_NONE;
}

static bool show(struct view *v, const char *folder)
{
	if (!debugfs_types_read(&v->types, folder) ||
	    !census_read(&v->census, folder) || !find(v))
		return false;
	if (v->options->json)
		print_json(v);
	else
		print_text(v);
	return true;
}

int path_command(int argc, char **argv)
{
	struct options options = { 0 };
	struct view v = { .options = &options };
	char folder[64];
	bool ok;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (!debugfs_heap(options.heap, folder))
		return STATUS_FAILED;
	ok = show(&v, folder);
	search_free(&v.search);
	census_free(&v.census);
	debugfs_types_free(&v.types);
	return ok ? STATUS_DONE : STATUS_FAILED;
}
