// SPDX-License-Identifier: GPL-2.0
/*
 * mheapctl list: the heaps on this machine, and who has them open.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"
#include "options.h"
#include "output.h"
#include "say.h"
#include "sessions.h"
#include "sessions_print.h"
#include "sysfs.h"

static const struct argp argp = {
	.children = options_json,
	.doc = "List the heaps on this machine, each with its sessions: number, rights "
	       "(read, write, control), handles, and the processes that have it open."
	       "\vOnly root sees the processes of other users.",
};

/* Three numbers with commas between them. */
static const char *join_three(char text[64], const uint64_t n[3])
{
	snprintf(text, 64, "%" PRIu64 ",%" PRIu64 ",%" PRIu64, n[0], n[1], n[2]);
	return text;
}

static void print_heap(const struct sysfs_heap *v)
{
	char thresholds[64], collections[64];

	printf("%6" PRIu64 " %8" PRIu64 " %10" PRIu64 " %12" PRIu64 " %14s %4s %16s\n",
	       v->id, v->sessions, v->objects, v->bytes,
	       join_three(thresholds, v->threshold), v->enabled ? "on" : "off",
	       join_three(collections, v->collections));
}

/* The heaps, and the processes with sessions that this user may see. */
struct machine {
	uint64_t *heaps;
	size_t heap_count;
	struct sessions_holder *holders;
	size_t holder_count;
};

static void print(const struct machine *m)
{
	struct sysfs_heap v;
	size_t seen;

	printf("%6s %8s %10s %12s %14s %4s %16s\n", "heap", "sessions", "objects",
	       "bytes", "thresholds", "auto", "collections");
	for (size_t i = 0; i < m->heap_count; i++) {
		/* The heap may have gone since the heaps were listed. */
		if (sysfs_heap_read(&v, m->heaps[i]))
			continue;
		print_heap(&v);
		seen = sessions_print_text(m->holders, m->holder_count, v.id);
		if (seen < v.sessions)
			printf("       %" PRIu64 " more that cannot be seen\n",
			       v.sessions - seen);
	}
}

static void print_json(const struct machine *m)
{
	struct json_object *heaps = json_object_new_array();
	struct json_object *doc = json_object_new_object(), *heap;
	struct sysfs_heap v;

	for (size_t i = 0; i < m->heap_count; i++) {
		if (sysfs_heap_read(&v, m->heaps[i]))
			continue;
		heap = sysfs_heap_json(&v);
		json_object_object_add(heap, "session_list",
				       sessions_print_json(m->holders,
							   m->holder_count, v.id));
		json_object_array_add(heaps, heap);
	}
	json_object_object_add(doc, "heaps", heaps);
	output_document(doc);
}

int list_command(int argc, char **argv)
{
	struct options options = { 0 };
	struct machine m = { 0 };
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	err = sysfs_heaps(&m.heaps, &m.heap_count);
	if (err == -ENOENT) {
		say("the mheap module is not loaded");
		return STATUS_FAILED;
	}
	if (err) {
		say("cannot list heaps: %s", strerror(-err));
		return STATUS_FAILED;
	}
	/* Without /proc the heaps are listed all the same. */
	sessions_read(&m.holders, &m.holder_count);
	if (options.json)
		print_json(&m);
	else
		print(&m);
	free(m.heaps);
	free(m.holders);
	return STATUS_DONE;
}
