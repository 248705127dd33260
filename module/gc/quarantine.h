/* SPDX-License-Identifier: GPL-2.0 */
/* What happens to condemned objects before they are taken down. */
#ifndef MHEAP_GC_QUARANTINE_H
#define MHEAP_GC_QUARANTINE_H

#include <linux/types.h>

struct mheap_collector;
struct mheap_object;
struct mheap_quarantine;

unsigned int mheap_quarantine_clear_weaks(struct mheap_collector *gc,
					  unsigned int budget);
unsigned int mheap_quarantine_fill(struct mheap_collector *gc,
				   unsigned int budget);
unsigned int mheap_quarantine_save(struct mheap_collector *gc,
				   unsigned int budget);
bool mheap_quarantine_finalize(struct mheap_collector *gc,
			       struct mheap_object *o);
void mheap_quarantine_answered(struct mheap_collector *gc,
			       struct mheap_quarantine *q);
void mheap_quarantine_start_exam(struct mheap_collector *gc);

#endif
