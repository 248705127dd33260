// SPDX-License-Identifier: GPL-2.0
/*
 * Results of heap graphs as JSON.
 */
#include <json-c/json.h>

#include "../doc.h"
#include "graph_doc.h"

static struct json_object *totals_doc(const uint64_t *totals, bool slotted_counts)
{
	struct json_object *doc = json_object_new_object();

	for (int k = 0; k < ORACLE_TOTALS; k++) {
		if (k != ORACLE_GC_SLOTTED || slotted_counts)
			doc_add_number(doc, oracle_total_name[k], totals[k]);
	}
	return doc;
}

static struct json_object *phase_doc(const struct oracle_phase *phase,
				     const struct scenario_phase *r)
{
	struct json_object *doc = json_object_new_object();

	json_object_object_add(doc, "got", totals_doc(r->got, r->slotted_counts));
	json_object_object_add(doc, "expected",
			       totals_doc(phase->expect, r->slotted_counts));
	doc_add_bool(doc, "match", r->match);
	return doc;
}

/* Nothing is added where debugfs cannot be read. */
static void add_holds(struct json_object *to, const struct holds *h)
{
	struct json_object *doc;

	if (!h->known)
		return;
	doc = json_object_new_object();
	doc_add_number(doc, "count", h->count);
	doc_add_number(doc, "short", h->brief);
	doc_add_number(doc, "max_units", h->max_units);
	json_object_object_add(to, "holds", doc);
}

struct json_object *graph_doc_scenario(const struct oracle_scenario *s,
				       const struct scenario_result *r)
{
	struct json_object *doc = json_object_new_object();
	struct json_object *phases = json_object_new_array();

	for (size_t i = 0; i < r->phase_count; i++)
		json_object_array_add(phases, phase_doc(&s->phases[i], &r->phases[i]));
	doc_add_string(doc, "scenario", s->name);
	json_object_object_add(doc, "phases", phases);
	doc_add_number(doc, "refcounts_wrong", r->refcounts_wrong);
	doc_add_number(doc, "deaths_wrong", r->deaths_wrong);
	add_holds(doc, &r->holds);
	doc_add_bool(doc, "match", r->match);
	return doc;
}

void graph_doc_add_sums(struct json_object *to, const struct mhg *g,
			const struct sums *sums)
{
	doc_add_number(to, "objects", g->objects);
	doc_add_number(to, "references", g->refs);
	doc_add_number(to, "by_count", sums->by_count);
	doc_add_number(to, "expected_by_count", sums->expect_by_count);
	doc_add_number(to, "by_scanner", sums->by_scanner);
	doc_add_number(to, "expected_by_scanner", sums->expect_by_scanner);
	add_holds(to, &sums->holds);
	doc_add_bool(to, "match", sums->match);
}
