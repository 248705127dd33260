/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fields of a line that stand one space apart.  Each function goes on to the next
 * field if it found what it was to find.
 */
#ifndef MHEAPCTL_FIELD_H
#define MHEAPCTL_FIELD_H

#include <stdbool.h>
#include <stdint.h>

/* Is the next field a decimal number? */
bool field_number(char **at, uint64_t *value);

/* Is it this word, or are these words next? */
bool field_is(char **at, const char *word);

/* The next field, whatever it is, cut off from the rest of the line. */
char *field_word(char **at);

#endif /* MHEAPCTL_FIELD_H */
