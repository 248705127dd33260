/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What came of each file, and the exit status that follows from it.
 */
#ifndef MHEAPCTL_TALLY_H
#define MHEAPCTL_TALLY_H

#include <stdbool.h>

enum tally_status {
	TALLY_OK,
	TALLY_FAILED,
	TALLY_SKIPPED,
	TALLY_UNREADABLE,
	TALLY_STATUSES,
};

struct json_object;

struct tally {
	bool json;	/* print one document at the end, and no text before */
	bool summary;	/* print one row for each file */
	bool table;	/* the last row stands in a table with a heading */
	struct json_object *files;
	unsigned int count[TALLY_STATUSES];
};

void tally_start(struct tally *t, bool json, bool summary);

/* The object of the next file in the document. */
struct json_object *tally_file(struct tally *t, const char *path);

/* What came of that file. */
void tally_count(struct tally *t, struct json_object *file,
		 enum tally_status status);

/* The same for a file that cannot be read, as was said. */
void tally_unreadable(struct tally *t, struct json_object *file);

const char *tally_word(enum tally_status status);

/* Print how many files came out how, or the document.  Returns the exit status. */
int tally_finish(struct tally *t);

#endif /* MHEAPCTL_TALLY_H */
