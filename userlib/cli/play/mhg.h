/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Heap graphs (mheap-graph 1).
 */
#ifndef MHEAPCTL_MHG_H
#define MHEAPCTL_MHG_H

#include <stdbool.h>
#include <stdint.h>

struct graph_root {
	uint32_t id;
	uint32_t handles;
	char group;	/* 'a' program, 's' static, 'p' other */
};

/* The slots of object i refer to target[first[i]] ... target[first[i + 1] - 1]. */
struct graph {
	char *name;
	char *about;
	char **types;
	uint32_t type_count;
	uint32_t objects;
	uint32_t *type;
	uint64_t *payload;
	uint64_t *first;
	uint32_t *target;
	struct graph_root *roots;
	uint32_t root_count;
	uint64_t refs;
	uint64_t handles;
	uint64_t bytes;
};

/* false: it cannot be read, which was said. */
bool graph_read(struct graph *g, const char *path);
void graph_free(struct graph *g);

#endif /* MHEAPCTL_MHG_H */
