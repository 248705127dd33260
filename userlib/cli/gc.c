// SPDX-License-Identifier: GPL-2.0
/*
 * mheapctl gc: look at and tune the collector of a heap.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "field.h"
#include "gc.h"
#include "options.h"
#include "output.h"
#include "say.h"
#include "sysfs.h"

struct arguments {
	struct options common;
	bool set_threshold;
	uint64_t threshold[3];
	bool set_enabled;
	uint64_t enabled;
	bool collect;
	uint64_t generation;
};

enum { KEY_COLLECT = 256, KEY_THRESHOLD, KEY_ENABLE, KEY_DISABLE };

static const struct argp_option options[] = {
	{ "collect", KEY_COLLECT, "N", 0, "collect generations 0 to N", 0 },
	{ "threshold", KEY_THRESHOLD, "A,B,C", 0, "set the thresholds", 0 },
	{ "enable", KEY_ENABLE, NULL, 0, "turn automatic collection on", 0 },
	{ "disable", KEY_DISABLE, NULL, 0, "turn automatic collection off", 0 },
	{ 0 },
};

static bool parse_thresholds(char *arg, uint64_t t[3])
{
	for (char *p = arg; *p; p++) {
		if (*p == ',')
			*p = ' ';
		else if (*p == ' ')
			return false;
	}
	return field_number(&arg, &t[0]) && field_number(&arg, &t[1]) &&
	       field_number(&arg, &t[2]) && !*arg;
}

static void set_enabled(struct arguments *a, struct argp_state *state,
			uint64_t enabled)
{
	if (a->set_enabled && a->enabled != enabled)
		options_wrong(state, "--enable and --disable exclude each other");
	a->set_enabled = true;
	a->enabled = enabled;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case KEY_COLLECT:
		a->collect = true;
		a->generation = options_number(state, arg, "a generation is 0, 1 or 2");
		if (a->generation > 2)
			options_wrong(state, "a generation is 0, 1 or 2");
		return 0;
	case KEY_THRESHOLD:
		a->set_threshold = true;
		if (!parse_thresholds(arg, a->threshold))
			options_wrong(state, "thresholds are three numbers, as 700,10,10");
		return 0;
	case KEY_ENABLE:
	case KEY_DISABLE:
		set_enabled(a, state, key == KEY_ENABLE);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = options_heap,
	.args_doc = "HEAP",
	.doc = "Look at the collector of a heap and tune it.\vSettings are changed "
	       "first, then the heap is collected if --collect is given, and then "
	       "the settings and numbers are printed.",
};

/* Returns false if it cannot be done, which was said. */
static bool set(const struct arguments *a, const char *attribute, uint64_t value)
{
	int err = sysfs_write(a->common.heap, attribute, value);

	if (err)
		say("cannot set %s of heap %" PRIu64 " to %" PRIu64 ": %s",
		    attribute, a->common.heap, value, strerror(-err));
	return !err;
}

static bool change(const struct arguments *a)
{
	static const char *const names[3] = { "threshold0", "threshold1", "threshold2" };

	for (int i = 0; a->set_threshold && i < 3; i++) {
		if (!set(a, names[i], a->threshold[i]))
			return false;
	}
	if (a->set_enabled && !set(a, "enabled", a->enabled))
		return false;
	return !a->collect || set(a, "collect", a->generation);
}

static void print_three(const char *what, const uint64_t n[3])
{
	printf("%-14s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n", what, n[0],
	       n[1], n[2]);
}

static void print_text(const struct sysfs_heap *v)
{
	printf("heap %" PRIu64 ": sessions %" PRIu64 ", objects %" PRIu64
	       " (tracked %" PRIu64 "), bytes %" PRIu64 "\n",
	       v->id, v->sessions, v->objects, v->tracked, v->bytes);
	printf("automatic collection %s, slice %" PRIu64
	       " us, longest %.1f us, 99 %% up to %.1f us\n",
	       v->enabled ? "on" : "off", v->slice_us,
	       (double)v->pause_max_ns / 1000, (double)v->pause_p99_ns / 1000);
	printf("limits: %" PRIu64 " bytes, %" PRIu64 " objects\n",
	       v->limit_bytes, v->limit_objects);
	printf("%-14s %10d %10d %10d\n", "generation", 0, 1, 2);
	print_three("threshold", v->threshold);
	print_three("count", v->count);
	print_three("collections", v->collections);
	print_three("collected", v->collected);
}

/* Returns false if the heap cannot be looked at, which was said. */
static bool look(const struct arguments *a, struct sysfs_heap *v)
{
	int err = sysfs_heap_read(v, a->common.heap);

	if (!err)
		return true;
	if (err == -ENOENT)
		say("there is no heap %" PRIu64, a->common.heap);
	else
		say("cannot look at heap %" PRIu64 ": %s", a->common.heap,
		    strerror(-err));
	return false;
}

int gc_command(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct sysfs_heap v;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	/* A heap that does not exist is not a setting that cannot be made. */
	if (!look(&a, &v) || !change(&a) || !look(&a, &v))
		return STATUS_FAILED;
	if (a.common.json)
		output_document(sysfs_heap_json(&v));
	else
		print_text(&v);
	return STATUS_DONE;
}
