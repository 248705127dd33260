/* SPDX-License-Identifier: GPL-2.0 */
/* What is known of past collections, per generation. */
#ifndef MHEAP_STATS_H
#define MHEAP_STATS_H

#include <linux/types.h>

/* Durations up to 2^34 ns, eight steps for each doubling. */
#define MHEAP_PAUSE_BUCKETS	256

/**
 * struct mheap_stats - Collections of one generation
 * @collections: how many ended
 * @collected: unreachable tracked objects found
 * @freed: objects freed, tracked or not
 * @scanned: members of the collected generations
 * @time_ns: time of all slices
 * @pause_max_ns: the longest slice
 * @pauses: number of slices
 * @pause: slices by duration, see mheap_stats_bucket()
 *
 * Guarded by the heap lock.
 */
struct mheap_stats {
	u64 collections;
	u64 collected;
	u64 freed;
	u64 scanned;
	u64 time_ns;
	u64 pause_max_ns;
	u64 pauses;
	u64 pause[MHEAP_PAUSE_BUCKETS];
};

void mheap_stats_pause(struct mheap_stats *s, u64 ns);
u64 mheap_stats_p99(const struct mheap_stats *s, unsigned int n);

#endif
