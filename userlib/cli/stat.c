// SPDX-License-Identifier: GPL-2.0
/*
 * mheapctl stat: objects and bytes of a heap, by type.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "debugfs.h"
#include "doc.h"
#include "options.h"
#include "output.h"
#include "say.h"
#include "stat.h"

static const struct argp argp = {
	.children = options_heap,
	.args_doc = "HEAP",
	.doc = "Print how many objects and bytes of each type a heap holds, most "
	       "objects first.\vReads " DEBUGFS "/HEAP/types, which needs debugfs "
	       "and root.",
};

/* Most objects first, then most bytes, then by number. */
static int compare(const void *a, const void *b)
{
	const struct debugfs_type *x = a, *y = b;

	if (x->objects != y->objects)
		return x->objects < y->objects ? 1 : -1;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return (x->type > y->type) - (x->type < y->type);
}

static void print_text(const struct debugfs_types *r)
{
	printf("%10s %12s  %s\n", "objects", "bytes", "type");
	for (size_t i = 0; i < r->count; i++)
		printf("%10" PRIu64 " %12" PRIu64 "  %s\n", r->rows[i].objects,
		       r->rows[i].bytes, r->rows[i].name);
}

static void print_json(uint64_t heap, const struct debugfs_types *r)
{
	struct json_object *doc = json_object_new_object();
	struct json_object *types = json_object_new_array();

	for (size_t i = 0; i < r->count; i++) {
		const struct debugfs_type *row = &r->rows[i];
		struct json_object *to = json_object_new_object();

		doc_add_number(to, "type", row->type);
		doc_add_string(to, "name", row->name);
		doc_add_number(to, "objects", row->objects);
		doc_add_number(to, "bytes", row->bytes);
		json_object_array_add(types, to);
	}
	doc_add_number(doc, "heap", heap);
	json_object_object_add(doc, "types", types);
	output_document(doc);
}

static void show(const struct options *options, struct debugfs_types *types)
{
	if (types->count)
		qsort(types->rows, types->count, sizeof(*types->rows), compare);
	if (options->json)
		print_json(options->heap, types);
	else
		print_text(types);
}

int stat_command(int argc, char **argv)
{
	struct options options = { 0 };
	struct debugfs_types types;
	char folder[64];
	bool ok;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (!debugfs_heap(options.heap, folder))
		return STATUS_FAILED;
	ok = debugfs_types_read(&types, folder);
	if (ok)
		show(&options, &types);
	debugfs_types_free(&types);
	return ok ? STATUS_DONE : STATUS_FAILED;
}
