// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "cli_run.h"
#include "harness.h"

char cli_out[1 << 16];

/* The shell knows the environment. */
#define COMMAND	"exec 2>&1; cd \"${MHEAP_TREE:-.}\" && ${MHEAPCTL:-build/user/bin/mheapctl} "

int cli_run(const char *format, ...)
{
	char line[512] = COMMAND;
	size_t len = strlen(COMMAND);
	va_list args;
	FILE *pipe;
	int status;

	va_start(args, format);
	CHECK(vsnprintf(line + len, sizeof(line) - len, format, args) <
	      (int)(sizeof(line) - len));
	va_end(args);
	pipe = popen(line, "r");
	CHECK(pipe);
	len = fread(cli_out, 1, sizeof(cli_out) - 1, pipe);
	cli_out[len] = '\0';
	status = pclose(pipe);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void note_out(void)
{
	for (const char *at = cli_out; *at; at += strcspn(at, "\n") + !!strchr(at, '\n'))
		note("%.*s", (int)strcspn(at, "\n"), at);
}

void cli_check_out(const char *format, ...)
{
	char wanted[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(wanted, sizeof(wanted), format, args);
	va_end(args);
	if (!strcmp(cli_out, wanted))
		return;
	note_out();
	FAIL("not what was printed: %s", wanted);
}

void cli_check_has(const char *text)
{
	if (strstr(cli_out, text))
		return;
	note_out();
	FAIL("not in what was printed: %s", text);
}
