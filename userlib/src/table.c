// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The segments of a table of numbers.
 */
#include <stdlib.h>

#include "table.h"

static uint32_t segment_of(uint32_t index)
{
	return 31 - __builtin_clz((index >> MHEAP_TABLE_FIRST_SHIFT) + 1);
}

static uint32_t index_in_segment(uint32_t index, uint32_t k)
{
	return index - (((1U << k) - 1) << MHEAP_TABLE_FIRST_SHIFT);
}

void mheap_table_fini(struct mheap_table *t)
{
	for (unsigned int k = 0; k < MHEAP_TABLE_SEGMENTS; k++)
		free(t->segment[k]);
}

struct mheap_table_entry *mheap_table_find(struct mheap_table *t, uint32_t index)
{
	uint32_t k = segment_of(index);
	struct mheap_table_entry *segment;

	segment = atomic_load_explicit(&t->segment[k], memory_order_acquire);
	return segment ? segment + index_in_segment(index, k) : NULL;
}

struct mheap_table_entry *mheap_table_make(struct mheap_table *t, uint32_t index)
{
	struct mheap_table_entry *e = mheap_table_find(t, index), *segment;
	uint32_t k = segment_of(index);

	if (e)
		return e;
	segment = calloc((size_t)1 << (k + MHEAP_TABLE_FIRST_SHIFT),
			 sizeof(*segment));
	if (!segment)
		return NULL;
	atomic_store_explicit(&t->segment[k], segment, memory_order_release);
	return segment + index_in_segment(index, k);
}
