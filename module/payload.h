/* SPDX-License-Identifier: GPL-2.0 */
/* Payload bytes of objects. */
#ifndef MHEAP_PAYLOAD_H
#define MHEAP_PAYLOAD_H

#include <linux/types.h>

struct mheap_heap;
struct mheap_object;

int mheap_payload_check(const struct mheap_object *o, u64 off, u32 len);
void mheap_payload_read(const struct mheap_object *o, u32 off, void *data,
			u32 len);
const void *mheap_payload_address(const struct mheap_object *o, u32 off);
void mheap_payload_write(struct mheap_heap *heap, struct mheap_object *o,
			 u32 off, const void *data, u32 len);

#endif
