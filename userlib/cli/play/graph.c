// SPDX-License-Identifier: GPL-2.0
/*
 * Playing a file with a heap graph: it is read and its oracle is, and the scenarios
 * are played one after the other.
 */
#include <json-c/json.h>
#include <mheap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../doc.h"
#include "../memory.h"
#include "../say.h"
#include "graph.h"
#include "graph_doc.h"
#include "graph_text.h"

struct player {
	const struct graph_options *options;
	struct tally *tally;
	struct json_object *file;
	struct json_object *scenarios;	/* in it */
	struct mhg g;
	struct oracle o;
	struct sums sums;
};

/* ---- the oracle ---- */

static void cut_end(char *s, const char *end)
{
	size_t len = strlen(s), cut = strlen(end);

	if (len > cut && strcmp(s + len - cut, end) == 0)
		s[len - cut] = '\0';
}

/* The name of the graph with another ending, which the caller frees. */
static char *oracle_path(const char *graph)
{
	char *base = memory_copy(graph);
	char *path = memory_get(strlen(graph) + sizeof(".oracle.gz"), 1);

	cut_end(base, ".gz");
	cut_end(base, ".mhg");
	sprintf(path, "%s.oracle", base);
	if (access(path, F_OK) != 0)
		sprintf(path, "%s.oracle.gz", base);
	free(base);
	return path;
}

static bool read_oracle(struct player *p, const char *graph)
{
	char *path;
	bool ok;

	if (p->options->oracle)
		return oracle_read(&p->o, p->options->oracle, p->g.objects);
	path = oracle_path(graph);
	ok = oracle_read(&p->o, path, p->g.objects);
	free(path);
	return ok;
}

/* Does the oracle have all scenarios that are asked for? */
static bool has_scenarios(const struct player *p)
{
	for (size_t i = 0; i < p->options->scenario_count; i++) {
		const char *name = p->options->scenarios[i];

		if (!oracle_find(&p->o, name)) {
			say("%s has no scenario %s", p->g.name, name);
			return false;
		}
	}
	return true;
}

/* ---- scenarios ---- */

static bool is_wanted(const struct graph_options *options, const char *name)
{
	for (size_t i = 0; i < options->scenario_count; i++) {
		if (strcmp(options->scenarios[i], name) == 0)
			return true;
	}
	return !options->scenario_count;
}

static void tell_scenario(struct player *p, const struct oracle_scenario *s,
			  const struct scenario_result *r)
{
	json_object_array_add(p->scenarios, graph_doc_scenario(s, r));
	if (!p->tally->json && !p->tally->summary)
		graph_text_scenario(&p->g, s, r);
	fflush(stdout);
}

/* Returns false if the heap failed, so that the others need not be tried. */
static bool play_scenario(struct player *p, const struct oracle_scenario *s)
{
	struct scenario_result r;
	int err;

	err = scenario_play(&p->g, &p->o, s, &p->options->scenario, &r);
	progress_clear(p->options->scenario.progress);
	if (err) {
		say("%s, scenario %s: %s", p->g.name, s->name, mheap_strerror(err));
		doc_add_string(p->file, "error", say_last());
		p->sums.match = false;
	} else {
		sums_add(&p->sums, s, &r);
		tell_scenario(p, s, &r);
	}
	scenario_free(&r);
	return !err;
}

static void play_scenarios(struct player *p)
{
	for (size_t i = 0; i < p->o.scenario_count; i++) {
		const struct oracle_scenario *s = &p->o.scenarios[i];

		if (is_wanted(p->options, s->name) && !play_scenario(p, s))
			return;
	}
}

/* ---- the file ---- */

/* The rows of graphs that follow each other are one table. */
static void print_row(const struct player *p)
{
	struct tally *t = p->tally;

	if (t->json || !t->summary)
		return;
	if (!t->table)
		graph_text_heading();
	t->table = true;
	graph_text_row(&p->g, &p->sums);
}

static void play(struct player *p)
{
	p->scenarios = json_object_new_array();
	p->sums.match = true;
	play_scenarios(p);
	graph_doc_add_sums(p->file, &p->g, &p->sums);
	json_object_object_add(p->file, "scenarios", p->scenarios);
	tally_count(p->tally, p->file, p->sums.match ? TALLY_OK : TALLY_FAILED);
	print_row(p);
}

void graph_play(const struct graph_options *options, struct lines *l,
		struct tally *tally)
{
	struct player p = { .options = options, .tally = tally };

	p.file = tally_file(tally, l->path);
	if (!mhg_read(&p.g, l)) {
		tally_unreadable(tally, p.file);
		return;
	}
	doc_add_string(p.file, "graph", p.g.name);
	if (!read_oracle(&p, l->path)) {
		tally_unreadable(tally, p.file);
		mhg_free(&p.g);
		return;
	}
	if (has_scenarios(&p))
		play(&p);
	else
		tally_unreadable(tally, p.file);
	oracle_free(&p.o);
	mhg_free(&p.g);
}
