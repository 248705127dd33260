// SPDX-License-Identifier: GPL-2.0
/* Holds of the heap lock: a histogram for each kind, with a bucket for each doubling. */
#include <linux/bitops.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "compat.h"
#include "hold.h"

/* Holds shorter than 2^7 ns are all the same: that is what two looks at the clock take. */
#define MHEAP_HOLD_SHIFT	7

const char *const mheap_hold_names[MHEAP_HOLD_KINDS] = {
	[MHEAP_HOLD_CALL] = "call",
	[MHEAP_HOLD_SCAN] = "scan",
	[MHEAP_HOLD_COLLECT] = "collect",
	[MHEAP_HOLD_DEATH] = "death",
	[MHEAP_HOLD_FRAME] = "frame",
	[MHEAP_HOLD_CLOSE] = "close",
	[MHEAP_HOLD_RESIZE] = "resize",
	[MHEAP_HOLD_FREEZE] = "freeze",
	[MHEAP_HOLD_LIST] = "list",
	[MHEAP_HOLD_VERIFY] = "verify",
};
EXPORT_SYMBOL_IF_KUNIT(mheap_hold_names);

/**
 * mheap_hold_add() - The lock was held
 * @h: holds of the kind; the heap is locked
 * @ns: how long
 */
void mheap_hold_add(struct mheap_hold *h, u64 ns)
{
	unsigned int bucket = fls64(ns >> MHEAP_HOLD_SHIFT);

	h->max_ns = max(h->max_ns, ns);
	h->bucket[min(bucket, MHEAP_HOLD_BUCKETS - 1U)]++;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_hold_add);

/* How many holds there were. */
u64 mheap_hold_count(const struct mheap_hold *h)
{
	unsigned int i;
	u64 all = 0;

	for (i = 0; i < MHEAP_HOLD_BUCKETS; i++)
		all += h->bucket[i];
	return all;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_hold_count);

/* The longest duration that falls into a bucket; the last one has no end. */
u64 mheap_hold_bucket_end(unsigned int bucket)
{
	if (bucket == MHEAP_HOLD_BUCKETS - 1)
		return U64_MAX;
	return (1ULL << (MHEAP_HOLD_SHIFT + bucket)) - 1;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_hold_bucket_end);

/**
 * mheap_hold_exceeded_by() - What only a small part of the holds exceeds
 * @h: holds of a kind; the heap is locked
 * @part: one in this many
 *
 * Return: an upper bound in ns, less than twice too high and never above the longest
 * hold; 0 if there was none.
 */
u64 mheap_hold_exceeded_by(const struct mheap_hold *h, u32 part)
{
	u64 all = mheap_hold_count(h), seen = 0;
	unsigned int i;

	for (i = 0; i < MHEAP_HOLD_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen >= all - div_u64(all, part))
			break;
	}
	return min(h->max_ns, mheap_hold_bucket_end(i));
}
EXPORT_SYMBOL_IF_KUNIT(mheap_hold_exceeded_by);

/* The longest hold of all kinds; the heap is locked. */
u64 mheap_hold_longest(const struct mheap_hold *holds)
{
	unsigned int kind;
	u64 ns = 0;

	for (kind = 0; kind < MHEAP_HOLD_KINDS; kind++)
		ns = max(ns, holds[kind].max_ns);
	return ns;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_hold_longest);
