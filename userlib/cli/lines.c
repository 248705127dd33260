// SPDX-License-Identifier: GPL-2.0
/*
 * Reading lines without an allocation for each.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "say.h"

#define BUFFER	((size_t)256 * 1024)

bool lines_open(struct lines *l, const char *path)
{
	*l = (struct lines){ .path = path };
	errno = 0;
	l->file = gzopen(path, "rb");
	if (!l->file) {
		say("cannot open %s: %s", path, strerror(errno ? errno : ENOMEM));
		return false;
	}
	gzbuffer(l->file, (unsigned int)BUFFER);
	l->size = BUFFER;
	l->buf = get_memory(l->size, 1);
	return true;
}

void lines_close(struct lines *l)
{
	gzclose(l->file);
	free(l->buf);
}

/* Get more bytes behind those that are there.  false: there are no more. */
static bool fill(struct lines *l)
{
	const char *text;
	int got, err;

	memmove(l->buf, l->buf + l->start, l->end - l->start);
	l->end -= l->start;
	l->start = 0;
	if (l->end == l->size) {
		l->size *= 2;
		l->buf = grow_memory(l->buf, l->size, 1);
	}
	got = gzread(l->file, l->buf + l->end, (unsigned int)(l->size - l->end));
	if (got > 0) {
		l->end += (size_t)got;
		return true;
	}
	text = gzerror(l->file, &err);
	if (got < 0 || err != Z_OK) {
		say("cannot read %s: %s", l->path,
		    err == Z_ERRNO ? strerror(errno) : text);
		l->failed = true;
	}
	return false;
}

char *lines_next(struct lines *l)
{
	char *line, *end;
	size_t seen = 0;

	for (;;) {
		end = memchr(l->buf + l->start + seen, '\n',
			     l->end - l->start - seen);
		if (end)
			break;
		seen = l->end - l->start;
		if (!fill(l))
			return NULL;
	}
	*end = '\0';
	line = l->buf + l->start;
	l->start = (size_t)(end - l->buf) + 1;
	l->number++;
	return line;
}

bool lines_bad(struct lines *l, const char *what)
{
	if (!l->failed)
		say("%s:%lu: %s", l->path, l->number, what);
	return false;
}

bool take_number(char **at, uint64_t *value)
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

char *take_word(char **at)
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

bool take_exactly(char **at, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*at, word, len) != 0 || ((*at)[len] && (*at)[len] != ' '))
		return false;
	*at += len;
	if (**at)
		(*at)++;
	return true;
}
