// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Processes share a queue of work, and one of them is killed.  The item that it had
 * popped goes with it; the others do all other items.
 *
 * An item lies in a slot of the queue.  Exchanging the slot with null removes the item in
 * one step, so no other process gets it.  From then on only the handle of the process
 * that popped the item keeps it alive.  There is no lock that a dead process could leave
 * locked.
 *
 * The ABA problem cannot occur: a process fills a slot only if the slot is null, and
 * there is only one null.  No process acts on what a slot held a moment ago.
 */
#include <mheap.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define NSLOTS		16
#define ITEMS		200
#define CONSUMERS	3

/* Push an item into the next empty slot; waits for one. */
static int push(struct mheap *h, mheap_ref queue, uint64_t number)
{
	mheap_ref item;
	int done;

	done = mheap_alloc(h, 0, 0, sizeof(number), 0, &item);
	if (done < 0)
		return done;
	mheap_write(h, item, 0, &number, sizeof(number));
	for (uint32_t i = 0; !done; i = (i + 1) % NSLOTS) {
		done = mheap_cas(h, queue, i, 0, item);
		if (!done && i == NSLOTS - 1)
			usleep(1000);
	}
	mheap_drop(h, item);
	return done;
}

/* The producer gives the queue a second name when it will push no more items. */
static bool is_closed(struct mheap *h)
{
	mheap_ref r;

	return !mheap_lookup(h, "closed", &r) && !mheap_drop(h, r);
}

/* Pop an item.  Returns 1, 0 if the queue is closed and empty, or -errno. */
static int pop(struct mheap *h, mheap_ref queue, mheap_ref *item)
{
	for (;;) {
		bool closed = is_closed(h);

		for (uint32_t i = 0; i < NSLOTS; i++) {
			int err = mheap_xchg(h, queue, i, 0, item);

			if (err)
				return err;
			if (*item)
				return 1;
		}
		if (closed)
			return 0;
		usleep(1000);
	}
}

/* The work is to put each item into the slot of its number, which must be empty. */
static int consume(struct mheap *h, mheap_ref queue, mheap_ref done)
{
	uint64_t number;
	mheap_ref item;
	int got;

	while ((got = pop(h, queue, &item)) == 1) {
		if (mheap_read(h, item, 0, &number, sizeof(number)) ||
		    mheap_cas(h, done, number, 0, item) != 1)
			return 1;
		mheap_drop(h, item);
	}
	return got ? 1 : 0;
}

/* Pop one item, say so, and never do anything with it. */
static int sleep_over(struct mheap *h, mheap_ref queue, int said)
{
	mheap_ref item;

	if (pop(h, queue, &item) != 1 || write(said, "", 1) != 1)
		return 1;
	for (;;)
		pause();
}

/* Start a process with a session of its own. */
static pid_t start(struct mheap *h, int said)
{
	int fd = mheap_attach(h, MHEAP_READ | MHEAP_WRITE);
	pid_t pid = fork();
	mheap_ref queue, done;

	if (pid) {
		close(fd);
		return pid;
	}
	if (mheap_from_fd(fd, &h) || mheap_lookup(h, "queue", &queue) ||
	    mheap_lookup(h, "done", &done))
		_exit(1);
	_exit(said < 0 ? consume(h, queue, done) : sleep_over(h, queue, said));
}

/* Push all items.  The process that popped the first one is killed half-way. */
static int produce(struct mheap *h, mheap_ref queue)
{
	int said[2], status, bad = 0;
	pid_t sleeper;
	char c;

	if (pipe(said))
		return 1;
	sleeper = start(h, said[1]);
	push(h, queue, 0);
	bad += read(said[0], &c, 1) != 1;
	for (int i = 0; i < CONSUMERS; i++)
		start(h, -1);
	for (uint64_t number = 1; number < ITEMS; number++) {
		if (number == ITEMS / 2)
			kill(sleeper, SIGKILL);
		push(h, queue, number);
	}
	mheap_publish(h, "closed", queue);
	while (wait(&status) > 0)
		bad += WIFEXITED(status) && WEXITSTATUS(status);
	return bad;
}

int main(void)
{
	struct mheap_info info;
	mheap_ref queue, done;
	struct mheap *h;
	int err;

	err = mheap_open(&h);
	if (err) {
		fprintf(stderr, "work_queue: %s\n", mheap_strerror(err));
		return 1;
	}
	mheap_alloc(h, 0, NSLOTS, 0, 0, &queue);
	mheap_alloc(h, 0, ITEMS, 0, 0, &done);
	mheap_publish(h, "queue", queue);
	mheap_publish(h, "done", done);
	printf("%d failed\n", produce(h, queue));

	mheap_info(h, &info);
	printf("%d put, %d done, %d sessions\n", ITEMS, (int)info.objects - 2,
	       (int)info.sessions);
	return mheap_close(h) ? 1 : 0;
}
