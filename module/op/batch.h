/* SPDX-License-Identifier: GPL-2.0 */
/* Batches, whose ops are done chunk by chunk. */
#ifndef MHEAP_OP_BATCH_H
#define MHEAP_OP_BATCH_H

#include <linux/types.h>

struct mheap_call;
struct mheap_prepared;

u32 mheap_batch_prepare(struct mheap_call *call);
void mheap_batch_run(struct mheap_call *call, u32 end);
void mheap_batch_release(struct mheap_call *call);
void mheap_batch_end(struct mheap_call *call);
struct mheap_prepared *mheap_batch_output(struct mheap_call *call);
void mheap_batch_fail(struct mheap_call *call, u32 at, int err);

#endif
