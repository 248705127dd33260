// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Freeing batch references whose handles were dropped with a frame.
 *
 * Only the kernel knows which handles a frame had: other threads and processes use the
 * frames of the session too.  So a sweep asks the kernel about every reference that has a
 * handle.  A handle that the kernel does not know was dropped and never becomes valid
 * again, so nothing that happens meanwhile can make the answer wrong.
 *
 * A sweep is due when the number of references has doubled since the last one.  So each
 * reference pays for a bounded share of the sweeps, however many references live on, and
 * the number of dead ones is bounded.
 */
#include <errno.h>

#include "sweep.h"

/* References in one call to the kernel: 4 KiB of stack. */
#define CHUNK	64U

struct chunk {
	struct mheap_op ops[CHUNK];
	mheap_ref refs[CHUNK];
	uint32_t count;
};

/* Fill the chunk with references that have a handle, from index *n on up to end. */
static void fill(struct mheap_refs *refs, struct chunk *chunk, uint32_t *n,
		 uint32_t end)
{
	uint64_t handle;
	mheap_ref ref;

	chunk->count = 0;
	for (; *n < end && chunk->count < CHUNK; (*n)++) {
		ref = mheap_refs_at(refs, *n, &handle);
		if (!ref)
			continue;
		chunk->refs[chunk->count] = ref;
		chunk->ops[chunk->count++] = (struct mheap_op){
			.opcode = MHEAP_OP_REFCOUNT,
			.obj = handle,
		};
	}
}

/*
 * Free the references whose handles the kernel does not know.  Ops that it did not reach
 * keep the result 0, so their references count as alive.
 */
static void free_dead(struct mheap *h, struct chunk *chunk,
		      struct mheap_free_list *freed)
{
	struct mheap_ioc_batch ioc = {
		.size = sizeof(ioc),
		.flags = MHEAP_BATCH_GO_ON,
		.ops = mheap_address(chunk->ops),
		.count = chunk->count,
	};

	if (!chunk->count || mheap_ioctl(h->fd, MHEAP_IOC_BATCH, &ioc))
		return;
	for (uint32_t i = 0; i < chunk->count; i++) {
		if (chunk->ops[i].result == -EBADF)
			mheap_refs_free(&h->refs, freed, chunk->refs[i]);
	}
}

void mheap_sweep(struct mheap *h)
{
	uint32_t end = mheap_refs_sweep_begin(&h->refs), n = 0;
	struct mheap_free_list freed = { 0 };
	struct chunk chunk;

	if (!end)
		return;
	while (n < end) {
		fill(&h->refs, &chunk, &n, end);
		free_dead(h, &chunk, &freed);
	}
	mheap_refs_give_back(&h->refs, &freed);
	mheap_refs_sweep_end(&h->refs);
}
