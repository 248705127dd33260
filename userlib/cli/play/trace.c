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
#include "trace_play.h"

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

static bool is_supported(const char *word)
{
	static const char *const words[] = {
		"core", "gen", "sessions", "weak", "final", "errors",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]) == 0)
			return true;
	}
	return false;
}

/* The words of a profile that are not supported, with a space before each. */
static void find_missing(const char *profile, char *missing, size_t size)
{
	char words[128], *rest = words;
	size_t len = 0;

	snprintf(words, sizeof(words), "%s", profile);
	missing[0] = '\0';
	while (*rest) {
		const char *word = field_word(&rest);

		if (!is_supported(word))
			len += (size_t)snprintf(missing + len, size - len, " %s",
						word);
	}
}

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
			 const struct trace_head *head, const char *missing)
{
	struct json_object *entry = new_entry(a, path, head->name, "skipped");

	json_object_object_add(entry, "needs",
			       json_object_new_string(missing + 1));
	a->skipped++;
	if (!a->json)
		printf("%-24s skipped: needs%s\n", head->name, missing);
}

static void tell_failures(struct arguments *a, struct json_object *entry,
			  const struct trace_result *r)
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
			const struct trace_head *head,
			const struct trace_result *r, double seconds)
{
	static const char *const words[] = { "ok", "failed", "unreadable" };
	struct json_object *entry = new_entry(a, path, head->name,
					      words[r->status]);

	json_object_object_add(entry, "lines", json_object_new_uint64(r->lines));
	json_object_object_add(entry, "seconds", json_object_new_double(seconds));
	a->ok += r->status == TRACE_OK;
	a->failed += r->status == TRACE_FAILED;
	a->unreadable += r->status == TRACE_UNREADABLE;
	if (!a->json)
		printf("%-24s %s (%" PRIu64 " lines, %.2f s)\n", head->name,
		       words[r->status], r->lines, seconds);
	tell_failures(a, entry, r);
}

static void play(struct arguments *a, struct lines *l, const char *path)
{
	double start = seconds_now();
	struct trace_result r;
	struct trace_head head;
	char missing[256];

	if (!trace_read_head(l, &head)) {
		new_entry(a, path, "", "unreadable");
		a->unreadable++;
		return;
	}
	find_missing(head.profile, missing, sizeof(missing));
	if (missing[0]) {
		tell_skipped(a, path, &head, missing);
		return;
	}
	trace_play(l, &head, &r);
	tell_result(a, path, &head, &r, seconds_now() - start);
	for (unsigned int i = 0; i < r.failure_count; i++)
		free(r.failures[i]);
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
