// SPDX-License-Identifier: GPL-2.0
/*
 * Progress, redrawn in place on a terminal.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "seconds.h"
#include "progress.h"

#define CLEAR_LINE	"\r\033[K"

void progress_start(struct progress *p)
{
	p->terminal = isatty(STDERR_FILENO);
	p->start = seconds_now();
}

void progress_show(void *progress, const struct graph_state *state)
{
	struct progress *p = progress;
	char phase[32] = "built";

	if (state->phase)
		snprintf(phase, sizeof(phase), "phase %zu", state->phase);
	fprintf(stderr, "%s%s %s, %s: %" PRIu64 " alive, %" PRIu64
		" died by count, %" PRIu64 " found by the scanner, %.1f s%s",
		p->terminal ? CLEAR_LINE : "", state->graph, state->scenario,
		phase, state->alive, state->by_count, state->by_scanner,
		seconds_now() - p->start, p->terminal ? "" : "\n");
}

void progress_clear(struct progress *p)
{
	if (p->terminal)
		fputs(CLEAR_LINE, stderr);
}
