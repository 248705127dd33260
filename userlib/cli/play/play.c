// SPDX-License-Identifier: GPL-2.0
/*
 * mheapctl play: replay heap graphs and heap traces, and compare.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <mheap.h>

#include "../options.h"
#include "../say.h"
#include "graph.h"
#include "mht.h"
#include "play.h"
#include "trace.h"

struct arguments {
	struct options common;
	char **files;
	size_t file_count;
	bool summary;
	bool live;
	struct graph_options graph;
};

enum { KEY_SCENARIO = 256, KEY_ORACLE, KEY_SHUFFLE, KEY_SUMMARY, KEY_LIVE };

static const struct argp_option options[] = {
	{ "scenario", KEY_SCENARIO, "NAME", 0,
	  "play only this scenario of a graph; may be given several times", 0 },
	{ "oracle", KEY_ORACLE, "FILE", 0,
	  "compare with this oracle (default: the graph's name with .oracle[.gz])", 0 },
	{ "shuffle", KEY_SHUFFLE, "SEED", 0,
	  "make the objects of a graph in another order", 0 },
	{ "summary", KEY_SUMMARY, NULL, 0,
	  "print one row for each file instead of all details", 0 },
	{ "live", KEY_LIVE, NULL, 0, "show the progress on standard error", 0 },
	{ 0 },
};

static void add_scenario(struct graph_options *g, struct argp_state *state,
			 const char *name)
{
	if (g->scenario_count == GRAPH_SCENARIOS)
		options_wrong(state, "too many scenarios");
	g->scenarios[g->scenario_count++] = name;
}

static void check_files(const struct arguments *a, struct argp_state *state)
{
	if (!a->file_count)
		options_wrong(state, "which file?");
	if (a->graph.oracle && a->file_count > 1)
		options_wrong(state, "--oracle is for a single graph");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case KEY_SCENARIO:
		add_scenario(&a->graph, state, arg);
		return 0;
	case KEY_ORACLE:
		a->graph.oracle = arg;
		return 0;
	case KEY_SHUFFLE:
		a->graph.scenario.shuffle = true;
		a->graph.scenario.seed =
			options_number(state, arg, "the seed is a number");
		return 0;
	case KEY_SUMMARY:
		a->summary = true;
		return 0;
	case KEY_LIVE:
		a->live = true;
		return 0;
	case ARGP_KEY_ARGS:
		a->files = state->argv + state->next;
		a->file_count = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_END:
		check_files(a, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = options_json,
	.args_doc = "FILE...",
	.doc = "Replay heap graphs and heap traces in fresh heaps, and compare what "
	       "happens with what is expected.\vThe first line of a file tells which "
	       "of the two it is.  A graph is built for each scenario of its oracle, "
	       "and what died is compared in each phase.  Of a trace every "
	       "expectation is checked; it is skipped if it needs a profile other "
	       "than core, gen, sessions, weak, final and errors.  Files may be "
	       "compressed with gzip.\n\n"
	       "Exit status: 0 all as expected, 1 something differs, 2 a file "
	       "cannot be read, 77 all files were skipped.",
};

static void play_file(const struct arguments *a, const char *path,
		      struct tally *tally)
{
	struct lines l;
	const char *first;

	if (!lines_open(&l, path)) {
		tally_unreadable(tally, tally_file(tally, path));
		return;
	}
	first = lines_next(&l);
	if (first && strcmp(first, MHG_FIRST_LINE) == 0) {
		graph_play(&a->graph, &l, tally);
	} else if (first && strcmp(first, MHT_FIRST_LINE) == 0) {
		trace_play(&l, a->graph.scenario.progress, tally);
	} else {
		lines_bad(&l, "neither a heap graph nor a heap trace");
		tally_unreadable(tally, tally_file(tally, path));
	}
	lines_close(&l);
	fflush(stdout);
}

/* Without the module no file is to blame. */
static bool heap_can_be_made(void)
{
	struct mheap *h;
	int err = mheap_open(&h);

	if (!err) {
		mheap_close(h);
		return true;
	}
	if (err == -ENOENT)
		say("there is no device: the mheap module is not loaded");
	else
		say("cannot make a heap: %s", mheap_strerror(err));
	return false;
}

int play_command(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct progress progress;
	struct tally tally;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (!heap_can_be_made())
		return STATUS_FAILED;
	progress_start(&progress, a.live);
	a.graph.scenario.progress = &progress;
	tally_start(&tally, a.common.json, a.summary);
	for (size_t i = 0; i < a.file_count; i++)
		play_file(&a, a.files[i], &tally);
	return tally_finish(&tally);
}
