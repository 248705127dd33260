/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Heap traces (mheap-trace 1): the head, and lines taken apart.
 */
#ifndef MHEAPCTL_MHT_H
#define MHEAPCTL_MHT_H

#include "../lines.h"

#define MHT_FIRST_LINE	"mheap-trace 1"

/* What a trace needs besides the profile core. */
struct mht_profile {
	bool gen;	/* collections of young generations */
	bool sessions;	/* several of them */
	bool weak;	/* weak handles */
	bool final;	/* finalizers */
	bool errors;	/* ops that must be refused */
	char unknown[256];	/* words for what nobody can play */
};

struct mht_head {
	char name[128];
	struct mht_profile profile;
	uint64_t allocs;
	uint64_t ops;
};

#define MHT_FIELDS	4
#define MHT_NULL	INT64_MIN	/* a field that is `-' */

/* What a finalizer does, and the fields that say with what. */
enum mht_action {
	MHT_COUNT,
	MHT_KEEP,	/* field 1: register */
	MHT_CUT,	/* field 1: slot */
	MHT_CLEAR,
	MHT_STORE,	/* fields 1 and 2: register, slot */
};

/* One line: a letter, then fields.  The totals of C stay text. */
struct mht_op {
	char op;
	bool refused;	/* the line began with `!' */
	bool has_result;	/* G: ... = result */
	int64_t result;
	bool callback;	/* W: ... cb */
	enum mht_action action;	/* F */
	int count;
	int64_t field[MHT_FIELDS];
	char *text;
};

/*
 * Read what follows MHT_FIRST_LINE, up to the line "ops:".  Returns false if it
 * cannot be read, which was said.
 */
bool mht_read_head(struct lines *l, struct mht_head *head);

/* Returns false if this is not a line of a trace. */
bool mht_parse(char *line, struct mht_op *op);

/* A field as an argument of a call: what is out of range stays out of range. */
uint32_t mht_argument(int64_t field);

#endif /* MHEAPCTL_MHT_H */
