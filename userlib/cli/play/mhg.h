/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Heap graphs (mheap-graph 1).
 */
#ifndef MHEAPCTL_MHG_H
#define MHEAPCTL_MHG_H

#include <stdbool.h>
#include <stdint.h>

#include "../lines.h"

struct mhg_root {
	uint32_t id;
	uint32_t handles;
	char group;	/* 'a' program, 's' static, 'p' other */
};

#define MHG_FIRST_LINE	"mheap-graph 1"

/* The slots of object i refer to target[first[i]] ... target[first[i + 1] - 1]. */
struct mhg {
	char *name;
	char *about;
	char **types;
	uint32_t type_count;
	uint32_t objects;
	uint32_t *type;
	uint64_t *payload;
	uint64_t *first;
	uint32_t *target;
	struct mhg_root *roots;
	uint32_t root_count;
	uint64_t refs;
	uint64_t handles;
	uint64_t bytes;
};

/*
 * Read what follows the line MHG_FIRST_LINE.  Returns false if it cannot be read,
 * which was said.
 */
bool mhg_read(struct mhg *g, struct lines *l);
void mhg_free(struct mhg *g);

#endif /* MHEAPCTL_MHG_H */
