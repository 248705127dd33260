// SPDX-License-Identifier: GPL-2.0
/*
 * Arguments that several subcommands have.
 *
 * argp offers each argument to the command's parser first and then to the child's
 * and the child's child's, until one of them takes it.
 */
#include "field.h"
#include "options.h"
#include "say.h"

enum { KEY_JSON = 256 };

void options_wrong(struct argp_state *state, const char *sentence)
{
	say("%s", sentence);
	argp_state_help(state, state->err_stream, ARGP_HELP_STD_ERR);
}

uint64_t options_number(struct argp_state *state, char *arg, const char *sentence)
{
	uint64_t value;

	if (!field_number(&arg, &value) || *arg)
		options_wrong(state, sentence);
	return value;
}

static error_t parse_json(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	(void)arg;
	if (key != KEY_JSON)
		return ARGP_ERR_UNKNOWN;
	o->json = true;
	return 0;
}

static error_t parse_heap(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = o;
		return 0;
	case ARGP_KEY_ARG:
		if (o->has_heap)
			return ARGP_ERR_UNKNOWN;
		o->has_heap = true;
		o->heap = options_number(state, arg,
					 "a heap is a number, as in `mheapctl list'");
		return 0;
	case ARGP_KEY_END:
		if (!o->has_heap)
			options_wrong(state, "which heap?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_object(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = o;
		return 0;
	case ARGP_KEY_ARG:
		if (!o->has_heap || o->has_id)
			return ARGP_ERR_UNKNOWN;
		o->has_id = true;
		o->id = options_number(state, arg, "an object is a number, its id");
		return 0;
	case ARGP_KEY_END:
		if (o->has_heap && !o->has_id)
			options_wrong(state, "which object?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option json_option[] = {
	{ "json", KEY_JSON, NULL, 0, "print one JSON document", 0 },
	{ 0 },
};

static const struct argp json = {
	.options = json_option,
	.parser = parse_json,
};

const struct argp_child options_json[] = { { .argp = &json }, { 0 } };

static const struct argp heap = {
	.parser = parse_heap,
	.children = options_json,
};

const struct argp_child options_heap[] = { { .argp = &heap }, { 0 } };

static const struct argp object = {
	.parser = parse_object,
	.children = options_heap,
};

const struct argp_child options_object[] = { { .argp = &object }, { 0 } };
