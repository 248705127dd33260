// SPDX-License-Identifier: GPL-2.0
/*
 * Areas, the memory of payloads.  As in CPython's allocator (Objects/obmalloc.c), a small
 * payload is a block of one of several size classes, blocks of a class share a pool, and
 * pools lie in arenas.  Here a pool is a page, and an arena has 64 pages.  A payload of
 * more than half a page has pages of its own.  Programs can write to all this memory, so
 * the allocator keeps its own data elsewhere.
 *
 * Pages are given back in two steps.  First they are hidden from page faults and removed
 * from all mappings.  Only then can their page numbers and their memory be used again.
 */
#include <linux/bitmap.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "area.h"
#include "compat.h"
#include "gfp.h"

/*
 * The classes suit pages of 4 KiB.  They are 16 bytes apart at first, since many payloads
 * are short.  Then there are four to each doubling, so that at most a fifth of a block is
 * lost.  The last two are a third and a half of a page; a larger payload has pages of its
 * own and can lose nearly half of its only page.
 */
static const u16 mheap_class_size[MHEAP_SIZE_CLASSES] = {
	16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512,
	640, 768, 896, 1024, 1360, 2048,
};

static u32 mheap_class_of(u32 nbytes)
{
	u32 class = 0;

	if (nbytes <= 128)
		return (nbytes - 1) / 16;
	while (class < MHEAP_SIZE_CLASSES && mheap_class_size[class] < nbytes)
		class++;
	return class;
}

/* Return the number of blocks in a span of a class. */
u32 mheap_class_blocks(u32 class)
{
	return class == MHEAP_LARGE ? 1 : PAGE_SIZE / mheap_class_size[class];
}

void mheap_area_init(struct mheap_area *area, u32 base)
{
	u32 i;

	init_rwsem(&area->lock);
	area->arenas = RB_ROOT;
	INIT_LIST_HEAD(&area->partial);
	for (i = 0; i < MHEAP_SIZE_CLASSES; i++)
		INIT_LIST_HEAD(&area->pools[i]);
	area->base = base;
}

/* Free what an area has left after its last payload was freed. */
void mheap_area_destroy(struct mheap_area *area)
{
	WARN_ON_ONCE(area->nr_arenas);
	kvfree(area->indices);
	area->indices = NULL;
	area->nr_indices = 0;
}

/* ---- memory ---- */

/*
 * Programs see all of the memory, so all of it is zeroed.  A few pages are allocated in
 * one piece if the page allocator has them at hand: making scattered pages contiguous with
 * vmalloc costs memory that nobody is charged for.
 */
static u8 *mheap_pages_alloc(u32 pages)
{
	gfp_t gfp = MHEAP_GFP | __GFP_ZERO;
	u8 *memory = NULL;

	if (pages == 1)
		return alloc_pages_exact(PAGE_SIZE, gfp);
	if (pages <= MHEAP_PIECE_PAGES)
		memory = alloc_pages_exact(pages * PAGE_SIZE,
					   (gfp & ~__GFP_RETRY_MAYFAIL) | __GFP_NORETRY);
	return memory ?: __vmalloc((size_t)pages * PAGE_SIZE, gfp);
}

static void mheap_pages_free(u8 *memory, u32 pages)
{
	if (is_vmalloc_addr(memory))
		vfree(memory);
	else
		free_pages_exact(memory, pages * PAGE_SIZE);
}

static struct mheap_span *mheap_span_alloc(u32 class, u32 pages)
{
	struct mheap_span *span;

	span = kzalloc(struct_size(span, used_blocks,
				   BITS_TO_LONGS(mheap_class_blocks(class))),
		       MHEAP_GFP);
	if (!span)
		return NULL;
	INIT_LIST_HEAD(&span->node);
	span->class = class;
	span->pages = pages;
	span->memory = mheap_pages_alloc(pages);
	if (span->memory)
		return span;
	kfree(span);
	return NULL;
}

static void mheap_span_free(struct mheap_span *span)
{
	if (!span)
		return;
	mheap_pages_free(span->memory, span->pages);
	kfree(span);
}

static u64 mheap_span_page(const struct mheap_span *span)
{
	return (u64)span->arena->index * MHEAP_ARENA_PAGES + span->first;
}

/* ---- mappings ---- */

/* Return the file of all mappings of the area, or NULL if it was not made yet. */
struct file *mheap_area_file(struct mheap_area *area)
{
	/* Pairs with cmpxchg() in mheap_map_file(): a file that is found is complete. */
	return smp_load_acquire(&area->file);
}

/**
 * mheap_area_zap() - Remove pages from all mappings
 * @area: the area, whose page faults do not find the pages any more
 * @page: number of the first page in what programs map
 * @pages: number of pages
 *
 * Context: the area lock is not held; may sleep.
 */
void mheap_area_zap(struct mheap_area *area, u64 page, u64 pages)
{
	struct file *file = mheap_area_file(area);

	if (file)
		unmap_mapping_pages(file->f_mapping, page, pages, true);
}

/* ---- arenas ---- */

static struct mheap_arena *mheap_arena_find(struct mheap_area *area, u32 index)
{
	struct rb_node *node = area->arenas.rb_node;
	struct mheap_arena *arena;

	while (node) {
		arena = rb_entry(node, struct mheap_arena, node);
		if (index >= arena->index && index - arena->index < arena->indices)
			return arena;
		node = index < arena->index ? node->rb_left : node->rb_right;
	}
	return NULL;
}

static bool mheap_arena_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct mheap_arena, node)->index <
	       rb_entry(b, struct mheap_arena, node)->index;
}

/* Put a span into an arena.  Returns false if the arena has no gap of free pages for it. */
static bool mheap_arena_add_span(struct mheap_arena *arena, struct mheap_span *span)
{
	u32 pages = min(span->pages, MHEAP_ARENA_PAGES), i;
	u32 first = bitmap_find_next_zero_area(arena->used_pages, MHEAP_ARENA_PAGES, 0,
					       pages, 0);

	if (first >= MHEAP_ARENA_PAGES)
		return false;
	bitmap_set(arena->used_pages, first, pages);
	for (i = first; i < first + pages; i++)
		arena->span[i] = span;
	span->arena = arena;
	span->first = first;
	arena->area->nr_pages += span->pages;
	if (bitmap_full(arena->used_pages, MHEAP_ARENA_PAGES))
		list_del_init(&arena->partial);
	return true;
}

/*
 * Hide an empty span from page faults.  Its pages stay in use until they have been removed
 * from all mappings.
 */
static void mheap_span_detach(struct mheap_span *span)
{
	u32 pages = min(span->pages, MHEAP_ARENA_PAGES), i;

	list_del_init(&span->node);
	span->arena->area->nr_empty -= span->class != MHEAP_LARGE;
	for (i = 0; i < pages; i++)
		span->arena->span[span->first + i] = NULL;
	span->arena->area->nr_pages -= span->pages;
}

static void mheap_arena_detach(struct mheap_arena *arena)
{
	list_del_init(&arena->partial);
	rb_erase(&arena->node, &arena->area->arenas);
	arena->area->nr_arenas--;
}

/*
 * Free an arena that was detached, with the empty pools in it.  Its indices can be used
 * again once no mapping shows its pages.
 */
static void mheap_arena_release(struct mheap_arena *arena)
{
	struct mheap_area *area = arena->area;
	bool mapped = false;
	u32 i;

	for (i = 0; i < MHEAP_ARENA_PAGES; i++)
		mapped |= arena->span[i] && arena->span[i]->mapped;
	if (mapped && !area->closed)
		mheap_area_zap(area, area->base + (u64)arena->index * MHEAP_ARENA_PAGES,
			       (u64)arena->indices * MHEAP_ARENA_PAGES);
	for (i = 0; i < MHEAP_ARENA_PAGES; i++)
		mheap_span_free(arena->span[i]);
	down_write(&area->lock);
	bitmap_clear(area->indices, arena->index, arena->indices);
	up_write(&area->lock);
	kfree(arena);
}

/* Detach an arena without payloads, whose pools are all empty. */
static void mheap_arena_retire(struct mheap_arena *arena)
{
	u32 i;

	for (i = 0; i < MHEAP_ARENA_PAGES; i++) {
		if (!arena->span[i])
			continue;
		list_del_init(&arena->span[i]->node);
		arena->area->nr_pages--;
		arena->area->nr_empty--;
	}
	mheap_arena_detach(arena);
}

/* ---- allocating ---- */

/**
 * struct mheap_supply - What an allocation may need, allocated without the area lock
 * @span: a span, or NULL
 * @arena: an arena for the span, or NULL
 * @indices: a longer bitmap of arena indices; the old one after they were exchanged
 * @nr_indices: number of bits in the longer bitmap
 */
struct mheap_supply {
	struct mheap_span *span;
	struct mheap_arena *arena;
	unsigned long *indices;
	u32 nr_indices;
};

static void mheap_area_lengthen(struct mheap_area *area, struct mheap_supply *s)
{
	if (s->nr_indices <= area->nr_indices)
		return;
	bitmap_copy(s->indices, area->indices, area->nr_indices);
	swap(s->indices, area->indices);
	WRITE_ONCE(area->nr_indices, s->nr_indices);
}

/*
 * Add the supply's arena to the area.  Returns false if the supply has none, or if too few
 * arena indices are free.
 */
static bool mheap_area_add_arena(struct mheap_area *area, struct mheap_supply *s)
{
	struct mheap_arena *arena = s->arena;
	u32 index;

	if (!arena)
		return false;
	if (s->indices)
		mheap_area_lengthen(area, s);
	index = bitmap_find_next_zero_area(area->indices, area->nr_indices, 0,
					   arena->indices, 0);
	if (index >= area->nr_indices)
		return false;
	bitmap_set(area->indices, index, arena->indices);
	arena->index = index;
	arena->area = area;
	rb_add(&arena->node, &area->arenas, mheap_arena_less);
	list_add(&arena->partial, &area->partial);
	area->nr_arenas++;
	s->arena = NULL;
	return true;
}

/*
 * Put the supply's span into an arena.  The search is bounded: if several arenas have no
 * gap for the span, it goes to a new one.
 */
static bool mheap_area_add_span(struct mheap_area *area, struct mheap_supply *s)
{
	struct mheap_arena *arena;
	u32 tries = 0;

	if (s->span->pages <= MHEAP_ARENA_PAGES)
		list_for_each_entry(arena, &area->partial, partial) {
			if (mheap_arena_add_span(arena, s->span))
				return true;
			if (++tries == MHEAP_ARENA_TRIES)
				break;
		}
	if (!mheap_area_add_arena(area, s))
		return false;
	return mheap_arena_add_span(list_first_entry(&area->partial, struct mheap_arena,
						     partial), s->span);
}

/* Return a span with a free block, or NULL if the supply has too little for one. */
static struct mheap_span *mheap_area_span(struct mheap_area *area, u32 class,
					  struct mheap_supply *s)
{
	struct mheap_span *span = NULL;

	if (class != MHEAP_LARGE)
		span = list_first_entry_or_null(&area->pools[class],
						struct mheap_span, node);
	if (span || !s->span || !mheap_area_add_span(area, s))
		return span;
	swap(span, s->span);
	if (class != MHEAP_LARGE) {
		list_add(&span->node, &area->pools[class]);
		area->nr_empty++;
	}
	return span;
}

static u32 mheap_span_alloc_block(struct mheap_span *span)
{
	u32 blocks = mheap_class_blocks(span->class);
	u32 block = find_first_zero_bit(span->used_blocks, blocks);

	__set_bit(block, span->used_blocks);
	span->arena->live++;
	if (span->class != MHEAP_LARGE && !span->used)
		span->arena->area->nr_empty--;
	if (++span->used == blocks)
		list_del_init(&span->node);
	return span->class == MHEAP_LARGE ? 0 :
	       block * mheap_class_size[span->class];
}

static bool mheap_area_try(struct mheap_area *area, u32 class,
			   struct mheap_supply *s, struct mheap_payload *p)
{
	down_write(&area->lock);
	p->span = mheap_area_span(area, class, s);
	if (p->span)
		p->offset = mheap_span_alloc_block(p->span);
	up_write(&area->lock);
	return p->span;
}

static int mheap_supply_arena(struct mheap_supply *s, u32 pages)
{
	s->arena = kzalloc(sizeof(*s->arena), MHEAP_GFP);
	if (!s->arena)
		return -ENOMEM;
	INIT_LIST_HEAD(&s->arena->partial);
	s->arena->indices = DIV_ROUND_UP(pages, MHEAP_ARENA_PAGES);
	return 0;
}

static int mheap_supply_indices(struct mheap_area *area, struct mheap_supply *s)
{
	u32 nr = READ_ONCE(area->nr_indices);

	kvfree(s->indices);
	s->nr_indices = max3(2 * nr, 2 * (u32)roundup_pow_of_two(s->arena->indices),
			     MHEAP_AREA_MIN_ARENAS);
	s->indices = s->nr_indices > MHEAP_AREA_MAX_ARENAS ? NULL :
		   kvzalloc(BITS_TO_LONGS(s->nr_indices) * sizeof(long), MHEAP_GFP);
	return s->indices ? 0 : -ENOMEM;
}

/* Add what the supply lacks next.  Most allocations need nothing, or the span alone. */
static int mheap_supply_more(struct mheap_area *area, u32 class, u32 pages,
			     struct mheap_supply *s)
{
	if (!s->span) {
		s->span = mheap_span_alloc(class, pages);
		return s->span ? 0 : -ENOMEM;
	}
	if (!s->arena)
		return mheap_supply_arena(s, pages);
	return mheap_supply_indices(area, s);
}

/**
 * mheap_area_alloc() - Allocate a payload
 * @area: the area
 * @nbytes: its size, not 0
 * @p: filled in; the bytes are 0
 *
 * Context: neither the heap lock nor the area lock is held; may sleep.
 *
 * Return: 0, or -ENOMEM with @p->nbytes unchanged.
 */
int mheap_area_alloc(struct mheap_area *area, u32 nbytes, struct mheap_payload *p)
{
	u32 class = mheap_class_of(nbytes), pages = 1;
	struct mheap_supply s = {};
	int err = 0;

	if (class == MHEAP_LARGE)
		pages = DIV_ROUND_UP(nbytes, PAGE_SIZE);
	while (!err && !mheap_area_try(area, class, &s, p))
		err = mheap_supply_more(area, class, pages, &s);
	mheap_span_free(s.span);
	kfree(s.arena);
	kvfree(s.indices);
	if (err)
		return err;
	p->nbytes = nbytes;
	if (class != MHEAP_LARGE)
		memset(mheap_area_data(p), 0, mheap_class_size[class]);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_area_alloc);

/* ---- freeing ---- */

/* Does the span stay?  An empty pool does while no other of its class has a free block. */
static bool mheap_span_is_needed(struct mheap_area *area, struct mheap_span *span)
{
	return span->used ||
	       (span->class != MHEAP_LARGE &&
		list_is_singular(&area->pools[span->class]));
}

/* Subtract a payload.  Returns true if the arena was detached, for the caller to free. */
static bool mheap_arena_put(struct mheap_arena *arena)
{
	if (--arena->live)
		return false;
	mheap_arena_retire(arena);
	return true;
}

/*
 * Free a span that was detached.  Until it is out of all mappings it counts as a payload,
 * which keeps its arena.  Returns true if the arena was detached, for the caller to free.
 */
static bool mheap_span_release(struct mheap_span *span)
{
	struct mheap_arena *arena = span->arena;
	struct mheap_area *area = arena->area;
	u32 pages = min(span->pages, MHEAP_ARENA_PAGES);
	bool gone;

	if (span->mapped && !area->closed)
		mheap_area_zap(area, area->base + mheap_span_page(span), span->pages);
	down_write(&area->lock);
	bitmap_clear(arena->used_pages, span->first, pages);
	if (list_empty(&arena->partial))
		list_add_tail(&arena->partial, &area->partial);
	gone = mheap_arena_put(arena);
	up_write(&area->lock);
	mheap_span_free(span);
	return gone;
}

static void mheap_span_free_block(struct mheap_span *span, u32 offset)
{
	bool pool = span->class != MHEAP_LARGE;
	struct mheap_area *area = span->arena->area;

	__clear_bit(pool ? offset / mheap_class_size[span->class] : 0, span->used_blocks);
	if (span->used-- == mheap_class_blocks(span->class) && pool)
		list_add(&span->node, &area->pools[span->class]);
	if (!span->used && pool)
		area->nr_empty++;
}

/**
 * mheap_area_free() - Free a payload
 * @p: the payload
 *
 * Context: neither the heap lock nor the area lock is held; may sleep.
 */
void mheap_area_free(struct mheap_payload *p)
{
	struct mheap_span *span = p->span;
	struct mheap_arena *arena = span->arena;
	struct mheap_area *area = arena->area;
	bool goes, gone = false;

	down_write(&area->lock);
	mheap_span_free_block(span, p->offset);
	goes = !mheap_span_is_needed(area, span);
	if (goes)
		mheap_span_detach(span);
	else
		gone = mheap_arena_put(arena);
	up_write(&area->lock);
	if (goes)
		gone = mheap_span_release(span);
	if (gone)
		mheap_arena_release(arena);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_area_free);

static struct mheap_span *mheap_area_empty_pool(struct mheap_area *area, u32 class)
{
	struct mheap_span *span;

	if (list_empty(&area->pools[class]))
		return NULL;
	/* An empty pool was alone in the list when it was kept; others come before it. */
	span = list_last_entry(&area->pools[class], struct mheap_span, node);
	if (span->used)
		return NULL;
	mheap_span_detach(span);
	span->arena->live++;
	return span;
}

/**
 * mheap_area_trim() - Give back empty pools
 * @area: the area
 *
 * Context: neither the heap lock nor the area lock is held; may sleep.
 */
void mheap_area_trim(struct mheap_area *area)
{
	struct mheap_arena *arena;
	struct mheap_span *span;
	u32 class;

	for (class = 0; class < MHEAP_SIZE_CLASSES; class++) {
		down_write(&area->lock);
		span = mheap_area_empty_pool(area, class);
		up_write(&area->lock);
		if (!span)
			continue;
		arena = span->arena;
		if (mheap_span_release(span))
			mheap_arena_release(arena);
	}
}
EXPORT_SYMBOL_IF_KUNIT(mheap_area_trim);

/* ---- finding ---- */

static struct mheap_span *mheap_area_find(struct mheap_area *area, u64 page)
{
	u64 index = page / MHEAP_ARENA_PAGES;
	struct mheap_arena *arena;
	struct mheap_span *span;

	lockdep_assert_held(&area->lock);
	if (index >= area->nr_indices || area->closed)
		return NULL;
	arena = mheap_arena_find(area, index);
	if (!arena)
		return NULL;
	page -= (u64)arena->index * MHEAP_ARENA_PAGES;
	span = arena->span[arena->indices == 1 ? page % MHEAP_ARENA_PAGES : 0];
	return span && page - span->first < span->pages ? span : NULL;
}

/**
 * mheap_area_page() - Find a page by its number
 * @area: the area
 * @page: any number, counted from the area's first page
 *
 * Context: the area lock is held.
 *
 * Return: the page, or NULL if there is none.
 */
struct page *mheap_area_page(struct mheap_area *area, u64 page)
{
	struct mheap_span *span = mheap_area_find(area, page);
	u8 *memory;

	if (!span)
		return NULL;
	memory = span->memory + (page - mheap_span_page(span)) * PAGE_SIZE;
	return is_vmalloc_addr(memory) ? vmalloc_to_page(memory) :
					 virt_to_page(memory);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_area_page);

/*
 * Find a page for a program that is about to map it.  From now on the page must be removed
 * from all mappings before it is freed.  The area lock is held.
 */
struct page *mheap_area_touch(struct mheap_area *area, u64 page)
{
	struct mheap_span *span = mheap_area_find(area, page);

	if (span)
		WRITE_ONCE(span->mapped, true);
	return mheap_area_page(area, page);
}

/* Return the offset at which a payload begins in what programs map. */
u64 mheap_area_map_offset(const struct mheap_payload *p)
{
	return ((p->span->arena->area->base + mheap_span_page(p->span)) <<
		PAGE_SHIFT) + p->offset;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_area_map_offset);

/* Return the number of empty pools, as an estimate.  No lock is needed. */
u64 mheap_area_nr_empty(const struct mheap_area *area)
{
	/* A value that is a moment old will do. */
	return data_race(area->nr_empty);
}

/**
 * mheap_area_count() - Tell how large an area is
 * @area: the area
 * @arenas: its arenas are added here
 * @pages: their pages are added here
 */
void mheap_area_count(const struct mheap_area *area, u64 *arenas, u64 *pages)
{
	/* The numbers are for people, for whom values that are a moment old will do. */
	*arenas += data_race(area->nr_arenas);
	/* So is this one. */
	*pages += data_race(area->nr_pages);
}
