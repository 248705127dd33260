// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Freeing references whose handles were dropped with a frame.
 *
 * Only the kernel knows which handles a frame had: other threads and processes use the
 * frames of the session too.  So a sweep asks the kernel about every reference whose
 * handle was made.  A number that is no handle then was dropped, and it is not used for
 * another handle before its reference is freed here.  If somebody else frees the reference
 * meanwhile and uses the number, the reference has become invalid.
 *
 * A sweep is due when the number of references has doubled since the last one.  So each
 * reference pays for a bounded share of the sweeps, however many references live on, and
 * the number of dead ones is bounded.
 */
#include <errno.h>

#include "sweep.h"

/* References in one call to the kernel: 2.5 KiB of stack. */
#define CHUNK	64U

struct chunk {
	struct mheap_entry entries[CHUNK];
	struct mheap_op_result results[CHUNK];
	mheap_ref refs[CHUNK];
	uint32_t count;
};

/* Fill the chunk with references whose handles were made. */
static void fill(struct mheap_refs *refs, struct chunk *chunk,
		 struct mheap_refs_walk *walk)
{
	mheap_ref ref;

	chunk->count = 0;
	while (chunk->count < CHUNK && (ref = mheap_refs_walk(refs, walk))) {
		chunk->refs[chunk->count] = ref;
		chunk->entries[chunk->count++] = (struct mheap_entry){
			.opcode = MHEAP_OP_REFCOUNT,
			.obj = (uint32_t)ref,
		};
	}
}

/*
 * Free the references whose handles the kernel does not know.  Ops that it did not reach
 * have no result, so their references count as alive.
 */
static void free_dead(struct mheap *h, struct chunk *chunk,
		      struct mheap_free_list *freed)
{
	struct mheap_ioc_batch ioc = {
		.size = sizeof(ioc),
		.flags = MHEAP_BATCH_GO_ON,
		.entries = mheap_address(chunk->entries),
		.results = mheap_address(chunk->results),
		.count = chunk->count,
		.space = chunk->count,
	};

	if (mheap_ioctl(h->fd, MHEAP_IOC_BATCH, &ioc))
		return;
	for (uint32_t i = 0; i < ioc.filled; i++) {
		if (chunk->results[i].error == -EBADF)
			mheap_refs_free(&h->refs, freed,
					chunk->refs[chunk->results[i].entry]);
	}
}

void mheap_sweep(struct mheap *h)
{
	struct mheap_free_list freed = { 0 };
	struct mheap_refs_walk walk;
	struct chunk chunk;

	if (!mheap_refs_sweep_begin(&h->refs, &walk))
		return;
	for (;;) {
		fill(&h->refs, &chunk, &walk);
		if (!chunk.count)
			break;
		free_dead(h, &chunk, &freed);
	}
	mheap_refs_give_back(&h->refs, &freed);
	mheap_refs_sweep_end(&h->refs);
}
