// SPDX-License-Identifier: GPL-2.0
/*
 * Quarantine: what may happen until the events of finalizers are answered, and the answers.
 */
#include <errno.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"
#include "notify.h"

#define RING 5

static uint64_t objects(int fd)
{
	return info_of(fd).objects;
}

static const char *nth(unsigned int i)
{
	static const char *const names[] = { "0", "1", "2", "3", "4", "5" };

	return names[i];
}

/* ---- quarantine against collections ---- */

/* An object that only a quarantined set leads to is not garbage. */
TEST_EACH(collections_meanwhile, nth, 3)
{
	uint64_t ring[RING], o, fresh, id;
	int fd = quiet_heap();

	make_quarantined_ring(fd, ring, RING, 1);
	o = finalizer_take(fd, 0);
	fresh = make_loop(fd, 2, 11);
	id = id_of(fd, fresh);
	give(fd, o, 1, fresh);
	CHECK_EQ(collect(fd, i).found, 0);
	CHECK_EQ(collect(fd, 2).found, 0);
	CHECK_EQ(objects(fd), RING + 1);
	CHECK_EQ(info_of(fd).quarantined, RING);
	fresh = OUT(fd, OPEN_ID, .arg = id);
	CHECK_EQ(stat_of(fd, fresh).nbytes, 11);
	drop(fd, fresh);
	drop(fd, o);
	CHECK_EQ(collect(fd, 2).found, 1);
	CHECK_EQ(objects(fd), 0);
	check_sound(fd);
}

/* The set stays in quarantine while its event is unread. */
TEST(collections_while_the_event_is_unread)
{
	uint64_t ring[RING], old, id;
	int fd = quiet_heap();
	uint32_t i;

	old = make_loop(fd, 1, 0);
	id = id_of(fd, old);
	collect(fd, 1);
	make_finalized_ring(fd, ring, RING, 1);
	give(fd, ring[2], 1, old);
	drop_each(fd, ring, RING);
	CHECK_EQ(collect(fd, 0).found, RING);
	for (i = 0; i < 6; i++)
		CHECK_EQ(collect(fd, i % 3).found, 0);
	drop(fd, OUT(fd, OPEN_ID, .arg = id));
	drop(fd, finalizer_take(fd, 0));
	CHECK_EQ(objects(fd), 1);
	CHECK_EQ(collect(fd, 2).found, 1);
}

/* Each of two quarantined sets waits for its own answers. */
TEST(two_sets_in_quarantine)
{
	uint64_t first[RING], second[RING], a, b;
	int fd = quiet_heap();

	make_quarantined_ring(fd, first, RING, 1);
	make_quarantined_ring(fd, second, RING, 1);
	CHECK_EQ(info_of(fd).quarantined, 2 * RING);
	a = finalizer_take(fd, 0);
	b = finalizer_take(fd, 0);
	drop(fd, b);
	CHECK_EQ(objects(fd), RING);
	drop(fd, a);
	CHECK_EQ(objects(fd), 0);
	CHECK_NO_EVENT(fd);
}

/* Other garbage is found as usual while a set is in quarantine. */
TEST(garbage_beside_a_quarantine)
{
	uint64_t ring[RING], o;
	int fd = quiet_heap();

	make_quarantined_ring(fd, ring, RING, 1);
	make_ring(fd, 7);
	CHECK_EQ(collect(fd, 2).found, 7);
	o = finalizer_take(fd, 0);
	make_ring(fd, 7);
	CHECK_EQ(collect(fd, 2).found, 7);
	drop(fd, o);
	CHECK_EQ(objects(fd), 0);
}

TEST(frozen_meanwhile)
{
	uint64_t ring[RING], o, kept;
	int fd = quiet_heap();

	make_quarantined_ring(fd, ring, RING, 1);
	make_held_ring(fd, ring, RING, 1);
	freeze(fd, 1);
	CHECK_EQ(info_of(fd).frozen, RING);
	o = finalizer_take(fd, 0);
	kept = OUT(fd, GET, .obj = o);
	drop(fd, o);
	CHECK_EQ(info_of(fd).quarantined, 0);
	drop(fd, kept);
	CHECK_EQ(collect(fd, 2).found, RING);
	drop_each(fd, ring, RING);
	freeze(fd, 0);
	CHECK_EQ(collect(fd, 2).found, RING);
	CHECK_EQ(objects(fd), 0);
	check_sound(fd);
}

/*
 * A member without a finalizer may get one in quarantine, and it runs before the member
 * dies.
 */
TEST(set_in_quarantine)
{
	uint64_t ring[RING], o, next;
	int fd = quiet_heap();

	make_quarantined_ring(fd, ring, RING, 1);
	o = finalizer_take(fd, 0);
	CHECK_EQ(DO(fd, FINALIZER, .obj = o, .arg = 9), -EEXIST);
	next = OUT(fd, GET, .obj = o);
	finalize(fd, next, 5);
	drop(fd, next);
	drop(fd, o);
	collect(fd, 2);
	CHECK_EQ(events_flush(fd), 1);
	collect(fd, 2);
	CHECK_EQ(objects(fd), 0);
	CHECK_EQ(info_of(fd).quarantined, 0);
	CHECK_NO_EVENT(fd);
	check_sound(fd);
}

/* ---- registrations ---- */

TEST(another_cookie)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0);

	finalize(fd, o, 1);
	finalize(fd, o, 2);
	drop(fd, o);
	drop(fd, finalizer_take(fd, 2));
	CHECK_NO_EVENT(fd);
	CHECK_EQ(objects(fd), 0);
}

/* An immortal object never dies, so there is no event; the heap still goes with it. */
TEST(of_an_immortal_object)
{
	int fd = quiet_heap();
	uint64_t o = OUT(fd, ALLOC, .len = 1, .val = MHEAP_ENTRY_IMMORTAL);

	finalize(fd, o, 1);
	OUT(fd, SET, .obj = o, .val = o);
	drop(fd, o);
	CHECK_EQ(collect(fd, 2).found, 0);
	CHECK_NO_EVENT(fd);
}

TEST(masked_finalizers_are_skipped)
{
	uint64_t ring[RING], o;
	int fd = quiet_heap();

	o = make(fd, 1, 0);
	finalize(fd, o, 1);
	make_finalized_ring(fd, ring, RING, RING);
	drop_each(fd, ring, RING);
	event_mask(fd, MHEAP_EVENT_WEAK);
	drop(fd, o);
	CHECK_EQ(objects(fd), RING);
	CHECK_EQ(collect(fd, 2).freed, RING);
	CHECK_EQ(objects(fd), 0);
	CHECK_NO_EVENT(fd);
}

/* A mask applies to later events only. */
TEST(masked_after_the_event)
{
	int fd = quiet_heap();
	uint64_t a = make(fd, 1, 0), b = make(fd, 1, 0);

	finalize(fd, a, 1);
	finalize(fd, b, 2);
	drop(fd, a);
	event_mask(fd, 0);
	CHECK_EQ(info_of(fd).events, 1);
	event_mask(fd, MHEAP_EVENT_FINALIZE);
	drop(fd, b);
	drop(fd, finalizer_take(fd, 1));
	drop(fd, finalizer_take(fd, 2));
	CHECK_EQ(objects(fd), 0);
}

/* ---- answers ---- */

/* Popping the frame of the event's handle drops it, which is an answer too. */
TEST(answered_by_a_frame)
{
	uint64_t ring[RING];
	int fd = quiet_heap();

	make_quarantined_ring(fd, ring, RING, 1);
	OUT(fd, FRAME_PUSH);
	finalizer_take(fd, 0);
	OUT(fd, FRAME_POP);
	CHECK_EQ(objects(fd), 0);
}

/* Dropping a duplicate of the event's handle is not an answer. */
TEST(answer_is_the_handle_of_the_event)
{
	uint64_t ring[RING], o, dup;
	int fd = quiet_heap();

	make_quarantined_ring(fd, ring, RING, 1);
	o = finalizer_take(fd, 0);
	dup = OUT(fd, DUP, .obj = o);
	drop(fd, dup);
	CHECK_EQ(info_of(fd).quarantined, RING);
	drop(fd, o);
	CHECK_EQ(objects(fd), 0);
}

/* Leave events and sets in all states behind; the harness checks that the heap goes. */
TEST_EACH(session_gone, nth, 4)
{
	struct mheap_ioc_event event;
	uint64_t ring[RING], o;
	int fd = quiet_heap();

	make_finalized_ring(fd, ring, RING, 3);
	o = make(fd, 1, 0);
	finalize(fd, o, 7);
	if (i >= 1) {
		drop_each(fd, ring, RING);
		collect(fd, 2);
	}
	if (i >= 2)
		CHECK_EQ(events_take(fd, &event, 1), 1);
	if (i >= 3)
		drop(fd, o);
	CHECK_EQ(close(fd), 0);
}

static void *reads_for_ever(void *arg)
{
	struct mheap_ioc_event event;

	read(*(int *)arg, &event, sizeof(event));
	pause();
	return NULL;
}

static void *dies_with_events(void *arg)
{
	uint64_t ring[RING];
	int fd = *(int *)arg;

	make_finalized_ring(fd, ring, RING, 3);
	drop_each(fd, ring, RING);
	collect(fd, 2);
	_exit(0);
}

static void two_threads(void *arg)
{
	worker_start(reads_for_ever, arg);
	worker_join(worker_start(dies_with_events, arg));
}

/* The process exits while one of its threads uses the session. */
TEST(process_gone)
{
	long heaps = sysfs_heaps();
	int fd = quiet_heap();
	pid_t pid = child_start(two_threads, &fd);

	CHECK_EQ(close(fd), 0);
	child_join(pid);
	CHECK(sysfs_heaps_come_to(heaps));
}

/* ---- beside work ---- */

struct answers {
	int fd;
	volatile bool stop;
	uint64_t finalized;
	uint64_t kept;
};

/* Resurrect every third object once, for a moment. */
static void answer(struct answers *a, const struct mheap_ioc_event *event)
{
	uint64_t again = 0;

	CHECK_EQ(event->kind, MHEAP_EVENT_FINALIZE);
	CHECK_EQ(stat_of(a->fd, event->ref).nbytes, event->cookie % 16);
	if (event->cookie % 3 == 0)
		again = OUT(a->fd, DUP, .obj = event->ref);
	drop(a->fd, event->ref);
	if (again) {
		CHECK_EQ(stat_of(a->fd, again).nbytes, event->cookie % 16);
		drop(a->fd, again);
		a->kept++;
	}
	a->finalized++;
}

static void *answer_always(void *arg)
{
	struct mheap_ioc_event event;
	struct answers *a = arg;

	while (!a->stop || event_comes(a->fd, 0))
		if (event_comes(a->fd, 10) && events_take(a->fd, &event, 1))
			answer(a, &event);
	return NULL;
}

TEST_SLOW(answered_by_another_thread, 300)
{
	uint32_t rounds = test_is_short() ? 500 : 5000, i;
	struct answers a = { .fd = dev_open() };
	struct worker *worker = worker_start(answer_always, &a);
	uint64_t o;

	tune_threshold(a.fd, 50, 3, 3);
	for (i = 0; i < rounds; i++) {
		o = i % 4 ? make_loop(a.fd, 1, i % 16) : make(a.fd, 1, i % 16);
		finalize(a.fd, o, i);
		drop(a.fd, o);
	}
	collect(a.fd, 2);
	a.stop = true;
	worker_join(worker);
	CHECK_EQ(a.finalized, rounds);
	CHECK_EQ(a.kept, (rounds + 2) / 3);
	collect(a.fd, 2);
	CHECK_EQ(objects(a.fd), 0);
	CHECK_NO_EVENT(a.fd);
	check_sound(a.fd);
}

struct holder {
	int fd;
	uint64_t at;
	volatile bool stop;
	volatile uint64_t steps;
};

/* This thread always holds one of two members of the ring, alternating between them. */
static void *hold_by_turns(void *arg)
{
	struct holder *w = arg;
	uint64_t next;

	while (goes_on(&w->stop)) {
		next = OUT(w->fd, GET, .obj = w->at, .index = 1);
		CHECK_NE(next, 0);
		drop(w->fd, w->at);
		w->at = next;
		w->steps++;
	}
	return NULL;
}

/* The examination may see each of the two members while the other one is held. */
TEST_SLOW(used_while_it_is_examined, 300)
{
	uint32_t rounds = test_is_short() ? 10 : 50, i;
	enum { LARGE = 5000 };
	static uint64_t ring[LARGE];
	struct worker *worker;
	uint64_t o, steps, meanwhile = 0;

	for (i = 0; i < rounds; i++) {
		struct holder w = { .fd = quiet_heap() };

		sysfs_write(w.fd, "slice_us", "1");
		make_finalized_ring(w.fd, ring, LARGE, 1);
		OUT(w.fd, SET, .obj = ring[0], .index = 1,
		    .val = ring[LARGE - 1]);
		OUT(w.fd, SET, .obj = ring[LARGE - 1], .index = 1,
		    .val = ring[0]);
		drop_each(w.fd, ring, LARGE);
		CHECK_EQ(collect(w.fd, 2).found, LARGE);
		o = finalizer_take(w.fd, 0);
		w.at = OUT(w.fd, GET, .obj = o, .index = 1);
		worker = worker_start(hold_by_turns, &w);
		while (!w.steps)
			usleep(1000);
		steps = w.steps;
		drop(w.fd, o);
		meanwhile += w.steps - steps;
		CHECK_EQ(objects(w.fd), LARGE);
		CHECK_EQ(info_of(w.fd).quarantined, 0);
		w.stop = true;
		worker_join(worker);
		drop(w.fd, w.at);
		CHECK_EQ(collect(w.fd, 2).found, LARGE);
		CHECK_EQ(objects(w.fd), 0);
		close(w.fd);
	}
	note("%llu steps meanwhile", (unsigned long long)meanwhile);
}
