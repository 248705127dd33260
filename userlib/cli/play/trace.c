// SPDX-License-Identifier: GPL-2.0
/*
 * Playing a file with a heap trace, unless it needs what is not supported.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>

#include "../doc.h"
#include "player.h"
#include "seconds.h"
#include "trace.h"

static void tell_skipped(struct tally *tally, struct json_object *file,
			 const struct mht_head *head)
{
	doc_add_string(file, "needs", head->profile.unknown);
	tally_count(tally, file, TALLY_SKIPPED);
	if (!tally->json)
		printf("%-24s skipped: needs %s\n", head->name,
		       head->profile.unknown);
}

static void tell_failures(const struct tally *tally, struct json_object *file,
			  const struct report *r)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < r->failure_count; i++) {
		json_object_array_add(list, doc_string(r->failures[i]));
		if (!tally->json && !tally->summary)
			printf("  %s\n", r->failures[i]);
	}
	json_object_object_add(file, "failures", list);
}

static void tell_result(struct tally *tally, struct json_object *file,
			const struct mht_head *head, const struct report *r,
			double seconds)
{
	enum tally_status status = r->failed ? TALLY_FAILED : TALLY_OK;

	if (r->unreadable) {
		tally_unreadable(tally, file);
		status = TALLY_UNREADABLE;
	} else {
		tally_count(tally, file, status);
	}
	doc_add_number(file, "lines", r->played);
	json_object_object_add(file, "seconds", json_object_new_double(seconds));
	if (!tally->json)
		printf("%-24s %s (%" PRIu64 " lines, %.2f s)\n", head->name,
		       tally_word(status), r->played, seconds);
	tell_failures(tally, file, r);
}

void trace_play(struct lines *l, const struct progress *progress,
		struct tally *tally)
{
	struct json_object *file = tally_file(tally, l->path);
	double start = seconds_now();
	struct mht_head head;
	struct report report;

	tally->table = false;
	if (!mht_read_head(l, &head)) {
		tally_unreadable(tally, file);
		return;
	}
	doc_add_string(file, "name", head.name);
	if (head.profile.unknown[0]) {
		tell_skipped(tally, file, &head);
		return;
	}
	report_start(&report, l);
	player_run(&head, progress, &report);
	progress_clear(progress);
	tell_result(tally, file, &head, &report, seconds_now() - start);
	report_end(&report);
}
