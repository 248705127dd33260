/* SPDX-License-Identifier: GPL-2.0 */
/* Random programs. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "model.h"

/**
 * struct config - What the programs of a test case are like
 * @name: what the case is called
 * @steps: steps of a program, in percent of what was asked for
 * @start: how often a collection is started at rest, in percent
 * @advance: how often the scanner goes on, in percent
 * @change: how often a program does something, in percent
 * @units: most units of a step of the scanner
 * @generations: bits of the generations that are collected
 * @slots: most slots of a new object
 * @immortal: new objects that are immortal, in percent
 * @weight: how often each kind of change is made
 * @threshold: [0] != 0: collections start when they are due
 */
struct config {
	const char *name;
	unsigned int steps, start, advance, change, units, generations, slots,
		     immortal;
	unsigned int weight[10];
	u32 threshold[3];
};

enum {
	ALLOC, GET, SET, XCHG, DROP, DUP, OPEN, PUBLISH, UNPUBLISH, RESIZE,
};

void program_run(struct model *m, const struct config *c, unsigned int steps);

#endif
