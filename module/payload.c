// SPDX-License-Identifier: GPL-2.0
/* Payload bytes of objects, as programs read and write them by calls. */
#include <linux/errno.h>
#include <linux/string.h>

#include "area.h"
#include "compat.h"
#include "heap.h"
#include "object.h"
#include "payload.h"
#include "resize.h"

/**
 * mheap_payload_check() - Does the object have these bytes?
 * @o: the object
 * @off: any offset
 * @len: any length
 *
 * Context: the heap lock is held.
 *
 * Return: 0, or -ERANGE if it does not have all of them.
 */
int mheap_payload_check(const struct mheap_object *o, u64 off, u32 len)
{
	u32 nbytes = mheap_object_nbytes(o);

	return off > nbytes || len > nbytes - off ? -ERANGE : 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_payload_check);

/* Copy bytes that were checked.  The heap lock is held. */
void mheap_payload_read(const struct mheap_object *o, u32 off, void *data,
			u32 len)
{
	if (len)
		memcpy(data, mheap_payload_address(o, off), len);
}

/* Return the address of one or more bytes that were checked.  The heap lock is held. */
const void *mheap_payload_address(const struct mheap_object *o, u32 off)
{
	return mheap_area_data(mheap_object_payload(o)) + off;
}

/* Overwrite bytes that were checked.  The heap lock is held. */
void mheap_payload_write(struct mheap_heap *heap, struct mheap_object *o,
			 u32 off, const void *data, u32 len)
{
	mheap_heap_assert_locked(heap);
	if (!len)
		return;
	memcpy(mheap_area_data(mheap_object_payload(o)) + off, data, len);
	if (o->flags & MHEAP_RESIZING)
		mheap_resize_mirror_data(heap, o, off, data, len);
}
