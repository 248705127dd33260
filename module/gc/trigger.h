/* SPDX-License-Identifier: GPL-2.0 */
/* When an automatic collection is due, and of which generation. */
#ifndef MHEAP_TRIGGER_H
#define MHEAP_TRIGGER_H

#include <linux/types.h>

/**
 * struct mheap_trigger - Counters and thresholds, as CPython 3.11 has them
 * @enabled: automatic collection is on
 * @threshold: thresholds of the generations
 * @count: count[0] is the number of tracked objects born since a collection began, less
 *	those that died other than by a collection, and never below 0; count[n] is the
 *	number of collections of generation n - 1 since one of generation n or older
 * @long_lived_total: number of tracked objects that survived the last full collection
 * @long_lived_pending: number of tracked objects that came to generation 2 since
 * @skipped: number of tracked objects that skipped collections of generation 0 would
 *	have moved to generation 1
 * @counted: number of tracked objects in younger generations that a skipped collection
 *	has counted as long-lived
 *
 * Guarded by the heap lock.
 */
struct mheap_trigger {
	bool enabled;
	u32 threshold[3];
	u64 count[3];
	u64 long_lived_total;
	u64 long_lived_pending;
	u64 skipped;
	u64 counted;
};

void mheap_trigger_init(struct mheap_trigger *t, const u32 threshold[3]);
int mheap_trigger_born(struct mheap_trigger *t);
void mheap_trigger_began(struct mheap_trigger *t, unsigned int generation);
void mheap_trigger_ended(struct mheap_trigger *t, unsigned int generation,
			 u64 survivors);
void mheap_trigger_skipped(struct mheap_trigger *t, unsigned int generation,
			   u64 tracked);

static inline void mheap_trigger_died(struct mheap_trigger *t)
{
	if (t->count[0])
		t->count[0]--;
}

#endif
