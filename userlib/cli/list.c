// SPDX-License-Identifier: GPL-2.0
/*
 * mheapctl list: the heaps on this machine.
 */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "say.h"
#include "sysfs.h"

enum { KEY_JSON = 256 };

static const struct argp_option options[] = {
	{ "json", KEY_JSON, NULL, 0, "print one JSON document", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	bool *json = state->input;

	(void)arg;
	switch (key) {
	case KEY_JSON:
		*json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "this command takes no arguments");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "List the heaps on this machine.",
};

/* Numbers with commas between. */
static const char *three(char text[64], const uint64_t n[3])
{
	snprintf(text, 64, "%" PRIu64 ",%" PRIu64 ",%" PRIu64, n[0], n[1], n[2]);
	return text;
}

static void print_heap(const struct heap_view *v)
{
	char thresholds[64], collections[64];

	printf("%6" PRIu64 " %8" PRIu64 " %10" PRIu64 " %12" PRIu64 " %14s %4s %16s\n",
	       v->id, v->sessions, v->objects, v->bytes,
	       three(thresholds, v->threshold), v->enabled ? "on" : "off",
	       three(collections, v->collections));
}

static void list(const uint64_t *ids, size_t count, bool json)
{
	struct json_object *heaps = json_object_new_array();
	struct json_object *doc;
	struct heap_view v;

	if (!json)
		printf("%6s %8s %10s %12s %14s %4s %16s\n", "heap", "sessions",
		       "objects", "bytes", "thresholds", "auto", "collections");
	for (size_t i = 0; i < count; i++) {
		/* A heap may go while the others are looked at. */
		if (heap_view_read(&v, ids[i]))
			continue;
		if (json)
			json_object_array_add(heaps, heap_view_json(&v));
		else
			print_heap(&v);
	}
	if (!json) {
		json_object_put(heaps);
		return;
	}
	doc = json_object_new_object();
	json_object_object_add(doc, "heaps", heaps);
	say_json(doc);
}

int cmd_list(int argc, char **argv)
{
	bool json = false;
	uint64_t *ids;
	size_t count;
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, &json);
	err = sysfs_heaps(&ids, &count);
	if (err == -ENOENT) {
		say("the mheap module is not loaded");
		return STATUS_FAILED;
	}
	if (err) {
		say("cannot list heaps: %s", strerror(-err));
		return STATUS_FAILED;
	}
	list(ids, count, json);
	free(ids);
	return STATUS_DONE;
}
