// SPDX-License-Identifier: GPL-2.0
/*
 * How it goes with a trace.
 */
#include <inttypes.h>
#include <mheap.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../memory.h"
#include "report.h"

void report_start(struct report *r, struct lines *l)
{
	*r = (struct report){ .l = l };
}

void report_end(struct report *r)
{
	for (unsigned int i = 0; i < r->failure_count; i++)
		free(r->failures[i]);
}

static void __attribute__((format(printf, 3, 0)))
fail(struct report *r, uint64_t line, const char *fmt, va_list args)
{
	char text[256];
	int len;

	r->failed = true;
	if (r->failure_count == REPORT_FAILURES)
		return;
	len = snprintf(text, sizeof(text), "line %" PRIu64 ": ", line);
	vsnprintf(text + len, sizeof(text) - (size_t)len, fmt, args);
	r->failures[r->failure_count++] = memory_copy(text);
	r->stop |= r->failure_count == REPORT_FAILURES;
}

void report_fail(struct report *r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fail(r, r->l->number, fmt, args);
	va_end(args);
}

void report_fail_at(struct report *r, uint64_t line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fail(r, line, fmt, args);
	va_end(args);
}

void report_error(struct report *r, const char *what, int err)
{
	report_error_at(r, r->l->number, what, err);
}

void report_error_at(struct report *r, uint64_t line, const char *what, int err)
{
	if (!r->stop)
		report_fail_at(r, line, "%s: %s", what, mheap_strerror(err));
	r->stop = true;
}

void report_bad(struct report *r, const char *what)
{
	lines_bad(r->l, what);
	r->unreadable = true;
	r->stop = true;
}
