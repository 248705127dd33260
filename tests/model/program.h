/* SPDX-License-Identifier: GPL-2.0 */
/* Random programs that use the heap of the model. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "model.h"

/* Kinds of changes. */
enum {
	ALLOC, GET, SET, XCHG, DROP, DUP, OPEN, PUBLISH, UNPUBLISH, RESIZE, STRIP,
	FINALIZER, READ, ANSWER, WEAK, WEAK_GET, WEAK_DROP,
	FREEZE, UNFREEZE, SAVE, GARBAGE, CLOSE, WANT,
	CHANGES,
};

/**
 * struct config - What the programs of a test case are like
 * @name: what the case is called
 * @steps: steps of a program, in percent of what was asked for
 * @start: how often a collection is started at rest, in percent
 * @advance: how often the scanner goes on, in percent
 * @change: how often a program does something, in percent
 * @budget: the largest budget of a step of the scanner
 * @generations: bits of the generations that are collected
 * @slots: most slots of a new object
 * @immortal: how many new objects are immortal, in percent
 * @slow: how often calls leave dying objects for later, in percent
 * @threshold: thresholds; if the first is not 0, collections start when they are due
 * @must: bits of enum model_deed for what has to happen
 * @weight: how often each kind of change is made, relative to the others
 */
struct config {
	const char *name;
	unsigned int steps, start, advance, change, budget, generations, slots,
		     immortal, slow;
	u32 threshold[3];
	u64 must;
	unsigned int weight[CHANGES];
};

void program_run(struct model *m, const struct config *c, unsigned int steps);

#endif
