// SPDX-License-Identifier: GPL-2.0
/*
 * Standard output and the end of the process.
 *
 * A failure is told where it is found, deep in a command or in the parser of the
 * arguments, and exit() may be called from either.  So the document about it is
 * made by an exit handler, from the last sentence that was said.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doc.h"
#include "output.h"
#include "say.h"

static bool wants_json;
static bool has_document;

void output_document(struct json_object *doc)
{
	has_document = true;
	puts(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PRETTY |
						 JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(doc);
}

static void finish(int status, void *unused)
{
	struct json_object *doc;
	bool failed;

	(void)unused;
	if (status && wants_json && !has_document) {
		doc = json_object_new_object();
		doc_add_string(doc, "error", say_last());
		output_document(doc);
	}
	failed = ferror(stdout);
	errno = 0;
	failed |= fclose(stdout) != 0;
	if (!failed)
		return;
	/* The reason is known only if closing found it. */
	if (errno)
		say("cannot write to standard output: %s", strerror(errno));
	else
		say("cannot write to standard output");
	_exit(STATUS_FAILED);
}

void output_start(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		wants_json |= strcmp(argv[i], "--json") == 0;
	on_exit(finish, NULL);
}
