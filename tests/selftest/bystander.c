// SPDX-License-Identifier: GPL-2.0
/* A thread does small work while something large goes on. */
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

#include "bystander.h"
#include "dev.h"
#include "harness.h"

/* No scheduler keeps a runnable thread waiting for so long. */
#define STALL_NS	500000000ULL

struct bystander {
	int fd;
	volatile bool stop;
	volatile uint64_t calls;
	uint64_t longest;
	uint64_t began;
	uint64_t calls_before;
	struct worker *worker;
};

/* Do small work and note how long each call took. */
static void *stand_by(void *arg)
{
	struct bystander *b = arg;
	uint64_t o = make(b->fd, 1, 8), t, start;

	while (goes_on(&b->stop)) {
		start = now_ns();
		OUT(b->fd, SET, .obj = o, .val = o);
		t = now_ns() - start;
		if (t > b->longest)
			b->longest = t;
		b->calls++;
	}
	OUT(b->fd, SET, .obj = o);
	drop(b->fd, o);
	return NULL;
}

struct bystander *bystander_start(int fd)
{
	struct bystander *b = calloc(1, sizeof(*b));

	CHECK(b);
	b->fd = fd;
	b->worker = worker_start(stand_by, b);
	while (b->calls < 3)
		sched_yield();
	b->calls_before = b->calls;
	b->began = now_ns();
	return b;
}

void bystander_stop(struct bystander *b, const char *what)
{
	uint64_t took = now_ns() - b->began, calls = b->calls - b->calls_before;

	b->stop = true;
	worker_join(b->worker);
	note("%s went in %llu ms; longest call of %llu beside it: %llu us, longest time of the lock: %llu us",
	     what, took / 1000000ULL, (unsigned long long)calls,
	     b->longest / 1000ULL, info_of(b->fd).lock_max_ns / 1000ULL);
	if (took > STALL_NS)
		CHECK_GE(calls, 1);
	free(b);
}
