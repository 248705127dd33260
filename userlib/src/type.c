// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Types and their names.
 */
#include <errno.h>
#include <string.h>

#include "session.h"

int mheap_type_register(struct mheap *h, const char *name, mheap_type *t)
{
	struct mheap_ioc_type ioc = {
		.size = sizeof(ioc),
		.name = mheap_address(name),
	};
	int err;

	if (!name || !t)
		return -EFAULT;
	ioc.name_len = mheap_length(strlen(name));
	err = mheap_ioctl(h->fd, MHEAP_IOC_TYPE_REGISTER, &ioc);
	if (err)
		return err;
	*t = ioc.type;
	return 0;
}

int mheap_type_name(struct mheap *h, mheap_type t, char *buf, size_t len)
{
	struct mheap_ioc_type ioc = {
		.size = sizeof(ioc),
		.type = t,
		.name = mheap_address(buf),
		.name_len = mheap_length(len),
	};

	return mheap_ioctl(h->fd, MHEAP_IOC_TYPE_NAME, &ioc);
}
