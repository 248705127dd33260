// SPDX-License-Identifier: GPL-2.0
/*
 * Finding a heap in debugfs, and reading its types.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debugfs.h"
#include "field.h"
#include "lines.h"
#include "memory.h"
#include "say.h"

bool debugfs_heap(uint64_t heap, char folder[64])
{
	snprintf(folder, 64, DEBUGFS "/%" PRIu64, heap);
	if (access(DEBUGFS, X_OK) != 0) {
		say("cannot look into " DEBUGFS
		    ": %s; it needs root, a mounted debugfs and the module",
		    strerror(errno));
		return false;
	}
	if (access(folder, F_OK) != 0) {
		say("there is no heap %" PRIu64, heap);
		return false;
	}
	return true;
}

/* "type objects bytes name" */
static bool take_row(char *line, struct debugfs_type *row)
{
	if (!field_number(&line, &row->type) ||
	    !field_number(&line, &row->objects) ||
	    !field_number(&line, &row->bytes))
		return false;
	row->name = memory_copy(line);
	return true;
}

static bool read_rows(struct lines *l, struct debugfs_types *r)
{
	char *line = lines_next(l);	/* the heading */

	while (line && (line = lines_next(l))) {
		r->rows = memory_resize(r->rows, r->count + 1, sizeof(*r->rows));
		if (!take_row(line, &r->rows[r->count]))
			return lines_bad(l, "not a line about a type");
		r->count++;
	}
	return !l->failed;
}

bool debugfs_types_read(struct debugfs_types *r, const char *folder)
{
	char path[4096];
	struct lines l;
	bool ok;

	*r = (struct debugfs_types){ 0 };
	snprintf(path, sizeof(path), "%s/types", folder);
	if (!lines_open(&l, path))
		return false;
	ok = read_rows(&l, r);
	lines_close(&l);
	return ok;
}

void debugfs_types_free(struct debugfs_types *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->rows[i].name);
	free(r->rows);
}
