/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lines of profile sessions, and what concerns all sessions of a trace.
 */
#ifndef MHEAPCTL_MULTI_H
#define MHEAPCTL_MULTI_H

#include "stage.h"

void multi_switch(struct stage *st, const struct mht_op *op);	/* N */
void multi_close(struct stage *st, const struct mht_op *op);	/* K */
void multi_move(struct stage *st, const struct mht_op *op);	/* M */

/* The number of handles in all sessions.  Returns 0 or -errno. */
int multi_handles(struct stage *st, uint64_t *handles);

#endif /* MHEAPCTL_MULTI_H */
