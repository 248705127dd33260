// SPDX-License-Identifier: GPL-2.0
/* The library: frames made by calls and by declarations, and batches within them. */
#include <errno.h>
#include <stdlib.h>

#include "dev.h"
#include "harness.h"
#include "lib_heap.h"

/* The lower half of a batch reference is its index in the library's table. */
#define PLACE(_ref)	((uint32_t)(_ref))

static void push(struct mheap *h)
{
	CHECK_EQ(mheap_frame_push(h), 0);
}

static void pop(struct mheap *h)
{
	CHECK_EQ(mheap_frame_pop(h, 0, NULL), 0);
}

static void check_dead(struct mheap *h, mheap_ref r)
{
	uint64_t n;

	CHECK_EQ(mheap_refcount(h, r, &n), -EBADF);
}

/* ---- calls ---- */

TEST(frame_drops_what_it_has)
{
	struct mheap *h = lib_open();
	mheap_ref before = lib_alloc(h, 1, 0), a, b = 0;

	push(h);
	CHECK_EQ(lib_info(h).frames, 1);
	a = lib_alloc(h, 1, 0);
	CHECK_EQ(mheap_set(h, before, 0, a), 0);
	CHECK_EQ(mheap_dup(h, before, &b), 0);
	lib_drop(h, lib_alloc(h, 0, 0));
	lib_alloc(h, 0, 0);
	CHECK_EQ(lib_info(h).handles, 4);
	pop(h);
	CHECK_EQ(lib_info(h).frames, 0);
	CHECK_EQ(lib_info(h).handles, 1);
	CHECK_EQ(lib_info(h).objects, 2);
	CHECK_EQ(lib_refcount(h, before), 1);
	check_dead(h, a);
	check_dead(h, b);
}

TEST(frame_keeps_one)
{
	struct mheap *h = lib_open();
	mheap_ref a, b, kept = 5;

	push(h);
	push(h);
	a = lib_alloc(h, 0, 0);
	b = lib_alloc(h, 0, 0);
	CHECK_EQ(mheap_frame_pop(h, a, &kept), 0);
	CHECK_EQ(kept, a);
	check_dead(h, b);
	CHECK_EQ(lib_refcount(h, a), 1);
	CHECK_EQ(mheap_frame_pop(h, 0, &kept), 0);
	CHECK_EQ(kept, 0);
	check_dead(h, a);
	CHECK_EQ(lib_info(h).objects, 0);
}

TEST(frame_keeps_what_is_older)
{
	struct mheap *h = lib_open();
	mheap_ref a = lib_alloc(h, 0, 0), b, kept = 5;

	push(h);
	b = lib_alloc(h, 0, 0);
	push(h);
	CHECK_EQ(mheap_frame_pop(h, a, &kept), 0);
	CHECK_EQ(kept, a);
	push(h);
	CHECK_EQ(mheap_frame_pop(h, b, NULL), 0);
	pop(h);
	CHECK_EQ(lib_refcount(h, a), 1);
	check_dead(h, b);
}

TEST(frame_errors)
{
	struct mheap *h = lib_open();
	mheap_ref a, kept = 5;

	CHECK_EQ(mheap_frame_pop(h, 0, &kept), -EINVAL);
	a = lib_alloc(h, 0, 0);
	CHECK_EQ(mheap_frame_pop(h, a, &kept), -EINVAL);
	push(h);
	CHECK_EQ(mheap_frame_pop(h, 77, &kept), -EBADF);
	CHECK_EQ(mheap_frame_pop(h, ~0ULL, &kept), -EBADF);
	CHECK_EQ(kept, 5);
	CHECK_EQ(lib_info(h).frames, 1);
	CHECK_EQ(lib_info(h).handles, 1);
	pop(h);
	CHECK_EQ(lib_refcount(h, a), 1);
}

/* Push as many frames as a session can have. */
static uint32_t push_all(struct mheap *h)
{
	struct mheap_ioc_query q = { .size = sizeof(q) };
	uint32_t i;

	CHECK_EQ(dev_ioctl(mheap_fd(h), MHEAP_IOC_QUERY, &q), 0);
	CHECK(q.max_frames);
	for (i = 0; i < q.max_frames; i++)
		push(h);
	CHECK_EQ(mheap_frame_push(h), -E2BIG);
	return q.max_frames;
}

TEST(frames_up_to_the_limit)
{
	struct mheap *h = lib_open();
	uint32_t frames = push_all(h);

	CHECK_EQ(lib_info(h).frames, frames);
	pop(h);
	push(h);
	CHECK_EQ(mheap_frame_push(h), -E2BIG);
	while (frames--)
		pop(h);
	CHECK_EQ(mheap_frame_pop(h, 0, NULL), -EINVAL);
}

TEST(frame_leaves_weak_handles)
{
	struct mheap *h = lib_open();
	mheap_ref a = lib_alloc(h, 0, 0), r = 0;
	mheap_weak w;

	push(h);
	CHECK_EQ(mheap_weak_new(h, a, 1, &w), 0);
	pop(h);
	CHECK_EQ(mheap_weak_get(h, w, &r), 0);
	CHECK_EQ(mheap_same(h, a, r), 1);
}

/* The handle of an event belongs to the frame in which it is read. */
TEST(frame_answers_an_event)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref a = lib_alloc(h, 0, 0);

	CHECK_EQ(mheap_set_finalizer(h, a, 1), 0);
	lib_drop(h, a);
	push(h);
	CHECK_EQ(lib_event(h).kind, MHEAP_EV_FINALIZE);
	CHECK_EQ(lib_info(h).objects, 1);
	pop(h);
	CHECK_EQ(lib_info(h).objects, 0);
}

/* ---- declarations ---- */

/*
 * Each level of the recursion makes a handle in a frame; returns the frames at the deepest.
 */
static uint64_t nest(struct mheap *h, unsigned int levels)
{
	MHEAP_FRAME(h);

	CHECK_EQ(MHEAP_FRAME_ERROR(), 0);
	lib_alloc(h, 0, 0);
	return levels ? nest(h, levels - 1) : lib_info(h).frames;
}

TEST(scope_in_nested_functions)
{
	struct mheap *h = lib_open();

	CHECK_EQ(nest(h, 19), 20);
	CHECK_EQ(lib_info(h).frames, 0);
	CHECK_EQ(lib_info(h).handles, 0);
	CHECK_EQ(lib_info(h).objects, 0);
}

TEST(scope_left_in_every_way)
{
	struct mheap *h = lib_open();
	unsigned int i;

	for (i = 0; i < 3; i++) {
		MHEAP_FRAME(h);

		lib_alloc(h, 0, 0);
		if (i == 1)
			continue;
		if (i == 2)
			break;
	}
	CHECK_EQ(lib_info(h).handles, 0);
	{
		MHEAP_FRAME(h);

		lib_alloc(h, 0, 0);
		goto out;
	}
out:
	CHECK_EQ(lib_info(h).handles, 0);
	CHECK_EQ(lib_info(h).frames, 0);
}

/* A frame that could not be pushed is not popped. */
TEST(scope_without_a_frame)
{
	struct mheap *h = lib_open();
	uint32_t frames = push_all(h);
	mheap_ref a = lib_alloc(h, 0, 0);

	{
		MHEAP_FRAME(h);

		CHECK_EQ(MHEAP_FRAME_ERROR(), -E2BIG);
	}
	CHECK_EQ(lib_info(h).frames, frames);
	CHECK_EQ(lib_refcount(h, a), 1);
}

/* ---- batch references ---- */

TEST(frame_drops_batch_references)
{
	struct mheap *h = lib_open();
	struct mheap_batch *b = lib_batch(h, 10);
	mheap_ref x, y, kept = 5;

	push(h);
	x = mheap_batch_alloc(b, 0, 1, 0, 0);
	y = mheap_batch_alloc(b, 0, 1, 0, 0);
	CHECK_EQ(mheap_frame_pop(h, x, &kept), -EBADF);
	CHECK_EQ(kept, 5);
	CHECK_EQ(mheap_batch_submit(b), 2);
	CHECK_EQ(mheap_frame_pop(h, x, &kept), 0);
	CHECK_EQ(kept, x);
	CHECK_EQ(lib_refcount(h, x), 1);
	check_dead(h, y);
	CHECK_EQ(mheap_batch_set(b, x, 0, x), 0);
	CHECK_EQ(mheap_batch_set(b, x, 0, y), 0);
	CHECK_EQ(mheap_batch_submit(b), 1);
	CHECK_EQ(mheap_batch_result(b, 3), -EBADF);
	CHECK_EQ(mheap_drop(h, y), -EBADF);
	lib_drop(h, x);
	CHECK_EQ(mheap_drop(h, x), -EBADF);
	CHECK_EQ(lib_info(h).handles, 0);
}

TEST(frame_within_a_batch)
{
	struct mheap *h = lib_open();
	struct mheap_batch *b = lib_batch(h, 10);
	mheap_ref x, y, z;

	CHECK_EQ(mheap_batch_frame_push(b), 0);
	x = mheap_batch_alloc(b, 0, 1, 0, 0);
	y = mheap_batch_alloc(b, 0, 1, 0, 0);
	CHECK_EQ(mheap_batch_set(b, x, 0, y), 0);
	CHECK_EQ(mheap_batch_frame_pop(b, x), 0);
	z = mheap_batch_get(b, x, 0);
	CHECK_EQ(mheap_batch_frame_pop(b, 0), 0);
	CHECK_EQ(mheap_batch_submit(b), 6);
	CHECK_EQ(mheap_batch_result(b, 4), 0);
	CHECK_EQ(mheap_batch_ref(b, 4), 0);
	CHECK_EQ(mheap_batch_result(b, 6), -EINVAL);
	CHECK_EQ(lib_info(h).frames, 0);
	CHECK_EQ(lib_info(h).handles, 2);
	CHECK_EQ(lib_refcount(h, x), 1);
	CHECK_EQ(lib_refcount(h, z), 2);
	check_dead(h, y);
}

/* The batch takes several calls, and the reference to keep comes from an earlier one. */
TEST(frame_over_parts_of_a_batch)
{
	struct mheap *h = lib_open();
	struct mheap_batch *b = lib_batch(h, 40000);
	mheap_ref x;
	unsigned int i;

	CHECK_EQ(mheap_batch_frame_push(b), 0);
	x = mheap_batch_alloc(b, 0, 1, 0, 0);
	for (i = 2; i < 39999; i++)
		CHECK(mheap_batch_dup(b, x));
	CHECK_EQ(mheap_batch_frame_pop(b, x), 0);
	CHECK_EQ(mheap_batch_submit(b), 40000);
	CHECK_EQ(lib_refcount(h, x), 1);
	CHECK_EQ(lib_info(h).handles, 1);
}

#define LIVE	2000U

/* References that outlived the frame still name their objects. */
static void check_live(struct mheap *h, const mheap_ref *live)
{
	unsigned int i;

	for (i = 0; i < LIVE; i++)
		CHECK_EQ(lib_refcount(h, live[i]), 1);
	CHECK_EQ(lib_info(h).handles, LIVE);
}

static struct mheap_batch *make_live(struct mheap *h, mheap_ref *live)
{
	struct mheap_batch *b = lib_batch(h, LIVE);
	unsigned int i;

	for (i = 0; i < LIVE; i++)
		live[i] = mheap_batch_alloc(b, 0, 1, 0, 0);
	CHECK_EQ(mheap_batch_submit(b), LIVE);
	return b;
}

/* The table entries of references that a frame dropped are reused. */
TEST(frames_leave_no_references)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref live[LIVE], r, first = 0;
	struct mheap_batch *b = make_live(h, live);
	unsigned int i, j;

	for (i = 0; i < 200; i++) {
		push(h);
		mheap_batch_reset(b);
		for (j = 0; j < 500; j++) {
			r = mheap_batch_alloc(b, 0, 0, 0, 0);
			CHECK(r);
			CHECK_LE(PLACE(r), 20000);
			if (!first)
				first = r;
		}
		CHECK_EQ(mheap_batch_submit(b), 500);
		pop(h);
		check_dead(h, r);
	}
	check_dead(h, first);
	CHECK_EQ(mheap_drop(h, first), -EBADF);
	check_live(h, live);
}

TEST(frames_within_batches_leave_no_references)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref live[LIVE], r = 0;
	struct mheap_batch *b = make_live(h, live);
	unsigned int i, j;

	for (i = 0; i < 200; i++) {
		mheap_batch_reset(b);
		CHECK_EQ(mheap_batch_frame_push(b), 0);
		for (j = 0; j < 500; j++) {
			r = mheap_batch_alloc(b, 0, 0, 0, 0);
			CHECK_LE(PLACE(r), 20000);
		}
		CHECK_EQ(mheap_batch_frame_pop(b, 0), 0);
		CHECK_EQ(mheap_batch_submit(b), 502);
		check_dead(h, r);
	}
	check_live(h, live);
}

/* ---- threads ---- */

#define REFS	100U

/* The batch is larger than one call takes. */
#define LONG	20000U

/* This is set before the threads start. */
static struct mheap *shared;

/*
 * Drop references in a long batch: for a while the kernel has dropped handles that the
 * library still takes for valid.
 */
static void *drop_slowly(void *arg __attribute__((unused)))
{
	struct mheap_batch *b = lib_batch(shared, REFS + LONG);
	unsigned int rounds = test_is_short() ? 20 : 100, i, j;
	mheap_ref r[REFS];
	uint64_t n;

	mheap_batch_go_on(b, true);
	for (i = 0; i < rounds; i++) {
		mheap_batch_reset(b);
		for (j = 0; j < REFS; j++)
			r[j] = mheap_batch_alloc(b, 0, 0, 0, 0);
		CHECK_EQ(mheap_batch_submit(b), REFS);
		mheap_batch_reset(b);
		for (j = 0; j < REFS; j++)
			CHECK_EQ(mheap_batch_drop(b, r[j]), 0);
		for (j = 0; j < LONG; j++)
			CHECK_EQ(mheap_batch_refcount(b, r[0], &n), 0);
		CHECK_EQ(mheap_batch_submit(b), REFS + LONG);
	}
	mheap_batch_free(b);
	return NULL;
}

/* Make so many references in each frame that the library looks for dead ones. */
static void *push_and_pop(void *arg)
{
	struct mheap_batch *b = lib_batch(shared, LIVE);
	const volatile bool *stop = arg;
	unsigned int i;

	while (goes_on(stop)) {
		push(shared);
		mheap_batch_reset(b);
		for (i = 0; i < LIVE; i++)
			CHECK(mheap_batch_alloc(b, 0, 0, 0, 0));
		CHECK_EQ(mheap_batch_submit(b), LIVE);
		pop(shared);
	}
	mheap_batch_free(b);
	return NULL;
}

static int compare_places(const void *a, const void *b)
{
	uint32_t x = PLACE(*(const mheap_ref *)a);
	uint32_t y = PLACE(*(const mheap_ref *)b);

	return x < y ? -1 : x > y;
}

/* No table entry was freed twice. */
static void check_places(struct mheap *h)
{
	static mheap_ref r[20000];
	struct mheap_batch *b = lib_batch(h, ARRAY_SIZE(r));
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(r); i++)
		r[i] = mheap_batch_alloc(b, 0, 0, 0, 0);
	qsort(r, ARRAY_SIZE(r), sizeof(r[0]), compare_places);
	for (i = 1; i < ARRAY_SIZE(r); i++)
		CHECK_NE(PLACE(r[i - 1]), PLACE(r[i]));
	mheap_batch_free(b);
}

TEST(frames_and_threads)
{
	struct worker *worker[2], *popper;
	volatile bool stop = false;
	unsigned int i;

	shared = lib_open_quiet();
	popper = worker_start(push_and_pop, (void *)&stop);
	for (i = 0; i < ARRAY_SIZE(worker); i++)
		worker[i] = worker_start(drop_slowly, NULL);
	for (i = 0; i < ARRAY_SIZE(worker); i++)
		worker_join(worker[i]);
	stop = true;
	worker_join(popper);
	CHECK_EQ(lib_info(shared).frames, 0);
	CHECK_EQ(lib_info(shared).handles, 0);
	CHECK_EQ(lib_info(shared).objects, 0);
	check_places(shared);
}
