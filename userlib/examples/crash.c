// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Three workers share a heap.  Again and again one of them is killed, wherever it is,
 * and replaced.  Nothing is lost: what a worker put into the heap before it was killed
 * stays there intact, for the others and for its successor.  Nothing is left: what it
 * was about to put goes with it.
 *
 *	crash [KILLS]
 *
 * Each worker has a chain of numbered items, which hangs on its slot of the table.  An
 * item and its note refer to each other.  So items that are cut off, or were not put yet
 * when their worker died, are cycles, which the kernel's scanner finds.
 */
#include <errno.h>
#include <inttypes.h>
#include <mheap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS	3
#define LENGTH	16	/* of a chain, before the next one takes its place */
#define PATIENCE 10000	/* milliseconds in which a worker puts an item, at the very least */

/* Slots of an item; a note has one for its item. */
enum { BEFORE, NOTE, ITEM_SLOTS };

/* The payload of the table, mapped by all. */
struct board {
	_Atomic uint64_t put[WORKERS];	/* items that are safely there */
	_Atomic uint64_t wrong;		/* links that a worker found broken */
};

static struct mheap *heap;
static mheap_ref table;
static struct board *board;

static void check(int err, const char *what)
{
	if (err >= 0)
		return;
	fprintf(stderr, "crash: %s: %s\n", what, mheap_strerror(err));
	exit(1);
}

/* Is it the item of that number, with a note that refers back to it? */
static bool item_whole(mheap_ref item, uint64_t number)
{
	mheap_ref note, back;
	uint64_t found;

	return !mheap_read(heap, item, 0, &found, sizeof(found)) && found == number &&
	       !mheap_get(heap, item, NOTE, &note) &&
	       !mheap_get(heap, note, 0, &back) && mheap_same(heap, item, back) == 1;
}

/* Walk a worker's chain to its end.  *count: items put so far; returns what is wrong. */
static unsigned int chain_check(uint32_t worker, uint64_t *count)
{
	MHEAP_FRAME(heap);
	unsigned int wrong = 0;
	uint64_t number;
	mheap_ref item;

	*count = 0;
	check(mheap_get(heap, table, worker, &item), "get");
	if (!item)
		return 0;
	check(mheap_read(heap, item, 0, &number, sizeof(number)), "read");
	*count = number + 1;
	while (item_whole(item, number) && number % LENGTH) {
		check(mheap_get(heap, item, BEFORE, &item), "get");
		number--;
	}
	wrong += !item_whole(item, number);
	return wrong;
}

/* Nobody sees the item before the last call, which puts it in its place in one step. */
static void put(uint32_t worker, uint64_t number)
{
	MHEAP_FRAME(heap);
	mheap_ref item, note, before;

	check(mheap_alloc(heap, 0, ITEM_SLOTS, sizeof(number), 0, &item), "alloc");
	check(mheap_alloc(heap, 0, 1, 0, 0, &note), "alloc");
	check(mheap_write(heap, item, 0, &number, sizeof(number)), "write");
	check(mheap_set(heap, item, NOTE, note), "set");
	check(mheap_set(heap, note, 0, item), "set");
	if (number % LENGTH) {
		check(mheap_get(heap, table, worker, &before), "get");
		check(mheap_set(heap, item, BEFORE, before), "set");
	}
	check(mheap_set(heap, table, worker, item), "set");
}

/* Go on where the one before was killed, and look at the neighbour's chain, too. */
static void work(uint32_t worker)
{
	uint64_t number, other;

	check(mheap_lookup(heap, "table", &table), "lookup");
	check(mheap_data(heap, table, (void **)&board, NULL), "data");
	board->wrong += chain_check(worker, &number);
	for (;; number++) {
		put(worker, number);
		board->put[worker] = number + 1;
		if (number % 8 == 0)
			board->wrong += chain_check((worker + 1) % WORKERS, &other);
	}
}

/* The worker has only the session that is made for it, so that ends when it dies. */
static pid_t start(uint32_t worker)
{
	int session = mheap_attach(heap, MHEAP_READ | MHEAP_WRITE);
	pid_t pid;

	check(session, "attach");
	pid = fork();
	check(pid < 0 ? -errno : 0, "fork");
	if (!pid) {
		mheap_close(heap);
		check(mheap_from_fd(session, &heap), "session");
		work(worker);
	}
	close(session);
	return pid;
}

static bool goes_on(uint32_t worker)
{
	uint64_t before = board->put[worker];

	for (int ms = 0; board->put[worker] == before; ms++) {
		if (ms == PATIENCE)
			return false;
		usleep(1000);
	}
	return true;
}

/* Kill the worker, who does not end otherwise; then look at what it left. */
static unsigned int murder(uint32_t worker, pid_t pid)
{
	unsigned int wrong;
	uint64_t count;
	int status;

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	wrong = !WIFSIGNALED(status) + chain_check(worker, &count);
	return wrong + (count < board->put[worker]);
}

static unsigned int storm(int kills)
{
	pid_t pids[WORKERS];
	unsigned int wrong = 0;

	for (uint32_t i = 0; i < WORKERS; i++)
		pids[i] = start(i);
	for (int i = 0; i < kills; i++) {
		uint32_t victim = (uint32_t)i % WORKERS;

		for (uint32_t j = 0; j < WORKERS; j++)
			wrong += !goes_on(j);
		usleep((useconds_t)(rand() % 2000));
		wrong += murder(victim, pids[victim]);
		pids[victim] = start(victim);
	}
	for (uint32_t i = 0; i < WORKERS; i++)
		wrong += murder(i, pids[i]);
	return wrong;
}

/* The module checks the whole heap while root reads this file. */
static void verify(uint64_t id)
{
	char path[64], said[8] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/debug/mheap/%" PRIu64 "/verify", id);
	f = fopen(path, "r");
	if (!f) {
		printf("# %s: %s\n", path, strerror(errno));
		return;
	}
	check(fgets(said, sizeof(said), f) ? 0 : -errno, path);
	printf("the module checked the heap: %s", said);
	fclose(f);
}

int main(int argc, char **argv)
{
	int kills = argc > 1 ? atoi(argv[1]) : 100;
	struct mheap_info info;
	unsigned int wrong;
	uint64_t items = 0;

	check(mheap_open(&heap), "open");
	check(mheap_alloc(heap, 0, WORKERS, sizeof(*board), 0, &table), "alloc");
	check(mheap_data(heap, table, (void **)&board, NULL), "data");
	check(mheap_publish(heap, "table", table), "publish");
	wrong = storm(kills) + (unsigned int)board->wrong;
	for (int i = 0; i < WORKERS; i++)
		items += board->put[i];
	check(mheap_info(heap, &info), "info");
	printf("# %" PRIu64 " items put\n", items);
	printf("%d workers, killed %d times: %u items lost or broken\n", WORKERS, kills,
	       wrong);
	verify(info.heap_id);

	check(mheap_unpublish(heap, "table"), "unpublish");
	check(mheap_drop(heap, table), "drop");
	check((int)mheap_gc_collect(heap, 2), "collect");
	check(mheap_info(heap, &info), "info");
	printf("left of them: %d objects, %d bytes, %d sessions\n", (int)info.objects,
	       (int)info.bytes, (int)info.sessions - 1);
	mheap_close(heap);
	return wrong || info.objects || info.bytes || info.sessions != 1;
}
