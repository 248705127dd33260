/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lines of a text file, compressed with gzip or not.
 */
#ifndef MHEAPCTL_LINES_H
#define MHEAPCTL_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

struct lines {
	const char *path;
	gzFile file;
	char *buf;
	size_t size;	/* of buf */
	size_t start;	/* of the text that was not handed out */
	size_t end;
	unsigned long number;	/* of the last line */
	bool failed;	/* reading failed, which was said */
};

/* Returns false if it cannot be opened, which was said. */
bool lines_open(struct lines *l, const char *path);
void lines_close(struct lines *l);

/* The next line without its end, valid until the next call, or NULL at the end. */
char *lines_next(struct lines *l);

/* Say what is wrong with the last line.  Returns false, for the caller to return. */
bool lines_bad(struct lines *l, const char *what);

#endif /* MHEAPCTL_LINES_H */
