// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions of a heap, as text and as JSON.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>

#include "sessions.h"

/* One that several processes have open has all of them on its line. */
static void print_session(const struct session_holder *h, size_t holders)
{
	printf("       session %" PRIu64 " %s %" PRIu64 " %s:",
	       h->number.session, h->rights, h->handles,
	       h->handles == 1 ? "handle" : "handles");
	for (size_t i = 0; i < holders; i++)
		printf("%s %" PRIu64 " %s", i ? "," : "", h[i].pid, h[i].command);
	putchar('\n');
}

size_t sessions_print(const struct session_holder *holders, size_t count,
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

static struct json_object *processes_json(const struct session_holder *h, size_t holders)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < holders; i++) {
		struct json_object *to = json_object_new_object();

		json_object_object_add(to, "pid", json_object_new_uint64(h[i].pid));
		json_object_object_add(to, "command",
				       json_object_new_string(h[i].command));
		json_object_array_add(list, to);
	}
	return list;
}

static struct json_object *session_json(const struct session_holder *h, size_t holders)
{
	struct json_object *to = json_object_new_object();

	json_object_object_add(to, "session",
			       json_object_new_uint64(h->number.session));
	json_object_object_add(to, "rights", json_object_new_string(h->rights));
	json_object_object_add(to, "handles", json_object_new_uint64(h->handles));
	json_object_object_add(to, "processes", processes_json(h, holders));
	return to;
}

struct json_object *sessions_json(const struct session_holder *holders, size_t count,
				  uint64_t heap)
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
