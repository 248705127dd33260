// SPDX-License-Identifier: GPL-2.0
/*
 * Sentences on standard error.
 */
#include <stdarg.h>
#include <stdio.h>

#include "say.h"

static char sentence[1024] = "bad usage";

void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, args);
	va_end(args);
	fflush(stdout);
	fprintf(stderr, "mheapctl: %s\n", sentence);
}

const char *say_last(void)
{
	return sentence;
}
