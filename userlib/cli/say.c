// SPDX-License-Identifier: GPL-2.0
/*
 * Messages, and what every command needs.
 */
#include <json-c/json.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "say.h"

void say(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fputs("mheapctl: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

static void *or_exit(void *p)
{
	if (p)
		return p;
	say("no memory");
	exit(STATUS_FAILED);
}

void *get_memory(size_t count, size_t size)
{
	return or_exit(calloc(count ? count : 1, size));
}

void *grow_memory(void *p, size_t count, size_t size)
{
	return or_exit(reallocarray(p, count, size));
}

char *copy_string(const char *s)
{
	return or_exit(strdup(s));
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void say_json(struct json_object *doc)
{
	puts(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PRETTY |
						 JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(doc);
}
