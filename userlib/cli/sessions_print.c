// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions of a heap, as text and as JSON.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>

#include "doc.h"
#include "sessions_print.h"

/* A session that several processes have open has all of them on its line. */
static void print_session(const struct sessions_holder *h, size_t holders)
{
	printf("       session %" PRIu64 " %s %" PRIu64 " %s:",
	       h->number.session, h->rights, h->handles,
	       h->handles == 1 ? "handle" : "handles");
	for (size_t i = 0; i < holders; i++)
		printf("%s %" PRIu64 " %s", i ? "," : "", h[i].pid, h[i].command);
	putchar('\n');
}

size_t sessions_print_text(const struct sessions_holder *holders, size_t count,
			   uint64_t heap)
{
	size_t printed = 0, n;

	for (size_t i = 0; i < count; i += n) {
		n = sessions_same(holders + i, count - i);
		if (holders[i].number.heap != heap)
			continue;
		print_session(&holders[i], n);
		printed++;
	}
	return printed;
}

static struct json_object *processes_json(const struct sessions_holder *h, size_t holders)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < holders; i++) {
		struct json_object *to = json_object_new_object();

		doc_add_number(to, "pid", h[i].pid);
		doc_add_string(to, "command", h[i].command);
		json_object_array_add(list, to);
	}
	return list;
}

static struct json_object *session_json(const struct sessions_holder *h, size_t holders)
{
	struct json_object *to = json_object_new_object();

	doc_add_number(to, "session", h->number.session);
	doc_add_string(to, "rights", h->rights);
	doc_add_number(to, "handles", h->handles);
	json_object_object_add(to, "processes", processes_json(h, holders));
	return to;
}

struct json_object *sessions_print_json(const struct sessions_holder *holders,
					size_t count, uint64_t heap)
{
	struct json_object *list = json_object_new_array();
	size_t n;

	for (size_t i = 0; i < count; i += n) {
		n = sessions_same(holders + i, count - i);
		if (holders[i].number.heap == heap)
			json_object_array_add(list, session_json(&holders[i], n));
	}
	return list;
}
