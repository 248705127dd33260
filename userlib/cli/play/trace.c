// SPDX-License-Identifier: GPL-2.0
/*
 * mheapctl trace: play heap traces and check every expectation.
 */
#include <argp.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seconds.h"
#include "../field.h"
#include "trace.h"
#include "../output.h"
#include "../say.h"
#include "player.h"

struct arguments {
	char **files;
	size_t file_count;
	bool json;
	struct json_object *list;	/* of what came of each file */
	unsigned int ok, failed, skipped, unreadable;
};

enum { KEY_JSON = 256 };

static const struct argp_option options[] = {
	{ "json", KEY_JSON, NULL, 0, "print one JSON document", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	(void)arg;
	switch (key) {
	case KEY_JSON:
		a->json = true;
		return 0;
	case ARGP_KEY_ARGS:
		a->files = state->argv + state->next;
		a->file_count = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_END:
		if (!a->file_count)
			argp_error(state, "which trace?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE...",
	.doc = "Play heap traces, each in a fresh heap, and check every expectation."
	       "\vFiles may be compressed with gzip.  A trace that needs a profile "
	       "other than core, gen, sessions, weak, final and errors is skipped.  Exit "
	       "status: 0 all as expected, 1 an expectation failed, 2 a file cannot "
	       "be read, 77 all were skipped.",
};

static struct json_object *new_entry(struct arguments *a, const char *path,
				     const char *name, const char *status)
{
	struct json_object *entry = json_object_new_object();

	json_object_object_add(entry, "file", json_object_new_string(path));
	json_object_object_add(entry, "name", json_object_new_string(name));
	json_object_object_add(entry, "status", json_object_new_string(status));
	json_object_array_add(a->list, entry);
	return entry;
}

static void tell_skipped(struct arguments *a, const char *path,
			 const struct mht_head *head)
{
	struct json_object *entry = new_entry(a, path, head->name, "skipped");

	json_object_object_add(entry, "needs",
			       json_object_new_string(head->profile.unknown));
	a->skipped++;
	if (!a->json)
		printf("%-24s skipped: needs %s\n", head->name,
		       head->profile.unknown);
}

static void tell_failures(struct arguments *a, struct json_object *entry,
			  const struct report *r)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < r->failure_count; i++) {
		json_object_array_add(list, json_object_new_string(r->failures[i]));
		if (!a->json)
			printf("  %s\n", r->failures[i]);
	}
	json_object_object_add(entry, "failures", list);
}

static void tell_result(struct arguments *a, const char *path,
			const struct mht_head *head,
			const struct report *r, double seconds)
{
	const char *word = r->unreadable ? "unreadable" : r->failed ? "failed" : "ok";
	struct json_object *entry = new_entry(a, path, head->name, word);

	json_object_object_add(entry, "lines", json_object_new_uint64(r->played));
	json_object_object_add(entry, "seconds", json_object_new_double(seconds));
	a->ok += !r->failed && !r->unreadable;
	a->failed += r->failed && !r->unreadable;
	a->unreadable += r->unreadable;
	if (!a->json)
		printf("%-24s %s (%" PRIu64 " lines, %.2f s)\n", head->name,
		       word, r->played, seconds);
	tell_failures(a, entry, r);
}

static bool read_first_line(struct lines *l)
{
	const char *line = lines_next(l);

	if (!line || strcmp(line, MHT_FIRST_LINE) != 0)
		return lines_bad(l, "not a heap trace (" MHT_FIRST_LINE ")");
	return true;
}

static void play(struct arguments *a, struct lines *l, const char *path)
{
	double start = seconds_now();
	struct report report;
	struct mht_head head;

	if (!read_first_line(l) || !mht_read_head(l, &head)) {
		new_entry(a, path, "", "unreadable");
		a->unreadable++;
		return;
	}
	if (head.profile.unknown[0]) {
		tell_skipped(a, path, &head);
		return;
	}
	report_start(&report, l);
	player_run(&head, &report);
	tell_result(a, path, &head, &report, seconds_now() - start);
	report_end(&report);
}

static int finish(struct arguments *a)
{
	struct json_object *doc;

	if (!a->json) {
		printf("%u ok, %u failed, %u skipped", a->ok, a->failed, a->skipped);
		if (a->unreadable)
			printf(", %u unreadable", a->unreadable);
		putchar('\n');
		json_object_put(a->list);
	} else {
		doc = json_object_new_object();
		json_object_object_add(doc, "traces", a->list);
		json_object_object_add(doc, "ok", json_object_new_int((int)a->ok));
		json_object_object_add(doc, "failed",
				       json_object_new_int((int)a->failed));
		json_object_object_add(doc, "skipped",
				       json_object_new_int((int)a->skipped));
		json_object_object_add(doc, "unreadable",
				       json_object_new_int((int)a->unreadable));
		output_document(doc);
	}
	if (a->unreadable)
		return STATUS_USAGE;
	if (a->failed)
		return STATUS_FAILED;
	return a->ok ? STATUS_DONE : STATUS_SKIPPED;
}

int trace_command(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct lines l;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	a.list = json_object_new_array();
	for (size_t i = 0; i < a.file_count; i++) {
		if (!lines_open(&l, a.files[i])) {
			new_entry(&a, a.files[i], "", "unreadable");
			a.unreadable++;
			continue;
		}
		play(&a, &l, a.files[i]);
		lines_close(&l);
		fflush(stdout);
	}
	return finish(&a);
}
