// SPDX-License-Identifier: GPL-2.0
/*
 * mheapctl list: the heaps on this machine, and who has them open.
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
#include "sessions.h"
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
	.doc = "List the heaps on this machine, each with its sessions: number, rights "
	       "(read, write, control), handles, and the processes that have it open."
	       "\vProcesses of other users are seen by root only.",
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

/* What there is, as far as it can be seen. */
struct machine {
	uint64_t *heaps;
	size_t heap_count;
	struct session_holder *holders;
	size_t holder_count;
};

static void print_sessions(const struct machine *m, const struct heap_view *v)
{
	size_t seen = sessions_print(m->holders, m->holder_count, v->id);

	if (seen < v->sessions)
		printf("       %" PRIu64 " more that cannot be seen\n",
		       v->sessions - seen);
}

static void print(const struct machine *m)
{
	struct heap_view v;

	printf("%6s %8s %10s %12s %14s %4s %16s\n", "heap", "sessions", "objects",
	       "bytes", "thresholds", "auto", "collections");
	for (size_t i = 0; i < m->heap_count; i++) {
		/* A heap may go while the others are looked at. */
		if (heap_view_read(&v, m->heaps[i]))
			continue;
		print_heap(&v);
		print_sessions(m, &v);
	}
}

static void print_json(const struct machine *m)
{
	struct json_object *heaps = json_object_new_array();
	struct json_object *doc = json_object_new_object(), *heap;
	struct heap_view v;

	for (size_t i = 0; i < m->heap_count; i++) {
		if (heap_view_read(&v, m->heaps[i]))
			continue;
		heap = heap_view_json(&v);
		json_object_object_add(heap, "session_list",
				       sessions_json(m->holders, m->holder_count,
						     v.id));
		json_object_array_add(heaps, heap);
	}
	json_object_object_add(doc, "heaps", heaps);
	say_json(doc);
}

int cmd_list(int argc, char **argv)
{
	struct machine m = { 0 };
	bool json = false;
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, &json);
	err = sysfs_heaps(&m.heaps, &m.heap_count);
	if (err == -ENOENT) {
		say("the mheap module is not loaded");
		return STATUS_FAILED;
	}
	if (err) {
		say("cannot list heaps: %s", strerror(-err));
		return STATUS_FAILED;
	}
	/* Without /proc there are heaps all the same. */
	sessions_read(&m.holders, &m.holder_count);
	if (json)
		print_json(&m);
	else
		print(&m);
	free(m.heaps);
	free(m.holders);
	return STATUS_DONE;
}
