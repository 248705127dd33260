// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Frames: functions that get handles and need not drop them one by one.
 */
#include <mheap.h>
#include <stdio.h>

#define LEFT	0
#define RIGHT	1

static uint64_t handles(struct mheap *h)
{
	struct mheap_info info;

	return mheap_info(h, &info) ? 0 : info.handles;
}

/* How deep is the tree?  Negative: an error.  All handles go on the way back. */
static int depth(struct mheap *h, mheap_ref tree)
{
	MHEAP_FRAME(h);
	mheap_ref child;
	int err, found, deepest = 0;

	err = MHEAP_FRAME_ERROR();
	for (uint32_t slot = LEFT; slot <= RIGHT && !err; slot++) {
		err = mheap_get(h, tree, slot, &child);
		if (err || !child)
			continue;
		found = depth(h, child);
		if (found < 0)
			return found;
		if (found > deepest)
			deepest = found;
	}
	return err ? err : deepest + 1;
}

/* A tree of so many levels.  Of the handles made here the caller gets one. */
static int build(struct mheap *h, int levels, mheap_ref *tree)
{
	mheap_ref root = 0, child;
	int err;

	err = mheap_frame_push(h);
	if (err)
		return err;
	err = mheap_alloc(h, 0, 2, 0, 0, &root);
	for (uint32_t slot = LEFT; slot <= RIGHT && levels > 1 && !err; slot++) {
		err = build(h, levels - 1, &child);
		if (!err)
			err = mheap_set(h, root, slot, child);
	}
	if (!err)
		return mheap_frame_pop(h, root, tree);
	mheap_frame_pop(h, 0, NULL);
	return err;
}

int main(void)
{
	struct mheap *h;
	mheap_ref tree;
	int err;

	err = mheap_open(&h);
	if (!err)
		err = build(h, 5, &tree);
	if (err) {
		fprintf(stderr, "frame: %s\n", mheap_strerror(err));
		return 1;
	}

	printf("%d handle\n", (int)handles(h));
	printf("%d levels\n", depth(h, tree));
	printf("%d handle\n", (int)handles(h));

	return mheap_close(h) ? 1 : 0;
}
