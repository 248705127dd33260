// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * This makes a list of 1,000 objects with one call to the kernel.
 */
#include <mheap.h>
#include <stdio.h>

#define LENGTH	1000

int main(void)
{
	struct mheap_batch *b;
	struct mheap_info info;
	mheap_ref list = 0, node;
	struct mheap *h;
	int err;

	err = mheap_open(&h);
	if (err) {
		fprintf(stderr, "batch: %s\n", mheap_strerror(err));
		return 1;
	}
	b = mheap_batch_new(h, 3 * LENGTH);
	if (!b)
		return 1;

	/* node stands for an object that the kernel has yet to make. */
	for (int i = 0; i < LENGTH; i++) {
		node = mheap_batch_alloc(b, 0, 1, 0, 0);
		if (list) {
			mheap_batch_set(b, node, 0, list);
			mheap_batch_drop(b, list);
		}
		list = node;
	}
	printf("%d operations\n", mheap_batch_submit(b));

	/* After submitting, list is a handle like any other. */
	mheap_info(h, &info);
	printf("%llu objects, %llu handle\n", (unsigned long long)info.objects,
	       (unsigned long long)info.handles);
	mheap_drop(h, list);
	mheap_info(h, &info);
	printf("%llu objects\n", (unsigned long long)info.objects);

	mheap_batch_free(b);
	return mheap_close(h) ? 1 : 0;
}
