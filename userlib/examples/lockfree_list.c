// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Several processes push to and pop from one list at the same time, without a lock.  A
 * process that is killed in the middle leaves the list whole.
 *
 * Such lists have a well-known trap, the ABA problem: the head is compared with a node
 * that was freed and made again meanwhile.  It cannot happen here.  A process holds a
 * handle of the first node while it compares the node, and a node with a handle is not
 * freed, so no other object can be taken for it.  Nor can the same node come back, since
 * each push makes a new node.  So the successor of a node never changes while the node
 * is in the list.
 */
#include <mheap.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES	4
#define EACH		500
#define ALL		(PROCESSES * EACH)

/* Push a new node with this value.  Returns 1 or -errno. */
static int push(struct mheap *h, mheap_ref list, uint64_t value)
{
	mheap_ref node, first = 0;
	int done;

	done = mheap_alloc(h, 0, 1, sizeof(value), 0, &node);
	if (done < 0)
		return done;
	mheap_write(h, node, 0, &value, sizeof(value));
	do {
		mheap_get(h, list, 0, &first);
		mheap_set(h, node, 0, first);
		done = mheap_cas(h, list, 0, first, node);
		if (first)
			mheap_drop(h, first);
	} while (!done);
	mheap_drop(h, node);
	return done;
}

/* Pop the first node.  Returns 1, 0 if the list is empty, or -errno. */
static int pop(struct mheap *h, mheap_ref list, mheap_ref *node)
{
	mheap_ref next = 0;
	int done;

	do {
		done = mheap_get(h, list, 0, node);
		if (done < 0 || !*node)
			return done;
		mheap_get(h, *node, 0, &next);
		done = mheap_cas(h, list, 0, *node, next);
		if (next)
			mheap_drop(h, next);
		if (!done)
			mheap_drop(h, *node);
	} while (!done);
	return done;
}

/*
 * Put the node into the slot of its value, and drop the handle.  Returns 1 if the slot was
 * empty, 0 if another node with this value was popped before.
 */
static int seen_now(struct mheap *h, mheap_ref seen, mheap_ref node)
{
	uint64_t value;
	int done;

	mheap_read(h, node, 0, &value, sizeof(value));
	done = mheap_cas(h, seen, value, 0, node);
	mheap_drop(h, node);
	return done;
}

/* Push values of this process, and pop half as many values of any process. */
static int work(int fd, int number)
{
	mheap_ref list, seen, node;
	struct mheap *h;

	if (mheap_from_fd(fd, &h) || mheap_lookup(h, "list", &list) ||
	    mheap_lookup(h, "seen", &seen))
		return 1;
	for (int i = 0; i < EACH; i++) {
		if (push(h, list, number * EACH + i) != 1)
			return 1;
		if (i % 2 && (pop(h, list, &node) != 1 || !seen_now(h, seen, node)))
			return 1;
	}
	return mheap_close(h) ? 1 : 0;
}

/* Start all processes, each with a session of its own, which ends with the process. */
static int run_all(struct mheap *h)
{
	int fd, status, bad = 0;

	for (int i = 0; i < PROCESSES; i++) {
		fd = mheap_attach(h, MHEAP_READ | MHEAP_WRITE);
		if (fd < 0)
			return fd;
		if (!fork())
			_exit(work(fd, i));
		close(fd);
	}
	while (wait(&status) > 0)
		bad += status != 0;
	return bad;
}

int main(void)
{
	struct mheap_info info;
	mheap_ref list, seen, node;
	struct mheap *h;
	int err, rest = 0, once = 0;

	err = mheap_open(&h);
	if (err) {
		fprintf(stderr, "lockfree_list: %s\n", mheap_strerror(err));
		return 1;
	}
	mheap_alloc(h, 0, 1, 0, 0, &list);
	mheap_alloc(h, 0, ALL, 0, 0, &seen);
	mheap_publish(h, "list", list);
	mheap_publish(h, "seen", seen);
	printf("%d failed\n", run_all(h));

	for (; pop(h, list, &node) == 1; rest++)
		once += seen_now(h, seen, node);
	printf("%d were left, each once: %s\n", rest, once == rest ? "yes" : "no");
	mheap_info(h, &info);
	printf("%d of %d values seen\n", (int)info.objects - 2, ALL);
	return mheap_close(h) ? 1 : 0;
}
