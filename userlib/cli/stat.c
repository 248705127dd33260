// SPDX-License-Identifier: GPL-2.0
/*
 * mheapctl stat: objects and bytes of a heap, by type.
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

struct arguments {
	uint64_t heap;
	bool has_heap;
	bool json;
};

enum { KEY_JSON = 256 };

static const struct argp_option options[] = {
	{ "json", KEY_JSON, NULL, 0, "print one JSON document", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case KEY_JSON:
		a->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->has_heap)
			argp_error(state, "one heap at a time");
		a->has_heap = true;
		if (!take_number(&arg, &a->heap) || *arg)
			argp_error(state, "a heap is a number, as in `mheapctl list'");
		return 0;
	case ARGP_KEY_END:
		if (!a->has_heap)
			argp_error(state, "which heap?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "HEAP",
	.doc = "Print how many objects and bytes of each type a heap holds, most "
	       "objects first.\vReads " DEBUGFS "/HEAP/types, which needs debugfs "
	       "and root.",
};

/* Most objects first, then most bytes, then by number. */
static int compare(const void *a, const void *b)
{
	const struct type_row *x = a, *y = b;

	if (x->objects != y->objects)
		return x->objects < y->objects ? 1 : -1;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return (x->type > y->type) - (x->type < y->type);
}

static void print_text(const struct type_rows *r)
{
	printf("%10s %12s  %s\n", "objects", "bytes", "type");
	for (size_t i = 0; i < r->count; i++)
		printf("%10" PRIu64 " %12" PRIu64 "  %s\n", r->rows[i].objects,
		       r->rows[i].bytes, r->rows[i].name);
}

static void print_json(uint64_t heap, const struct type_rows *r)
{
	struct json_object *doc = json_object_new_object();
	struct json_object *types = json_object_new_array();

	for (size_t i = 0; i < r->count; i++) {
		const struct type_row *row = &r->rows[i];
		struct json_object *to = json_object_new_object();

		json_object_object_add(to, "type", json_object_new_uint64(row->type));
		json_object_object_add(to, "name", json_object_new_string(row->name));
		json_object_object_add(to, "objects", json_object_new_uint64(row->objects));
		json_object_object_add(to, "bytes", json_object_new_uint64(row->bytes));
		json_object_array_add(types, to);
	}
	json_object_object_add(doc, "heap", json_object_new_uint64(heap));
	json_object_object_add(doc, "types", types);
	say_json(doc);
}

int cmd_stat(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct type_rows r;
	char folder[64];
	bool ok;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (!debugfs_heap(a.heap, folder))
		return STATUS_FAILED;
	ok = type_rows_read(&r, folder);
	if (ok && r.count)
		qsort(r.rows, r.count, sizeof(*r.rows), compare);
	if (ok && a.json)
		print_json(a.heap, &r);
	else if (ok)
		print_text(&r);
	type_rows_free(&r);
	return ok ? STATUS_DONE : STATUS_FAILED;
}
