/* SPDX-License-Identifier: GPL-2.0 */
/* Where the payload of an object lies: what the object keeps of it. */
#ifndef MHEAP_BLOCK_H
#define MHEAP_BLOCK_H

#include <linux/types.h>

struct mheap_span;

/**
 * struct mheap_payload - Where the payload of an object lies
 * @span: in these pages, see area.h
 * @nbytes: its size; 0 if there is none
 * @offset: where it begins there
 *
 * The bytes are apart from slots and counts, since programs map them.
 */
struct mheap_payload {
	struct mheap_span *span;
	u32 nbytes;
	u32 offset;
};

#define MHEAP_PAYLOAD_WORDS	(sizeof(struct mheap_payload) / sizeof(void *))

#endif
