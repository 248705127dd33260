// SPDX-License-Identifier: GPL-2.0
/*
 * Eight workers share a heap, each a process with a session of its own.  Again and again
 * one of them is killed in the middle of its work and replaced.
 *
 *   --kills=N   number of kills (2000; 300 with $MHEAP_TEST_SHORT)
 *   --hang-ms=N a worker hangs if it does nothing for so long (100; emulated machines
 *               with all checks need more)
 *   --seed=N    (1)
 *
 * The other workers must go on.  How long one does nothing is measured in the work of a
 * watching process, which has the same priority and a heap of its own, so that it never
 * waits for the workers' heap.  When the host stops the guest both stand still, and no
 * time is counted.  At the end nothing may be left of any worker.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"
#include "storm.h"

#define MS		1000000ULL
#define HANG_MS		100

/* A single call takes less than this; if it takes more, others had the CPU meanwhile. */
#define CALL_NS		(MS / 2)

/* This is the longest pause between two kills. */
#define PAUSE_NS	(8 * MS)

/* ---- the watching process ---- */

/**
 * struct view - What the watching process knows of a worker
 * @moves: the worker's count of moves when that last changed
 * @worked: work of the watching process until then, in ns
 * @clock: the time then
 * @hung: the worker was counted as hanging
 */
struct view {
	uint64_t moves;
	uint64_t worked;
	uint64_t clock;
	bool hung;
};

static void view_update(struct view *v, struct storm_board *board,
			struct storm_place *place, uint64_t worked)
{
	uint64_t moves = place->moves, clock = now_ns();

	if (moves != v->moves || !place->alive) {
		*v = (struct view){ .moves = moves, .worked = worked, .clock = clock };
		return;
	}
	if (worked - v->worked > board->longest_ns)
		board->longest_ns = worked - v->worked;
	if (clock - v->clock > board->longest_clock_ns)
		board->longest_clock_ns = clock - v->clock;
	if (worked - v->worked > board->hang_ns && !v->hung) {
		v->hung = true;
		board->hung++;
	}
}

static void look_on(void *arg)
{
	struct storm_board *board = arg;
	struct view views[STORM_WORKERS] = { 0 };
	uint64_t worked = 0, before = now_ns(), now;
	unsigned int i;
	int fd = dev_open();

	while (!board->stop) {
		drop(fd, make(fd, 2, 16));
		now = now_ns();
		worked += now - before < CALL_NS ? now - before : CALL_NS;
		before = now;
		for (i = 0; i < STORM_WORKERS; i++)
			view_update(&views[i], board, &board->place[i], worked);
	}
}

/* ---- workers come and go ---- */

/**
 * struct storm - The process that kills
 * @fd: the first session
 * @board: shared with all others
 * @seed: its random numbers
 * @pid: pids of the workers
 * @watch: pid of the watching process
 */
struct storm {
	int fd;
	struct storm_board *board;
	uint64_t seed;
	pid_t pid[STORM_WORKERS];
	pid_t watch;
};

static uint32_t below(struct storm *s, uint32_t n)
{
	return random_below(&s->seed, n);
}

/* No other process has the descriptor, so the session ends with the worker. */
static void worker_add(struct storm *s, unsigned int i)
{
	struct storm_place *place = &s->board->place[i];
	uint64_t seed = random_next(&s->seed);
	int fd = dev_attach(s->fd, MHEAP_RIGHT_ALL);
	pid_t pid = fork();

	CHECK_GE(fd, 0);
	CHECK_GE(pid, 0);
	if (!pid) {
		close(s->fd);
		storm_work(fd, s->board, place, seed);
	}
	close(fd);
	s->pid[i] = pid;
	place->moves++;
	place->alive = true;
}

static void worker_kill(struct storm *s, unsigned int i)
{
	int status;

	s->board->place[i].alive = false;
	CHECK_EQ(kill(s->pid[i], SIGKILL), 0);
	CHECK_EQ(waitpid(s->pid[i], &status, 0), s->pid[i]);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		FAIL("a worker ended by itself, with status %#x", status);
	s->board->place[i].moves++;
}

static void storm_begin(struct storm *s)
{
	unsigned int i;

	s->seed = test_number("seed", 1) * 0x9e3779b97f4a7c15ULL;
	s->fd = dev_open();
	tune_threshold(s->fd, 100, 3, 3);
	tune_limit(s->fd, 8 << 20, 20000);
	s->board = mmap(NULL, sizeof(*s->board), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(s->board != MAP_FAILED);
	s->board->hang_ns = test_number("hang-ms", HANG_MS) * MS;
	for (i = 0; i < STORM_WORKERS; i++)
		worker_add(s, i);
	s->watch = child_start(look_on, s->board);
}

/* Timers may be as coarse as 10 ms, so this does not sleep. */
static void pause_for(uint64_t ns)
{
	uint64_t end = now_ns() + ns;

	while (now_ns() < end)
		sched_yield();
}

/* All handles are gone, so no object may be left. */
static void check_empty(int fd)
{
	struct mheap_ioc_info info;
	char name;

	for (name = 'a'; name < 'a' + STORM_NAMES; name++)
		DO(fd, UNPUBLISH, .val = USER_PTR(&name), .len = 1);
	freeze(fd, 0);
	collect(fd, 2);
	info = info_of(fd);
	CHECK_EQ(info.objects, 0);
	CHECK_EQ(info.bytes, 0);
	CHECK_EQ(info.slots, 0);
	CHECK_EQ(info.quarantined, 0);
	CHECK_EQ(info.arenas, 0);
	CHECK_EQ(info.pages, 0);
	check_sound(fd);
}

static void storm_end(struct storm *s, uint64_t kills)
{
	struct storm_board *board = s->board;
	uint64_t moves = 0;
	unsigned int i;

	board->stop = true;
	child_join(s->watch);
	for (i = 0; i < STORM_WORKERS; i++) {
		worker_kill(s, i);
		moves += board->place[i].moves;
	}
	check_sound(s->fd);
	CHECK_EQ(info_of(s->fd).sessions, 1);
	note("%llu kills survived, %llu hung survivors, longest stall: %llu ms of another's work (%llu ms by the clock)",
	     (unsigned long long)kills, (unsigned long long)board->hung,
	     board->longest_ns / MS, board->longest_clock_ns / MS);
	note("%llu operations, at most %llu objects, collections %llu %llu %llu",
	     (unsigned long long)moves, info_of(s->fd).objects_max,
	     gc_stats_of(s->fd, 0).collections, gc_stats_of(s->fd, 1).collections,
	     gc_stats_of(s->fd, 2).collections);
	check_empty(s->fd);
}

TEST_SLOW(kills, 600)
{
	uint64_t kills = test_number("kills", test_is_short() ? 300 : 2000), n;
	struct storm s;
	unsigned int i;

	storm_begin(&s);
	for (n = 0; n < kills && !s.board->hung; n++) {
		pause_for(below(&s, PAUSE_NS));
		i = below(&s, STORM_WORKERS);
		worker_kill(&s, i);
		worker_add(&s, i);
	}
	storm_end(&s, n);
	CHECK_EQ(s.board->hung, 0);
	CHECK_EQ(n, kills);
}

/* A stopped worker must be noticed while the others and the kills go on. */
TEST_SLOW(a_hang_is_seen, 120)
{
	struct storm s;

	storm_begin(&s);
	CHECK_EQ(kill(s.pid[0], SIGSTOP), 0);
	while (!s.board->hung) {
		pause_for(below(&s, PAUSE_NS));
		worker_kill(&s, 1);
		worker_add(&s, 1);
	}
	storm_end(&s, 1);
	CHECK_EQ(s.board->hung, 1);
}
