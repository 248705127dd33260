// SPDX-License-Identifier: GPL-2.0
/*
 * What a killed process leaves to the others, with mheap and with Boost.Interprocess:
 * prints lines "side figure value".
 *
 *   crash [KILLS [OBJECTS]]      (100, 100000)
 *
 * A worker that does nothing but change a shared list is killed at a random moment.
 * A survivor then does the same once: it hangs if it does not get that done in a quarter
 * of a second.  And a process that made objects of its own is killed: what of them stays?
 */
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crash.h"

/* Counted in sleeps, so that time the host takes from the guest does not count.  They
 * are longer where timers are coarse.
 */
#define NAP_US		10000
#define NAPS		25

/* A worker lives up to this long: thousands of changes. */
#define LIFE_NS		5000000ULL

/* Processes count their changes here. */
static volatile unsigned int *progress;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* This is as much work as a checksum of the payload would be. */
void crash_fill(char payload[CRASH_PAYLOAD])
{
	static uint64_t x = 88172645463325252ULL;
	unsigned int i;

	for (i = 0; i < CRASH_PAYLOAD; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		payload[i] = x;
	}
}

static void work_on(const struct crash_side *side, unsigned int n)
{
	(void)n;
	for (;;) {
		side->work();
		(*progress)++;
	}
}

static void work_once(const struct crash_side *side, unsigned int n)
{
	(void)n;
	side->work();
}

static void own(const struct crash_side *side, unsigned int n)
{
	side->own(n);
	(*progress)++;
	for (;;)
		pause();
}

static pid_t start(const struct crash_side *side,
		   void (*run)(const struct crash_side *side, unsigned int n),
		   unsigned int n)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	side->join();
	run(side, n);
	_exit(0);
}

static void stop(pid_t pid)
{
	int status;

	if (kill(pid, SIGKILL) || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		die("a process ended by itself");
}

static void await_progress(void)
{
	while (!*progress)
		sched_yield();
}

/* Kill the worker in the middle of its work. */
static void work_and_die(const struct crash_side *side)
{
	uint64_t end;
	pid_t pid;

	*progress = 0;
	pid = start(side, work_on, 0);
	await_progress();
	end = now_ns() + rand() % LIFE_NS;
	while (now_ns() < end)
		sched_yield();
	stop(pid);
}

static bool survivor_hangs(const struct crash_side *side)
{
	pid_t pid = start(side, work_once, 0);
	int i, status;

	for (i = 0; i < NAPS; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			if (status)
				die("the survivor failed");
			return false;
		}
		usleep(NAP_US);
	}
	stop(pid);
	return true;
}

static uint64_t bytes_left(const struct crash_side *side, unsigned int objects)
{
	uint64_t before, after;
	pid_t pid;

	side->begin();
	before = side->used();
	*progress = 0;
	pid = start(side, own, objects);
	await_progress();
	stop(pid);
	after = side->used();
	side->end();
	return after - before;
}

/* A worker that ends by itself makes the results meaningless, so that is an error. */
static void check_survivor(const struct crash_side *side)
{
	side->begin();
	if (survivor_hangs(side) || survivor_hangs(side)) {
		fprintf(stderr, "crash: %s hangs without a kill\n", side->name);
		exit(1);
	}
	side->end();
}

static void measure(const struct crash_side *side, unsigned int kills, unsigned int objects)
{
	unsigned int i, hung = 0;

	check_survivor(side);
	for (i = 0; i < kills; i++) {
		side->begin();
		work_and_die(side);
		hung += survivor_hangs(side);
		side->end();
	}
	printf("%s crash_kills %u\n", side->name, kills);
	printf("%s crash_hung_survivors %u\n", side->name, hung);
	printf("%s crash_bytes_left_by_%u_objects %llu\n", side->name, objects,
	       (unsigned long long)bytes_left(side, objects));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned int kills = argc > 1 ? strtoul(argv[1], NULL, 0) : 100;
	unsigned int objects = argc > 2 ? strtoul(argv[2], NULL, 0) : 100000;

	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (progress == MAP_FAILED)
		die("mmap");
	srand(1);
	measure(&crash_mheap, kills, objects);
	measure(&crash_boost, kills, objects);
	return 0;
}
