// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The smallest program makes two objects and a reference, and shows what dropping does.
 */
#include <mheap.h>
#include <stdio.h>

int main(void)
{
	struct mheap *h;
	struct mheap_info info;
	mheap_ref parent, child;
	int err;

	err = mheap_open(&h);
	if (err) {
		fprintf(stderr, "smallest: %s\n", mheap_strerror(err));
		return 1;
	}

	mheap_alloc(h, 0, 1, 0, 0, &parent);	/* one slot, no payload */
	mheap_alloc(h, 0, 0, 16, 0, &child);	/* no slot, 16 bytes */
	mheap_set(h, parent, 0, child);
	mheap_drop(h, child);			/* the slot keeps it alive */
	mheap_info(h, &info);
	printf("%llu objects\n", (unsigned long long)info.objects);

	mheap_drop(h, parent);			/* both die here, at once */
	mheap_info(h, &info);
	printf("%llu objects\n", (unsigned long long)info.objects);

	return mheap_close(h) ? 1 : 0;
}
