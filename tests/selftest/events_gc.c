// SPDX-License-Identifier: GPL-2.0
/* Masks of events, and the events of collections. */
#include <errno.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"
#include "notify.h"

#define GC_EVENTS	(MHEAP_EVENT_GC_START | MHEAP_EVENT_GC_STOP)

/* A session queues the events of this many collections before it merges them. */
#define KEPT		64

/* ---- masks ---- */

TEST(mask_values)
{
	struct mheap_ioc_event_mask m = { .size = sizeof(m) };
	int fd = quiet_heap();
	uint32_t bit;

	for (m.mask = 0; m.mask < 16; m.mask++)
		CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_EVENT_MASK, &m), 0);
	for (bit = 4; bit < 32; bit++) {
		m.mask = 1U << bit | MHEAP_EVENT_WEAK;
		CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_EVENT_MASK, &m), -EINVAL);
	}
}

/* A refused mask did not take effect. */
TEST(mask_refused_is_not_set)
{
	struct mheap_ioc_event_mask m = { .size = sizeof(m), .mask = 0x80 };
	int fd = quiet_heap();

	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_EVENT_MASK, &m), -EINVAL);
	m.mask |= GC_EVENTS;
	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_EVENT_MASK, &m), -EINVAL);
	collect(fd, 2);
	CHECK_NO_EVENT(fd);
	cause_events(fd, 1);
	event_take(fd, MHEAP_EVENT_WEAK, 0);
}

TEST(no_gc_events_at_first)
{
	int fd = quiet_heap();

	make_ring(fd, 3);
	collect(fd, 2);
	CHECK_NO_EVENT(fd);
}

/* ---- collections ---- */

static void check_start(const struct mheap_ioc_event *e, uint32_t generation)
{
	CHECK_EQ(e->kind, MHEAP_EVENT_GC_START);
	CHECK_EQ(e->generation, generation);
	CHECK_EQ(e->cookie | e->ref | e->collected | e->uncollectable, 0);
	CHECK_EQ(e->duration_ns | e->reserved, 0);
	CHECK_EQ(e->merged, 1);
}

static void check_stop(const struct mheap_ioc_event *e, uint32_t generation,
		       uint64_t found)
{
	CHECK_EQ(e->kind, MHEAP_EVENT_GC_STOP);
	CHECK_EQ(e->generation, generation);
	CHECK_EQ(e->collected, found);
	CHECK_EQ(e->cookie | e->ref | e->uncollectable | e->reserved, 0);
	CHECK_GE(e->duration_ns, 1);
	CHECK_EQ(e->merged, 1);
}

TEST(start_and_stop)
{
	struct mheap_ioc_event events[3];
	int fd = quiet_heap();
	uint32_t g;

	event_mask(fd, GC_EVENTS);
	for (g = 0; g < 3; g++) {
		uint64_t found, start = now_ns();

		make_ring(fd, 10 + g);
		found = collect(fd, g).found;
		CHECK_EQ(found, 10 + g);
		CHECK_EQ(events_take(fd, events, 3), 2);
		check_start(&events[0], g);
		check_stop(&events[1], g, found);
		CHECK_LE(events[1].duration_ns, now_ns() - start);
	}
	CHECK_EQ(gc_stats_of(fd, 2).collected, 12);
}

TEST(one_kind_only)
{
	struct mheap_ioc_event events[4];
	int fd = quiet_heap();

	event_mask(fd, MHEAP_EVENT_GC_START);
	collect(fd, 1);
	CHECK_EQ(events_take(fd, events, 4), 1);
	check_start(&events[0], 1);
	event_mask(fd, MHEAP_EVENT_GC_STOP);
	collect(fd, 0);
	CHECK_EQ(events_take(fd, events, 4), 1);
	check_stop(&events[0], 0, 0);
	event_mask(fd, 0);
	collect(fd, 2);
	CHECK_NO_EVENT(fd);
}

/* The event counts objects that went into quarantine as found. */
TEST(stop_counts_what_is_in_quarantine)
{
	struct mheap_ioc_event events[4];
	int fd = quiet_heap();
	uint64_t ring[3];

	make_finalized_ring(fd, ring, 3, 1);
	drop_each(fd, ring, 3);
	event_mask(fd, GC_EVENTS | MHEAP_EVENT_FINALIZE);
	CHECK_EQ(collect(fd, 2).found, 3);
	CHECK_EQ(events_take(fd, events, 4), 3);
	check_start(&events[0], 2);
	CHECK_EQ(events[1].kind, MHEAP_EVENT_FINALIZE);
	check_stop(&events[2], 2, 3);
	drop(fd, events[1].ref);
	CHECK_EQ(info_of(fd).objects, 0);
	CHECK_NO_EVENT(fd);
}

TEST(automatic_collections_tell_too)
{
	struct mheap_ioc_event event;
	int fd = dev_open();

	tune_threshold(fd, 50, 0xffffffff, 0xffffffff);
	event_mask(fd, MHEAP_EVENT_GC_STOP);
	make_ring(fd, 50);
	make(fd, 1, 0);
	CHECK(event_comes(fd, 20000));
	CHECK_EQ(events_take(fd, &event, 1), 1);
	check_stop(&event, 0, 50);
}

/* ---- sessions that do not read ---- */

/* Run so many collections that find only rings; returns how many objects they found. */
static uint64_t collect_unread(int fd, uint32_t n)
{
	uint64_t found = 0;
	uint32_t i;

	for (i = 0; i < n; i++) {
		make_ring(fd, 1 + i % 7);
		found += collect(fd, i % 3).found;
	}
	return found;
}

static void check_merged(int fd, uint32_t n, uint64_t found)
{
	static struct mheap_ioc_event events[2 * KEPT + 1];
	uint64_t starts = 0, stops = 0, collected = 0, last = n - KEPT + 1;
	uint32_t i;

	CHECK_EQ(events_take(fd, events, 2 * KEPT + 1), 2 * KEPT);
	for (i = 0; i < 2 * KEPT; i++) {
		CHECK_EQ(events[i].kind, i % 2 ? MHEAP_EVENT_GC_STOP :
						 MHEAP_EVENT_GC_START);
		CHECK_EQ(events[i].merged, i < 2 * KEPT - 2 ? 1 : last);
		starts += i % 2 ? 0 : events[i].merged;
		stops += i % 2 ? events[i].merged : 0;
		collected += events[i].collected;
	}
	CHECK_EQ(starts, n);
	CHECK_EQ(stops, n);
	CHECK_EQ(collected, found);
	CHECK_EQ(events[2 * KEPT - 1].generation, (n - 1) % 3);
	CHECK_NO_EVENT(fd);
}

static const uint32_t unread[] = { KEPT, KEPT + 1, 100, 1000 };

static const char *unread_name(unsigned int i)
{
	static const char *const names[] = { "64", "65", "100", "1000" };

	return names[i];
}

TEST_EACH(unread_collections_are_merged, unread_name, 4)
{
	int fd = quiet_heap();
	uint64_t found;

	event_mask(fd, GC_EVENTS);
	found = collect_unread(fd, unread[i]);
	CHECK_EQ(info_of(fd).events, 2 * KEPT);
	check_merged(fd, unread[i], found);
}

/* Once the events are read, new ones are kept apart again. */
TEST(merging_ends_with_reading)
{
	struct mheap_ioc_event events[2];
	int fd = quiet_heap();
	uint64_t found;

	event_mask(fd, GC_EVENTS);
	found = collect_unread(fd, 200);
	check_merged(fd, 200, found);
	make_ring(fd, 4);
	collect(fd, 2);
	CHECK_EQ(events_take(fd, events, 2), 2);
	check_start(&events[0], 2);
	check_stop(&events[1], 2, 4);
}

/* Events of objects are never merged, whatever happens with those of collections. */
TEST(merging_keeps_events_of_objects)
{
	struct mheap_ioc_event event;
	uint32_t weaks = 0, i;
	int fd = quiet_heap();

	event_mask(fd, GC_EVENTS | MHEAP_EVENT_WEAK);
	for (i = 0; i < 200; i++) {
		uint64_t o = make_loop(fd, 1, 0);

		weak_new(fd, o, i);
		drop(fd, o);
		CHECK_EQ(collect(fd, 2).found, 1);
	}
	while (events_take(fd, &event, 1)) {
		if (event.kind != MHEAP_EVENT_WEAK)
			continue;
		CHECK_EQ(event.cookie, weaks);
		weaks++;
	}
	CHECK_EQ(weaks, 200);
}

TEST(slow_reader_holds_up_nothing)
{
	uint32_t n = test_is_short() ? 1000 : 10000;
	int fd = dev_open();
	uint64_t found;

	tune_threshold(fd, 0, 0, 0);
	event_mask(fd, GC_EVENTS);
	found = collect_unread(fd, n);
	CHECK_EQ(info_of(fd).events, 2 * KEPT);
	check_merged(fd, n, found);
}

struct sums {
	int fd;
	uint64_t started, stopped, collected;
	volatile bool stop;
};

/* This thread reads one event now and then. */
static void *read_slowly(void *arg)
{
	struct mheap_ioc_event event;
	struct sums *s = arg;

	while (!s->stop || event_comes(s->fd, 0)) {
		if (!event_comes(s->fd, 1) || !events_take(s->fd, &event, 1))
			continue;
		if (event.kind == MHEAP_EVENT_GC_START)
			s->started += event.merged;
		else
			s->stopped += event.merged;
		s->collected += event.collected;
		if (!s->stop)
			usleep(500);
	}
	return NULL;
}

TEST(counts_add_up_for_a_slow_reader)
{
	uint32_t n = test_is_short() ? 500 : 3000;
	struct sums s = { .fd = quiet_heap() };
	struct worker *worker;
	uint64_t found;

	event_mask(s.fd, GC_EVENTS);
	worker = worker_start(read_slowly, &s);
	found = collect_unread(s.fd, n);
	s.stop = true;
	worker_join(worker);
	CHECK_EQ(s.started, n);
	CHECK_EQ(s.stopped, n);
	CHECK_EQ(s.collected, found);
}
