// SPDX-License-Identifier: GPL-2.0
/* The invariants of an area, as code. */
#include <linux/bitmap.h>

#include "area.h"
#include "area_verify.h"
#include "compat.h"

/**
 * struct mheap_area_sum - Totals of what is found in an area
 * @arenas: arenas
 * @pages: pages
 * @payloads: payloads
 * @listed: pools with a free block
 * @empty: pools without a block in use
 * @indices: arena indices
 */
struct mheap_area_sum {
	u64 arenas;
	u64 pages;
	u64 payloads;
	u64 listed;
	u64 empty;
	u64 indices;
};

static const char *mheap_span_verify(const struct mheap_span *span,
				     struct mheap_area_sum *sum)
{
	u32 blocks = mheap_class_blocks(span->class);
	bool pool = span->class != MHEAP_LARGE;

	if (span->used > blocks || bitmap_weight(span->used_blocks, blocks) != span->used)
		return "blocks of a span";
	if (!pool && !span->used)
		return "pages of nobody";
	if (list_empty(&span->node) == (pool && span->used < blocks))
		return "pool with a free block";
	sum->listed += pool && span->used < blocks;
	sum->empty += pool && !span->used;
	sum->pages += span->pages;
	return NULL;
}

/*
 * A span that is being freed is not in @arena->span any more but still counts as a payload,
 * so there may be fewer blocks in use than payloads.
 */
static const char *mheap_arena_verify(const struct mheap_arena *arena,
				      struct mheap_area_sum *sum)
{
	const struct mheap_span *span, *last = NULL;
	const char *wrong = NULL;
	u64 live = 0;
	u32 i;

	for (i = 0; !wrong && i < MHEAP_ARENA_PAGES; i++) {
		span = arena->span[i];
		if (!span || span == last)
			continue;
		last = span;
		if (span->arena != arena || span->first != i || !test_bit(i, arena->used_pages))
			return "pages of a span";
		wrong = mheap_span_verify(span, sum);
		live += span->used;
	}
	if (!wrong && (live > arena->live || !arena->live))
		wrong = "payloads of an arena";
	if (!wrong && list_empty(&arena->partial) !=
	    bitmap_full(arena->used_pages, MHEAP_ARENA_PAGES))
		wrong = "arena with free pages";
	sum->payloads += arena->live;
	sum->indices += arena->indices;
	sum->arenas++;
	return wrong;
}

static const char *mheap_area_compare(const struct mheap_area *area,
				      const struct mheap_area_sum *sum)
{
	const struct list_head *pos;
	u64 listed = 0;
	u32 i;

	for (i = 0; i < MHEAP_SIZE_CLASSES; i++)
		list_for_each(pos, &area->pools[i])
			listed++;
	if (listed != sum->listed)
		return "pools";
	if (sum->arenas != area->nr_arenas || sum->pages != area->nr_pages ||
	    sum->empty != area->nr_empty)
		return "arenas and pages";
	/* An arena that is being freed has left the tree but still has its indices. */
	if (bitmap_weight(area->indices, area->nr_indices) < sum->indices)
		return "arena indices";
	return NULL;
}

/**
 * mheap_area_verify() - Check the invariants of an area
 * @area: the area
 * @payloads: set to the number of payloads in it
 *
 * This takes long.  Only debug builds, tests and users who ask for it should call it.
 *
 * Context: the area lock is not held; may sleep.
 *
 * Return: what is wrong, or NULL.
 */
const char *mheap_area_verify(struct mheap_area *area, u64 *payloads)
{
	struct mheap_area_sum sum = {};
	const char *wrong = NULL;
	struct rb_node *node;

	down_read(&area->lock);
	for (node = rb_first(&area->arenas); node && !wrong; node = rb_next(node))
		wrong = mheap_arena_verify(rb_entry(node, struct mheap_arena, node),
					   &sum);
	if (!wrong)
		wrong = mheap_area_compare(area, &sum);
	up_read(&area->lock);
	*payloads = sum.payloads;
	return wrong;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_area_verify);
