// SPDX-License-Identifier: GPL-2.0
/*
 * The model test: the collector, compiled for user space, under random programs
 * that change the heap between any two of its steps.  See usage().
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

/*			    alloc get set xchg drop dup open pub unpub resize */
#define USUAL		{ 18,   18, 24, 4,   24,  4,  4,   2,  1,    1 }
#define NO_RESIZE	{ 18,   18, 26, 4,   24,  4,  4,   2,  0,    0 }
#define NAMES		{ 14,   12, 20, 3,   26,  3,  4,   10, 8,    0 }
#define RESIZES		{ 14,   12, 24, 4,   20,  3,  3,   2,  2,    16 }
#define DEATHS		{ 22,   10, 24, 4,   36,  2,  2,   0,  0,    0 }

static const struct config configs[] = {
	{ "everything, one unit a step", 100, 10, 70, 60, 1, 7, 3, 3, USUAL,
	  { 0 } },
	{ "young collections", 100, 20, 80, 60, 2, 3, 3, 2, NO_RESIZE, { 0 } },
	{ "full collections", 100, 20, 70, 60, 1, 4, 3, 2, NO_RESIZE, { 0 } },
	{ "automatic collections", 100, 0, 70, 70, 3, 7, 3, 1, USUAL,
	  { 5, 2, 2 } },
	{ "names", 100, 10, 70, 70, 2, 7, 3, 1, NAMES, { 0 } },
	{ "immortal objects", 100, 10, 70, 60, 2, 7, 4, 15, USUAL, { 0 } },
	{ "resizes", 100, 10, 70, 60, 2, 7, 5, 4, RESIZES, { 0 } },
	{ "deaths, wide objects, long steps", 250, 10, 40, 80, 40, 7, 8, 1,
	  DEATHS, { 0 } },
};

#define CONFIGS	(sizeof(configs) / sizeof(configs[0]))

/**
 * struct control - Something that is left out, and must be noticed
 * @name: what the case is called
 * @control: what is left out
 * @config: the programs that notice it
 */
static const struct control {
	const char *name;
	enum model_control control;
	unsigned int config;
} controls[] = {
	{ "no barrier", MODEL_NO_BARRIER, 0 },
	{ "no barrier in young collections before marking",
	  MODEL_NO_BARRIER_YOUNG, 1 },
	{ "no barrier while marking", MODEL_NO_BARRIER_MARK, 2 },
	{ "slots of immortal objects are no roots", MODEL_NO_IMMORTAL_ROOTS, 5 },
	{ "names are no roots", MODEL_NO_NAME_ROOTS, 4 },
	{ "ids of condemned objects can be opened", MODEL_OPEN_CONDEMNED, 0 },
};

#define CONTROLS	(sizeof(controls) / sizeof(controls[0]))
#define CONTROL_RUNS	1000

/**
 * struct options - How much is to be done
 * @runs: programs in all
 * @steps: steps of each
 * @seed: of the first
 * @first: the first case that is done
 * @every: how many processes share the cases
 * @case_only: the one case to be done, or 0
 */
struct options {
	unsigned long runs;
	unsigned int steps;
	unsigned long seed;
	unsigned int first;
	unsigned int every;
	unsigned int case_only;
};

/* What programs came to. */
struct sum {
	unsigned long runs, violations, collections, found, touched, died;
	unsigned long first_seed;
	char why[120];
};

static void run_one(const struct config *c, enum model_control control,
		    unsigned int steps, unsigned long seed, struct sum *sum)
{
	struct model *m = malloc(sizeof(*m));

	if (!m)
		abort();
	steps = steps * c->steps / 100;
	model_init(m, steps + 1, seed, control, c->threshold);
	if (!setjmp(m->broken)) {
		program_run(m, c, steps);
	} else if (!sum->violations++) {
		sum->first_seed = seed;
		memcpy(sum->why, m->why, sizeof(sum->why));
	}
	sum->runs++;
	sum->collections += m->collections[0] + m->collections[1] +
			    m->collections[2];
	sum->found += m->found;
	sum->touched += m->touched;
	sum->died += m->died;
	model_destroy(m);
	free(m);
}

static void print_sum(const struct sum *sum)
{
	printf("# %lu runs, %lu collections, %lu found, %lu died, %lu touched, %lu violations\n",
	       sum->runs, sum->collections, sum->found, sum->died,
	       sum->touched, sum->violations);
	if (sum->violations)
		printf("# seed %lu: %s\n", sum->first_seed, sum->why);
}

/* A case passes if there is no violation, and if it did what it was to do. */
static bool run_config(const struct options *opt, unsigned int i)
{
	struct sum sum = { .runs = 0 };
	unsigned long n = opt->runs / CONFIGS, k;
	bool ok;

	for (k = 0; k < n && !sum.violations; k++)
		run_one(&configs[i], MODEL_AS_DESIGNED, opt->steps,
			opt->seed + k, &sum);
	ok = !sum.violations && sum.found && sum.touched && sum.collections;
	print_sum(&sum);
	printf("%s %u %s\n", ok ? "ok" : "not ok", i + 1, configs[i].name);
	fflush(stdout);
	return ok;
}

/* A control passes if the violations are found. */
static bool run_control(const struct options *opt, unsigned int i)
{
	const struct control *c = &controls[i];
	struct sum sum = { .runs = 0 };
	unsigned long k;
	bool ok;

	for (k = 0; k < CONTROL_RUNS; k++)
		run_one(&configs[c->config], c->control, opt->steps,
			opt->seed + k, &sum);
	ok = sum.violations;
	print_sum(&sum);
	printf("%s %zu found: %s\n", ok ? "ok" : "not ok", CONFIGS + i + 1,
	       c->name);
	fflush(stdout);
	return ok;
}

static void usage(void)
{
	printf("model [--runs N] [--steps K] [--seed S] [--case C] [--share I/N]\n"
	       "  --runs N     random programs in all, shared by %zu cases (20000)\n"
	       "  --steps K    steps of each (400)\n"
	       "  --seed S     seed of the first program of each case (0)\n"
	       "  --case C     this case alone\n"
	       "  --share I/N  the I-th of N shares of the cases, from 0\n",
	       CONFIGS);
}

static bool parse(struct options *opt, int argc, char **argv)
{
	static const struct option names[] = {
		{ "runs", required_argument, NULL, 'n' },
		{ "steps", required_argument, NULL, 'k' },
		{ "seed", required_argument, NULL, 's' },
		{ "case", required_argument, NULL, 'c' },
		{ "share", required_argument, NULL, 'p' },
		{ 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == 'n')
			opt->runs = strtoul(optarg, NULL, 0);
		else if (c == 'k')
			opt->steps = strtoul(optarg, NULL, 0);
		else if (c == 's')
			opt->seed = strtoul(optarg, NULL, 0);
		else if (c == 'c')
			opt->case_only = strtoul(optarg, NULL, 0);
		else if (c != 'p' ||
			 sscanf(optarg, "%u/%u", &opt->first, &opt->every) != 2)
			return false;
	}
	return optind == argc && opt->every && opt->first < opt->every;
}

int main(int argc, char **argv)
{
	struct options opt = { .runs = 20000, .steps = 400, .every = 1 };
	bool ok = true;
	unsigned int i;

	if (!parse(&opt, argc, argv)) {
		usage();
		return 2;
	}
	if (opt.every == 1 && !opt.case_only)
		printf("TAP version 13\n1..%zu\n", CONFIGS + CONTROLS);
	for (i = 0; i < CONFIGS + CONTROLS; i++) {
		if (i % opt.every != opt.first ||
		    (opt.case_only && i + 1 != opt.case_only))
			continue;
		ok &= i < CONFIGS ? run_config(&opt, i) :
				    run_control(&opt, i - CONFIGS);
	}
	return !ok;
}
