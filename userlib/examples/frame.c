// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * This shows functions that make handles in frames and need not drop them one by one.
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

/*
 * Returns the number of levels of the tree, or -errno.  Leaving the function drops all
 * handles that it made.
 */
static int depth(struct mheap *h, mheap_ref tree)
{
	MHEAP_FRAME(h);
	mheap_ref child;
	int err = MHEAP_FRAME_ERROR(), found, deepest = 0;

	if (err)
		return err;
	for (uint32_t slot = LEFT; slot <= RIGHT; slot++) {
		err = mheap_get(h, tree, slot, &child);
		if (err)
			return err;
		if (!child)
			continue;
		found = depth(h, child);
		if (found < 0)
			return found;
		if (found > deepest)
			deepest = found;
	}
	return deepest + 1;
}

static int build(struct mheap *h, int levels, mheap_ref *tree);

/* Make the root of a tree and what is below it. */
static int build_levels(struct mheap *h, int levels, mheap_ref *root)
{
	mheap_ref child;
	int err;

	err = mheap_alloc(h, 0, 2, 0, 0, root);
	if (err || levels == 1)
		return err;
	for (uint32_t slot = LEFT; slot <= RIGHT; slot++) {
		err = build(h, levels - 1, &child);
		if (err)
			return err;
		err = mheap_set(h, *root, slot, child);
		if (err)
			return err;
	}
	return 0;
}

/* Make a tree of that many levels.  The caller gets one handle, and the others go. */
static int build(struct mheap *h, int levels, mheap_ref *tree)
{
	mheap_ref root;
	int err;

	err = mheap_frame_push(h);
	if (err)
		return err;
	err = build_levels(h, levels, &root);
	if (err) {
		mheap_frame_pop(h, 0, NULL);
		return err;
	}
	return mheap_frame_pop(h, root, tree);
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
