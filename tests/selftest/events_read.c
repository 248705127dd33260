// SPDX-License-Identifier: GPL-2.0
/* Reading events and waiting for them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"
#include "notify.h"

#define EVENT_SIZE	sizeof(struct mheap_ioc_event)

static ssize_t read_now(int fd, void *buffer, size_t size)
{
	struct iovec iov = { .iov_base = buffer, .iov_len = size };
	ssize_t n = preadv2(fd, &iov, 1, -1, RWF_NOWAIT);

	return n < 0 ? -errno : n;
}

/* ---- sizes ---- */

TEST(too_short)
{
	char buffer[EVENT_SIZE];
	int fd = quiet_heap();
	size_t size;

	cause_events(fd, 1);
	for (size = 1; size < EVENT_SIZE; size++) {
		CHECK_EQ(read(fd, buffer, size), -1);
		CHECK_EQ(errno, EINVAL);
	}
	CHECK_EQ(info_of(fd).events, 1);
	event_take(fd, MHEAP_EVENT_WEAK, 0);
}

/* A read does not wait for an event that its buffer could not hold. */
TEST(too_short_without_event)
{
	char buffer[EVENT_SIZE];
	int fd = quiet_heap();

	CHECK_EQ(read(fd, buffer, EVENT_SIZE - 1), -1);
	CHECK_EQ(errno, EINVAL);
	CHECK_EQ(read_now(fd, buffer, 1), -EINVAL);
}

TEST(several_at_once_in_order)
{
	struct mheap_ioc_event events[20];
	int fd = quiet_heap();
	uint32_t i;

	cause_events(fd, 10);
	CHECK_EQ(info_of(fd).events, 10);
	memset(events, 0x5a, sizeof(events));
	CHECK_EQ(read(fd, events, sizeof(events)), 10 * EVENT_SIZE);
	for (i = 0; i < 10; i++)
		CHECK_EQ(events[i].cookie, i);
	CHECK_EQ(events[10].cookie, POISON64);
	CHECK_NO_EVENT(fd);
}

/* A read returns as many events as fit and leaves the rest of the buffer alone. */
TEST(partial_room)
{
	struct mheap_ioc_event events[4];
	int fd = quiet_heap();

	cause_events(fd, 5);
	memset(events, 0x5a, sizeof(events));
	CHECK_EQ(read(fd, events, 3 * EVENT_SIZE - 1), 2 * EVENT_SIZE);
	CHECK_EQ(events[1].cookie, 1);
	CHECK_EQ(events[2].cookie, POISON64);
	CHECK_EQ(info_of(fd).events, 3);
	CHECK_EQ(read(fd, events, sizeof(events)), 3 * EVENT_SIZE);
	CHECK_EQ(events[0].cookie, 2);
	CHECK_EQ(events[2].cookie, 4);
	CHECK_NO_EVENT(fd);
}

/* Events are read into a vector whose pieces are smaller than an event. */
TEST(scattered)
{
	struct mheap_ioc_event events[2];
	char *p = (char *)events;
	int fd = quiet_heap();
	struct iovec iov[3] = {
		{ .iov_base = p, .iov_len = 10 },
		{ .iov_base = p + 10, .iov_len = 100 },
		{ .iov_base = p + 110, .iov_len = sizeof(events) - 110 },
	};

	cause_events(fd, 2);
	memset(events, 0x5a, sizeof(events));
	CHECK_EQ(readv(fd, iov, 3), sizeof(events));
	CHECK_EQ(events[0].kind, MHEAP_EVENT_WEAK);
	CHECK_EQ(events[0].cookie, 0);
	CHECK_EQ(events[1].cookie, 1);
	CHECK_EQ(events[1].reserved, 0);
}

/* ---- without waiting ---- */

TEST(nowait)
{
	struct mheap_ioc_event event;
	int fd = quiet_heap();

	CHECK_EQ(read_now(fd, &event, EVENT_SIZE), -EAGAIN);
	cause_events(fd, 1);
	CHECK_EQ(read_now(fd, &event, EVENT_SIZE), EVENT_SIZE);
	CHECK_EQ(event.kind, MHEAP_EVENT_WEAK);
	CHECK_EQ(read_now(fd, &event, EVENT_SIZE), -EAGAIN);
}

TEST(nonblocking_descriptor)
{
	struct mheap_ioc_event event;
	int fd = quiet_heap();

	CHECK_EQ(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	CHECK_EQ(read(fd, &event, EVENT_SIZE), -1);
	CHECK_EQ(errno, EAGAIN);
	cause_events(fd, 1);
	CHECK_EQ(read(fd, &event, EVENT_SIZE), EVENT_SIZE);
	CHECK_EQ(fcntl(fd, F_SETFL, 0), 0);
	CHECK_EQ(read_now(fd, &event, EVENT_SIZE), -EAGAIN);
}

TEST(writing_is_refused)
{
	char buffer[EVENT_SIZE] = { 0 };
	int fd = quiet_heap();

	CHECK_EQ(write(fd, buffer, sizeof(buffer)), -1);
	CHECK_EQ(errno, EINVAL);
}

/* ---- bad buffers ---- */

static void *bad_buffers(unsigned int i)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	CHECK_EQ(mprotect(p + page, page, i == 1 ? PROT_READ : PROT_NONE), 0);
	if (i == 2)
		return (void *)BAD_PTR;
	return i == 3 ? p + page - EVENT_SIZE + 1 : p + page;
}

static const char *buffer_name(unsigned int i)
{
	static const char *const names[] = {
		"no memory", "read-only", "null", "last byte",
	};

	return names[i];
}

/* An event that could not be copied stays queued, and so does its reference. */
TEST_EACH(EFAULT_loses_nothing, buffer_name, 4)
{
	void *buffer = bad_buffers(i);
	int fd = quiet_heap();
	struct mheap_ioc_info before;
	uint64_t o = make(fd, 1, 0);
	uint32_t k;

	finalize(fd, o, 3);
	drop(fd, o);
	before = info_of(fd);
	for (k = 0; k < 100; k++) {
		CHECK_EQ(read(fd, buffer, EVENT_SIZE), -1);
		CHECK_EQ(errno, EFAULT);
	}
	CHECK_UNCHANGED(fd, &before);
	o = finalizer_take(fd, 3);
	CHECK_EQ(refcount(fd, o), 1);
	drop(fd, o);
	CHECK_EQ(info_of(fd).objects, 0);
	check_sound(fd);
}

/* The handle that could not be delivered belongs to no frame either. */
TEST(EFAULT_in_a_frame)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0);

	finalize(fd, o, 3);
	drop(fd, o);
	OUT(fd, FRAME_PUSH);
	CHECK_EQ(read(fd, bad_buffers(0), EVENT_SIZE), -1);
	OUT(fd, FRAME_POP);
	CHECK_EQ(info_of(fd).objects, 1);
	o = finalizer_take(fd, 3);
	CHECK_EQ(refcount(fd, o), 1);
	drop(fd, o);
	CHECK_EQ(info_of(fd).objects, 0);
	check_sound(fd);
}

/* The same holds for events of collections. */
TEST(EFAULT_of_gc_events)
{
	int fd = quiet_heap();
	uint32_t i;

	event_mask(fd, MHEAP_EVENT_GC_START | MHEAP_EVENT_GC_STOP);
	for (i = 0; i < 3; i++) {
		collect(fd, i);
		CHECK_EQ(read(fd, bad_buffers(0), EVENT_SIZE), -1);
		CHECK_EQ(errno, EFAULT);
	}
	CHECK_EQ(info_of(fd).events, 6);
	CHECK_EQ(events_flush(fd), 6);
}

/* Events that were copied are gone; the others are still queued. */
TEST(EFAULT_after_some)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *p = bad_buffers(0);
	int fd = quiet_heap();
	uint32_t i;

	for (i = 0; i < 4; i++) {
		uint64_t o = make(fd, 1, 0);

		finalize(fd, o, i);
		drop(fd, o);
	}
	p -= 2 * EVENT_SIZE + 8;
	CHECK_EQ(read(fd, p, page), 2 * EVENT_SIZE);
	CHECK_EQ(info_of(fd).events, 2);
	CHECK_EQ(info_of(fd).handles, 2);
	for (i = 0; i < 2; i++)
		drop(fd, ((struct mheap_ioc_event *)p)[i].ref);
	drop(fd, finalizer_take(fd, 2));
	drop(fd, finalizer_take(fd, 3));
	CHECK_EQ(info_of(fd).objects, 0);
	check_sound(fd);
}

/* ---- waiting ---- */

struct reader {
	int fd;
	pthread_t thread;
	volatile bool waits;
	volatile int result;
	struct mheap_ioc_event event;
};

static void *read_one(void *arg)
{
	struct reader *r = arg;

	r->thread = pthread_self();
	r->waits = true;
	r->result = read(r->fd, &r->event, EVENT_SIZE);
	if (r->result < 0)
		r->result = -errno;
	return r;
}

static void *poll_one(void *arg)
{
	struct reader *r = arg;

	r->waits = true;
	CHECK(event_comes(r->fd, 60000));
	r->event = event_take(r->fd, MHEAP_EVENT_WEAK, 0);
	return r;
}

static void *epoll_one(void *arg)
{
	struct epoll_event wanted = { .events = EPOLLIN | EPOLLET }, got;
	struct reader *r = arg;
	int ep = epoll_create1(EPOLL_CLOEXEC);

	CHECK_GE(ep, 0);
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, r->fd, &wanted), 0);
	CHECK_EQ(epoll_wait(ep, &got, 1, 0), 0);
	r->waits = true;
	CHECK_EQ(epoll_wait(ep, &got, 1, 60000), 1);
	CHECK_EQ(got.events, EPOLLIN);
	r->event = event_take(r->fd, MHEAP_EVENT_WEAK, 0);
	CHECK_EQ(epoll_wait(ep, &got, 1, 0), 0);
	return r;
}

/* Start a thread that waits, and give it time to fall asleep. */
static struct worker *start_waiting(void *(*run)(void *arg), struct reader *r)
{
	struct worker *worker = worker_start(run, r);

	while (!r->waits)
		sched_yield();
	usleep(50000);
	return worker;
}

TEST(read_waits)
{
	struct reader r = { .fd = quiet_heap() };
	struct worker *worker = start_waiting(read_one, &r);

	CHECK_EQ(r.result, 0);
	cause_events(r.fd, 1);
	worker_join(worker);
	CHECK_EQ(r.result, EVENT_SIZE);
	CHECK_EQ(r.event.kind, MHEAP_EVENT_WEAK);
}

TEST(poll_waits)
{
	struct reader r = { .fd = quiet_heap() };
	struct worker *worker = start_waiting(poll_one, &r);

	cause_events(r.fd, 1);
	worker_join(worker);
	CHECK_NO_EVENT(r.fd);
}

TEST(epoll_waits)
{
	struct reader r = { .fd = quiet_heap() };
	struct worker *worker = start_waiting(epoll_one, &r);

	cause_events(r.fd, 1);
	worker_join(worker);
	CHECK_NO_EVENT(r.fd);
}

/* An event of a collection wakes a reader as well. */
TEST(collection_wakes)
{
	struct reader r = { .fd = quiet_heap() };
	struct worker *worker;
	uint64_t o = make_loop(r.fd, 1, 0);

	finalize(r.fd, o, 5);
	drop(r.fd, o);
	worker = start_waiting(read_one, &r);
	CHECK_EQ(collect(r.fd, 2).found, 1);
	worker_join(worker);
	CHECK_EQ(r.event.cookie, 5);
	drop(r.fd, r.event.ref);
	CHECK_EQ(info_of(r.fd).objects, 0);
}

/* Each event goes to one reader, and every waiting reader gets one. */
TEST(several_readers)
{
	struct reader readers[4];
	struct worker *worker[4];
	int fd = quiet_heap();
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < 4; i++) {
		readers[i] = (struct reader){ .fd = fd };
		worker[i] = start_waiting(read_one, &readers[i]);
	}
	cause_events(fd, 4);
	for (i = 0; i < 4; i++) {
		worker_join(worker[i]);
		CHECK_EQ(readers[i].result, EVENT_SIZE);
		sum |= 1 << readers[i].event.cookie;
	}
	CHECK_EQ(sum, 15);
	CHECK_NO_EVENT(fd);
}

static void on_signal(int number __attribute__((unused)))
{
}

TEST(EINTR_while_waiting)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct reader r = { .fd = quiet_heap() };
	struct worker *worker;

	CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
	worker = start_waiting(read_one, &r);
	CHECK_EQ(pthread_kill(r.thread, SIGUSR1), 0);
	worker_join(worker);
	CHECK_EQ(r.result, -EINTR);
	cause_events(r.fd, 1);
	event_take(r.fd, MHEAP_EVENT_WEAK, 0);
}

/* A reader whose process is killed leaves nothing behind; the harness checks that. */
TEST(killed_while_waiting)
{
	struct reader r = { .fd = quiet_heap() };

	start_waiting(read_one, &r);
	CHECK_EQ(close(r.fd), 0);
}
