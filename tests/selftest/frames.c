// SPDX-License-Identifier: GPL-2.0
/* Frames: handles that are dropped together. */
#include <errno.h>
#include <stdlib.h>

#include "bystander.h"
#include "dev.h"
#include "harness.h"
#include "notify.h"

static void push(int fd)
{
	CHECK_EQ(OUT(fd, FRAME_PUSH), 0);
}

static void pop(int fd, uint64_t keep)
{
	CHECK_EQ(OUT(fd, FRAME_POP, .obj = keep), keep);
}

static bool is_handle(int fd, uint64_t o)
{
	int err = DO(fd, REFCOUNT, .obj = o);

	CHECK(!err || err == -EBADF);
	return !err;
}

/* ---- one frame ---- */

TEST(pop_drops_what_was_made)
{
	int fd = quiet_heap();
	uint64_t below = make(fd, 1, 0), a, b;

	push(fd);
	CHECK_EQ(info_of(fd).frames, 1);
	a = make(fd, 1, 0);
	b = OUT(fd, DUP, .obj = below);
	CHECK_EQ(info_of(fd).handles, 3);
	pop(fd, 0);
	CHECK_EQ(info_of(fd).frames, 0);
	CHECK_EQ(info_of(fd).handles, 1);
	CHECK(!is_handle(fd, a));
	CHECK(!is_handle(fd, b));
	CHECK_EQ(refcount(fd, below), 1);
	CHECK_EQ(info_of(fd).objects, 1);
	check_sound(fd);
}

TEST(empty_frame)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0);

	push(fd);
	pop(fd, 0);
	CHECK(is_handle(fd, o));
	CHECK_EQ(DO(fd, FRAME_POP), -EINVAL);
}

/* Every op that makes a handle adds it to the frame. */
TEST(all_handles_belong_to_frames)
{
	int fd = quiet_heap();
	uint64_t o = make_loop(fd, 1, 0), w = weak_new(fd, o, 0), dying;

	OUT(fd, PUBLISH, .obj = o, .val = USER_PTR("o"), .len = 1);
	dying = make(fd, 0, 0);
	finalize(fd, dying, 1);
	drop(fd, dying);
	push(fd);
	OUT(fd, ALLOC);
	OUT(fd, DUP, .obj = o);
	OUT(fd, OPEN_ID, .arg = id_of(fd, o));
	OUT(fd, GET, .obj = o);
	OUT(fd, XCHG, .obj = o, .val = o);
	OUT(fd, LOOKUP, .val = USER_PTR("o"), .len = 1);
	weak_get(fd, w);
	OUT(fd, INTERN, .val = USER_PTR("text"), .len = 4);
	finalizer_take(fd, 1);
	CHECK_EQ(info_of(fd).handles, 10);
	CHECK_EQ(info_of(fd).objects, 4);
	pop(fd, 0);
	CHECK_EQ(info_of(fd).handles, 1);
	CHECK_EQ(info_of(fd).objects, 1);
	CHECK_EQ(refcount(fd, o), 3);
	check_sound(fd);
}

/* Weak handles do not belong to frames. */
TEST(weak_handles_stay)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), w;

	push(fd);
	w = weak_new(fd, o, 1);
	weak_new(fd, make(fd, 1, 0), 2);
	pop(fd, 0);
	CHECK(weak_lives(fd, w));
	CHECK_EQ(info_of(fd).weaks, 2);
	event_take(fd, MHEAP_EVENT_WEAK, 2);
}

/* An object that dies by a pop dies like any other: its finalizer runs first. */
TEST(pop_runs_finalizers)
{
	int fd = quiet_heap();
	uint64_t o;

	push(fd);
	o = make(fd, 1, 0);
	finalize(fd, o, 9);
	pop(fd, 0);
	CHECK_EQ(info_of(fd).objects, 1);
	drop(fd, finalizer_take(fd, 9));
	CHECK_EQ(info_of(fd).objects, 0);
}

TEST(dropped_by_hand)
{
	uint64_t o[100], below;
	int fd = quiet_heap();
	uint32_t i;

	below = make(fd, 1, 0);
	push(fd);
	for (i = 0; i < 100; i++)
		o[i] = OUT(fd, DUP, .obj = below);
	for (i = 0; i < 100; i += 3)
		drop(fd, o[i]);
	CHECK_EQ(refcount(fd, below), 67);
	pop(fd, 0);
	CHECK_EQ(refcount(fd, below), 1);
	CHECK_EQ(info_of(fd).handles, 1);
	check_sound(fd);
}

/* A handle table entry of a lower frame that is reused belongs to the newer frame. */
TEST(places_used_again)
{
	int fd = quiet_heap();
	uint64_t low = make(fd, 1, 0), mid, high;

	push(fd);
	mid = make(fd, 1, 0);
	push(fd);
	drop(fd, low);
	drop(fd, mid);
	high = make(fd, 1, 0);
	make(fd, 1, 0);
	pop(fd, 0);
	CHECK(!is_handle(fd, high));
	CHECK_EQ(info_of(fd).handles, 0);
	low = make(fd, 1, 0);
	pop(fd, 0);
	CHECK(!is_handle(fd, low));
	CHECK_EQ(info_of(fd).objects, 0);
	check_sound(fd);
}

/* ---- keeping one ---- */

TEST(keep_of_this_frame)
{
	int fd = quiet_heap();
	uint64_t keep;

	push(fd);
	make(fd, 1, 0);
	keep = make(fd, 1, 0);
	make(fd, 1, 0);
	pop(fd, keep);
	CHECK(is_handle(fd, keep));
	CHECK_EQ(info_of(fd).handles, 1);
	CHECK_EQ(info_of(fd).objects, 1);
}

/* A kept handle then belongs to the frame below and is dropped with it. */
TEST(keep_moves_one_frame_down)
{
	int fd = quiet_heap();
	uint64_t keep;

	push(fd);
	push(fd);
	keep = make(fd, 1, 0);
	pop(fd, keep);
	CHECK(is_handle(fd, keep));
	pop(fd, 0);
	CHECK(!is_handle(fd, keep));
	CHECK_EQ(info_of(fd).objects, 0);
}

TEST(keep_through_many_frames)
{
	int fd = quiet_heap();
	uint64_t keep;
	uint32_t i;

	for (i = 0; i < 50; i++)
		push(fd);
	keep = make(fd, 1, 0);
	for (i = 0; i < 50; i++) {
		make(fd, 1, 0);
		pop(fd, keep);
	}
	CHECK(is_handle(fd, keep));
	CHECK_EQ(info_of(fd).handles, 1);
	CHECK_EQ(info_of(fd).objects, 1);
}

/* A kept handle that belongs to a lower frame stays there. */
TEST(keep_of_a_lower_frame)
{
	int fd = quiet_heap();
	uint64_t low = make(fd, 1, 0), mid;

	push(fd);
	mid = make(fd, 1, 0);
	push(fd);
	pop(fd, low);
	push(fd);
	make(fd, 1, 0);
	pop(fd, mid);
	CHECK(is_handle(fd, mid));
	pop(fd, low);
	CHECK(is_handle(fd, low));
	CHECK(!is_handle(fd, mid));
	CHECK_EQ(info_of(fd).objects, 1);
}

/* A failed pop leaves the frame and its handles alone. */
TEST(keep_of_what_is_no_handle)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), stale, w = weak_new(fd, o, 0);
	struct mheap_ioc_info before;

	push(fd);
	make(fd, 1, 0);
	stale = make(fd, 1, 0);
	drop(fd, stale);
	before = info_of(fd);
	CHECK_EQ(DO(fd, FRAME_POP, .obj = stale), -EBADF);
	CHECK_EQ(DO(fd, FRAME_POP, .obj = (w & MHEAP_HANDLE_MAX) ?: 1), -EBADF);
	CHECK_EQ(DO(fd, FRAME_POP, .obj = UINT32_MAX), -EBADF);
	CHECK_EQ(DO(fd, FRAME_POP, .obj = 1), -EBADF);
	CHECK_UNCHANGED(fd, &before);
	pop(fd, 0);
	CHECK_EQ(info_of(fd).handles, 1);
}

/* ---- many frames ---- */

TEST(nested_deep)
{
	enum { DEPTH = 1000 };
	uint64_t o[DEPTH];
	int fd = quiet_heap();
	uint32_t i;

	for (i = 0; i < DEPTH; i++) {
		push(fd);
		o[i] = make(fd, 1, 0);
	}
	CHECK_EQ(info_of(fd).frames, DEPTH);
	for (i = DEPTH; i-- > 0;) {
		CHECK_EQ(info_of(fd).handles, i + 1);
		CHECK(is_handle(fd, o[i]));
		pop(fd, 0);
		CHECK(!is_handle(fd, o[i]));
	}
	CHECK_EQ(info_of(fd).frames, 0);
	CHECK_EQ(info_of(fd).objects, 0);
	check_sound(fd);
}

static uint32_t max_frames(int fd)
{
	struct mheap_ioc_query q = { .size = sizeof(q) };

	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_QUERY, &q), 0);
	return q.max_frames;
}

TEST(as_many_as_allowed)
{
	struct op *ops = calloc(MAX_OPS, sizeof(*ops));
	uint32_t left, n, i, max;
	int fd = quiet_heap();

	CHECK(ops);
	max = max_frames(fd);
	CHECK_GE(max, 1000);
	for (left = max; left; left -= n) {
		n = left < MAX_OPS ? left : MAX_OPS;
		for (i = 0; i < n; i++)
			ops[i] = OP(FRAME_PUSH);
		dev_all(fd, ops, n);
	}
	CHECK_EQ(info_of(fd).frames, max);
	CHECK_EQ(DO(fd, FRAME_PUSH), -E2BIG);
	CHECK_EQ(info_of(fd).frames, max);
	pop(fd, 0);
	push(fd);
	CHECK_EQ(DO(fd, FRAME_PUSH), -E2BIG);
}

TEST(pop_without_frame)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0);

	CHECK_EQ(DO(fd, FRAME_POP), -EINVAL);
	CHECK_EQ(DO(fd, FRAME_POP, .obj = o), -EINVAL);
	CHECK(is_handle(fd, o));
}

/* Compare random pushes and pops with a list of the handles that should exist. */
TEST(random_pushes_and_pops)
{
	enum { MOST = 400 };
	struct { uint64_t handle; uint32_t frame; } held[MOST];
	uint32_t frames = 0, n = 0, i, k;
	uint64_t seed = 5;
	int fd = quiet_heap();

	for (i = 0; i < 5000; i++) {
		uint32_t what = random_next(&seed) % 8;

		if (what < 4 && n < MOST) {
			held[n].handle = make(fd, 1, 0);
			held[n++].frame = frames;
		} else if (what == 4 && n) {
			k = random_next(&seed) % n;
			drop(fd, held[k].handle);
			held[k] = held[--n];
		} else if (what == 5) {
			push(fd);
			frames++;
		} else if (what == 6 && frames) {
			for (k = 0; k < n;)
				if (held[k].frame == frames)
					held[k] = held[--n];
				else
					k++;
			pop(fd, 0);
			frames--;
		}
		CHECK_EQ(info_of(fd).handles, n);
		CHECK_EQ(info_of(fd).objects, n);
	}
	for (k = 0; k < n; k++)
		CHECK(is_handle(fd, held[k].handle));
	check_sound(fd);
}

/* ---- batches ---- */

TEST(in_one_batch)
{
	struct op ops[6];
	int fd = quiet_heap();

	ops[0] = OP(FRAME_PUSH);
	ops[1] = OP(ALLOC, .len = 1);
	ops[2] = OP(ALLOC, .len = 1);
	ops[3] = OP(SET, .flags = OPF_OBJ | OPF_VAL, .obj = 1,
		    .val = 2);
	ops[4] = OP(FRAME_POP, .flags = OPF_OBJ, .obj = 1);
	ops[5] = OP(REFCOUNT, .flags = OPF_OBJ, .obj = 4);
	dev_all(fd, ops, 6);
	CHECK_EQ(ops[4].out, ops[1].out);
	CHECK_EQ(ops[5].out, 1);
	CHECK_EQ(info_of(fd).frames, 0);
	CHECK_EQ(info_of(fd).handles, 1);
	CHECK_EQ(info_of(fd).objects, 2);
	CHECK(!is_handle(fd, ops[2].out));
}

/* A batch may stop within a frame; handles made before the failure belong to it. */
TEST(batch_that_stops_within_a_frame)
{
	struct op ops[4];
	int fd = quiet_heap();
	uint32_t done;

	ops[0] = OP(FRAME_PUSH);
	ops[1] = OP(ALLOC, .len = 1);
	ops[2] = OP(DUP, .obj = 77);
	ops[3] = OP(FRAME_POP);
	CHECK_EQ(dev_batch(fd, ops, 4, 0, &done), 0);
	CHECK_EQ(done, 2);
	CHECK_EQ(info_of(fd).frames, 1);
	pop(fd, 0);
	CHECK_EQ(info_of(fd).objects, 0);
}

/* ---- large frames ---- */

#define CHUNK 10000

static void dup_often(int fd, uint64_t o, uint32_t n)
{
	static struct op ops[CHUNK];
	uint32_t made, i;

	for (made = 0; made < n; made += CHUNK) {
		for (i = 0; i < CHUNK; i++)
			ops[i] = OP(DUP, .obj = o);
		dev_all(fd, ops, CHUNK);
	}
}

static void make_often(int fd, uint32_t n)
{
	static struct op ops[CHUNK];
	uint32_t made, i;

	for (made = 0; made < n; made += CHUNK) {
		for (i = 0; i < CHUNK; i++)
			ops[i] = OP(ALLOC, .len = 1);
		dev_all(fd, ops, CHUNK);
	}
}

/*
 * The other thread has a session of its own, because its handles would otherwise belong to
 * the frame here.
 */
static void pop_beside(int fd, const char *what)
{
	struct bystander *b = bystander_start(dev_open());

	pop(fd, 0);
	bystander_stop(b, what);
	CHECK_EQ(info_of(fd).handles, 1);
	CHECK_EQ(info_of(fd).objects, 1);
	check_sound(fd);
}

static uint32_t large(void)
{
	return test_is_short() ? 100000 : 1000000;
}

TEST_SLOW(large_frame_of_one_object, 300)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0);

	push(fd);
	dup_often(fd, o, large());
	CHECK_EQ(refcount(fd, o), 1 + large());
	pop_beside(fd, "frame of one object");
	CHECK_EQ(refcount(fd, o), 1);
}

TEST_SLOW(large_frame_of_many_objects, 300)
{
	int fd = quiet_heap();

	make(fd, 1, 0);
	push(fd);
	make_often(fd, large());
	CHECK_EQ(info_of(fd).objects, 1 + large());
	pop_beside(fd, "frame of many objects");
}

struct looker {
	int fd;
	uint64_t o;
	volatile bool stop;
	volatile uint64_t looks;
};

/* This thread uses a handle of the frame below and makes none. */
static void *look_on(void *arg)
{
	struct looker *l = arg;

	while (goes_on(&l->stop)) {
		CHECK_GE(refcount(l->fd, l->o), 1);
		l->looks++;
	}
	return NULL;
}

TEST_SLOW(large_frame_beside_the_same_session, 300)
{
	struct looker l = { .fd = quiet_heap() };
	struct worker *worker;
	uint64_t before, start, looks;

	l.o = make(l.fd, 1, 0);
	push(l.fd);
	dup_often(l.fd, l.o, large());
	worker = worker_start(look_on, &l);
	while (!l.looks)
		CHECK_GE(refcount(l.fd, l.o), 1);
	before = l.looks;
	start = now_ns();
	pop(l.fd, 0);
	looks = l.looks - before;
	note("%llu calls beside the pop", (unsigned long long)looks);
	CHECK(looks || now_ns() - start < 500000000);
	l.stop = true;
	worker_join(worker);
	CHECK_EQ(refcount(l.fd, l.o), 1);
	check_sound(l.fd);
}

/* Frames belong to the session, so several threads may push and pop them. */
static void *push_and_pop(void *arg)
{
	int fd = *(int *)arg;
	uint32_t i;

	for (i = 0; i < 2000; i++) {
		push(fd);
		pop(fd, 0);
	}
	return NULL;
}

TEST(several_threads)
{
	struct worker *worker[3];
	int fd = quiet_heap();
	uint32_t i;

	for (i = 0; i < 3; i++)
		worker[i] = worker_start(push_and_pop, &fd);
	for (i = 0; i < 2000; i++)
		OUT(fd, ALLOC, .len = 1);
	for (i = 0; i < 3; i++)
		worker_join(worker[i]);
	CHECK_EQ(info_of(fd).frames, 0);
	CHECK_EQ(info_of(fd).handles, info_of(fd).objects);
	check_sound(fd);
}

/* The harness checks that the heap goes. */
TEST(closed_with_open_frames)
{
	int fd = quiet_heap();
	uint32_t i;

	for (i = 0; i < 300; i++) {
		push(fd);
		finalize(fd, make_loop(fd, 1, 0), i);
		weak_new(fd, make(fd, 0, 9), i);
	}
}
