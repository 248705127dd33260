// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * This runs an event loop that finalizes objects; one of them comes back to life.
 */
#include <mheap.h>
#include <poll.h>
#include <stdio.h>

/* The cookie of a finalizer points to one of these. */
struct thing {
	const char *name;
	bool wanted;
};

/* The handle that keeps the object which came back. */
static mheap_ref saved;

/* The object is whole, so ev->ref can be used like any handle. */
static void finalize(struct mheap *h, const struct mheap_event *ev)
{
	struct thing *thing = (struct thing *)(uintptr_t)ev->cookie;

	if (thing->wanted && !mheap_dup(h, ev->ref, &saved))
		printf("%s: comes back\n", thing->name);
	else
		printf("%s: dies\n", thing->name);
	mheap_drop(h, ev->ref);		/* this is the answer */
}

/* Handle events until there was none for a while. */
static void event_loop(struct mheap *h)
{
	struct pollfd pfd = { .fd = mheap_fd(h), .events = POLLIN };
	struct mheap_event ev;

	while (poll(&pfd, 1, 100) > 0) {
		while (mheap_next_event(h, &ev, 0) == 1) {
			if (ev.kind == MHEAP_EV_FINALIZE)
				finalize(h, &ev);
		}
	}
}

/* Make two objects that keep each other alive; thing belongs to the first. */
static void make_pair(struct mheap *h, struct thing *thing)
{
	mheap_ref a, b;

	mheap_alloc(h, 0, 1, 0, 0, &a);
	mheap_alloc(h, 0, 1, 0, 0, &b);
	mheap_set(h, a, 0, b);
	mheap_set(h, b, 0, a);
	mheap_set_finalizer(h, a, (uintptr_t)thing);
	mheap_drop(h, a);
	mheap_drop(h, b);
}

static void show(struct mheap *h)
{
	struct mheap_info info;

	if (!mheap_info(h, &info))
		printf("%d objects\n", (int)info.objects);
}

int main(void)
{
	static struct thing old = { "old", false }, dear = { "dear", true };
	struct mheap *h;
	int err;

	err = mheap_open(&h);
	if (err) {
		fprintf(stderr, "finalizer: %s\n", mheap_strerror(err));
		return 1;
	}

	make_pair(h, &old);
	mheap_gc_collect(h, 2);
	event_loop(h);
	show(h);

	make_pair(h, &dear);
	mheap_gc_collect(h, 2);
	event_loop(h);
	show(h);

	/* An object is finalized only once: this time there is no event. */
	mheap_drop(h, saved);
	mheap_gc_collect(h, 2);
	event_loop(h);
	show(h);

	return mheap_close(h) ? 1 : 0;
}
