// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Finalizers, and the events of a session.
 *
 * Reading an event never waits, since another thread may take the event that woke this
 * one.  A thread that finds none polls again for the rest of its time.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sys/uio.h>
#include <time.h>

#include "session.h"

static_assert(MHEAP_EVENT_FINALIZE == MHEAP_EV_FINALIZE, "same kind");
static_assert(MHEAP_EVENT_WEAK == MHEAP_EV_WEAK, "same kind");
static_assert(MHEAP_EVENT_GC_START == MHEAP_EV_GC_START, "same kind");
static_assert(MHEAP_EVENT_GC_STOP == MHEAP_EV_GC_STOP, "same kind");

#define NSEC_PER_SEC	1000000000LL
#define NSEC_PER_MSEC	1000000LL

void mheap_events_init(struct mheap_events *events)
{
	pthread_mutex_init(&events->lock, NULL);
}

void mheap_events_fini(struct mheap_events *events)
{
	pthread_mutex_destroy(&events->lock);
}

int mheap_set_finalizer(struct mheap *h, mheap_ref r, uint64_t cookie)
{
	struct mheap_ioc_op op = { .entry = {
		.opcode = MHEAP_OP_FINALIZER,
		.obj = mheap_handle(h, r),
		.arg = cookie,
	} };

	return mheap_op_do(h, &op);
}

int mheap_event_mask(struct mheap *h, uint32_t mask)
{
	struct mheap_ioc_event_mask ioc = {
		.size = sizeof(ioc),
		.mask = mask,
	};

	return mheap_ioctl(h->fd, MHEAP_IOC_EVENT_MASK, &ioc);
}

/*
 * Read one event.  Returns 0, or -EAGAIN if there is none.  The offset -1 makes preadv2()
 * read like readv(), without a file position.
 */
static int read_event(int fd, struct mheap_ioc_event *event)
{
	struct iovec iov = { .iov_base = event, .iov_len = sizeof(*event) };

	return preadv2(fd, &iov, 1, -1, RWF_NOWAIT) < 0 ? -errno : 0;
}

/* Give the event that was read to the program.  Returns 0 or -ENOMEM. */
static int deliver(struct mheap *h, struct mheap_event *ev)
{
	struct mheap_ioc_event *last = &h->events.last;
	mheap_ref ref = 0;

	if (last->ref) {
		ref = mheap_refs_adopt(&h->refs, (uint32_t)last->ref);
		if (!ref)
			return -ENOMEM;
	}
	*ev = (struct mheap_event){
		.kind = last->kind,
		.generation = last->generation,
		.cookie = last->cookie,
		.ref = ref,
		.collected = last->collected,
		.uncollectable = last->uncollectable,
		.duration_ns = last->duration_ns,
		.merged = last->merged,
	};
	last->kind = 0;
	return 0;
}

/*
 * Take one event.  Returns 1, or -EAGAIN if there is none.  Without the lock another
 * thread might read the event of the next handle with the same number, and adopt that one
 * first.
 */
static int take_event(struct mheap *h, struct mheap_event *ev)
{
	int err = 0;

	pthread_mutex_lock(&h->events.lock);
	if (!h->events.last.kind)
		err = read_event(h->fd, &h->events.last);
	if (!err)
		err = deliver(h, ev);
	pthread_mutex_unlock(&h->events.lock);
	return err ? err : 1;
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* Wait until there is an event to read, or for *left_ns if left_ns is not NULL. */
static int wait_event(int fd, const int64_t *left_ns)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct timespec ts;

	if (left_ns) {
		ts.tv_sec = (time_t)(*left_ns / NSEC_PER_SEC);
		ts.tv_nsec = (long)(*left_ns % NSEC_PER_SEC);
	}
	if (ppoll(&pfd, 1, left_ns ? &ts : NULL, NULL) < 0)
		return -errno;
	return 0;
}

int mheap_next_event(struct mheap *h, struct mheap_event *ev, int timeout_ms)
{
	int64_t end = now_ns() + timeout_ms * NSEC_PER_MSEC, left;
	int err;

	if (!ev)
		return -EFAULT;
	for (;;) {
		err = take_event(h, ev);
		if (err != -EAGAIN)
			return err;
		left = end - now_ns();
		if (timeout_ms >= 0 && left <= 0)
			return 0;
		err = wait_event(h->fd, timeout_ms < 0 ? NULL : &left);
		if (err)
			return err;
	}
}
