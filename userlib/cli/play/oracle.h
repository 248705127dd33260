/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Oracles (mheap-oracle 1): what a graph has to do.
 */
#ifndef MHEAPCTL_ORACLE_H
#define MHEAPCTL_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Totals of a phase, in the order in which they are printed. */
enum total {
	RC_FREED,
	RC_BYTES,
	LIVE_BEFORE_COLLECT,
	GC_FREED,
	GC_BYTES,
	GC_SLOTTED,
	LIVE,
	LIVE_BYTES,
	HANDLES,
	TOTALS,
};

extern const char *const total_name[TOTALS];

enum action { DROP, DROP_ALL, DROP_GROUP, CLEAR };

struct operation {
	enum action action;
	char group;
	uint32_t id;
	uint32_t count;
};

struct phase {
	struct operation *ops;
	size_t op_count;
	uint64_t expect[TOTALS];
};

/* When an object dies: 0 never, else 2 * phase, + 1 if by the collection. */
typedef uint16_t death;

struct scenario {
	char *name;
	struct phase *phases;
	size_t phase_count;
	death *deaths;	/* per object */
};

struct oracle {
	char *graph;
	uint32_t *refcount;	/* per object */
	struct scenario *scenarios;
	size_t scenario_count;
};

/* For a graph of that many objects.  false: it cannot be read, which was said. */
bool oracle_read(struct oracle *o, const char *path, uint32_t objects);
void oracle_free(struct oracle *o);

#endif /* MHEAPCTL_ORACLE_H */
