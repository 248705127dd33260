/* SPDX-License-Identifier: GPL-2.0 */
/* An area: the memory that payloads lie in and that programs can map. */
#ifndef MHEAP_AREA_H
#define MHEAP_AREA_H

#include <linux/bitmap.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>
#include <linux/types.h>

#include "block.h"
#include "limits.h"

struct file;
struct mheap_arena;

/**
 * struct mheap_span - Consecutive pages of an area
 * @arena: the arena that they lie in
 * @memory: the kernel's address of the first page
 * @first: number of the first page in @arena
 * @pages: number of pages
 * @class: size class of the blocks, or MHEAP_LARGE if the span is a single payload
 * @used: number of blocks in use
 * @mapped: a program has touched a page, so the span may be in mappings
 * @node: in mheap_area.pools while the span is a pool with a free block
 * @used_blocks: bitmap of the blocks in use
 *
 * Guarded by the area lock; what is set when the span is allocated or put into its arena
 * does not change afterwards.
 */
struct mheap_span {
	struct mheap_arena *arena;
	u8 *memory;
	u32 first;
	u32 pages;
	u16 class;
	u16 used;
	bool mapped;
	struct list_head node;
	unsigned long used_blocks[];
};

#define MHEAP_LARGE	MHEAP_SIZE_CLASSES

/**
 * struct mheap_arena - A piece of an area
 * @area: the area
 * @node: in mheap_area.arenas
 * @partial: in mheap_area.partial while there are free pages
 * @index: its arena index, or the lowest one; its first page has MHEAP_ARENA_PAGES times
 *	this number
 * @indices: number of consecutive arena indices: one, or more if the arena is a single
 *	large payload
 * @live: number of payloads in the arena
 * @used_pages: bitmap of the pages in use
 * @span: the span of each page; if @indices is not 1, the first one is that of all pages
 *
 * Guarded by the area lock; @area, @index and @indices do not change once the arena belongs
 * to the area.
 */
struct mheap_arena {
	struct mheap_area *area;
	struct rb_node node;
	struct list_head partial;
	u32 index;
	u32 indices;
	u32 live;
	DECLARE_BITMAP(used_pages, MHEAP_ARENA_PAGES);
	struct mheap_span *span[MHEAP_ARENA_PAGES];
};

/**
 * struct mheap_area - The memory of payloads of a heap
 * @lock: guards all that is not constant here, and arenas and spans.  Only page table
 *	locks nest inside it.  Page faults of programs take it without the heap lock.
 * @arenas: arenas by arena index
 * @partial: arenas with free pages
 * @pools: pools with free blocks, by size class
 * @indices: bitmap of the arena indices in use
 * @nr_indices: number of bits in @indices
 * @nr_arenas: number of arenas
 * @nr_pages: pages of memory that the arenas hold
 * @nr_empty: empty pools among these pages
 * @closed: no page fault finds anything any more
 * @base: number of its first page in what programs map; constant
 * @file: the file of all mappings, or NULL; set once, without @lock
 */
struct mheap_area {
	struct rw_semaphore lock;	/* see above */
	struct rb_root arenas;
	struct list_head partial;
	struct list_head pools[MHEAP_SIZE_CLASSES];
	unsigned long *indices;
	u32 nr_indices;
	u32 nr_arenas;
	u64 nr_pages;
	u32 nr_empty;
	bool closed;
	u32 base;
	struct file *file;
};

u32 mheap_class_blocks(u32 class);

void mheap_area_init(struct mheap_area *area, u32 base);
void mheap_area_destroy(struct mheap_area *area);
int mheap_area_alloc(struct mheap_area *area, u32 nbytes, struct mheap_payload *p);
void mheap_area_free(struct mheap_payload *p);
void mheap_area_trim(struct mheap_area *area);
struct page *mheap_area_page(struct mheap_area *area, u64 page);
struct page *mheap_area_touch(struct mheap_area *area, u64 page);
u64 mheap_area_map_offset(const struct mheap_payload *p);
struct file *mheap_area_file(struct mheap_area *area);
void mheap_area_zap(struct mheap_area *area, u64 page, u64 pages);
u64 mheap_area_nr_empty(const struct mheap_area *area);
void mheap_area_count(const struct mheap_area *area, u64 *arenas, u64 *pages);

static inline u8 *mheap_area_data(const struct mheap_payload *p)
{
	return p->span->memory + p->offset;
}

#endif
