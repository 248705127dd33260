// SPDX-License-Identifier: GPL-2.0
/* Weak handles, finalizers, and the events that come of them. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"
#include "notify.h"

uint64_t weak_new(int fd, uint64_t object, uint64_t cookie)
{
	uint64_t weak = OUT(fd, WEAK_NEW, .obj = object, .arg = cookie);

	CHECK_NE(weak, 0);
	return weak;
}

uint64_t weak_get(int fd, uint64_t weak)
{
	return OUT(fd, WEAK_GET, .arg = weak);
}

void weak_drop(int fd, uint64_t weak)
{
	OUT(fd, WEAK_DROP, .arg = weak);
}

bool weak_lives(int fd, uint64_t weak)
{
	uint64_t o = weak_get(fd, weak);

	if (o)
		drop(fd, o);
	return o;
}

void finalize(int fd, uint64_t object, uint64_t cookie)
{
	OUT(fd, FINALIZER, .obj = object, .arg = cookie);
}

void event_mask(int fd, uint32_t mask)
{
	struct mheap_ioc_event_mask m = { .size = sizeof(m), .mask = mask };

	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_EVENT_MASK, &m), 0);
}

void cause_events(int fd, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		uint64_t o = make(fd, 0, 0);

		weak_new(fd, o, i);
		drop(fd, o);
	}
}

bool event_comes(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n = poll(&p, 1, ms);

	CHECK_GE(n, 0);
	if (n)
		CHECK_EQ(p.revents, POLLIN);
	return n;
}

uint32_t events_take(int fd, struct mheap_ioc_event *events, uint32_t max)
{
	ssize_t n;

	if (!event_comes(fd, 0))
		return 0;
	memset(events, 0x5a, max * sizeof(*events));
	n = read(fd, events, max * sizeof(*events));
	if (n <= 0)
		FAIL("read returned %zd: %s", n, strerror(errno));
	CHECK_EQ(n % sizeof(*events), 0);
	return n / sizeof(*events);
}

uint32_t events_flush(int fd)
{
	struct mheap_ioc_event events[64];
	uint32_t total = 0, n, i;

	while ((n = events_take(fd, events, 64))) {
		for (i = 0; i < n; i++)
			if (events[i].ref)
				drop(fd, events[i].ref);
		total += n;
	}
	return total;
}

/* Members that the event's kind does not use are 0. */
static void check_object_event(const struct mheap_ioc_event *event)
{
	CHECK_EQ(event->generation, 0);
	CHECK_EQ(event->collected, 0);
	CHECK_EQ(event->uncollectable, 0);
	CHECK_EQ(event->duration_ns, 0);
	CHECK_EQ(event->merged, 0);
	CHECK_EQ(event->reserved, 0);
	if (event->kind == MHEAP_EVENT_FINALIZE)
		CHECK(is_own_number(event->ref));
	else
		CHECK_EQ(event->ref, 0);
}

struct mheap_ioc_event event_take(int fd, uint32_t kind, uint64_t cookie)
{
	struct mheap_ioc_event event;

	if (!events_take(fd, &event, 1))
		FAIL("no event of kind %u, cookie %llu", kind,
		     (unsigned long long)cookie);
	CHECK_EQ(event.kind, kind);
	CHECK_EQ(event.cookie, cookie);
	check_object_event(&event);
	return event;
}

uint64_t finalizer_take(int fd, uint64_t cookie)
{
	return event_take(fd, MHEAP_EVENT_FINALIZE, cookie).ref;
}

void make_finalized_ring(int fd, uint64_t *ring, uint32_t n, uint32_t finalized)
{
	uint32_t i;

	make_held_ring(fd, ring, n, 2);
	for (i = 0; i < finalized; i++)
		finalize(fd, ring[i], i);
}

void make_quarantined_ring(int fd, uint64_t *ring, uint32_t n, uint32_t finalized)
{
	make_finalized_ring(fd, ring, n, finalized);
	drop_each(fd, ring, n);
	CHECK_EQ(collect(fd, 2).found, n);
}

void finalizers_take(int fd, uint64_t *refs, uint32_t n)
{
	struct mheap_ioc_event event;
	uint32_t i;

	memset(refs, 0, n * sizeof(*refs));
	for (i = 0; i < n; i++) {
		CHECK_EQ(events_take(fd, &event, 1), 1);
		CHECK_EQ(event.kind, MHEAP_EVENT_FINALIZE);
		CHECK_LE(event.cookie, n - 1);
		CHECK_EQ(refs[event.cookie], 0);
		refs[event.cookie] = event.ref;
	}
	CHECK_NO_EVENT(fd);
}
