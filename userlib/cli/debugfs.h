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

/* Returns false if the heap has no folder that can be read, which was said. */
bool debugfs_heap(uint64_t heap, char folder[64]);

struct debugfs_type {
	uint64_t type;
	uint64_t objects;
	uint64_t bytes;
	char *name;
};

/* The types of a heap, in the order of their numbers. */
struct debugfs_types {
	struct debugfs_type *rows;
	size_t count;
};

/* Returns false if they cannot be read, which was said.  Free them in any case. */
bool debugfs_types_read(struct debugfs_types *r, const char *folder);
void debugfs_types_free(struct debugfs_types *r);

#endif /* MHEAPCTL_DEBUGFS_H */
