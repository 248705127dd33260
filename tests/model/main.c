// SPDX-License-Identifier: GPL-2.0
/*
 * The model test.  It compiles the collector for user space, and runs random programs that
 * change the heap between any two of its steps.  See usage().
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

#define BASE								\
	.weight[ALLOC] = 18, .weight[GET] = 18, .weight[SET] = 24,	\
	.weight[XCHG] = 4, .weight[DROP] = 24, .weight[DUP] = 4,	\
	.weight[OPEN] = 4, .weight[PUBLISH] = 2
#define USUAL		BASE, .weight[UNPUBLISH] = 1, .weight[RESIZE] = 1
#define NAMES								\
	.weight[ALLOC] = 14, .weight[GET] = 12, .weight[SET] = 20,	\
	.weight[XCHG] = 3, .weight[DROP] = 26, .weight[DUP] = 3,	\
	.weight[OPEN] = 4, .weight[PUBLISH] = 10, .weight[UNPUBLISH] = 8
#define RESIZES								\
	.weight[ALLOC] = 14, .weight[GET] = 12, .weight[SET] = 24,	\
	.weight[XCHG] = 4, .weight[DROP] = 20, .weight[DUP] = 3,	\
	.weight[OPEN] = 3, .weight[PUBLISH] = 2, .weight[UNPUBLISH] = 2, \
	.weight[RESIZE] = 16
#define DEATHS								\
	.weight[ALLOC] = 22, .weight[GET] = 10, .weight[SET] = 24,	\
	.weight[XCHG] = 4, .weight[DROP] = 36, .weight[DUP] = 2,	\
	.weight[OPEN] = 2
#define STRIPS								\
	.weight[ALLOC] = 20, .weight[GET] = 6, .weight[SET] = 30,	\
	.weight[DROP] = 26, .weight[RESIZE] = 6, .weight[STRIP] = 12,	\
	.weight[FINALIZER] = 16, .weight[READ] = 6, .weight[ANSWER] = 6
#define THAWS								\
	.weight[ALLOC] = 20, .weight[GET] = 6, .weight[SET] = 30,	\
	.weight[DROP] = 30, .weight[FINALIZER] = 12, .weight[READ] = 6,	\
	.weight[ANSWER] = 6, .weight[FREEZE] = 2, .weight[UNFREEZE] = 1
#define FINALIZERS	.weight[FINALIZER] = 8, .weight[READ] = 8, .weight[ANSWER] = 6
#define WEAKS		.weight[WEAK] = 6, .weight[WEAK_GET] = 4, .weight[WEAK_DROP] = 2
#define FREEZING	.weight[FREEZE] = 1, .weight[UNFREEZE] = 2
#define SAVING		.weight[SAVE] = 2, .weight[GARBAGE] = 1
#define SESSIONS	.weight[CLOSE] = 1, .weight[WANT] = 2

#define DID(deed)	(1ULL << DID_##deed)
#define DID_USUAL	(DID(COLLECT) | DID(FIND) | DID(TOUCH) | DID(FREE))
#define DID_FINALIZE	(DID(TELL) | DID(TELL_SET) | DID(EXAMINE) | \
			 DID(REVIVE))

static const struct config configs[] = {
	{ "everything, one unit a step", 150, 10, 70, 60, 1, 7, 3, 3, 0, { 0 },
	  ((1ULL << MODEL_DEEDS) - 1) & ~(DID(SKIP) | DID(TELL_CONDEMNED)),
	  USUAL, FINALIZERS, WEAKS, FREEZING, SAVING, SESSIONS },
	{ "young collections", 100, 20, 80, 60, 2, 3, 3, 2, 0, { 0 }, DID_USUAL,
	  BASE },
	{ "full collections", 100, 20, 70, 60, 1, 4, 3, 2, 0, { 0 }, DID_USUAL,
	  BASE },
	{ "automatic collections", 100, 0, 70, 70, 3, 7, 3, 1, 0, { 5, 2, 2 },
	  DID_USUAL | DID(SKIP), USUAL },
	{ "names", 100, 10, 70, 70, 2, 7, 3, 1, 0, { 0 }, DID_USUAL, NAMES },
	{ "immortal objects", 100, 10, 70, 60, 2, 7, 4, 15, 0, { 0 }, DID_USUAL,
	  USUAL },
	{ "resizes", 100, 10, 70, 60, 2, 7, 5, 4, 0, { 0 }, DID_USUAL,
	  RESIZES },
	{ "deaths, wide objects, long steps", 250, 10, 40, 80, 40, 7, 8, 1, 0,
	  { 0 }, DID_USUAL, DEATHS },
	{ "finalizers", 150, 10, 80, 60, 2, 7, 3, 1, 0, { 0 },
	  DID_USUAL | DID_FINALIZE, USUAL, FINALIZERS },
	{ "finalizers, slow deaths, wide objects", 150, 25, 70, 70, 2, 4, 8, 0,
	  85,
	  { 0 }, DID_USUAL | DID_FINALIZE | DID(TELL_CONDEMNED) |
	  DID(CLEAR_CONDEMNED), DEATHS, FINALIZERS, WEAKS },
	{ "finalizers, resizes, sessions that end", 150, 15, 70, 70, 2, 7, 3, 0, 0,
	  { 0 }, DID_USUAL | DID_FINALIZE | DID(CLOSE),
	  RESIZES, FINALIZERS, WEAKS, SESSIONS },
	{ "condemned objects that are opened and stripped", 150, 40, 40, 90, 1,
	  4, 2, 0, 0, { 0 }, DID_USUAL | DID(TELL_SET) | DID(EXAMINE),
	  STRIPS, .weight[WANT] = 2 },
	{ "weak handles", 100, 15, 80, 60, 1, 7, 3, 1, 0, { 0 },
	  DID_USUAL | DID(CLEAR) | DID(CLEAR_CONDEMNED), USUAL, WEAKS },
	{ "freezing", 100, 10, 80, 60, 2, 7, 4, 2, 0, { 0 },
	  DID_USUAL | DID(FREEZE), USUAL, FREEZING },
	{ "frozen objects that come back", 150, 40, 50, 80, 1, 4, 3, 0, 0,
	  { 0 }, DID_USUAL | DID_FINALIZE | DID(FREEZE),
	  THAWS },
	{ "freezing, finalizers, resizes", 150, 10, 80, 60, 3, 7, 4, 2, 0, { 0 },
	  DID_USUAL | DID_FINALIZE | DID(FREEZE),
	  RESIZES, FINALIZERS, FREEZING },
	{ "the garbage list", 100, 15, 80, 60, 2, 7, 3, 1, 0, { 0 },
	  DID_USUAL | DID(SAVE), USUAL, SAVING, WEAKS },
	{ "automatic collections of everything", 150, 2, 70, 80, 4, 7, 3, 1, 0,
	  { 8, 3, 3 }, DID_USUAL | DID_FINALIZE | DID(SKIP) | DID(FREEZE) |
	  DID(SAVE) | DID(CLOSE),
	  USUAL, FINALIZERS, WEAKS, FREEZING, SAVING, SESSIONS },
};

#define CONFIGS	(sizeof(configs) / sizeof(configs[0]))

/**
 * struct control - A control: something is left out, and the test must notice it
 * @name: name of the case
 * @control: what is left out
 * @config: the configuration whose programs notice it
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
	{ "ids of condemned objects can be opened", MODEL_OPEN_CONDEMNED, 2 },
	{ "slots of frozen objects are no roots", MODEL_NO_FROZEN_ROOTS, 13 },
	{ "full collections leave out quarantined objects",
	  MODEL_NO_QUARANTINED, 8 },
	{ "events refer to nothing", MODEL_NO_EVENT_REF, 8 },
	{ "weak handles of condemned objects are not cleared",
	  MODEL_NO_WEAK_CLEAR, 12 },
	{ "suspects are not counted", MODEL_NO_SUSPECTS, 3 },
};

#define CONTROLS	(sizeof(controls) / sizeof(controls[0]))
#define CONTROL_RUNS	1000
#define CONTROL_ENOUGH	10

/* The deeds in words, as they are printed after their number. */
static const char *const deeds[MODEL_DEEDS] = {
	[DID_COLLECT] = "collections",
	[DID_FIND] = "found",
	[DID_TOUCH] = "touched",
	[DID_FREE] = "died",
	[DID_SKIP] = "skipped",
	[DID_TELL] = "finalized",
	[DID_TELL_SET] = "finalized in quarantine",
	[DID_TELL_CONDEMNED] = "finalized though condemned",
	[DID_EXAMINE] = "quarantined sets examined",
	[DID_REVIVE] = "revived",
	[DID_CLEAR] = "weak handles cleared by death",
	[DID_CLEAR_CONDEMNED] = "by collections",
	[DID_FREEZE] = "frozen",
	[DID_SAVE] = "saved",
	[DID_CLOSE] = "finalizers dropped",
};

/**
 * struct options - Options of the command line
 * @runs: number of programs in all
 * @steps: number of steps of each program
 * @seed: seed of the first program of each case
 * @first: the first case of this process, from 0
 * @every: number of processes that share the cases
 * @case_only: the only case to run, or 0
 */
struct options {
	unsigned long runs;
	unsigned int steps;
	unsigned long seed;
	unsigned int first;
	unsigned int every;
	unsigned int case_only;
};

/* What the programs of a case did, summed up. */
struct sum {
	unsigned long runs, violations, first_seed;
	u64 did[MODEL_DEEDS];
	char why[120];
};

static void run_one(const struct config *c, enum model_control control,
		    unsigned int steps, unsigned long seed, struct sum *sum)
{
	struct model *m = malloc(sizeof(*m));
	unsigned int i;

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
	for (i = 0; i < MODEL_DEEDS; i++)
		sum->did[i] += m->did[i];
	model_destroy(m);
	free(m);
}

static void print_sum(const struct sum *sum)
{
	unsigned int i;

	printf("# %lu runs, %lu violations", sum->runs, sum->violations);
	for (i = 0; i < MODEL_DEEDS; i++)
		if (sum->did[i])
			printf(", %llu %s", (unsigned long long)sum->did[i],
			       deeds[i]);
	printf("\n");
	if (sum->violations)
		printf("# seed %lu: %s\n", sum->first_seed, sum->why);
}

/* Did everything happen that must happen? */
static bool did_enough(const struct sum *sum, u64 must)
{
	bool enough = true;
	unsigned int i;

	for (i = 0; i < MODEL_DEEDS; i++) {
		if (!(must & 1ULL << i) || sum->did[i])
			continue;
		printf("# never: %s\n", deeds[i]);
		enough = false;
	}
	return enough;
}

/* Run a case, which passes if nothing is violated and everything that must happen did. */
static bool run_config(const struct options *opt, unsigned int i)
{
	struct sum sum = { .runs = 0 };
	unsigned long n = opt->runs / CONFIGS, k;
	bool ok;

	for (k = 0; k < n && !sum.violations; k++)
		run_one(&configs[i], MODEL_AS_DESIGNED, opt->steps,
			opt->seed + k, &sum);
	print_sum(&sum);
	ok = did_enough(&sum, configs[i].must) && !sum.violations;
	printf("%s %u %s\n", ok ? "ok" : "not ok", i + 1, configs[i].name);
	fflush(stdout);
	return ok;
}

/* Run a control, which passes if violations are found. */
static bool run_control(const struct options *opt, unsigned int i)
{
	const struct control *c = &controls[i];
	struct sum sum = { .runs = 0 };
	unsigned long k;
	bool ok;

	for (k = 0; k < CONTROL_RUNS && sum.violations < CONTROL_ENOUGH; k++)
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
