// SPDX-License-Identifier: GPL-2.0
/*
 * Reading lines without an allocation for each.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "memory.h"
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
	l->buf = memory_get(l->size, 1);
	return true;
}

void lines_close(struct lines *l)
{
	gzclose(l->file);
	free(l->buf);
}

/* Read more text behind what is there.  Returns false if there is none. */
static bool fill(struct lines *l)
{
	const char *text;
	int got, err;

	memmove(l->buf, l->buf + l->start, l->end - l->start);
	l->end -= l->start;
	l->start = 0;
	if (l->end == l->size) {
		l->size *= 2;
		l->buf = memory_resize(l->buf, l->size, 1);
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
