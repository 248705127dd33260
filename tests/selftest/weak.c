// SPDX-License-Identifier: GPL-2.0
/* Weak handles: they keep nothing alive, and report when their object is gone. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "bystander.h"
#include "dev.h"
#include "harness.h"
#include "notify.h"

/* ---- while the object lives ---- */

TEST(does_not_count)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), w = weak_new(fd, o, 7);

	CHECK_EQ(refcount(fd, o), 1);
	CHECK_EQ(info_of(fd).weaks, 1);
	CHECK_EQ(info_of(fd).handles, 1);
	weak_drop(fd, w);
	CHECK_EQ(info_of(fd).weaks, 0);
	drop(fd, o);
	CHECK_EQ(info_of(fd).objects, 0);
	CHECK_NO_EVENT(fd);
}

TEST(gives_the_object)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 8), w = weak_new(fd, o, 0), again;

	again = weak_get(fd, w);
	CHECK(is_own_number(again));
	CHECK_NE(again, o);
	CHECK_EQ(OUT(fd, SAME, .obj = o, .val = again), 1);
	CHECK_EQ(refcount(fd, o), 2);
	drop(fd, o);
	CHECK(weak_lives(fd, w));
	drop(fd, again);
	CHECK_EQ(weak_get(fd, w), 0);
	check_sound(fd);
}

/* Slots and names keep an object alive as well. */
TEST(gives_what_slots_and_names_keep)
{
	int fd = quiet_heap();
	uint64_t holder = make(fd, 1, 0), a = make(fd, 1, 0), b = make(fd, 0, 3);
	uint64_t wa = weak_new(fd, a, 1), wb = weak_new(fd, b, 2);

	give(fd, holder, 0, a);
	OUT(fd, PUBLISH, .obj = b, .val = USER_PTR("b"), .len = 1);
	drop(fd, b);
	CHECK(weak_lives(fd, wa));
	CHECK(weak_lives(fd, wb));
	OUT(fd, UNPUBLISH, .val = USER_PTR("b"), .len = 1);
	event_take(fd, MHEAP_EVENT_WEAK, 2);
	drop(fd, holder);
	event_take(fd, MHEAP_EVENT_WEAK, 1);
	CHECK_NO_EVENT(fd);
}

TEST(of_an_immortal_object)
{
	int fd = quiet_heap();
	uint64_t o = OUT(fd, ALLOC, .len = 1, .val = MHEAP_ENTRY_IMMORTAL);
	uint64_t w = weak_new(fd, o, 1);

	drop(fd, o);
	collect(fd, 2);
	CHECK(weak_lives(fd, w));
	CHECK_NO_EVENT(fd);
}

TEST(in_one_batch)
{
	int fd = quiet_heap();
	struct op ops[3];

	ops[0] = OP(ALLOC, .len = 1);
	ops[1] = OP(WEAK_NEW, .flags = OPF_OBJ, .obj = 0, .arg = ~0ULL);
	ops[2] = OP(DROP, .flags = OPF_OBJ, .obj = 0);
	dev_all(fd, ops, 3);
	CHECK_EQ(weak_get(fd, ops[1].out), 0);
	event_take(fd, MHEAP_EVENT_WEAK, ~0ULL);
}

/* ---- when it dies ---- */

TEST(cleared_at_death_by_count)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), w = weak_new(fd, o, 0x1234567890abcdefULL);

	CHECK_NO_EVENT(fd);
	drop(fd, o);
	CHECK_EQ(info_of(fd).events, 1);
	CHECK_EQ(weak_get(fd, w), 0);
	event_take(fd, MHEAP_EVENT_WEAK, 0x1234567890abcdefULL);
	CHECK_EQ(weak_get(fd, w), 0);
	CHECK_EQ(info_of(fd).weaks, 1);
	CHECK_NO_EVENT(fd);
	weak_drop(fd, w);
	CHECK_EQ(info_of(fd).weaks, 0);
	CHECK_EQ(DO(fd, WEAK_GET, .arg = w), -ENOENT);
}

/* Objects die because others did, at any depth. */
TEST(cleared_with_what_dies_along)
{
	int fd = quiet_heap();
	uint64_t top = make(fd, 1, 0), mid = make(fd, 1, 0), leaf = make(fd, 0, 1);
	uint64_t w[3];

	w[0] = weak_new(fd, top, 1);
	w[1] = weak_new(fd, mid, 2);
	w[2] = weak_new(fd, leaf, 4);
	give(fd, mid, 0, leaf);
	give(fd, top, 0, mid);
	drop(fd, top);
	CHECK_EQ(weak_get(fd, w[0]) | weak_get(fd, w[1]) | weak_get(fd, w[2]), 0);
	CHECK_EQ(events_flush(fd), 3);
}

TEST(cleared_when_condemned)
{
	int fd = quiet_heap();
	uint64_t ring[3], w[4];
	uint32_t i;

	make_held_ring(fd, ring, 3, 1);
	for (i = 0; i < 3; i++)
		w[i] = weak_new(fd, ring[i], i);
	w[3] = weak_new(fd, ring[0], 3);
	drop_each(fd, ring, 3);
	CHECK(weak_lives(fd, w[1]));
	CHECK_EQ(info_of(fd).events, 0);
	CHECK_EQ(collect(fd, 0).found, 3);
	for (i = 0; i < 4; i++)
		CHECK_EQ(weak_get(fd, w[i]), 0);
	CHECK_EQ(events_flush(fd), 4);
	CHECK_EQ(info_of(fd).objects, 0);
	check_sound(fd);
}

TEST(each_weak_handle_has_its_event)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 0, 0), sum = 0;
	struct mheap_ioc_event events[100];
	uint32_t i;

	for (i = 0; i < 100; i++)
		weak_new(fd, o, 1ULL << i % 50);
	drop(fd, o);
	CHECK_EQ(events_take(fd, events, 100), 100);
	for (i = 0; i < 100; i++) {
		CHECK_EQ(events[i].kind, MHEAP_EVENT_WEAK);
		sum += events[i].cookie;
	}
	CHECK_EQ(sum, 2 * ((1ULL << 50) - 1));
	CHECK_NO_EVENT(fd);
}

/* A weak handle is not fooled if the table entry of its object is reused. */
TEST(stays_cleared)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), w = weak_new(fd, o, 0);
	uint32_t i;

	drop(fd, o);
	for (i = 0; i < 1000; i++)
		make(fd, 1, 0);
	CHECK_EQ(weak_get(fd, w), 0);
	weak_drop(fd, w);
}

/* ---- order against finalizers ---- */

#define RING 3

TEST(events_before_those_of_finalizers)
{
	struct mheap_ioc_event events[2 * RING + 1];
	int fd = quiet_heap();
	uint64_t ring[RING];
	uint32_t i;

	make_held_ring(fd, ring, RING, 1);
	for (i = 0; i < RING; i++) {
		finalize(fd, ring[i], 10 + i);
		weak_new(fd, ring[i], i);
	}
	drop_each(fd, ring, RING);
	CHECK_EQ(collect(fd, 2).found, RING);
	CHECK_EQ(events_take(fd, events, 2 * RING + 1), 2 * RING);
	for (i = 0; i < 2 * RING; i++)
		CHECK_EQ(events[i].kind, i < RING ? MHEAP_EVENT_WEAK :
						    MHEAP_EVENT_FINALIZE);
	for (i = RING; i < 2 * RING; i++)
		drop(fd, events[i].ref);
	CHECK_EQ(info_of(fd).objects, 0);
	CHECK_NO_EVENT(fd);
}

/* Condemned objects are intact, but weak handles no longer lead to them. */
TEST(cleared_while_in_quarantine)
{
	int fd = quiet_heap();
	uint64_t o = make_loop(fd, 1, 0), w = weak_new(fd, o, 1);

	finalize(fd, o, 2);
	drop(fd, o);
	CHECK_EQ(collect(fd, 2).found, 1);
	CHECK_EQ(weak_get(fd, w), 0);
	event_take(fd, MHEAP_EVENT_WEAK, 1);
	o = finalizer_take(fd, 2);
	CHECK_EQ(weak_get(fd, w), 0);
	drop(fd, OUT(fd, GET, .obj = o));
	drop(fd, o);
	CHECK_EQ(info_of(fd).objects, 0);
}

TEST(valid_until_the_finalizer_of_the_dying_is_answered)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), w = weak_new(fd, o, 1);

	finalize(fd, o, 2);
	drop(fd, o);
	CHECK(weak_lives(fd, w));
	o = finalizer_take(fd, 2);
	CHECK(weak_lives(fd, w));
	CHECK_NO_EVENT(fd);
	drop(fd, o);
	CHECK_EQ(weak_get(fd, w), 0);
	event_take(fd, MHEAP_EVENT_WEAK, 1);
}

/* A weak handle made in quarantine is like any other. */
TEST(made_in_quarantine)
{
	int fd = quiet_heap();
	uint64_t o = make_loop(fd, 1, 0), w;

	finalize(fd, o, 2);
	drop(fd, o);
	CHECK_EQ(collect(fd, 2).found, 1);
	o = finalizer_take(fd, 2);
	w = weak_new(fd, o, 3);
	CHECK_NO_EVENT(fd);
	drop(fd, o);
	CHECK_EQ(info_of(fd).objects, 0);
	CHECK_EQ(weak_get(fd, w), 0);
	event_take(fd, MHEAP_EVENT_WEAK, 3);
}

/* ---- dropping ---- */

TEST(dropped_before_no_event)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), w = weak_new(fd, o, 1);

	weak_new(fd, o, 2);
	weak_drop(fd, w);
	drop(fd, o);
	event_take(fd, MHEAP_EVENT_WEAK, 2);
	CHECK_NO_EVENT(fd);
}

TEST(dropped_with_its_unread_event)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), w[3];
	uint32_t i;

	for (i = 0; i < 3; i++)
		w[i] = weak_new(fd, o, i);
	drop(fd, o);
	CHECK_EQ(info_of(fd).events, 3);
	weak_drop(fd, w[1]);
	CHECK_EQ(info_of(fd).events, 2);
	CHECK_EQ(events_flush(fd), 2);
	weak_drop(fd, w[0]);
	weak_drop(fd, w[2]);
	CHECK_EQ(info_of(fd).weaks, 0);
	check_sound(fd);
}

/* A masked weak handle is cleared without an event. */
TEST(no_event_when_masked)
{
	int fd = quiet_heap();
	uint64_t a = make(fd, 1, 0), b = make_loop(fd, 1, 0);
	uint64_t wa = weak_new(fd, a, 1), wb = weak_new(fd, b, 2);

	event_mask(fd, MHEAP_EVENT_FINALIZE);
	drop(fd, a);
	drop(fd, b);
	collect(fd, 2);
	CHECK_EQ(weak_get(fd, wa) | weak_get(fd, wb), 0);
	CHECK_NO_EVENT(fd);
	weak_drop(fd, wa);
	weak_drop(fd, wb);
}

/* ---- numbers ---- */

static void check_no_handle(int fd, uint64_t number)
{
	CHECK_EQ(DO(fd, DUP, .obj = number), -EBADF);
	CHECK_EQ(DO(fd, DROP, .obj = number), -EBADF);
	CHECK_EQ(DO(fd, WEAK_NEW, .obj = number), -EBADF);
}

static void check_no_weak(int fd, uint64_t number)
{
	CHECK_EQ(DO(fd, WEAK_GET, .arg = number), -ENOENT);
	CHECK_EQ(DO(fd, WEAK_DROP, .arg = number), -ENOENT);
}

TEST(a_weak_handle_is_no_handle)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), w = weak_new(fd, o, 1), id = id_of(fd, o);

	/* This program has not chosen any number for a handle. */
	check_no_handle(fd, (w & MHEAP_HANDLE_MAX) ?: 1);
	check_no_weak(fd, o);
	check_no_weak(fd, o & MHEAP_HANDLE_MAX);
	CHECK_EQ(DO(fd, OPEN_ID, .arg = w), w == id ? 0 : -ENOENT);
	CHECK(weak_lives(fd, w));
	CHECK_EQ(refcount(fd, o), 1);
}

TEST(made_up_numbers)
{
	int fd = quiet_heap(), other = quiet_heap();
	uint64_t w = weak_new(fd, make(fd, 1, 0), 1), seed = 3;
	uint32_t i;

	weak_new(other, make(other, 1, 0), 1);
	check_no_weak(fd, 0);
	check_no_weak(fd, ~0ULL);
	for (i = 0; i < 64; i++)
		check_no_weak(fd, w ^ 1ULL << i);
	for (i = 0; i < 200; i++)
		check_no_weak(fd, random_next(&seed));
	check_no_weak(other, w);
	CHECK_EQ(info_of(fd).weaks, 1);
	CHECK_EQ(info_of(other).weaks, 1);
}

TEST(never_valid_again)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), w[1000];
	uint32_t i, k;

	for (i = 0; i < 1000; i++) {
		w[i] = weak_new(fd, o, i);
		weak_drop(fd, w[i]);
		for (k = i % 50; k < i; k += 50)
			CHECK_NE(w[i], w[k]);
	}
	for (i = 0; i < 50; i++)
		weak_new(fd, o, i);
	for (i = 0; i < 1000; i++)
		check_no_weak(fd, w[i]);
	CHECK_EQ(info_of(fd).weaks, 50);
}

/* ---- against the collector ---- */

struct watcher {
	int fd;
	volatile bool stop;
	uint64_t weak;
	uint64_t holder;
	volatile uint64_t found;
	uint64_t gone;
};

/* The object is kept alternately by a slot and by a handle that the weak handle gave. */
static void *keep_by_turns(void *arg)
{
	struct watcher *w = arg;
	uint64_t o;

	while (goes_on(&w->stop)) {
		o = weak_get(w->fd, w->weak);
		CHECK_NE(o, 0);
		OUT(w->fd, SET, .obj = w->holder);
		w->found++;
		OUT(w->fd, SET, .obj = w->holder, .val = o);
		drop(w->fd, o);
	}
	return NULL;
}

static void make_fillers(int fd, uint32_t n)
{
	uint64_t filler = make(fd, 1, 0), next;

	while (n--) {
		next = make_loop(fd, 2, 0);
		OUT(fd, SET, .obj = next, .index = 1, .val = filler);
		drop(fd, filler);
		filler = next;
	}
}

/*
 * A collection visits the object long before its holder, so that slot and handle alternate
 * in between.
 */
TEST_SLOW(getting_keeps_the_object, 300)
{
	uint32_t fillers = test_is_short() ? 5000 : 50000;
	uint32_t rounds = test_is_short() ? 30 : 100, i;
	struct watcher w = { .fd = quiet_heap() };
	uint64_t o = make_loop(w.fd, 1, 0);
	struct worker *worker;

	sysfs_write(w.fd, "slice_us", "1");
	w.weak = weak_new(w.fd, o, 1);
	make_fillers(w.fd, fillers);
	w.holder = make(w.fd, 1, 0);
	give(w.fd, w.holder, 0, o);
	worker = worker_start(keep_by_turns, &w);
	while (!w.found)
		usleep(1000);
	for (i = 0; i < rounds; i++)
		CHECK_EQ(collect(w.fd, 2).found, 0);
	w.stop = true;
	worker_join(worker);
	CHECK(weak_lives(w.fd, w.weak));
	CHECK_EQ(info_of(w.fd).events, 0);
	note("got %llu times", (unsigned long long)w.found);
	check_sound(w.fd);
}

/* The object is alive and intact, or it is gone; a handle that was obtained keeps it. */
static void get_or_lose(struct watcher *w, uint64_t stamp)
{
	uint64_t o = make_loop(w->fd, 1, 8), weak = weak_new(w->fd, o, stamp);
	uint64_t seen = 0, tries;

	OUT(w->fd, WRITE, .obj = o, .val = USER_PTR(&stamp), .len = 8);
	drop(w->fd, o);
	for (tries = 0; tries < 5; tries++) {
		o = weak_get(w->fd, weak);
		if (!o)
			break;
		OUT(w->fd, READ, .obj = o, .val = USER_PTR(&seen), .len = 8);
		CHECK_EQ(seen, stamp);
		drop(w->fd, OUT(w->fd, GET, .obj = o));
		drop(w->fd, o);
		w->found++;
	}
	w->gone += !o;
	weak_drop(w->fd, weak);
}

static void *collect_always(void *arg)
{
	struct watcher *w = arg;
	uint32_t i = 0;

	while (goes_on(&w->stop))
		collect(w->fd, i++ % 3);
	return NULL;
}

TEST(got_or_gone)
{
	uint32_t rounds = test_is_short() ? 200 : 1000, i;
	struct watcher w = { .fd = dev_open() };
	struct worker *worker = worker_start(collect_always, &w);

	for (i = 0; i < rounds; i++)
		get_or_lose(&w, i);
	w.stop = true;
	worker_join(worker);
	note("got %llu times, gone %llu", (unsigned long long)w.found,
	     (unsigned long long)w.gone);
	collect(w.fd, 2);
	CHECK_EQ(info_of(w.fd).objects, 0);
	CHECK_NO_EVENT(w.fd);
	check_sound(w.fd);
}

/* ---- many ---- */

#define CHUNK 10000

static uint32_t many(void)
{
	return test_is_short() ? 10000 : 100000;
}

static void make_many(int fd, uint64_t o)
{
	static struct op ops[CHUNK];
	uint32_t made, i;

	for (made = 0; made < many(); made += CHUNK) {
		for (i = 0; i < CHUNK; i++)
			ops[i] = OP(WEAK_NEW, .obj = o, .arg = made + i);
		dev_all(fd, ops, CHUNK);
	}
	CHECK_EQ(info_of(fd).weaks, many());
}

/* Each cookie comes once, in any order. */
static void check_many_events(int fd)
{
	static struct mheap_ioc_event events[CHUNK];
	char *seen = calloc(many(), 1);
	uint32_t total = 0, n, i;

	CHECK(seen);
	while ((n = events_take(fd, events, CHUNK))) {
		for (i = 0; i < n; i++) {
			CHECK_EQ(events[i].kind, MHEAP_EVENT_WEAK);
			CHECK_LE(events[i].cookie, many() - 1);
			CHECK_EQ(seen[events[i].cookie]++, 0);
		}
		total += n;
	}
	CHECK_EQ(total, many());
	free(seen);
}

/* Drop the last handle of an object with many weak handles while a thread works. */
static void many_beside_work(int fd, uint64_t o, uint32_t found, const char *what)
{
	struct bystander *b;

	make_many(fd, o);
	b = bystander_start(fd);
	drop(fd, o);
	if (found)
		CHECK_EQ(collect(fd, 2).found, found);
	CHECK_EQ(info_of(fd).events, many());
	check_many_events(fd);
	bystander_stop(b, what);
	CHECK_EQ(info_of(fd).objects, 0);
	check_sound(fd);
}

TEST_SLOW(many_on_one_object_that_dies_beside_work, 300)
{
	int fd = quiet_heap();

	many_beside_work(fd, make(fd, 1, 0), 0, "object with many weak handles");
}

TEST_SLOW(many_on_one_object_that_is_condemned_beside_work, 300)
{
	int fd = quiet_heap();

	many_beside_work(fd, make_loop(fd, 1, 0), 1, "cycle with many weak handles");
}

/* The session ends with them; the harness checks that the heap goes. */
TEST_SLOW(many_at_the_end_of_the_session, 300)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), p = make(fd, 1, 0);

	make_many(fd, o);
	drop(fd, o);
	weak_new(fd, p, 1);
}
