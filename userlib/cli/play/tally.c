// SPDX-License-Identifier: GPL-2.0
/*
 * What came of each file, as text and as JSON.
 */
#include <json-c/json.h>
#include <stdio.h>

#include "../doc.h"
#include "../output.h"
#include "../say.h"
#include "tally.h"

static const char *const words[TALLY_STATUSES] = {
	[TALLY_OK] = "ok", [TALLY_FAILED] = "failed",
	[TALLY_SKIPPED] = "skipped", [TALLY_UNREADABLE] = "unreadable",
};

const char *tally_word(enum tally_status status)
{
	return words[status];
}

void tally_start(struct tally *t, bool json, bool summary)
{
	*t = (struct tally){ .json = json, .summary = summary };
	t->files = json_object_new_array();
}

struct json_object *tally_file(struct tally *t, const char *path)
{
	struct json_object *file = json_object_new_object();

	doc_add_string(file, "file", path);
	json_object_array_add(t->files, file);
	return file;
}

void tally_count(struct tally *t, struct json_object *file,
		 enum tally_status status)
{
	doc_add_string(file, "status", words[status]);
	t->count[status]++;
}

void tally_unreadable(struct tally *t, struct json_object *file)
{
	doc_add_string(file, "error", say_last());
	tally_count(t, file, TALLY_UNREADABLE);
}

static void print_document(struct tally *t)
{
	struct json_object *doc = json_object_new_object();

	json_object_object_add(doc, "files", t->files);
	for (int i = 0; i < TALLY_STATUSES; i++)
		doc_add_number(doc, words[i], t->count[i]);
	output_document(doc);
}

static void print_counts(const struct tally *t)
{
	for (int i = 0; i < TALLY_STATUSES; i++) {
		if (i != TALLY_UNREADABLE || t->count[i])
			printf("%s%u %s", i ? ", " : "", t->count[i], words[i]);
	}
	putchar('\n');
}

int tally_finish(struct tally *t)
{
	if (t->json) {
		print_document(t);
	} else {
		print_counts(t);
		json_object_put(t->files);
	}
	if (t->count[TALLY_UNREADABLE])
		return STATUS_USAGE;
	if (t->count[TALLY_FAILED])
		return STATUS_FAILED;
	return t->count[TALLY_OK] ? STATUS_DONE : STATUS_SKIPPED;
}
