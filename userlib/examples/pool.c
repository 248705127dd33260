// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A parent builds an index in a heap, and a pool of workers with read-only sessions
 * answers queries from the mapped payload of the index.  Now and then the parent kills a
 * worker, whatever that is doing, and another worker gets its job.  In the end nothing is
 * left in the heap.
 *
 *	pool [JOBS]
 */
#include <mheap.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS		4
#define ENTRIES		100000
#define JOB		64	/* queries in a job */
#define KILL_EVERY	100	/* jobs between two kills */

/* The index is an array of these, sorted by key. */
struct entry {
	uint64_t key;
	uint64_t value;
};

struct worker {
	pid_t pid;
	int socket;
	uint64_t keys[JOB];	/* the job of the worker */
};

static struct mheap *heap;
static struct worker workers[WORKERS];

static void check(int err, const char *what)
{
	if (err >= 0)
		return;
	fprintf(stderr, "pool: %s: %s\n", what, mheap_strerror(err));
	exit(1);
}

/* ---- a worker ---- */

static uint64_t find(const struct entry *index, size_t n, uint64_t key)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (index[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && index[low].key == key ? index[low].value : 0;
}

/* The index is mapped, so only the socket costs system calls. */
static void answer(int socket, const struct entry *index, size_t n)
{
	uint64_t keys[JOB];

	while (read(socket, keys, sizeof(keys)) == sizeof(keys)) {
		for (int i = 0; i < JOB; i++)
			keys[i] = find(index, n, keys[i]);
		if (write(socket, keys, sizeof(keys)) != sizeof(keys))
			break;
	}
}

static void work(int session, int socket)
{
	mheap_ref index;
	struct mheap *h;
	size_t len;
	void *p;

	check(mheap_from_fd(session, &h), "session");
	check(mheap_lookup(h, "index", &index), "index");
	check(mheap_data(h, index, &p, &len), "data");
	answer(socket, p, len / sizeof(struct entry));
	mheap_close(h);
	_exit(0);
}

/* ---- the parent ---- */

static void hire(struct worker *w)
{
	int session = mheap_attach(heap, MHEAP_READ), ends[2];

	check(session, "attach");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends))
		exit(1);
	w->pid = fork();
	if (!w->pid) {
		/* The session of the parent may write, so the worker does not keep it. */
		mheap_close(heap);
		for (int i = 0; i < WORKERS; i++)
			if (workers[i].socket)
				close(workers[i].socket);
		close(ends[0]);
		work(session, ends[1]);
	}
	close(session);
	close(ends[1]);
	w->socket = ends[0];
}

/* If the worker is gone, the parent will replace it and give the job again. */
static void give_job(struct worker *w)
{
	send(w->socket, w->keys, sizeof(w->keys), MSG_NOSIGNAL);
}

static void new_job(struct worker *w)
{
	for (int i = 0; i < JOB; i++)
		w->keys[i] = 3 * (uint64_t)(rand() % ENTRIES);
	give_job(w);
}

static void replace(struct worker *w)
{
	waitpid(w->pid, NULL, 0);
	close(w->socket);
	w->socket = 0;
	hire(w);
	give_job(w);
}

/* Read the answers to a job.  Returns how many are wrong, or -1 if the worker is gone. */
static int read_answers(struct worker *w)
{
	uint64_t values[JOB];
	int wrong = 0;

	if (read(w->socket, values, sizeof(values)) != sizeof(values))
		return -1;
	for (int i = 0; i < JOB; i++)
		wrong += values[i] != 7 * w->keys[i] + 1;
	return wrong;
}

/* Wait for a worker that has answers or is gone.  Workers take turns. */
static struct worker *wait_for_one(void)
{
	struct pollfd fds[WORKERS];
	static int next;

	for (int i = 0; i < WORKERS; i++)
		fds[i] = (struct pollfd){ workers[i].socket, POLLIN, 0 };
	while (poll(fds, WORKERS, -1) < 0)
		;
	do
		next = (next + 1) % WORKERS;
	while (!fds[next].revents);
	return &workers[next];
}

static void build_index(void)
{
	struct entry *index;
	mheap_ref r;
	void *p;

	check(mheap_alloc(heap, 0, 0, ENTRIES * sizeof(*index), 0, &r), "alloc");
	check(mheap_data(heap, r, &p, NULL), "data");
	index = p;
	for (uint64_t i = 0; i < ENTRIES; i++)
		index[i] = (struct entry){ 3 * i, 21 * i + 1 };
	check(mheap_publish(heap, "index", r), "publish");
	check(mheap_drop(heap, r), "drop");
}

static void run(int jobs)
{
	int done = 0, wrong = 0, killed = 0;

	while (done < jobs) {
		struct worker *w = wait_for_one();
		int result = read_answers(w);

		if (result < 0) {
			replace(w);
			continue;
		}
		wrong += result;
		done++;
		new_job(w);
		if (done % KILL_EVERY == 0 && done < jobs) {
			kill(workers[rand() % WORKERS].pid, SIGKILL);
			killed++;
		}
	}
	printf("%d answers, %d wrong\n", done * JOB, wrong);
	printf("%d workers killed\n", killed);
}

static void dismiss(void)
{
	for (int i = 0; i < WORKERS; i++) {
		close(workers[i].socket);
		waitpid(workers[i].pid, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	int jobs = argc > 1 ? atoi(argv[1]) : 1000;
	struct timespec start, end;
	struct mheap_info info;
	double seconds;

	check(mheap_open(&heap), "open");
	build_index();
	for (int i = 0; i < WORKERS; i++) {
		hire(&workers[i]);
		new_job(&workers[i]);
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	run(jobs);
	clock_gettime(CLOCK_MONOTONIC, &end);
	dismiss();
	seconds = (double)(end.tv_sec - start.tv_sec) +
		  (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	printf("# %.0f answers a second\n", jobs * JOB / seconds);
	check(mheap_unpublish(heap, "index"), "unpublish");
	check(mheap_info(heap, &info), "info");
	printf("leaked: %d sessions, %d objects, %d bytes, %d arenas\n",
	       (int)info.sessions - 1, (int)info.objects, (int)info.bytes,
	       (int)info.arenas);
	mheap_close(heap);
	return 0;
}
