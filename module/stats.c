// SPDX-License-Identifier: GPL-2.0
/* Pause times: a histogram with eight buckets for each doubling. */
#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "compat.h"
#include "stats.h"

/* Durations below 16 ns have a bucket each. */
static unsigned int mheap_stats_bucket(u64 ns)
{
	unsigned int shift;

	if (ns < 16)
		return ns;
	shift = fls64(ns) - 4;
	return min_t(u64, 8 * shift + (ns >> shift), MHEAP_PAUSE_BUCKETS - 1);
}

/* The longest duration that falls into a bucket. */
static u64 mheap_stats_bucket_end(unsigned int bucket)
{
	unsigned int shift;

	if (bucket < 16)
		return bucket;
	shift = bucket / 8 - 1;
	return (((u64)bucket - 8 * shift + 1) << shift) - 1;
}

/**
 * mheap_stats_pause() - The heap lock was held for a slice
 * @s: statistics of the generation; the heap is locked
 * @ns: how long
 */
void mheap_stats_pause(struct mheap_stats *s, u64 ns)
{
	s->time_ns += ns;
	s->pause_max_ns = max(s->pause_max_ns, ns);
	s->pauses++;
	s->pause[mheap_stats_bucket(ns)]++;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_stats_pause);

/**
 * mheap_stats_p99() - The pause that 99 % do not exceed
 * @s: statistics of @n generations; the heap is locked
 * @n: how many
 *
 * Return: an upper bound in ns, at most 1/8 too high and never above the longest
 * pause; 0 if there was none.
 */
u64 mheap_stats_p99(const struct mheap_stats *s, unsigned int n)
{
	u64 all = 0, seen = 0, longest = 0;
	unsigned int bucket, i;

	for (i = 0; i < n; i++) {
		all += s[i].pauses;
		longest = max(longest, s[i].pause_max_ns);
	}
	for (bucket = 0; bucket < MHEAP_PAUSE_BUCKETS; bucket++) {
		for (i = 0; i < n; i++)
			seen += s[i].pause[bucket];
		if (seen >= all - div_u64(all, 100))
			return min(longest, mheap_stats_bucket_end(bucket));
	}
	return longest;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_stats_p99);
