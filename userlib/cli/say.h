/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What mheapctl tells people: errors as sentences, on stderr.
 */
#ifndef MHEAPCTL_SAY_H
#define MHEAPCTL_SAY_H

#include <stddef.h>

/* Exit status. */
enum {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,	/* also: a file cannot be read */
	STATUS_SKIPPED = 77,
};

void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Memory or the end of the program: a command has nothing to go on with. */
void *get_memory(size_t count, size_t size);
void *grow_memory(void *p, size_t count, size_t size);
char *copy_string(const char *s);

/* Seconds since some fixed time. */
double now(void);

struct json_object;

/* Print one JSON document and free it. */
void say_json(struct json_object *doc);

#endif /* MHEAPCTL_SAY_H */
