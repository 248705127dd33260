// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The table of batch references.
 *
 * A reader loads the value of an entry and then its sequence number; a writer stores the
 * sequence number first.  So a reader that gets the value of the next user of an entry
 * also sees that the sequence number changed.  A value of the previous user does no harm,
 * since the kernel refuses a handle that was dropped.
 *
 * Batches allocate and free entries by private free lists, so that one visit to the lock
 * serves many ops.
 */
#include <stdlib.h>

#include "refs.h"

/* Entries that one visit to the lock moves to a free list: 4 KiB of the table. */
#define REFILL		256U

/* A table with fewer references is not worth a sweep: 16 KiB of the table. */
#define SWEEP_LEAST	1024U

/*
 * The last sequence number.  The one after it would set bit 63 of a reference, so an
 * entry that has it is not used again.
 */
#define SEQ_LAST	0x7fffffffU

static uint32_t segment_of(uint32_t index)
{
	return 31 - __builtin_clz((index >> MHEAP_REFS_FIRST_SHIFT) + 1);
}

static struct mheap_refs_entry *segment_at(struct mheap_refs *refs, uint32_t k)
{
	return atomic_load_explicit(&refs->segment[k], memory_order_acquire);
}

static uint32_t index_in_segment(uint32_t index, uint32_t k)
{
	return index - (((1U << k) - 1) << MHEAP_REFS_FIRST_SHIFT);
}

/* The entry was allocated once, so its segment exists. */
static struct mheap_refs_entry *entry_at(struct mheap_refs *refs, uint32_t index)
{
	uint32_t k = segment_of(index);

	return segment_at(refs, k) + index_in_segment(index, k);
}

void mheap_refs_init(struct mheap_refs *refs)
{
	pthread_mutex_init(&refs->lock, NULL);
	refs->used = 1;		/* index 0 ends free lists */
	refs->sweep_at = SWEEP_LEAST;
}

void mheap_refs_fini(struct mheap_refs *refs)
{
	for (unsigned int k = 0; k < MHEAP_REFS_SEGMENTS; k++)
		free(refs->segment[k]);
	pthread_mutex_destroy(&refs->lock);
}

/*
 * Returns the next entry that was never used, in a new segment if need be, or NULL.  The
 * caller holds the lock.
 */
static struct mheap_refs_entry *fresh_entry(struct mheap_refs *refs)
{
	uint32_t k = segment_of(refs->used);
	struct mheap_refs_entry *segment = segment_at(refs, k);

	if (refs->used == UINT32_MAX)
		return NULL;
	if (!segment) {
		segment = calloc((size_t)1 << (k + MHEAP_REFS_FIRST_SHIFT),
				 sizeof(*segment));
		if (!segment)
			return NULL;
		atomic_store_explicit(&refs->segment[k], segment,
				      memory_order_release);
	}
	return segment + index_in_segment(refs->used, k);
}

static void push(struct mheap_free_list *list, struct mheap_refs_entry *e,
		 uint32_t index)
{
	e->next = list->head;
	list->head = index;
	if (!list->tail)
		list->tail = index;
	list->count++;
}

static uint32_t pop(struct mheap_refs *refs, struct mheap_free_list *list)
{
	uint32_t index = list->head;

	list->head = entry_at(refs, index)->next;
	if (!list->head)
		list->tail = 0;
	list->count--;
	return index;
}

/* Move up to REFILL entries to a private free list; those used before come first. */
static void refill(struct mheap_refs *refs, struct mheap_free_list *to)
{
	struct mheap_refs_entry *e;
	uint32_t index;

	pthread_mutex_lock(&refs->lock);
	for (unsigned int i = 0; i < REFILL; i++) {
		if (refs->free.head) {
			index = pop(refs, &refs->free);
			e = entry_at(refs, index);
		} else {
			e = fresh_entry(refs);
			if (!e)
				break;
			index = refs->used++;
		}
		push(to, e, index);
	}
	pthread_mutex_unlock(&refs->lock);
}

mheap_ref mheap_refs_alloc(struct mheap_refs *refs, struct mheap_free_list *from,
			   uint64_t value)
{
	struct mheap_refs_entry *e;
	uint32_t index, seq;

	if (!from->head)
		refill(refs, from);
	if (!from->head)
		return 0;
	index = pop(refs, from);
	e = entry_at(refs, index);
	seq = atomic_load_explicit(&e->seq, memory_order_relaxed) + 1;
	atomic_store_explicit(&e->seq, seq, memory_order_relaxed);
	atomic_store_explicit(&e->value, value, memory_order_release);
	return (uint64_t)seq << 32 | index;
}

uint64_t mheap_refs_value(struct mheap_refs *refs, mheap_ref ref)
{
	uint32_t k = segment_of((uint32_t)ref);
	struct mheap_refs_entry *e = segment_at(refs, k);
	uint64_t value;

	if (!e)
		return 0;
	e += index_in_segment((uint32_t)ref, k);
	value = atomic_load_explicit(&e->value, memory_order_acquire);
	if (atomic_load_explicit(&e->seq, memory_order_relaxed) != ref >> 32)
		return 0;
	return value;
}

void mheap_refs_bind(struct mheap_refs *refs, mheap_ref ref, uint64_t handle)
{
	struct mheap_refs_entry *e = entry_at(refs, (uint32_t)ref);

	atomic_store_explicit(&e->value, handle, memory_order_release);
}

/*
 * One thread may free a reference because it dropped the handle while another one frees
 * it because a sweep found the handle dead: only the first changes the sequence number.
 */
void mheap_refs_free(struct mheap_refs *refs, struct mheap_free_list *to, mheap_ref ref)
{
	struct mheap_refs_entry *e = entry_at(refs, (uint32_t)ref);
	uint32_t seq = ref >> 32, seen = seq;

	if (!atomic_compare_exchange_strong_explicit(&e->seq, &seen, seq + 1,
						     memory_order_relaxed,
						     memory_order_relaxed))
		return;
	atomic_store_explicit(&e->value, 0, memory_order_release);
	if (seq != SEQ_LAST)
		push(to, e, (uint32_t)ref);
}

void mheap_refs_give_back(struct mheap_refs *refs, struct mheap_free_list *list)
{
	if (!list->head)
		return;
	pthread_mutex_lock(&refs->lock);
	entry_at(refs, list->tail)->next = refs->free.head;
	refs->free.head = list->head;
	if (!refs->free.tail)
		refs->free.tail = list->tail;
	refs->free.count += list->count;
	pthread_mutex_unlock(&refs->lock);
	*list = (struct mheap_free_list){ 0 };
}

/* The caller holds the lock.  Entries on private free lists count as allocated. */
static uint32_t allocated(const struct mheap_refs *refs)
{
	return refs->used - 1 - refs->free.count;
}

uint32_t mheap_refs_sweep_begin(struct mheap_refs *refs)
{
	uint32_t end = 0;

	pthread_mutex_lock(&refs->lock);
	if (allocated(refs) >= refs->sweep_at) {
		refs->sweep_at = UINT64_MAX;
		end = refs->used;
	}
	pthread_mutex_unlock(&refs->lock);
	return end;
}

void mheap_refs_sweep_end(struct mheap_refs *refs)
{
	pthread_mutex_lock(&refs->lock);
	refs->sweep_at = 2ULL * allocated(refs) + SWEEP_LEAST;
	pthread_mutex_unlock(&refs->lock);
}

mheap_ref mheap_refs_at(struct mheap_refs *refs, uint32_t index, uint64_t *handle)
{
	uint32_t seq = atomic_load_explicit(&entry_at(refs, index)->seq,
					    memory_order_relaxed);
	mheap_ref ref = (uint64_t)seq << 32 | index;

	*handle = mheap_refs_value(refs, ref);
	return mheap_ref_is_kernel(*handle) ? ref : 0;
}
