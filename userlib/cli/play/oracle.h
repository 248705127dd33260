/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Oracles (mheap-oracle 1): what has to become of the objects of a graph.
 */
#ifndef MHEAPCTL_ORACLE_H
#define MHEAPCTL_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Totals of a phase, in the order in which they are printed. */
enum oracle_total {
	ORACLE_RC_FREED,
	ORACLE_RC_BYTES,
	ORACLE_LIVE_BEFORE_COLLECT,
	ORACLE_GC_FREED,
	ORACLE_GC_BYTES,
	ORACLE_GC_SLOTTED,
	ORACLE_LIVE,
	ORACLE_LIVE_BYTES,
	ORACLE_HANDLES,
	ORACLE_TOTALS,
};

extern const char *const oracle_total_name[ORACLE_TOTALS];

enum oracle_action { ORACLE_DROP, ORACLE_DROP_ALL, ORACLE_DROP_GROUP, ORACLE_CLEAR };

struct oracle_op {
	enum oracle_action action;
	char group;
	uint32_t id;
	uint32_t count;
};

struct oracle_phase {
	struct oracle_op *ops;
	size_t op_count;
	uint64_t expect[ORACLE_TOTALS];
};

/*
 * When an object dies: 0 for never, otherwise twice the number of the phase, and
 * one more if the collection frees it.
 */
typedef uint16_t oracle_death;

struct oracle_scenario {
	char *name;
	struct oracle_phase *phases;
	size_t phase_count;
	oracle_death *deaths;	/* per object */
};

struct oracle {
	char *graph;
	uint32_t *refcount;	/* per object */
	struct oracle_scenario *scenarios;
	size_t scenario_count;
};

/*
 * Read the oracle of a graph with that many objects.  Returns false if it cannot
 * be read, which was said.
 */
bool oracle_read(struct oracle *o, const char *path, uint32_t objects);

/* Returns NULL if there is no such scenario. */
const struct oracle_scenario *oracle_find(const struct oracle *o, const char *name);

void oracle_free(struct oracle *o);

#endif /* MHEAPCTL_ORACLE_H */
