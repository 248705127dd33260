/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lines of profile core that are about objects, handles and slots.
 */
#ifndef MHEAPCTL_OPS_H
#define MHEAPCTL_OPS_H

#include "stage.h"

#define OPS_TYPES	4096

/* The types of a trace are numbers; each is registered when it is first used. */
struct ops {
	struct stage *stage;
	mheap_type *types;
	bool *known;
};

void ops_open(struct ops *o, struct stage *st);
void ops_close(struct ops *o);

void ops_alloc(struct ops *o, const struct mht_op *op);			/* A */
void ops_set(struct stage *st, const struct mht_op *op);		/* S */
void ops_get(struct stage *st, const struct mht_op *op);		/* L */
void ops_dup(struct stage *st, const struct mht_op *op);		/* D */
void ops_drop(struct stage *st, const struct mht_op *op);		/* X */
void ops_expect(struct stage *st, const struct mht_op *op);		/* E */

#endif /* MHEAPCTL_OPS_H */
