/* SPDX-License-Identifier: GPL-2.0 */
/* What an object stores about its payload, which lies elsewhere. */
#ifndef MHEAP_BLOCK_H
#define MHEAP_BLOCK_H

#include <linux/types.h>

struct mheap_span;

/**
 * struct mheap_payload - Where the payload of an object lies
 * @span: the pages that the payload lies in
 * @nbytes: the size of the payload, or 0 if there is none
 * @offset: the offset of the payload in @span
 *
 * The bytes lie apart from slots and counts, since programs map and write them.  The
 * heap lock guards this struct once its object has an id.
 */
struct mheap_payload {
	struct mheap_span *span;
	u32 nbytes;
	u32 offset;
};

#define MHEAP_PAYLOAD_WORDS	(sizeof(struct mheap_payload) / sizeof(void *))

#endif
