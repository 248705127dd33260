// SPDX-License-Identifier: GPL-2.0
/*
 * Two processes on two CPUs, with heaps of their own and with sessions on one heap,
 * against one process: prints lines "figure value" for each of several rounds.
 *
 *   share [ROUNDS]      (25)
 *
 * "_alone" is the time that one process takes for an operation, "_two_heaps" and
 * "_one_heap" that in which two together get one done.  They are measured in turns.  What the machine
 * would allow is measured in the same way: "machine" copies zeros inside the kernel.  The
 * other CPU is kept awake meanwhile, by a process that makes no calls.
 */
#include <mheap.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CPUS		2
/*
 * Pieces are short, so that other load of the machine affects all three of a round alike.
 */
#define ROUND_NS	40000000ULL
#define BATCH		256

/* Operations between two looks at the clock. */
#define PIECE		64

/**
 * struct board - What processes tell each other
 * @ready: how many of them are
 * @go: begin
 * @stop: end
 * @done: operations of each, a cache line apart
 */
static struct board {
	volatile unsigned int ready;
	volatile bool go;
	volatile bool stop;
	struct {
		_Alignas(64) volatile unsigned long done;
	} by[CPUS];
} *board;

static int check(int ret)
{
	if (ret >= 0)
		return ret;
	fprintf(stderr, "share: %s\n", mheap_strerror(ret));
	exit(1);
}

static unsigned long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* ---- operations: each function does PIECE or BATCH of them ---- */

static int zeros = -1;
static struct mheap *heap;
static struct mheap_batch *batch;
static mheap_ref object;

static unsigned int machine(void)
{
	static char text[16384];

	check(read(zeros, text, sizeof(text)) == sizeof(text) ? 0 : -EIO);
	return 1;
}

static unsigned int one_get(void)
{
	mheap_ref r;

	for (int i = 0; i < PIECE / 2; i++) {
		check(mheap_get(heap, object, 0, &r));
		check(mheap_drop(heap, r));
	}
	return PIECE;
}

static unsigned int one_set(void)
{
	for (int i = 0; i < PIECE; i++)
		check(mheap_set(heap, object, 1, i % 2 ? object : 0));
	return PIECE;
}

static unsigned int one_alloc(void)
{
	mheap_ref r;

	for (int i = 0; i < PIECE / 2; i++) {
		check(mheap_alloc(heap, 0, 2, 0, 0, &r));
		check(mheap_drop(heap, r));
	}
	return PIECE;
}

static unsigned int submit(void)
{
	check(mheap_batch_submit(batch));
	mheap_batch_reset(batch);
	return BATCH;
}

static unsigned int batch_get(void)
{
	for (int i = 0; i < BATCH / 2; i++)
		mheap_batch_drop(batch, mheap_batch_get(batch, object, 0));
	return submit();
}

static unsigned int batch_set(void)
{
	for (int i = 0; i < BATCH; i++)
		mheap_batch_set(batch, object, 1, i % 2 ? object : 0);
	return submit();
}

static unsigned int batch_alloc(void)
{
	for (int i = 0; i < BATCH / 2; i++)
		mheap_batch_drop(batch, mheap_batch_alloc(batch, 0, 2, 0, 0));
	return submit();
}

static const struct work {
	const char *name;
	unsigned int (*run)(void);
} works[] = {
	{ "machine", machine },
	{ "single_get", one_get },
	{ "single_set", one_set },
	{ "single_alloc", one_alloc },
	{ "batch_get", batch_get },
	{ "batch_set", batch_set },
	{ "batch_alloc", batch_alloc },
};

#define NR_WORKS (sizeof(works) / sizeof(*works))

/* ---- processes ---- */

/* Make an object for this process, on the shared heap or on a heap of its own. */
static void prepare(bool together)
{
	if (together)
		check(mheap_from_fd(check(mheap_attach(heap, MHEAP_ALL)), &heap));
	else
		check(mheap_open(&heap));
	batch = mheap_batch_new(heap, BATCH);
	check(batch ? 0 : -ENOMEM);
	check(mheap_alloc(heap, 0, 2, 0, 0, &object));
	check(mheap_set(heap, object, 0, object));
}

static void stay_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/*
 * A CPU with nothing to do falls asleep, and in a user-mode kernel each call of the one
 * process alone would pay for waking it.
 */
static void keep_awake(unsigned int cpu)
{
	stay_on(cpu);
	while (!board->stop)
		;
}

static void process(const struct work *work, unsigned int cpu, bool together)
{
	unsigned long done = 0;

	stay_on(cpu);
	prepare(together);
	work->run();
	__atomic_fetch_add(&board->ready, 1, __ATOMIC_SEQ_CST);
	while (!board->go)
		sched_yield();
	while (!board->stop)
		done += work->run();
	board->by[cpu].done = done;
}

/* Returns the operations per nanosecond of all processes together. */
static double rate(const struct work *work, unsigned int processes, bool together)
{
	unsigned long long start;
	unsigned long done = 0;
	unsigned int i;
	int status;

	*board = (struct board){ 0 };
	for (i = 0; i < CPUS; i++) {
		if (fork())
			continue;
		if (i < processes)
			process(work, i, together);
		else
			keep_awake(i);
		_exit(0);
	}
	while (board->ready < processes)
		usleep(1000);
	start = now_ns();
	board->go = true;
	usleep(ROUND_NS / 1000);
	board->stop = true;
	start = now_ns() - start;
	while (wait(&status) > 0)
		check(status ? -EIO : 0);
	for (i = 0; i < processes; i++)
		done += board->by[i].done;
	return (double)done / start;
}

static void measure(const struct work *work)
{
	printf("share_%s_alone %.1f\n", work->name, 1 / rate(work, 1, false));
	printf("share_%s_two_heaps %.1f\n", work->name, 1 / rate(work, CPUS, false));
	if (work->run == machine)
		return;
	check(mheap_open(&heap));
	printf("share_%s_one_heap %.1f\n", work->name, 1 / rate(work, CPUS, true));
	check(mheap_close(heap));
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 25, i, k;

	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	if (board == MAP_FAILED)
		check(-ENOMEM);
	zeros = open("/dev/zero", O_RDONLY);
	for (i = 0; i < rounds; i++)
		for (k = 0; k < NR_WORKS; k++)
			measure(&works[k]);
	return 0;
}
