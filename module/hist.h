/* SPDX-License-Identifier: GPL-2.0 */
/* Histograms of durations: how long the heap lock was held, how long slices took. */
#ifndef MHEAP_HIST_H
#define MHEAP_HIST_H

#include <linux/types.h>

/**
 * struct mheap_hist_scale - What the buckets of a histogram mean
 * @first_bits: durations below 2^@first_bits ns share bucket 0
 * @step_bits: each doubling has 2^@step_bits buckets
 * @nr: number of buckets; the last one has no end
 */
struct mheap_hist_scale {
	u8 first_bits;
	u8 step_bits;
	u16 nr;
};

/* One bucket for each doubling from 2^7 to 2^29 ns. */
#define MHEAP_HIST_COARSE	24

/* Eight buckets for each doubling up to 2^34 ns. */
#define MHEAP_HIST_FINE		256

extern const struct mheap_hist_scale mheap_hist_coarse;
extern const struct mheap_hist_scale mheap_hist_fine;

/**
 * struct mheap_hist - A histogram of durations
 * @scale: what the buckets mean; constant
 * @bucket: number of durations in each bucket; the array belongs to the embedding struct
 * @count: number of durations
 * @max_ns: the longest of them
 *
 * The lock of the embedding struct guards it.
 */
struct mheap_hist {
	const struct mheap_hist_scale *scale;
	u64 *bucket;
	u64 count;
	u64 max_ns;
};

static inline void mheap_hist_init(struct mheap_hist *h,
				   const struct mheap_hist_scale *scale,
				   u64 *bucket)
{
	h->scale = scale;
	h->bucket = bucket;
}

void mheap_hist_add(struct mheap_hist *h, u64 ns);
u64 mheap_hist_bucket_end(const struct mheap_hist_scale *scale,
			  unsigned int bucket);
u64 mheap_hist_exceeded_by(const struct mheap_hist *h, unsigned int n, u32 part);
u64 mheap_hist_longest(const struct mheap_hist *h, unsigned int n);

#endif
