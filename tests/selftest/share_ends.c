// SPDX-License-Identifier: GPL-2.0
/* Several sessions on one heap: what the end of one means for the others. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bystander.h"
#include "dev.h"
#include "harness.h"
#include "notify.h"
#include "peer.h"

static uint64_t objects(int fd)
{
	return info_of(fd).objects;
}

/* ---- the heap's life ---- */

TEST(heap_outlives_its_first_session)
{
	int fd = dev_open(), other = attach_all(fd), third;
	uint64_t o = make(other, 1, 100), id = id_of(other, o);
	long heaps = sysfs_heaps();

	make(fd, 1, 0);
	close(fd);
	CHECK_EQ(sysfs_heaps(), heaps);
	CHECK_EQ(objects(other), 1);
	third = attach_all(other);
	close(other);
	CHECK_EQ(objects(third), 0);
	CHECK_EQ(DO(third, OPEN_ID, .arg = id), -ENOENT);
	make(third, 1, 0);
	check_sound(third);
	close(third);
	CHECK_EQ(sysfs_heaps(), heaps - 1);
}

/* The heap has cycles, names and immortal objects, none of which needs a handle. */
TEST(last_close_frees_everything)
{
	int fd = quiet_heap(), other = attach_all(fd);
	long heaps = sysfs_heaps();

	make_ring(fd, 100);
	OUT(fd, ALLOC, .len = 2, .val = MHEAP_ENTRY_IMMORTAL);
	OUT(fd, PUBLISH, .obj = make(fd, 1, 10), .val = USER_PTR("n"), .len = 1);
	close(fd);
	CHECK_EQ(objects(other), 102);
	close(other);
	CHECK_EQ(sysfs_heaps(), heaps - 1);
}

#define MANY 200

TEST(many_sessions_close_in_any_order)
{
	int fd = dev_open(), others[MANY], at;
	uint64_t o = make(fd, 1, 0), id = id_of(fd, o), seed = 5;
	uint32_t left;

	for (left = 0; left < MANY; left++) {
		others[left] = attach_all(left ? others[left - 1] : fd);
		OUT(others[left], OPEN_ID, .arg = id);
	}
	CHECK_EQ(info_of(fd).sessions, MANY + 1);
	while (left) {
		CHECK_EQ(refcount(fd, o), left + 1);
		at = random_next(&seed) % left;
		close(others[at]);
		others[at] = others[--left];
	}
	CHECK_EQ(info_of(fd).sessions, 1);
	CHECK_EQ(refcount(fd, o), 1);
	check_sound(fd);
}

/* ---- cycles ---- */

/* These are the ways in which a session lets go of its handles. */
enum way { DROPS, CLOSES, IS_KILLED, NR_WAYS };

static const char *way_name(unsigned int i)
{
	static const char *const names[] = { "drops", "closes", "is killed" };

	return names[i];
}

static uint64_t hold(int fd, void *id)
{
	return OUT(fd, OPEN_ID, .arg = *(uint64_t *)id);
}

/* A cycle is garbage only when the last session that reaches it has let go. */
TEST_EACH(ring_reached_by_two_sessions, way_name, NR_WAYS)
{
	int fd = quiet_heap(), other = attach_all(fd);
	uint64_t ring[3], id, theirs = 0;
	struct peer peer;

	make_held_ring(fd, ring, 3, 1);
	id = id_of(fd, ring[1]);
	if (i == IS_KILLED)
		peer = peer_start(fd, hold, &id);
	else
		theirs = hold(other, &id);
	CHECK_EQ(collect(fd, 2).found, 0);
	drop_each(fd, ring, 3);
	CHECK_EQ(collect(fd, 2).found, 0);
	CHECK_EQ(objects(fd), 3);
	if (i == IS_KILLED)
		peer_kill(&peer);
	else if (i == DROPS)
		drop(other, theirs);
	else
		close(other);
	CHECK_EQ(objects(fd), 3);
	CHECK_EQ(collect(fd, 2).found, 3);
	CHECK_EQ(objects(fd), 0);
	check_sound(fd);
}

/* Each of two processes makes one half of a cycle and knows the other half by its id. */
static uint64_t make_half(int fd, void *id)
{
	uint64_t mine = make(fd, 1, 0), theirs = hold(fd, id);

	OUT(fd, SET, .obj = mine, .val = theirs);
	OUT(fd, SET, .obj = theirs, .val = mine);
	drop(fd, theirs);
	return id_of(fd, mine);
}

TEST(cycle_across_processes)
{
	int fd = quiet_heap(), watcher = attach_all(fd);
	uint64_t o = make(fd, 1, 0), id = id_of(fd, o);
	struct peer peer = peer_start(fd, make_half, &id);

	close(fd);
	CHECK_EQ(collect(watcher, 2).found, 0);
	drop(watcher, OUT(watcher, OPEN_ID, .arg = id));
	drop(watcher, OUT(watcher, OPEN_ID, .arg = peer.told));
	peer_kill(&peer);
	CHECK_EQ(objects(watcher), 2);
	CHECK_EQ(collect(watcher, 2).found, 2);
	CHECK_EQ(objects(watcher), 0);
}

TEST(automatic_collection_finds_what_the_dead_left)
{
	int fd = dev_open();
	uint64_t id = id_of(fd, make(fd, 1, 0));
	struct peer peer;
	uint32_t k;

	tune_threshold(fd, 20, 1, 1);
	for (k = 0; k < 20; k++) {
		peer = peer_start(fd, make_half, &id);
		peer_kill(&peer);
	}
	OUT(fd, SET, .obj = OUT(fd, OPEN_ID, .arg = id));
	for (k = 0; objects(fd) > 100 && k < 10000; k++)
		make_ring(fd, 2);
	CHECK_LE(objects(fd), 100);
	collect(fd, 2);
	CHECK_EQ(objects(fd), 1);
}

/* ---- finalizers ---- */

/* The process that finalizes two objects is killed at one of these points. */
enum stage { NOT_TOLD, TOLD, HAS_READ, HAS_ANSWERED_ONE, NR_STAGES };

static const char *stage_name(unsigned int i)
{
	static const char *const names[] = {
		"not told", "told", "has read", "has answered one",
	};

	return names[i];
}

static void reach_stage(int fd, enum stage stage)
{
	uint64_t refs[2];

	if (stage < HAS_READ)
		return;
	finalizers_take(fd, refs, 2);
	if (stage == HAS_ANSWERED_ONE)
		drop(fd, refs[1]);
}

static uint64_t let_two_die(int fd, void *stage)
{
	uint64_t o[2] = { make(fd, 1, 0), make(fd, 0, 9) };

	finalize(fd, o[0], 0);
	finalize(fd, o[1], 1);
	if (*(unsigned int *)stage != NOT_TOLD)
		drop_each(fd, o, 2);
	reach_stage(fd, *(unsigned int *)stage);
	return objects(fd);
}

TEST_EACH(finalizing_process_is_killed, stage_name, NR_STAGES)
{
	int fd = quiet_heap();
	struct peer peer = peer_start(fd, let_two_die, &i);

	CHECK_EQ(objects(fd), peer.told);
	CHECK_EQ(peer.told, i == HAS_ANSWERED_ONE ? 1 : 2);
	CHECK_EQ(collect(fd, 2).found, 0);
	peer_kill(&peer);
	CHECK_EQ(objects(fd), 0);
	CHECK_NO_EVENT(fd);
	check_sound(fd);
}

static uint64_t let_ring_die(int fd, void *stage)
{
	uint64_t ring[4];

	make_finalized_ring(fd, ring, 4, 2);
	drop_each(fd, ring, 4);
	if (*(unsigned int *)stage != NOT_TOLD)
		CHECK_EQ(collect(fd, 2).found, 4);
	reach_stage(fd, *(unsigned int *)stage);
	return 0;
}

TEST_EACH(finalizing_process_is_killed_in_quarantine, stage_name, NR_STAGES)
{
	int fd = quiet_heap();
	struct peer peer = peer_start(fd, let_ring_die, &i);

	CHECK_EQ(info_of(fd).quarantined, i == NOT_TOLD ? 0 : 4);
	if (i != NOT_TOLD)
		CHECK_EQ(collect(fd, 2).found, 0);
	peer_kill(&peer);
	CHECK_EQ(info_of(fd).quarantined, 0);
	CHECK_EQ(objects(fd), i == NOT_TOLD ? 4 : 0);
	CHECK_EQ(collect(fd, 2).found, i == NOT_TOLD ? 4 : 0);
	CHECK_EQ(objects(fd), 0);
	CHECK_NO_EVENT(fd);
	check_sound(fd);
}

static uint64_t finalize_told(int fd, void *id)
{
	uint64_t o = OUT(fd, OPEN_ID, .arg = *(uint64_t *)id);

	finalize(fd, o, 7);
	drop(fd, o);
	return 0;
}

/* Make a condemned ring whose finalizers belong to the case and to another process. */
static struct peer condemn_for_both(int fd, uint64_t *mine)
{
	uint64_t ring[3], id;
	struct peer peer;

	make_finalized_ring(fd, ring, 3, 1);
	id = id_of(fd, ring[1]);
	peer = peer_start(fd, finalize_told, &id);
	drop_each(fd, ring, 3);
	CHECK_EQ(collect(fd, 2).found, 3);
	*mine = finalizer_take(fd, 0);
	return peer;
}

TEST(killed_while_another_has_answered)
{
	int fd = quiet_heap();
	uint64_t mine;
	struct peer peer = condemn_for_both(fd, &mine);

	drop(fd, mine);
	CHECK_EQ(info_of(fd).quarantined, 3);
	peer_kill(&peer);
	CHECK_EQ(objects(fd), 0);
	check_sound(fd);
}

TEST(killed_while_another_has_not_answered)
{
	int fd = quiet_heap();
	uint64_t mine;
	struct peer peer = condemn_for_both(fd, &mine);

	peer_kill(&peer);
	CHECK_EQ(info_of(fd).quarantined, 3);
	OUT(fd, GET, .obj = mine);
	drop(fd, mine);
	CHECK_EQ(info_of(fd).quarantined, 0);
	CHECK_EQ(objects(fd), 3);
	check_sound(fd);
}

TEST(another_session_may_not_finalize_too)
{
	int fd = quiet_heap(), other = attach_all(fd);
	uint64_t o = make(fd, 1, 0), theirs = OUT(other, OPEN_ID, .arg = id_of(fd, o));

	finalize(fd, o, 1);
	CHECK_EQ(DO(other, FINALIZER, .obj = theirs, .arg = 2), -EEXIST);
	close(fd);
	finalize(other, theirs, 3);
	drop(other, theirs);
	drop(other, finalizer_take(other, 3));
	CHECK_EQ(objects(other), 0);
}

/* A resurrected object dies without a second event. */
static void check_dies_quietly(int fd, int other, uint64_t theirs)
{
	CHECK_EQ(refcount(other, theirs), 1);
	CHECK_EQ(stat_of(other, theirs).flags, MHEAP_STAT_FINALIZED);
	drop(other, theirs);
	CHECK_NO_EVENT(fd);
	CHECK_EQ(objects(fd), 0);
}

TEST(resurrected_by_another_session)
{
	int fd = quiet_heap(), other = attach_all(fd);
	uint64_t o = make(fd, 1, 0), id = id_of(fd, o), theirs, ref;

	finalize(fd, o, 1);
	drop(fd, o);
	ref = finalizer_take(fd, 1);
	theirs = OUT(other, OPEN_ID, .arg = id);
	drop(fd, ref);
	check_dies_quietly(fd, other, theirs);
}

TEST(resurrected_before_the_event_is_read)
{
	int fd = quiet_heap(), other = attach_all(fd);
	uint64_t o = make(fd, 1, 0), id = id_of(fd, o), theirs;

	finalize(fd, o, 1);
	drop(fd, o);
	theirs = OUT(other, OPEN_ID, .arg = id);
	drop(fd, finalizer_take(fd, 1));
	check_dies_quietly(fd, other, theirs);
}

/* The member is resurrected by a slot of an object that only the other session reaches. */
TEST(resurrected_out_of_quarantine)
{
	int fd = quiet_heap(), other = attach_all(fd);
	uint64_t ring[3], refs[1], hub = make(other, 1, 0), id;

	OUT(other, PUBLISH, .obj = hub, .val = USER_PTR("hub"), .len = 3);
	make_finalized_ring(fd, ring, 3, 1);
	id = id_of(fd, ring[2]);
	drop_each(fd, ring, 3);
	CHECK_EQ(collect(fd, 2).found, 3);
	CHECK_EQ(DO(other, OPEN_ID, .arg = id), 0);
	finalizers_take(fd, refs, 1);
	OUT(fd, SET, .obj = OUT(fd, LOOKUP, .val = USER_PTR("hub"), .len = 3),
	    .val = refs[0]);
	drop(fd, refs[0]);
	CHECK_EQ(info_of(fd).quarantined, 0);
	CHECK_EQ(objects(fd), 4);
	close(fd);
	OUT(other, SET, .obj = hub);
	CHECK_EQ(collect(other, 2).found, 0);
	close(other);
}

/* ---- violent ends beside work ---- */

static uint32_t plenty(void)
{
	return test_is_short() ? 2000 : 20000;
}

/* Fill the session with much of everything that a session can have. */
static uint64_t have_plenty(int fd, void *hub_id)
{
	uint64_t hub = OUT(fd, OPEN_ID, .arg = *(uint64_t *)hub_id), o;
	uint32_t i, n = plenty();

	for (i = 0; i < n; i++) {
		if (i % 16 == 0)
			OUT(fd, FRAME_PUSH);
		o = make_loop(fd, 2, 20);
		OUT(fd, SET, .obj = o, .index = 1, .val = hub);
		weak_new(fd, o, i);
		OUT(fd, DUP, .obj = hub);
		if (i % 4 == 0)
			finalize(fd, make(fd, 1, 0), i);
	}
	cause_events(fd, n);
	CHECK_EQ(info_of(fd).events, n);
	return info_of(fd).objects;
}

TEST_SLOW(killed_with_plenty_beside_work, 300)
{
	int fd = quiet_heap();
	uint64_t hub = make(fd, 1, 0), id = id_of(fd, hub);
	struct peer peer = peer_start(fd, have_plenty, &id);
	struct bystander *b = bystander_start(fd);

	CHECK_GE(refcount(fd, hub), 2 * plenty());
	peer_kill(&peer);
	bystander_stop(b, "end of a session");
	CHECK_EQ(refcount(fd, hub), 1 + plenty());
	CHECK_EQ(collect(fd, 2).found, plenty());
	CHECK_EQ(objects(fd), 1);
	CHECK_EQ(refcount(fd, hub), 1);
	CHECK_EQ(info_of(fd).handles, 1);
	check_sound(fd);
}

/* Two sessions are killed at once; their heap lives on, or goes with the last one. */
static void kill_two(int fd, bool survives)
{
	uint64_t hub = make(fd, 1, 0), id = id_of(fd, hub);
	struct peer peers[2];
	long heaps;

	peers[0] = peer_start(fd, have_plenty, &id);
	peers[1] = peer_start(fd, have_plenty, &id);
	heaps = sysfs_heaps();
	if (!survives)
		close(fd);
	CHECK_EQ(kill(peers[0].pid, SIGKILL), 0);
	CHECK_EQ(kill(peers[1].pid, SIGKILL), 0);
	CHECK_EQ(waitpid(peers[0].pid, NULL, 0), peers[0].pid);
	CHECK_EQ(waitpid(peers[1].pid, NULL, 0), peers[1].pid);
	CHECK_EQ(sysfs_heaps(), survives ? heaps : heaps - 1);
	if (!survives)
		return;
	CHECK_EQ(info_of(fd).sessions, 1);
	CHECK_EQ(collect(fd, 2).found, 2 * plenty());
	CHECK_EQ(objects(fd), 1);
	check_sound(fd);
}

TEST_SLOW(two_are_killed_at_once, 300)
{
	kill_two(quiet_heap(), true);
}

TEST_SLOW(last_two_are_killed_at_once, 300)
{
	kill_two(quiet_heap(), false);
}

static void *close_it(void *fd)
{
	close(*(int *)fd);
	return NULL;
}

TEST(two_sessions_close_at_once)
{
	uint32_t rounds = test_is_short() ? 50 : 500, i;
	long heaps = sysfs_heaps();
	struct worker *worker;
	int fd, other;

	for (i = 0; i < rounds; i++) {
		fd = dev_open();
		other = attach_all(fd);
		make_ring(fd, 20);
		cause_events(other, 20);
		worker = worker_start(close_it, &other);
		close(fd);
		worker_join(worker);
		CHECK_EQ(sysfs_heaps(), heaps);
	}
}

struct comer {
	int fd;
	volatile bool stop;
	uint64_t times;
};

static void *come_and_go(void *arg)
{
	struct comer *c = arg;
	uint32_t i;
	int fd;

	while (goes_on(&c->stop)) {
		fd = attach_all(c->fd);
		for (i = 0; i < 20; i++)
			weak_new(fd, make_loop(fd, 1, 0), i);
		finalize(fd, make_loop(fd, 1, 0), 1);
		make_ring(fd, 3);
		close(fd);
		c->times++;
	}
	return NULL;
}

/* Sessions come and go while full collections run. */
TEST_SLOW(collecting_beside_sessions_that_come_and_go, 300)
{
	struct comer c = { .fd = quiet_heap() };
	struct worker *worker = worker_start(come_and_go, &c);
	uint32_t rounds = test_is_short() ? 50 : 1000, i;

	for (i = 0; i < rounds || c.times < 20; i++) {
		collect(c.fd, i % 3);
		usleep(100);
	}
	c.stop = true;
	worker_join(worker);
	note("%llu sessions", (unsigned long long)c.times);
	collect(c.fd, 2);
	CHECK_EQ(objects(c.fd), 0);
	CHECK_EQ(info_of(c.fd).sessions, 1);
	check_sound(c.fd);
}
