// SPDX-License-Identifier: GPL-2.0
/* Histograms of durations, with buckets on a logarithmic scale. */
#include <linux/bitops.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "compat.h"
#include "hist.h"

/* Reading the clock twice takes 2^7 ns, so shorter durations share a bucket. */
const struct mheap_hist_scale mheap_hist_coarse = {
	.first_bits = 7,
	.step_bits = 0,
	.nr = MHEAP_HIST_COARSE,
};
EXPORT_SYMBOL_IF_KUNIT(mheap_hist_coarse);

const struct mheap_hist_scale mheap_hist_fine = {
	.first_bits = 0,
	.step_bits = 3,
	.nr = MHEAP_HIST_FINE,
};
EXPORT_SYMBOL_IF_KUNIT(mheap_hist_fine);

/* The buckets below the first complete doubling have a width of 2^first_bits ns. */
static unsigned int mheap_hist_bucket(const struct mheap_hist_scale *scale, u64 ns)
{
	u64 v = ns >> scale->first_bits;
	unsigned int shift;

	if (v < 2U << scale->step_bits)
		return v;
	shift = fls64(v) - 1 - scale->step_bits;
	return min_t(u64, ((u64)shift << scale->step_bits) + (v >> shift),
		     scale->nr - 1);
}

/* The longest duration in ns that falls into a bucket; the last bucket has no end. */
u64 mheap_hist_bucket_end(const struct mheap_hist_scale *scale,
			  unsigned int bucket)
{
	unsigned int shift = 0;
	u64 v = bucket;

	if (bucket == scale->nr - 1)
		return U64_MAX;
	if (bucket >= 2U << scale->step_bits) {
		shift = (bucket >> scale->step_bits) - 1;
		v = bucket - (shift << scale->step_bits);
	}
	return ((v + 1) << (shift + scale->first_bits)) - 1;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_hist_bucket_end);

/**
 * mheap_hist_add() - Count a duration
 * @h: the histogram
 * @ns: the duration in ns
 *
 * Context: the lock of the struct that embeds the histogram is held.
 */
void mheap_hist_add(struct mheap_hist *h, u64 ns)
{
	h->bucket[mheap_hist_bucket(h->scale, ns)]++;
	h->count++;
	h->max_ns = max(h->max_ns, ns);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_hist_add);

/* The longest duration that any of @n histograms has counted, in ns. */
u64 mheap_hist_longest(const struct mheap_hist *h, unsigned int n)
{
	unsigned int i;
	u64 ns = 0;

	for (i = 0; i < n; i++)
		ns = max(ns, h[i].max_ns);
	return ns;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_hist_longest);

/**
 * mheap_hist_exceeded_by() - Find the duration that one in @part durations exceeds
 * @h: histograms of one scale, taken together
 * @n: number of histograms
 * @part: 100 finds the 99th percentile
 *
 * Context: the lock of the struct that embeds the histograms is held, or the caller is
 * content with a value that is slightly out of date.
 *
 * Return: an upper bound in ns, too high by less than the width of its bucket and never
 * above the longest duration; 0 if no duration was counted.
 */
u64 mheap_hist_exceeded_by(const struct mheap_hist *h, unsigned int n, u32 part)
{
	u64 all = 0, seen = 0, longest = mheap_hist_longest(h, n);
	unsigned int bucket, i;

	for (i = 0; i < n; i++)
		all += h[i].count;
	for (bucket = 0; bucket < h->scale->nr; bucket++) {
		for (i = 0; i < n; i++)
			seen += h[i].bucket[bucket];
		if (seen >= all - div_u64(all, part))
			return min(longest, mheap_hist_bucket_end(h->scale, bucket));
	}
	return longest;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_hist_exceeded_by);
