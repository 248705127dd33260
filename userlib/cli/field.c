// SPDX-License-Identifier: GPL-2.0
/*
 * Fields of a line.
 */
#include <string.h>

#include "field.h"

bool field_number(char **at, uint64_t *value)
{
	char *p = *at;
	uint64_t v = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return false;
	}
	if (*p == ' ')
		p++;
	else if (*p)
		return false;
	*value = v;
	*at = p;
	return true;
}

bool field_is(char **at, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*at, word, len) != 0 || ((*at)[len] && (*at)[len] != ' '))
		return false;
	*at += len;
	if (**at)
		(*at)++;
	return true;
}

char *field_word(char **at)
{
	char *word = *at;
	char *end = strchrnul(word, ' ');

	*at = end;
	if (*end) {
		*end = '\0';
		*at = end + 1;
	}
	return word;
}
