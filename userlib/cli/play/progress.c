// SPDX-License-Identifier: GPL-2.0
/*
 * Progress, redrawn in place on a terminal.
 */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "progress.h"
#include "seconds.h"

#define CLEAR_LINE	"\r\033[K"

void progress_start(struct progress *p, bool live)
{
	p->live = live;
	p->terminal = isatty(STDERR_FILENO);
	p->start = seconds_now();
}

void progress_show(const struct progress *p, const char *fmt, ...)
{
	va_list args;

	if (!p->live)
		return;
	progress_clear(p);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, ", %.1f s%s", seconds_now() - p->start,
		p->terminal ? "" : "\n");
}

void progress_clear(const struct progress *p)
{
	if (p->live && p->terminal)
		fputs(CLEAR_LINE, stderr);
}
