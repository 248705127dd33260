// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sentences about errors, and the version of the library.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "mheap.h"

static const struct {
	int err;
	const char *text;
} sentences[] = {
	{ 0, "no error" },
	{ EBADF, "no such handle in this session" },
	{ ENOENT, "no such id, name, type, weak handle or device, or the object is dead" },
	{ EINVAL, "slot or generation out of range, unknown flag, no frame, or no object given" },
	{ EPERM, "the session lacks the right, or the object is interned" },
	{ EACCES, "no permission to open the device" },
	{ ERANGE, "beyond the object's payload, or the buffer is too short" },
	{ E2BIG, "more slots, bytes, types or frames, or a longer name, than the maximum" },
	{ EDQUOT, "the heap is at its limit and a collection did not help" },
	{ ENOMEM, "no memory" },
	{ EFAULT, "bad pointer" },
	{ EEXIST, "the name is bound, the object has another finalizer or was finalized, or the handle is in use" },
	{ EBUSY, "another resize of the object is under way" },
	{ EOVERFLOW, "the object has as many references as it can have" },
	{ EINTR, "interrupted by a signal" },
	{ ENOSPC, "the batch is full" },
	{ ECANCELED, "the batch stopped before this op" },
	{ ENOTTY, "not a descriptor of the mheap device, or a call unknown to the module" },
	{ ENXIO, "the device does not exist: the mheap module is not loaded" },
	{ ENODEV, "the device does not exist: the mheap module is not loaded" },
	{ EPROTONOSUPPORT, "the mheap module and this library do not fit each other" },
};

const char *mheap_strerror(int err)
{
	const char *text;

	if (err < 0 && err != INT32_MIN)
		err = -err;
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		if (sentences[i].err == err)
			return sentences[i].text;
	}
	text = strerrordesc_np(err);
	return text ? text : "unknown error";
}

const char *mheap_version(void)
{
	return MHEAP_VERSION;
}
