// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The table of batch references.
 *
 * A reader loads the value of a place and then its sequence; a writer stores
 * the sequence first.  So whoever reads a value of the next user of a place
 * sees that the sequence changed.  A value of the last user is harmless: the
 * kernel refuses a handle that was dropped.
 *
 * Batches take and give back places in chains, to pay for the lock once in
 * many operations.
 */
#include <stdlib.h>

#include "refs.h"

/* Places per visit to the lock: 4 KiB of the table. */
#define TAKE		256U

/* So few references are not worth a sweep: 16 KiB of the table. */
#define SWEEP_LEAST	1024U

/* Releasing a place with this sequence would make bit 63 of a reference. */
#define SEQ_LAST	0x7fffffffU

static uint32_t chunk_of(uint32_t n)
{
	return 31 - __builtin_clz((n >> MHEAP_REFS_FIRST_SHIFT) + 1);
}

static struct mheap_place *chunk_at(struct mheap_refs *refs, uint32_t k)
{
	return atomic_load_explicit(&refs->chunk[k], memory_order_acquire);
}

static uint32_t index_in_chunk(uint32_t n, uint32_t k)
{
	return n - (((1U << k) - 1) << MHEAP_REFS_FIRST_SHIFT);
}

/* A place that was given out once, so its chunk is there. */
static struct mheap_place *place_at(struct mheap_refs *refs, uint32_t n)
{
	uint32_t k = chunk_of(n);

	return chunk_at(refs, k) + index_in_chunk(n, k);
}

void mheap_refs_init(struct mheap_refs *refs)
{
	pthread_mutex_init(&refs->lock, NULL);
	refs->used = 1;		/* place 0 ends chains */
	refs->sweep_at = SWEEP_LEAST;
}

void mheap_refs_fini(struct mheap_refs *refs)
{
	for (unsigned int k = 0; k < MHEAP_REFS_CHUNKS; k++)
		free(refs->chunk[k]);
	pthread_mutex_destroy(&refs->lock);
}

/* The next place that was never used, with its chunk; under the lock. */
static struct mheap_place *fresh_place(struct mheap_refs *refs)
{
	uint32_t k = chunk_of(refs->used);
	struct mheap_place *chunk = chunk_at(refs, k);

	if (refs->used == UINT32_MAX)
		return NULL;
	if (!chunk) {
		chunk = calloc((size_t)1 << (k + MHEAP_REFS_FIRST_SHIFT),
			       sizeof(*chunk));
		if (!chunk)
			return NULL;
		atomic_store_explicit(&refs->chunk[k], chunk,
				      memory_order_release);
	}
	return chunk + index_in_chunk(refs->used, k);
}

static void push(struct mheap_places *chain, struct mheap_place *p, uint32_t n)
{
	p->next = chain->head;
	chain->head = n;
	if (!chain->tail)
		chain->tail = n;
	chain->count++;
}

static uint32_t pop(struct mheap_refs *refs, struct mheap_places *chain)
{
	uint32_t n = chain->head;

	chain->head = place_at(refs, n)->next;
	if (!chain->head)
		chain->tail = 0;
	chain->count--;
	return n;
}

/* Up to TAKE places, used ones first. */
static void take(struct mheap_refs *refs, struct mheap_places *to)
{
	struct mheap_place *p;
	uint32_t n;

	pthread_mutex_lock(&refs->lock);
	for (unsigned int i = 0; i < TAKE; i++) {
		if (refs->free.head) {
			n = pop(refs, &refs->free);
			p = place_at(refs, n);
		} else {
			p = fresh_place(refs);
			if (!p)
				break;
			n = refs->used++;
		}
		push(to, p, n);
	}
	pthread_mutex_unlock(&refs->lock);
}

mheap_ref mheap_refs_new(struct mheap_refs *refs, struct mheap_places *from,
			 uint64_t value)
{
	struct mheap_place *p;
	uint32_t n, seq;

	if (!from->head)
		take(refs, from);
	if (!from->head)
		return 0;
	n = pop(refs, from);
	p = place_at(refs, n);
	seq = atomic_load_explicit(&p->seq, memory_order_relaxed) + 1;
	atomic_store_explicit(&p->seq, seq, memory_order_relaxed);
	atomic_store_explicit(&p->value, value, memory_order_release);
	return (uint64_t)seq << 32 | n;
}

uint64_t mheap_refs_value(struct mheap_refs *refs, mheap_ref ref)
{
	uint32_t k = chunk_of((uint32_t)ref);
	struct mheap_place *p = chunk_at(refs, k);
	uint64_t value;

	if (!p)
		return 0;
	p += index_in_chunk((uint32_t)ref, k);
	value = atomic_load_explicit(&p->value, memory_order_acquire);
	if (atomic_load_explicit(&p->seq, memory_order_relaxed) != ref >> 32)
		return 0;
	return value;
}

void mheap_refs_bind(struct mheap_refs *refs, mheap_ref ref, uint64_t handle)
{
	struct mheap_place *p = place_at(refs, (uint32_t)ref);

	atomic_store_explicit(&p->value, handle, memory_order_release);
}

/* Who drops a handle and who finds it dead may both come here. */
void mheap_refs_release(struct mheap_refs *refs, struct mheap_places *to,
			mheap_ref ref)
{
	struct mheap_place *p = place_at(refs, (uint32_t)ref);
	uint32_t seq = ref >> 32, seen = seq;

	if (!atomic_compare_exchange_strong_explicit(&p->seq, &seen, seq + 1,
						     memory_order_relaxed,
						     memory_order_relaxed))
		return;
	atomic_store_explicit(&p->value, 0, memory_order_release);
	if (seq != SEQ_LAST)
		push(to, p, (uint32_t)ref);
}

void mheap_refs_put(struct mheap_refs *refs, struct mheap_places *chain)
{
	if (!chain->head)
		return;
	pthread_mutex_lock(&refs->lock);
	place_at(refs, chain->tail)->next = refs->free.head;
	refs->free.head = chain->head;
	if (!refs->free.tail)
		refs->free.tail = chain->tail;
	refs->free.count += chain->count;
	pthread_mutex_unlock(&refs->lock);
	*chain = (struct mheap_places){ 0 };
}

/* Under the lock.  Spare places of batches count as used. */
static uint32_t in_use(const struct mheap_refs *refs)
{
	return refs->used - 1 - refs->free.count;
}

uint32_t mheap_refs_sweep_begin(struct mheap_refs *refs)
{
	uint32_t end = 0;

	pthread_mutex_lock(&refs->lock);
	if (in_use(refs) >= refs->sweep_at) {
		refs->sweep_at = UINT64_MAX;
		end = refs->used;
	}
	pthread_mutex_unlock(&refs->lock);
	return end;
}

void mheap_refs_sweep_end(struct mheap_refs *refs)
{
	pthread_mutex_lock(&refs->lock);
	refs->sweep_at = 2ULL * in_use(refs) + SWEEP_LEAST;
	pthread_mutex_unlock(&refs->lock);
}

mheap_ref mheap_refs_at(struct mheap_refs *refs, uint32_t n, uint64_t *handle)
{
	uint32_t seq = atomic_load_explicit(&place_at(refs, n)->seq,
					    memory_order_relaxed);
	mheap_ref ref = (uint64_t)seq << 32 | n;

	*handle = mheap_refs_value(refs, ref);
	return mheap_ref_is_kernel(*handle) ? ref : 0;
}
