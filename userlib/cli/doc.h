/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Members of JSON documents.
 */
#ifndef MHEAPCTL_DOC_H
#define MHEAPCTL_DOC_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;

/*
 * Text as a JSON string.  JSON is UTF-8, but names of files, types and processes
 * are any bytes: each byte that is not part of a character becomes U+FFFD.
 */
struct json_object *doc_string(const char *text);

void doc_add_number(struct json_object *to, const char *key, uint64_t value);
void doc_add_string(struct json_object *to, const char *key, const char *text);
void doc_add_bool(struct json_object *to, const char *key, bool value);

#endif /* MHEAPCTL_DOC_H */
