// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * This makes two objects that keep each other alive until the scanner finds them.
 */
#include <mheap.h>
#include <stdio.h>

static void show(struct mheap *h, const char *when)
{
	struct mheap_info info;

	if (!mheap_info(h, &info))
		printf("%s: %llu objects\n", when,
		       (unsigned long long)info.objects);
}

int main(void)
{
	struct mheap *h;
	mheap_ref a, b;
	int err;

	err = mheap_open(&h);
	if (err) {
		fprintf(stderr, "cycle: %s\n", mheap_strerror(err));
		return 1;
	}

	mheap_alloc(h, 0, 1, 0, 0, &a);
	mheap_alloc(h, 0, 1, 0, 0, &b);
	mheap_set(h, a, 0, b);
	mheap_set(h, b, 0, a);
	show(h, "made");

	/* No session can reach the objects any more, but each has a reference. */
	mheap_drop(h, a);
	mheap_drop(h, b);
	show(h, "dropped");

	printf("%lld found\n", (long long)mheap_gc_collect(h, 2));
	show(h, "collected");

	return mheap_close(h) ? 1 : 0;
}
