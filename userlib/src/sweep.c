// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Giving up batch references whose handles went with a frame.
 *
 * Which handles these were only the kernel knows: other threads and processes
 * use the frames of the session too.  So it is asked about all references that
 * have a handle.  One that it does not know was dropped and is never valid
 * again, so nothing can happen in between that makes the answer wrong.
 *
 * The table is gone through when the references in use have doubled since the
 * last time.  That costs each reference that is made a bounded share, however many
 * of them live on, and bounds those that are dead.
 */
#include <errno.h>

#include "sweep.h"

/* References of one call into the kernel: 4 KiB of stack. */
#define PART	64U

struct part {
	struct mheap_op ops[PART];
	mheap_ref refs[PART];
	uint32_t count;
};

/* References from place *n on that have a handle. */
static void fill(struct mheap_refs *refs, struct part *part, uint32_t *n,
		 uint32_t end)
{
	uint64_t handle;
	mheap_ref ref;

	part->count = 0;
	for (; *n < end && part->count < PART; (*n)++) {
		ref = mheap_refs_at(refs, *n, &handle);
		if (!ref)
			continue;
		part->refs[part->count] = ref;
		part->ops[part->count++] = (struct mheap_op){
			.opcode = MHEAP_OP_REFCOUNT,
			.obj = handle,
		};
	}
}

/* Entries that were not reached keep the result 0, as if they were alive. */
static void give_up_dead(struct mheap *h, struct part *part,
			 struct mheap_places *released)
{
	struct mheap_ioc_batch ioc = {
		.size = sizeof(ioc),
		.flags = MHEAP_BATCH_GO_ON,
		.ops = mheap_address(part->ops),
		.count = part->count,
	};

	if (!part->count || mheap_ioctl(h->fd, MHEAP_IOC_BATCH, &ioc))
		return;
	for (uint32_t i = 0; i < part->count; i++) {
		if (part->ops[i].result == -EBADF)
			mheap_refs_release(&h->refs, released, part->refs[i]);
	}
}

void mheap_sweep(struct mheap *h)
{
	struct mheap_places released = { 0 };
	uint32_t end = mheap_refs_sweep_begin(&h->refs), n = 0;
	struct part part;

	if (!end)
		return;
	while (n < end) {
		fill(&h->refs, &part, &n, end);
		give_up_dead(h, &part, &released);
	}
	mheap_refs_put(&h->refs, &released);
	mheap_refs_sweep_end(&h->refs);
}
