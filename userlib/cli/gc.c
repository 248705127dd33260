// SPDX-License-Identifier: GPL-2.0
/*
 * mheapctl gc: look at and tune the collector of a heap.
 */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "lines.h"
#include "say.h"
#include "sysfs.h"

struct arguments {
	uint64_t heap;
	bool has_heap;
	bool json;
	bool set_threshold;
	uint64_t threshold[3];
	bool set_enabled;
	uint64_t enabled;
	bool collect;
	uint64_t generation;
};

enum { KEY_JSON = 256, KEY_COLLECT, KEY_THRESHOLD, KEY_ENABLE, KEY_DISABLE };

static const struct argp_option options[] = {
	{ "collect", KEY_COLLECT, "N", 0, "collect generations 0 to N", 0 },
	{ "threshold", KEY_THRESHOLD, "A,B,C", 0, "set the thresholds", 0 },
	{ "enable", KEY_ENABLE, NULL, 0, "turn automatic collection on", 0 },
	{ "disable", KEY_DISABLE, NULL, 0, "turn automatic collection off", 0 },
	{ "json", KEY_JSON, NULL, 0, "print one JSON document", 0 },
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
	return take_number(&arg, &t[0]) && take_number(&arg, &t[1]) &&
	       take_number(&arg, &t[2]) && !*arg;
}

static void set_enabled(struct arguments *a, struct argp_state *state,
			uint64_t enabled)
{
	if (a->set_enabled && a->enabled != enabled)
		argp_error(state, "--enable and --disable exclude each other");
	a->set_enabled = true;
	a->enabled = enabled;
}

static void set_heap(struct arguments *a, struct argp_state *state, char *arg)
{
	if (a->has_heap)
		argp_error(state, "one heap at a time");
	a->has_heap = true;
	if (!take_number(&arg, &a->heap) || *arg)
		argp_error(state, "a heap is a number, as in `mheapctl list'");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case KEY_JSON:
		a->json = true;
		return 0;
	case KEY_COLLECT:
		a->collect = true;
		if (!take_number(&arg, &a->generation) || *arg || a->generation > 2)
			argp_error(state, "a generation is 0, 1 or 2");
		return 0;
	case KEY_THRESHOLD:
		a->set_threshold = true;
		if (!parse_thresholds(arg, a->threshold))
			argp_error(state, "thresholds are three numbers, as 700,10,10");
		return 0;
	case KEY_ENABLE:
	case KEY_DISABLE:
		set_enabled(a, state, key == KEY_ENABLE);
		return 0;
	case ARGP_KEY_ARG:
		set_heap(a, state, arg);
		return 0;
	case ARGP_KEY_END:
		if (!a->has_heap)
			argp_error(state, "which heap?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "HEAP",
	.doc = "Look at the collector of a heap and tune it.\vSettings are made "
	       "first, then a collection if asked for; what holds then is printed.",
};

/* false: it cannot be done, which is said. */
static bool set(const struct arguments *a, const char *attribute, uint64_t value)
{
	int err = sysfs_write(a->heap, attribute, value);

	if (err)
		say("cannot set %s of heap %" PRIu64 " to %" PRIu64 ": %s",
		    attribute, a->heap, value, strerror(-err));
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

static void print_view(const struct heap_view *v)
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

int cmd_gc(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct heap_view v;
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	err = heap_view_read(&v, a.heap);
	if (err == -ENOENT) {
		say("there is no heap %" PRIu64, a.heap);
		return STATUS_FAILED;
	}
	if (!err && !change(&a))
		return STATUS_FAILED;
	if (!err)
		err = heap_view_read(&v, a.heap);
	if (err) {
		say("cannot look at heap %" PRIu64 ": %s", a.heap, strerror(-err));
		return STATUS_FAILED;
	}
	if (a.json)
		say_json(heap_view_json(&v));
	else
		print_view(&v);
	return STATUS_DONE;
}
