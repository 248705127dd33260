/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arguments that several subcommands have, as children of their argp parsers.
 */
#ifndef MHEAPCTL_OPTIONS_H
#define MHEAPCTL_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

struct options {
	bool json;
	bool has_heap, has_id;
	uint64_t heap;
	uint64_t id;		/* of an object */
};

/*
 * Vectors of children.  Their input is a struct options, as child_inputs[0] of
 * the command's own parser or, if it has none, as its input.
 */
extern const struct argp_child options_json[];		/* --json */
extern const struct argp_child options_heap[];		/* the same, and HEAP */
extern const struct argp_child options_object[];	/* the same, and HEAP ID */

/* The command line is wrong: say so and exit. */
void options_wrong(struct argp_state *state, const char *sentence);

/* Take an argument that is nothing but a number.  If it is not, it is wrong. */
uint64_t options_number(struct argp_state *state, char *arg, const char *sentence);

#endif /* MHEAPCTL_OPTIONS_H */
