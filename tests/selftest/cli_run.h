/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Running mheapctl and looking at what it prints.
 */
#ifndef CLI_RUN_H
#define CLI_RUN_H

/* What the command printed, errors as well. */
extern char cli_out[1 << 16];

/* Run the command in the source tree with these arguments.  Returns its exit status. */
int cli_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The command must have printed exactly this, or something with this in it. */
void cli_check_out(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_check_has(const char *text);

#endif /* CLI_RUN_H */
