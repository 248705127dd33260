/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lines of a text file, compressed with gzip or not, and the numbers in them.
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
	size_t start;	/* of what was not handed out */
	size_t end;
	unsigned long number;	/* of the last line */
	bool failed;	/* reading failed; said already */
};

/* false: it cannot be opened, which was said. */
bool lines_open(struct lines *l, const char *path);
void lines_close(struct lines *l);

/* The next line, without its end, until the next call; NULL: there is none. */
char *lines_next(struct lines *l);

/* Say what is wrong with the last line.  false, for the caller to return. */
bool lines_bad(struct lines *l, const char *what);

/* A number, and the space after it.  false: there is none. */
bool take_number(char **at, uint64_t *value);

/* The word before the next space; cuts it off. */
char *take_word(char **at);

/* Is this word next?  Goes behind it. */
bool take_exactly(char **at, const char *word);

#endif /* MHEAPCTL_LINES_H */
