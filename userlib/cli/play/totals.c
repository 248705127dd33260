// SPDX-License-Identifier: GPL-2.0
/*
 * Totals of a trace.
 */
#include <inttypes.h>
#include <string.h>

#include "../field.h"
#include "multi.h"
#include "totals.h"

#define KEYS	8

struct total {
	const char *key;
	uint64_t value;
};

/* Returns false if the player has to stop. */
static bool get_totals(struct deaths *d, struct total totals[KEYS])
{
	const struct objects *o = &d->stage->objects;
	struct mheap_info info;
	uint64_t handles;
	int err;

	if (!deaths_look(d, &info))
		return false;
	err = multi_handles(d->stage, &handles);
	if (err) {
		report_error(d->stage->report, "info", err);
		return false;
	}
	totals[0] = (struct total){ "live", info.objects };
	totals[1] = (struct total){ "rc", o->made - info.objects - d->collected };
	totals[2] = (struct total){ "gc", d->collected };
	totals[3] = (struct total){ "bytes", info.bytes };
	totals[4] = (struct total){ "ids", o->alive_sum };
	totals[5] = (struct total){ "handles", handles };
	totals[6] = (struct total){ "fin", d->events->final->run };
	totals[7] = (struct total){ "cb", d->events->notified };
	return true;
}

static const struct total *find(const struct total totals[KEYS], const char *key)
{
	for (int i = 0; i < KEYS; i++) {
		if (strcmp(key, totals[i].key) == 0)
			return &totals[i];
	}
	return NULL;
}

/* "key=n", and the text behind it.  Returns false if it is something else. */
static bool check_one(struct report *report, const struct total totals[KEYS],
		      char **text)
{
	char *key = *text, *equals = strchr(key, '=');
	const struct total *t;
	uint64_t want;

	if (!equals)
		return false;
	*equals = '\0';
	*text = equals + 1;
	t = find(totals, key);
	if (!t || !field_number(text, &want))
		return false;
	if (t->value != want)
		report_fail(report, "%s is %" PRIu64 " instead of %" PRIu64, key,
			    t->value, want);
	return true;
}

void totals_check(struct deaths *d, char *text)
{
	struct report *report = d->stage->report;
	struct total totals[KEYS];

	if (!stage_flush(d->stage) || !get_totals(d, totals))
		return;
	while (*text && !report->stop) {
		if (!check_one(report, totals, &text))
			report_bad(report, "bad total");
	}
}
