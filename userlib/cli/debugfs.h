/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Heaps as debugfs shows them: /sys/kernel/debug/mheap/ID/.
 */
#ifndef MHEAPCTL_DEBUGFS_H
#define MHEAPCTL_DEBUGFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEBUGFS	"/sys/kernel/debug/mheap"

/* The folder of a heap.  false: there is none, or no way in; it was said. */
bool debugfs_heap(uint64_t heap, char folder[64]);

struct type_row {
	uint64_t type;
	uint64_t objects;
	uint64_t bytes;
	char *name;
};

/* The types of a heap, by number. */
struct type_rows {
	struct type_row *rows;
	size_t count;
};

/* false: they cannot be read, which was said.  Free them in any case. */
bool type_rows_read(struct type_rows *r, const char *folder);
void type_rows_free(struct type_rows *r);

#endif /* MHEAPCTL_DEBUGFS_H */
