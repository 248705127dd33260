/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lines of profile weak, and the events of weak handles.
 */
#ifndef MHEAPCTL_WEAK_H
#define MHEAPCTL_WEAK_H

#include "stage.h"

void weak_new(struct stage *st, const struct mht_op *op);	/* W */
void weak_get(struct stage *st, const struct mht_op *op);	/* V */
void weak_drop(struct stage *st, const struct mht_op *op);	/* Z */

/*
 * A session read the event of a weak handle.  Returns true if the trace counts it as
 * a notification.
 */
bool weak_event(struct stage *st, struct session *s, uint64_t cookie);

#endif /* MHEAPCTL_WEAK_H */
