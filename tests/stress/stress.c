// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations from several threads of several processes, each process with
 * a heap of its own, with automatic collection on and low thresholds.
 *
 *   --seconds=N   how long (20)      --ops=N    stop after so many instead
 *   --long        ten minutes        --seed=N   (1)
 *
 * A thread owns its handles, so none of them may ever be bad; an object's
 * first 8 bytes are its id or 0, so no object may show the bytes of another.  At
 * the end everything is dropped and nothing may be left.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"
#include "tangle.h"

#define HANDLES 200
#define SHARED 256
#define THREADS 3
#define BATCH TANGLE_MAX

/* Any thread of the process may open objects with these ids. */
static volatile uint64_t shared[SHARED];

/**
 * struct actor - A thread at work
 * @fd: the session
 * @seed: its random numbers
 * @end: when to stop
 * @ops: how many operations to do at most
 * @done: how many it did
 * @handle: its handles, some null
 */
struct actor {
	int fd;
	uint64_t seed;
	uint64_t end;
	uint64_t ops;
	uint64_t done;
	uint64_t handle[HANDLES];
};

static uint32_t below(struct actor *a, uint32_t n)
{
	return random_below(&a->seed, n);
}

static uint64_t *any(struct actor *a)
{
	return &a->handle[below(a, HANDLES)];
}

/* Store a new handle in a random place, dropping the handle that was there. */
static void keep(struct actor *a, uint64_t handle)
{
	uint64_t *place = any(a);

	if (!handle)
		return;
	CHECK_LE(handle, UINT32_MAX);
	if (*place)
		drop(a->fd, *place);
	*place = handle;
}

static uint32_t some_slots(struct actor *a)
{
	return below(a, 50) ? below(a, 8) : below(a, 3000);
}

/* An object has no bytes at all, or room for its mark. */
static uint64_t some_bytes(struct actor *a)
{
	if (below(a, 3) == 0)
		return 0;
	return 8 + (below(a, 100) ? below(a, 100) : below(a, 50000));
}

static void do_alloc(struct actor *a)
{
	uint64_t bytes = some_bytes(a), id;
	struct op op = OP(ALLOC, .len = some_slots(a), .arg = bytes);
	int err = dev_op(a->fd, &op);

	if (err == -EDQUOT)
		return;
	CHECK_EQ(err, 0);
	id = id_of(a->fd, op.out);
	if (bytes)
		OUT(a->fd, WRITE, .obj = op.out, .val = USER_PTR(&id), .len = 8);
	shared[below(a, SHARED)] = id;
	keep(a, op.out);
}

static void do_drop(struct actor *a)
{
	uint64_t *place = any(a);

	if (*place)
		drop(a->fd, *place);
	*place = 0;
}

static void do_open_id(struct actor *a)
{
	struct op op = OP(OPEN_ID, .arg = shared[below(a, SHARED)]);
	int err = dev_op(a->fd, &op);

	CHECK(!err || err == -ENOENT);
	keep(a, op.out);
}

/* Get, set, exchange or compare-and-set a slot, which may no longer exist. */
static void do_slot(struct actor *a)
{
	static const uint16_t some[] = {
		MHEAP_OP_GET, MHEAP_OP_SET, MHEAP_OP_SET, MHEAP_OP_XCHG,
		MHEAP_OP_CAS,
	};
	struct op op = { .opcode = some[below(a, 5)], .obj = *any(a) };
	int err;

	if (!op.obj)
		return;
	op.index = below(a, 8);
	if (op.opcode != MHEAP_OP_GET)
		op.val = *any(a);
	err = dev_op(a->fd, &op);
	CHECK(!err || err == -EINVAL);
	if (op.opcode == MHEAP_OP_GET || op.opcode == MHEAP_OP_XCHG)
		keep(a, op.out);
}

static void do_look(struct actor *a)
{
	struct mheap_ioc_stat stat;
	uint64_t o = *any(a), mark = 0;
	struct op op = OP(READ, .obj = o, .val = USER_PTR(&mark),
				.len = 8);
	int err;

	if (!o)
		return;
	stat = stat_of(a->fd, o);
	CHECK_GE(stat.refcount, 1);
	CHECK_LE(stat.generation, 2);
	err = dev_op(a->fd, &op);
	CHECK(!err || err == -ERANGE);
	CHECK(!mark || mark == stat.id);
}

static void do_resize(struct actor *a)
{
	struct op op = OP(RESIZE, .obj = *any(a), .len = some_slots(a),
				.arg = some_bytes(a));
	int err;

	if (!op.obj)
		return;
	err = dev_op(a->fd, &op);
	CHECK(!err || err == -EBUSY || err == -EDQUOT);
}

static void do_name(struct actor *a)
{
	char name = 'a' + below(a, 20);
	struct op op = OP(LOOKUP, .val = USER_PTR(&name), .len = 1);
	int err;

	switch (below(a, 3)) {
	case 0:
		op.opcode = MHEAP_OP_PUBLISH;
		op.obj = *any(a);
		if (!op.obj)
			return;
		break;
	case 1:
		op.opcode = MHEAP_OP_UNPUBLISH;
		break;
	}
	err = dev_op(a->fd, &op);
	CHECK(!err || err == -EEXIST || err == -ENOENT);
	keep(a, op.out);
}

static void do_ring(struct actor *a)
{
	if (info_of(a->fd).objects < 20000)
		make_ring(a->fd, 1 + below(a, 30));
}

static void do_collect(struct actor *a)
{
	if (below(a, 20) == 0)
		collect(a->fd, below(a, 3));
}

/* Make a tangle in a batch and keep some of its handles. */
static void do_batch(struct actor *a)
{
	uint64_t handles[BATCH];
	uint32_t i, n = tangle_make(a->fd, &a->seed, BATCH, handles);

	for (i = 0; i < n; i++) {
		if (!handles[i])
			continue;
		if (below(a, 4))
			drop(a->fd, handles[i]);
		else
			keep(a, handles[i]);
	}
}

static void (*const acts[])(struct actor *a) = {
	do_alloc, do_alloc, do_alloc, do_drop, do_drop, do_open_id, do_slot,
	do_slot, do_slot, do_slot, do_look, do_look, do_resize, do_name,
	do_ring, do_collect, do_batch,
};

static void *act(void *arg)
{
	struct actor *a = arg;

	while (a->done < a->ops && (a->done % 64 || now_ns() < a->end)) {
		acts[below(a, ARRAY_SIZE(acts))](a);
		a->done++;
	}
	return NULL;
}

/* Drop all handles and names. */
static void drop_all(struct actor *a, unsigned int n)
{
	unsigned int i, k;
	char name;

	for (i = 0; i < n; i++)
		for (k = 0; k < HANDLES; k++)
			if (a[i].handle[k])
				drop(a[i].fd, a[i].handle[k]);
	for (name = 'a'; name < 'a' + 20; name++)
		DO(a->fd, UNPUBLISH, .val = USER_PTR(&name), .len = 1);
}

static void run_process(uint64_t seed)
{
	struct actor actors[THREADS] = { 0 };
	uint64_t seconds = test_number("seconds", test_option("long") ? 600 : 20);
	struct worker *worker[THREADS];
	int fd = dev_open();
	uint64_t done = 0;
	unsigned int i;

	tune_threshold(fd, 100, 3, 3);
	tune_limit(fd, 20 << 20, 30000);
	for (i = 0; i < THREADS; i++) {
		actors[i].fd = fd;
		actors[i].seed = (seed * THREADS + i) * 0x9e3779b97f4a7c15ULL;
		actors[i].end = now_ns() + seconds * 1000000000ULL;
		actors[i].ops = test_number("ops", ~0ULL);
		worker[i] = worker_start(act, &actors[i]);
	}
	for (i = 0; i < THREADS; i++) {
		worker_join(worker[i]);
		done += actors[i].done;
	}
	check_sound(fd);
	note("seed %llu: %llu operations, %llu objects, collections %llu %llu %llu",
	     (unsigned long long)seed, (unsigned long long)done,
	     info_of(fd).objects, gc_stats_of(fd, 0).collections,
	     gc_stats_of(fd, 1).collections, gc_stats_of(fd, 2).collections);
	drop_all(actors, THREADS);
	collect(fd, 2);
	CHECK_EQ(info_of(fd).objects, 0);
	CHECK_EQ(info_of(fd).handles, 0);
	CHECK_EQ(info_of(fd).bytes, 0);
	check_sound(fd);
}

static void process(void *arg)
{
	run_process(*(uint64_t *)arg);
}

TEST_SLOW(random_operations, 900)
{
	uint64_t seed = test_number("seed", 1), seeds[2];
	pid_t pid[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		seeds[i] = 2 * seed + i;
		pid[i] = child_start(process, &seeds[i]);
	}
	for (i = 0; i < 2; i++)
		child_join(pid[i]);
}
