/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Heap traces (mheap-trace 1): the head, and lines taken apart.
 */
#ifndef MHEAPCTL_MHT_H
#define MHEAPCTL_MHT_H

#include "../lines.h"

struct trace_head {
	char name[128];
	char profile[128];	/* words with a space between */
	uint64_t allocs;
	uint64_t ops;
};

#define TRACE_FIELDS	4
#define TRACE_NULL	INT64_MIN	/* a field that is `-' */

/* What a finalizer does, and the fields that say with what. */
enum trace_action {
	ACTION_COUNT,
	ACTION_KEEP,	/* field 1: register */
	ACTION_NULL,	/* field 1: slot */
	ACTION_CLEAR,
	ACTION_STORE,	/* fields 1 and 2: register, slot */
};

/* One line: a letter, then fields.  What C expects stays text. */
struct trace_op {
	char op;
	bool refused;	/* the line began with `!' */
	bool has_result;	/* G: ... = result */
	int64_t result;
	bool callback;	/* W: ... cb */
	enum trace_action action;	/* F */
	int count;
	int64_t field[TRACE_FIELDS];
	char *text;
};

/* Up to the line "ops:".  false: it cannot be read, which was said. */
bool trace_read_head(struct lines *l, struct trace_head *head);

/* false: not a line of a trace. */
bool trace_parse(char *line, struct trace_op *op);

#endif /* MHEAPCTL_MHT_H */
