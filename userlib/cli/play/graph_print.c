// SPDX-License-Identifier: GPL-2.0
/*
 * Printing what came of heap graphs.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "graph_print.h"

/* Columns are as wide as their heading, or as the numbers need. */
#define LEAST_WIDTH	9

static const char *verdict(bool match)
{
	return match ? "match" : "MISMATCH";
}

void graph_sums_add(struct graph_sums *sums, const struct scenario *s,
		    const struct scenario_result *r)
{
	sums->by_count += r->by_count;
	sums->by_scanner += r->by_scanner;
	for (size_t i = 0; i < s->phase_count; i++) {
		sums->expect_by_count += s->phases[i].expect[RC_FREED];
		sums->expect_by_scanner += s->phases[i].expect[GC_FREED];
	}
	if (r->lock_max_ns > sums->lock_max_ns)
		sums->lock_max_ns = r->lock_max_ns;
	sums->scenarios++;
	sums->match &= r->match;
}

static int width(int k)
{
	int len = (int)strlen(total_name[k]);

	return len < LEAST_WIDTH ? LEAST_WIDTH : len;
}

static void print_totals(const char *what, const uint64_t *totals,
			 bool slotted_counts)
{
	printf("  %-9s", what);
	for (int k = 0; k < TOTALS; k++) {
		if (k == GC_SLOTTED && !slotted_counts)
			printf(" %*s", width(k), "-");
		else
			printf(" %*" PRIu64, width(k), totals[k]);
	}
	putchar('\n');
}

void print_scenario(const struct graph *g, const struct scenario *s,
		    const struct scenario_result *r)
{
	for (size_t i = 0; i < r->phase_count; i++) {
		const struct phase_result *phase = &r->phases[i];

		printf("%s %s phase %zu:%s\n", g->name, s->name, i + 1,
		       phase->match ? "" : " differs");
		printf("  %-9s", "");
		for (int k = 0; k < TOTALS; k++)
			printf(" %*s", width(k), total_name[k]);
		putchar('\n');
		print_totals("got", phase->got, phase->slotted_counts);
		print_totals("expected", s->phases[i].expect,
			     phase->slotted_counts);
	}
	if (r->refcounts_wrong)
		printf("  objects with another reference count: %" PRIu64 "\n",
		       r->refcounts_wrong);
	if (r->deaths_wrong)
		printf("  objects that died at another time, or lived on: %" PRIu64 "\n",
		       r->deaths_wrong);
	printf("%s %s: %s (%" PRIu32 " objects, longest hold of the lock %.1f us)\n",
	       g->name, s->name, verdict(r->match), g->objects,
	       (double)r->lock_max_ns / 1000);
}

void print_summary_head(void)
{
	printf("%-10s %9s %9s %10s %10s %10s %10s %12s\n", "", "", "", "died by",
	       "", "found by", "", "longest hold");
	printf("%-10s %9s %9s %10s %10s %10s %10s %12s\n", "graph", "objects",
	       "edges", "count", "expected", "scanner", "expected",
	       "of lock, us");
}

void print_summary(const struct graph *g, const struct graph_sums *sums)
{
	printf("%-10s %9" PRIu32 " %9" PRIu64 " %10" PRIu64 " %10" PRIu64
	       " %10" PRIu64 " %10" PRIu64 " %12.1f  %s\n",
	       g->name, g->objects, g->refs, sums->by_count,
	       sums->expect_by_count, sums->by_scanner, sums->expect_by_scanner,
	       (double)sums->lock_max_ns / 1000, verdict(sums->match));
}

/* ---- JSON ---- */

static void add_number(struct json_object *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, json_object_new_uint64(value));
}

static void add_string(struct json_object *to, const char *key,
		       const char *value)
{
	json_object_object_add(to, key, json_object_new_string(value));
}

static void add_bool(struct json_object *to, const char *key, bool value)
{
	json_object_object_add(to, key, json_object_new_boolean(value));
}

static void add_totals(struct json_object *to, const char *key,
		       const uint64_t *totals, bool slotted_counts)
{
	struct json_object *list = json_object_new_object();

	for (int k = 0; k < TOTALS; k++) {
		if (k != GC_SLOTTED || slotted_counts)
			add_number(list, total_name[k], totals[k]);
	}
	json_object_object_add(to, key, list);
}

struct json_object *scenario_json(const struct scenario *s,
				  const struct scenario_result *r)
{
	struct json_object *to = json_object_new_object();
	struct json_object *phases = json_object_new_array();

	for (size_t i = 0; i < r->phase_count; i++) {
		const struct phase_result *result = &r->phases[i];
		struct json_object *phase = json_object_new_object();

		add_totals(phase, "got", result->got, result->slotted_counts);
		add_totals(phase, "expected", s->phases[i].expect,
			   result->slotted_counts);
		add_bool(phase, "match", result->match);
		json_object_array_add(phases, phase);
	}
	add_string(to, "scenario", s->name);
	json_object_object_add(to, "phases", phases);
	add_number(to, "refcounts_wrong", r->refcounts_wrong);
	add_number(to, "deaths_wrong", r->deaths_wrong);
	add_number(to, "lock_max_ns", r->lock_max_ns);
	add_bool(to, "match", r->match);
	return to;
}

struct json_object *graph_json(const char *path, const struct graph *g,
			       const struct graph_sums *sums,
			       struct json_object *scenarios)
{
	struct json_object *to = json_object_new_object();

	add_string(to, "file", path);
	add_string(to, "graph", g->name);
	add_number(to, "objects", g->objects);
	add_number(to, "references", g->refs);
	add_number(to, "by_count", sums->by_count);
	add_number(to, "expected_by_count", sums->expect_by_count);
	add_number(to, "by_scanner", sums->by_scanner);
	add_number(to, "expected_by_scanner", sums->expect_by_scanner);
	add_number(to, "lock_max_ns", sums->lock_max_ns);
	json_object_object_add(to, "scenarios", scenarios);
	add_bool(to, "match", sums->match);
	return to;
}

struct json_object *graphs_json(struct json_object *graphs, bool match)
{
	struct json_object *to = json_object_new_object();

	json_object_object_add(to, "graphs", graphs);
	add_bool(to, "match", match);
	return to;
}
