// SPDX-License-Identifier: GPL-2.0
/* The library: weak handles, finalizers, and waiting for events. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "harness.h"
#include "lib_heap.h"

#define MS	1000000ULL

/* No machine takes as long as this to wake a thread. */
#define LATE_MS	30000ULL

static void no_event(struct mheap *h)
{
	struct mheap_event ev;

	CHECK_EQ(mheap_next_event(h, &ev, 0), 0);
}

/* ---- weak handles ---- */

static mheap_weak weak_of(struct mheap *h, mheap_ref r, uint64_t cookie)
{
	mheap_weak w = 0;

	CHECK_EQ(mheap_weak_new(h, r, cookie, &w), 0);
	CHECK(w);
	return w;
}

static void check_weak_event(struct mheap *h, uint64_t cookie)
{
	struct mheap_event ev = lib_event(h);

	CHECK_EQ(ev.kind, MHEAP_EV_WEAK);
	CHECK_EQ(ev.cookie, cookie);
	CHECK_EQ(ev.ref, 0);
	CHECK_EQ(ev.generation, 0);
	CHECK_EQ(ev.collected, 0);
	CHECK_EQ(ev.uncollectable, 0);
	CHECK_EQ(ev.duration_ns, 0);
	CHECK_EQ(ev.merged, 0);
}

TEST(weak_handle)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref a = lib_alloc(h, 1, 0), b = 0;
	mheap_weak w = weak_of(h, a, UINT64_MAX), other = weak_of(h, a, 6);

	CHECK_NE(w, other);
	CHECK_EQ(lib_refcount(h, a), 1);
	CHECK_EQ(mheap_weak_get(h, w, &b), 0);
	CHECK_EQ(mheap_same(h, a, b), 1);
	CHECK_EQ(lib_info(h).weaks, 2);
	CHECK_EQ(mheap_weak_drop(h, other), 0);
	CHECK_EQ(mheap_weak_drop(h, other), -ENOENT);
	lib_drop(h, a);
	CHECK_EQ(mheap_weak_get(h, w, &a), 0);
	lib_drop(h, a);
	no_event(h);
	lib_drop(h, b);
	CHECK_EQ(lib_info(h).objects, 0);
	CHECK_EQ(mheap_weak_get(h, w, &b), 0);
	CHECK_EQ(b, 0);
	check_weak_event(h, UINT64_MAX);
	no_event(h);
	CHECK_EQ(mheap_weak_drop(h, w), 0);
	CHECK_EQ(mheap_weak_get(h, w, &b), -ENOENT);
	CHECK_EQ(lib_info(h).weaks, 0);
}

TEST(weak_errors)
{
	struct mheap *h = lib_open();
	mheap_ref a = lib_alloc(h, 0, 0), r = 5;
	mheap_weak w = 5;

	CHECK_EQ(mheap_weak_new(h, 0, 1, &w), -EINVAL);
	CHECK_EQ(mheap_weak_new(h, 77, 1, &w), -EBADF);
	CHECK_EQ(mheap_weak_new(h, a, 1, NULL), -EFAULT);
	CHECK_EQ(w, 5);
	CHECK_EQ(mheap_weak_get(h, 0, &r), -ENOENT);
	CHECK_EQ(mheap_weak_get(h, a, &r), -ENOENT);
	CHECK_EQ(mheap_weak_get(h, ~0ULL, &r), -ENOENT);
	CHECK_EQ(r, 5);
	CHECK_EQ(mheap_weak_get(h, weak_of(h, a, 1), NULL), -EFAULT);
	CHECK_EQ(mheap_weak_drop(h, 0), -ENOENT);
	CHECK_EQ(mheap_weak_drop(h, 77), -ENOENT);
	CHECK_EQ(lib_info(h).weaks, 1);
	CHECK_EQ(lib_refcount(h, a), 1);
}

TEST(weak_handle_of_condemned)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref a, b, r = 5;
	mheap_weak w;

	lib_pair(h, &a, &b);
	w = weak_of(h, a, 42);
	lib_drop(h, a);
	lib_drop(h, b);
	no_event(h);
	CHECK_EQ(mheap_gc_collect(h, 2), 2);
	check_weak_event(h, 42);
	CHECK_EQ(mheap_weak_get(h, w, &r), 0);
	CHECK_EQ(r, 0);
}

TEST(weak_drop_takes_the_event)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref a = lib_alloc(h, 0, 0);
	mheap_weak w = weak_of(h, a, 1);

	lib_drop(h, a);
	CHECK_EQ(lib_info(h).events, 1);
	CHECK_EQ(mheap_weak_drop(h, w), 0);
	CHECK_EQ(lib_info(h).events, 0);
	no_event(h);
}

TEST(weak_handle_of_batch_reference)
{
	struct mheap *h = lib_open_quiet();
	struct mheap_batch *b = lib_batch(h, 1);
	mheap_ref a = mheap_batch_alloc(b, 0, 0, 0, 0), r = 0;
	mheap_weak w = 5;

	CHECK_EQ(mheap_weak_new(h, a, 1, &w), -EBADF);
	CHECK_EQ(w, 5);
	CHECK_EQ(mheap_batch_submit(b), 1);
	w = weak_of(h, a, 1);
	CHECK_EQ(mheap_weak_get(h, w, &r), 0);
	CHECK_EQ(mheap_same(h, a, r), 1);
}

/* ---- finalizers ---- */

static mheap_ref finalized(struct mheap *h, uint64_t cookie)
{
	struct mheap_event ev = lib_event(h);

	CHECK_EQ(ev.kind, MHEAP_EV_FINALIZE);
	CHECK_EQ(ev.cookie, cookie);
	CHECK(ev.ref);
	CHECK_EQ(ev.merged, 0);
	return ev.ref;
}

TEST(finalizer_of_one_object)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref a = lib_alloc(h, 0, 3), r;
	char buf[3];

	CHECK_EQ(mheap_write(h, a, 0, "abc", 3), 0);
	CHECK_EQ(mheap_set_finalizer(h, a, 1), 0);
	CHECK_EQ(mheap_set_finalizer(h, a, 2), 0);
	CHECK_EQ(mheap_gc_is_finalized(h, a), 0);
	no_event(h);
	lib_drop(h, a);
	CHECK_EQ(lib_info(h).objects, 1);
	CHECK_EQ(lib_info(h).handles, 0);
	CHECK_EQ(lib_info(h).events, 1);
	r = finalized(h, 2);
	CHECK_EQ(lib_info(h).handles, 1);
	CHECK_EQ(mheap_gc_is_finalized(h, r), 1);
	CHECK_EQ(mheap_read(h, r, 0, buf, 3), 0);
	CHECK(!memcmp(buf, "abc", 3));
	lib_drop(h, r);
	CHECK_EQ(lib_info(h).objects, 0);
	no_event(h);
}

TEST(finalizer_in_a_cycle)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref a, b, r;

	lib_pair(h, &a, &b);
	CHECK_EQ(mheap_set_finalizer(h, a, 7), 0);
	lib_drop(h, a);
	lib_drop(h, b);
	CHECK_EQ(mheap_gc_collect(h, 2), 2);
	CHECK_EQ(lib_info(h).quarantined, 2);
	CHECK_EQ(mheap_gc_get_objects(h, 4, NULL, 0), 2);
	r = finalized(h, 7);
	lib_drop(h, r);
	CHECK_EQ(lib_info(h).quarantined, 0);
	CHECK_EQ(lib_info(h).objects, 0);
}

TEST(finalizer_brings_back)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref a = lib_alloc(h, 1, 0), r, dup;
	struct mheap_stat st;

	CHECK_EQ(mheap_set_finalizer(h, a, 7), 0);
	lib_drop(h, a);
	r = finalized(h, 7);
	CHECK_EQ(mheap_dup(h, r, &dup), 0);
	lib_drop(h, r);
	CHECK_EQ(mheap_stat(h, dup, &st), 0);
	CHECK_EQ(st.flags, MHEAP_FINALIZED);
	CHECK_EQ(mheap_gc_is_finalized(h, dup), 1);
	CHECK_EQ(mheap_set_finalizer(h, dup, 8), -EEXIST);
	lib_drop(h, dup);
	CHECK_EQ(lib_info(h).objects, 0);
	no_event(h);
}

TEST(finalizer_errors)
{
	struct mheap *h = lib_open();
	mheap_ref a = lib_alloc(h, 0, 0);

	CHECK_EQ(mheap_set_finalizer(h, 0, 1), -EINVAL);
	CHECK_EQ(mheap_set_finalizer(h, 77, 1), -EBADF);
	lib_drop(h, a);
	CHECK_EQ(mheap_set_finalizer(h, a, 1), -EBADF);
	CHECK_EQ(mheap_gc_is_finalized(h, a), -EBADF);
	CHECK_EQ(mheap_gc_is_finalized(h, 0), -EINVAL);
}

/* ---- which events ---- */

TEST(event_mask)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref a = lib_alloc(h, 0, 0), b = lib_alloc(h, 0, 0);

	CHECK_EQ(mheap_event_mask(h, 0x10), -EINVAL);
	CHECK_EQ(mheap_event_mask(h, UINT32_MAX), -EINVAL);
	CHECK_EQ(mheap_event_mask(h, MHEAP_EV_FINALIZE), 0);
	weak_of(h, a, 1);
	lib_drop(h, a);
	no_event(h);
	CHECK_EQ(mheap_event_mask(h, MHEAP_EV_WEAK), 0);
	CHECK_EQ(mheap_set_finalizer(h, b, 2), 0);
	weak_of(h, b, 3);
	lib_drop(h, b);
	CHECK_EQ(lib_info(h).objects, 0);
	check_weak_event(h, 3);
	no_event(h);
}

TEST(events_of_collections)
{
	struct mheap *h = lib_open_quiet();
	struct mheap_event ev;
	mheap_ref a, b;

	lib_pair(h, &a, &b);
	lib_drop(h, a);
	lib_drop(h, b);
	CHECK_EQ(mheap_event_mask(h, MHEAP_EV_GC_START | MHEAP_EV_GC_STOP), 0);
	CHECK_EQ(mheap_gc_collect(h, 1), 2);
	ev = lib_event(h);
	CHECK_EQ(ev.kind, MHEAP_EV_GC_START);
	CHECK_EQ(ev.generation, 1);
	CHECK_EQ(ev.merged, 1);
	CHECK_EQ(ev.collected, 0);
	CHECK_EQ(ev.duration_ns, 0);
	ev = lib_event(h);
	CHECK_EQ(ev.kind, MHEAP_EV_GC_STOP);
	CHECK_EQ(ev.generation, 1);
	CHECK_EQ(ev.merged, 1);
	CHECK_EQ(ev.collected, 2);
	CHECK_EQ(ev.uncollectable, 0);
	CHECK_NE(ev.duration_ns, 0);
	CHECK_EQ(ev.cookie, 0);
	CHECK_EQ(ev.ref, 0);
	no_event(h);
}

TEST(event_is_not_lost_to_a_null_pointer)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref a = lib_alloc(h, 0, 0);

	CHECK_EQ(mheap_next_event(h, NULL, -1), -EFAULT);
	weak_of(h, a, 1);
	lib_drop(h, a);
	CHECK_EQ(mheap_next_event(h, NULL, 0), -EFAULT);
	check_weak_event(h, 1);
}

TEST(events_come_in_order)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref r[100];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(r); i++) {
		r[i] = lib_alloc(h, 0, 0);
		weak_of(h, r[i], i);
	}
	for (i = 0; i < ARRAY_SIZE(r); i++)
		lib_drop(h, r[i]);
	CHECK_EQ(lib_info(h).events, ARRAY_SIZE(r));
	for (i = 0; i < ARRAY_SIZE(r); i++)
		check_weak_event(h, i);
	no_event(h);
}

/* ---- waiting ---- */

TEST(descriptor_can_be_polled)
{
	struct mheap *h = lib_open_quiet();
	struct pollfd pfd = { .fd = mheap_fd(h), .events = POLLIN };
	mheap_ref a = lib_alloc(h, 0, 0);

	CHECK_EQ(poll(&pfd, 1, 0), 0);
	weak_of(h, a, 1);
	lib_drop(h, a);
	CHECK_EQ(poll(&pfd, 1, 0), 1);
	CHECK_EQ(pfd.revents & POLLIN, POLLIN);
	check_weak_event(h, 1);
	CHECK_EQ(poll(&pfd, 1, 0), 0);
}

TEST(timeout_is_kept)
{
	struct mheap *h = lib_open();
	struct mheap_event ev = { .kind = 77 };
	uint64_t start = now_ns();

	CHECK_EQ(mheap_next_event(h, &ev, 0), 0);
	CHECK_EQ(mheap_next_event(h, &ev, 120), 0);
	CHECK_GE(now_ns() - start, 120 * MS);
	CHECK_LE(now_ns() - start, LATE_MS * MS);
	CHECK_EQ(ev.kind, 77);
}

/* A queued event is returned at once, whatever the timeout is. */
TEST(event_is_there_already)
{
	static const int timeout[] = { 0, 1, 100000000, -1, -100000000 };
	struct mheap *h = lib_open_quiet();
	struct mheap_event ev;
	unsigned int i;
	mheap_ref a;

	for (i = 0; i < ARRAY_SIZE(timeout); i++) {
		a = lib_alloc(h, 0, 0);
		weak_of(h, a, i);
		lib_drop(h, a);
		CHECK_EQ(mheap_next_event(h, &ev, timeout[i]), 1);
		CHECK_EQ(ev.cookie, i);
	}
}

/* These are set before the threads that use them start. */
static struct mheap *shared;
static mheap_ref shared_ref;
static int wait_ms;

static void *drop_soon(void *arg __attribute__((unused)))
{
	usleep(100000);
	lib_drop(shared, shared_ref);
	return NULL;
}

static void wait_for_a_thread(int timeout_ms)
{
	uint64_t start = now_ns();
	struct mheap_event ev;
	struct worker *worker;

	shared = lib_open_quiet();
	shared_ref = lib_alloc(shared, 0, 0);
	CHECK_EQ(mheap_set_finalizer(shared, shared_ref, 9), 0);
	worker = worker_start(drop_soon, NULL);
	CHECK_EQ(mheap_next_event(shared, &ev, timeout_ms), 1);
	CHECK_GE(now_ns() - start, 50 * MS);
	CHECK_LE(now_ns() - start, LATE_MS * MS);
	CHECK_EQ(ev.kind, MHEAP_EV_FINALIZE);
	CHECK_EQ(ev.cookie, 9);
	worker_join(worker);
	lib_drop(shared, ev.ref);
	CHECK_EQ(lib_info(shared).objects, 0);
}

TEST(event_from_another_thread)
{
	wait_for_a_thread(-1);
}

TEST(event_from_another_thread_in_time)
{
	wait_for_a_thread(100000000);
}

static void on_alarm(int sig __attribute__((unused)))
{
}

static const char *restart_label(unsigned int i)
{
	return i ? "restarting" : "not restarting";
}

TEST_EACH(signal_ends_waiting, restart_label, 2)
{
	struct itimerval soon = {
		.it_interval.tv_usec = 50000,
		.it_value.tv_usec = 50000,
	};
	struct sigaction action = {
		.sa_handler = on_alarm,
		.sa_flags = i ? SA_RESTART : 0,
	};
	struct mheap *h = lib_open();
	struct mheap_event ev = { .kind = 77 };

	CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
	CHECK_EQ(setitimer(ITIMER_REAL, &soon, NULL), 0);
	CHECK_EQ(mheap_next_event(h, &ev, -1), -EINTR);
	CHECK_EQ(mheap_next_event(h, &ev, 100000000), -EINTR);
	CHECK_EQ(ev.kind, 77);
}

/* ---- several threads ---- */

/* Returns how many ns it waited without getting an event, or 0 if it got one. */
static void *wait_once(void *arg __attribute__((unused)))
{
	uint64_t start = now_ns();
	struct mheap_event ev;
	int got = mheap_next_event(shared, &ev, wait_ms);

	CHECK_GE(got, 0);
	return (void *)(uintptr_t)(got ? 0 : (now_ns() - start) / MS);
}

/* One event wakes all threads; those that do not get it wait on until their own timeout. */
TEST(thread_keeps_to_its_timeout)
{
	struct worker *worker[4];
	unsigned int i, got = 0;
	uintptr_t waited;

	wait_ms = 400;
	shared = lib_open_quiet();
	shared_ref = lib_alloc(shared, 0, 0);
	weak_of(shared, shared_ref, 1);
	for (i = 0; i < ARRAY_SIZE(worker); i++)
		worker[i] = worker_start(wait_once, NULL);
	usleep(100000);
	lib_drop(shared, shared_ref);
	for (i = 0; i < ARRAY_SIZE(worker); i++) {
		waited = (uintptr_t)worker_join(worker[i]);
		if (!waited) {
			got++;
			continue;
		}
		CHECK_GE(waited, 400);
		CHECK_LE(waited, LATE_MS);
	}
	CHECK_EQ(got, 1);
}

/*
 * The library reads events with this call, which can pretend that others took them first.
 */
static bool others_are_faster;

ssize_t preadv2(int fd, const struct iovec *iov, int count, off_t offset,
		int flags)
{
	if (others_are_faster) {
		errno = EAGAIN;
		return -1;
	}
	return syscall(SYS_preadv2, fd, iov, count, (long)offset, (long)offset,
		       flags);
}

TEST(time_goes_by_when_others_are_faster)
{
	struct mheap *h = lib_open_quiet();
	mheap_ref a = lib_alloc(h, 0, 0);
	uint64_t start = now_ns();
	struct mheap_event ev;

	weak_of(h, a, 1);
	lib_drop(h, a);
	others_are_faster = true;
	CHECK_EQ(mheap_next_event(h, &ev, 0), 0);
	CHECK_EQ(mheap_next_event(h, &ev, 200), 0);
	CHECK_GE(now_ns() - start, 200 * MS);
	CHECK_LE(now_ns() - start, LATE_MS * MS);
	others_are_faster = false;
	check_weak_event(h, 1);
}

#define THREADS	4U
#define EVENTS	2000U

static unsigned char seen[EVENTS];

/* Each thread takes events until it gets one with a cookie that no object has. */
static void *take_events(void *arg __attribute__((unused)))
{
	struct mheap_event ev;

	for (;;) {
		CHECK_EQ(mheap_next_event(shared, &ev, -1), 1);
		if (ev.ref)
			lib_drop(shared, ev.ref);
		if (ev.cookie >= EVENTS)
			return NULL;
		__atomic_fetch_add(&seen[ev.cookie], 1, __ATOMIC_RELAXED);
	}
}

/* Every second object gets a finalizer, the others get weak handles. */
static void make_events(uint64_t cookie)
{
	mheap_ref r = lib_alloc(shared, 0, 0);

	if (cookie & 1)
		CHECK_EQ(mheap_set_finalizer(shared, r, cookie), 0);
	else
		weak_of(shared, r, cookie);
	lib_drop(shared, r);
}

TEST(threads_share_events)
{
	struct worker *worker[THREADS];
	unsigned int i;

	shared = lib_open_quiet();
	for (i = 0; i < THREADS; i++)
		worker[i] = worker_start(take_events, NULL);
	for (i = 0; i < EVENTS + THREADS; i++)
		make_events(i);
	for (i = 0; i < THREADS; i++)
		worker_join(worker[i]);
	for (i = 0; i < EVENTS; i++)
		CHECK_EQ(seen[i], 1);
	no_event(shared);
	CHECK_EQ(lib_info(shared).objects, 0);
	CHECK_EQ(lib_info(shared).handles, 0);
}
