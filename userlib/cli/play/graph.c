// SPDX-License-Identifier: GPL-2.0
/*
 * mheapctl graph: play heap graphs and compare with their oracles.
 */
#include <argp.h>
#include <json-c/json.h>
#include <mheap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../field.h"
#include "../memory.h"
#include "graph.h"
#include "graph_print.h"
#include "../lines.h"
#include "progress.h"
#include "../output.h"
#include "../say.h"

/* More than any oracle has. */
#define MAX_SCENARIOS	64

struct arguments {
	char **files;
	size_t file_count;
	const char *scenarios[MAX_SCENARIOS];
	size_t scenario_count;
	const char *oracle;
	bool json;
	bool summary;
	bool live;
	struct graph_options options;
	struct progress progress;
};

enum {
	KEY_LIVE = 256,
	KEY_SUMMARY,
	KEY_JSON,
	KEY_SCENARIO,
	KEY_ORACLE,
	KEY_SHUFFLE,
};

static const struct argp_option options[] = {
	{ "scenario", KEY_SCENARIO, "NAME", 0, "play this scenario only; may be given several times", 0 },
	{ "oracle", KEY_ORACLE, "FILE", 0,
	  "what to compare with (default: the graph's name with .oracle[.gz])", 0 },
	{ "shuffle", KEY_SHUFFLE, "SEED", 0, "make the objects in another order", 0 },
	{ "summary", KEY_SUMMARY, NULL, 0,
	  "print one row for each graph instead of every phase", 0 },
	{ "live", KEY_LIVE, NULL, 0, "show how far it is, on stderr", 0 },
	{ "json", KEY_JSON, NULL, 0, "print one JSON document", 0 },
	{ 0 },
};

static void set_seed(struct argp_state *state, struct arguments *a, char *arg)
{
	a->options.shuffle = true;
	if (!field_number(&arg, &a->options.seed) || *arg)
		argp_error(state, "the seed is a number");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case KEY_SCENARIO:
		if (a->scenario_count == MAX_SCENARIOS)
			argp_error(state, "too many scenarios");
		a->scenarios[a->scenario_count++] = arg;
		return 0;
	case KEY_ORACLE:
		a->oracle = arg;
		return 0;
	case KEY_SHUFFLE:
		set_seed(state, a, arg);
		return 0;
	case KEY_SUMMARY:
		a->summary = true;
		return 0;
	case KEY_LIVE:
		a->live = true;
		return 0;
	case KEY_JSON:
		a->json = true;
		return 0;
	case ARGP_KEY_ARGS:
		a->files = state->argv + state->next;
		a->file_count = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_END:
		if (!a->file_count)
			argp_error(state, "which graph?");
		if (a->oracle && a->file_count > 1)
			argp_error(state, "--oracle goes with one graph");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE...",
	.doc = "Build heap graphs, each scenario in a fresh heap, play it, and print "
	       "what died and what should have died.\vFiles may be compressed with "
	       "gzip.  Exit status: 0 all as expected, 1 something differs, 2 a file "
	       "cannot be read.",
};

static void cut_end(char *s, const char *end)
{
	size_t len = strlen(s), cut = strlen(end);

	if (len > cut && strcmp(s + len - cut, end) == 0)
		s[len - cut] = '\0';
}

/* The graph's name with another ending; to be freed. */
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

static bool read_files(const struct arguments *a, const char *path,
		       struct graph *g, struct oracle *o)
{
	char *found = a->oracle ? NULL : oracle_path(path);
	bool ok = false;

	if (graph_read(g, path)) {
		ok = oracle_read(o, a->oracle ? a->oracle : found, g->objects);
		if (!ok)
			graph_free(g);
	}
	free(found);
	return ok;
}

static void tell_scenario(struct arguments *a, struct json_object *list,
			  const struct graph *g, const struct scenario *s,
			  const struct scenario_result *r)
{
	if (a->live)
		progress_clear(&a->progress);
	if (a->json)
		json_object_array_add(list, scenario_json(s, r));
	else if (!a->summary)
		print_scenario(g, s, r);
	fflush(stdout);
}

static int play_scenario(struct arguments *a, struct json_object *list,
			 const struct graph *g, const struct oracle *o,
			 const struct scenario *s, struct graph_sums *sums)
{
	struct scenario_result r;
	int err = graph_play(g, o, s, &a->options, &r);

	if (err) {
		if (a->live)
			progress_clear(&a->progress);
		say("%s, scenario %s: %s", g->name, s->name, mheap_strerror(err));
		sums->match = false;
	} else {
		graph_sums_add(sums, s, &r);
		tell_scenario(a, list, g, s, &r);
	}
	scenario_result_free(&r);
	return err;
}

static bool scenario_wanted(const struct arguments *a, const char *name)
{
	for (size_t i = 0; i < a->scenario_count; i++)
		if (strcmp(a->scenarios[i], name) == 0)
			return true;
	return !a->scenario_count;
}

static bool oracle_has(const struct oracle *o, const char *name)
{
	for (size_t i = 0; i < o->scenario_count; i++)
		if (strcmp(o->scenarios[i].name, name) == 0)
			return true;
	return false;
}

static bool oracle_has_all(const struct arguments *a, const struct graph *g,
			   const struct oracle *o)
{
	for (size_t i = 0; i < a->scenario_count; i++) {
		if (!oracle_has(o, a->scenarios[i])) {
			say("%s has no scenario %s", g->name, a->scenarios[i]);
			return false;
		}
	}
	return true;
}

/* All scenarios, or those that were asked for. */
static int play_graph(struct arguments *a, struct json_object *list,
		      const struct graph *g, const struct oracle *o,
		      struct graph_sums *sums)
{
	if (!oracle_has_all(a, g, o)) {
		sums->match = false;
		return STATUS_USAGE;
	}
	for (size_t i = 0; i < o->scenario_count; i++) {
		const struct scenario *s = &o->scenarios[i];

		if (scenario_wanted(a, s->name) &&
		    play_scenario(a, list, g, o, s, sums))
			return STATUS_FAILED;
	}
	return sums->match ? STATUS_DONE : STATUS_FAILED;
}

static int do_file(struct arguments *a, struct json_object *graphs,
		   const char *path)
{
	struct json_object *list = json_object_new_array();
	struct graph_sums sums = { .match = true };
	struct graph g;
	struct oracle o;
	int status;

	if (!read_files(a, path, &g, &o)) {
		json_object_put(list);
		return STATUS_USAGE;
	}
	status = play_graph(a, list, &g, &o, &sums);
	if (a->json)
		json_object_array_add(graphs, graph_json(path, &g, &sums, list));
	else if (a->summary)
		print_summary(&g, &sums);
	if (!a->json)
		json_object_put(list);
	fflush(stdout);
	oracle_free(&o);
	graph_free(&g);
	return status;
}

int graph_command(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct json_object *graphs;
	int status = STATUS_DONE;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.live) {
		progress_start(&a.progress);
		a.options.watch = progress_show;
		a.options.context = &a.progress;
	}
	graphs = json_object_new_array();
	if (a.summary && !a.json)
		print_summary_head();
	for (size_t i = 0; i < a.file_count; i++) {
		int one = do_file(&a, graphs, a.files[i]);

		if (one > status)
			status = one;
	}
	if (a.json)
		output_document(graphs_json(graphs, status == STATUS_DONE));
	else
		json_object_put(graphs);
	return status;
}
