// SPDX-License-Identifier: GPL-2.0
/*
 * Members of JSON documents, with all text in valid UTF-8.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "doc.h"
#include "memory.h"

#define REPLACEMENT	"\xef\xbf\xbd"	/* U+FFFD */

/*
 * The well-formed sequences, as the Unicode standard lists them in its table 3-7:
 * only the second byte depends on the first one.
 */
static const struct {
	unsigned char first, last;	/* the first byte */
	unsigned char low, high;	/* the second one */
	size_t length;
} forms[] = {
	{ 0x01, 0x7f, 0x00, 0xff, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

/* The length of the character at the start of a string, or 0. */
static size_t character(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t f = 0;

	while (s[0] < forms[f].first || s[0] > forms[f].last) {
		if (++f == sizeof(forms) / sizeof(forms[0]))
			return 0;
	}
	if (s[1] < forms[f].low || s[1] > forms[f].high)
		return 0;
	for (size_t i = 2; i < forms[f].length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	return forms[f].length;
}

struct json_object *doc_string(const char *text)
{
	char *valid = memory_get(strlen(text) + 1, sizeof(REPLACEMENT) - 1);
	struct json_object *string;
	char *end = valid;

	while (*text) {
		size_t length = character(text);

		if (length) {
			end = mempcpy(end, text, length);
			text += length;
		} else {
			end = stpcpy(end, REPLACEMENT);
			text++;
		}
	}
	string = json_object_new_string(valid);
	free(valid);
	return string;
}

void doc_add_number(struct json_object *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, json_object_new_uint64(value));
}

void doc_add_string(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, doc_string(text));
}

void doc_add_bool(struct json_object *to, const char *key, bool value)
{
	json_object_object_add(to, key, json_object_new_boolean(value));
}
