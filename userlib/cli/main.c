// SPDX-License-Identifier: GPL-2.0
/*
 * mheapctl: finds the subcommand and runs it.
 */
#include <argp.h>
#include <mheap.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "gc.h"
#include "list.h"
#include "options.h"
#include "output.h"
#include "path.h"
#include "play/play.h"
#include "say.h"
#include "stat.h"

/* Each gets its own argv and returns the exit status. */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "check", check_command },
	{ "gc", gc_command },
	{ "list", list_command },
	{ "path", path_command },
	{ "play", play_command },
	{ "stat", stat_command },
};

static const char doc[] =
	"Look at heaps of the mheap module, tune them, play heap graphs and traces."
	"\v"
	"Commands:\n"
	"  check          versions, features and limits of module, library and tool\n"
	"  list           heaps on this machine, and who has them open\n"
	"  gc HEAP        look at and tune a heap\n"
	"  stat HEAP      objects and bytes per type\n"
	"  path HEAP ID   how an object is held: the shortest path from a root to it\n"
	"  play FILE...   replay heap graphs and heap traces, and compare\n"
	"\n"
	"`mheapctl COMMAND --help' lists the options of a command.  Every command has\n"
	"--json.  Exit status: 0 done, 1 failed, 2 bad usage.";

static void print_version(FILE *out, struct argp_state *state)
{
	(void)state;
	fprintf(out, "mheapctl %s\n", mheap_version());
}

void (*argp_program_version_hook)(FILE *, struct argp_state *) = print_version;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	int *first = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_ARG:
		/* The rest belongs to the command. */
		*first = state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		options_wrong(state, "which command?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "COMMAND [ARGUMENT...]",
	.doc = doc,
};

int main(int argc, char **argv)
{
	char name[64];
	int first = 0;

	output_start(argc, argv);
	argp_err_exit_status = STATUS_USAGE;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &first);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[first], commands[i].name) != 0)
			continue;
		snprintf(name, sizeof(name), "mheapctl %s", commands[i].name);
		argv[first] = name;
		return commands[i].run(argc - first, argv + first);
	}
	say("there is no command `%s'; see mheapctl --help", argv[first]);
	return STATUS_USAGE;
}
