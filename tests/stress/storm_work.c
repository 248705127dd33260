// SPDX-License-Identifier: GPL-2.0
/*
 * A worker of the kill storm: random operations of all kinds on a heap that others
 * change as well.  Only immortal objects are left out, since nothing may be left.
 *
 * A worker owns its handles, so none of them may ever be bad.  The first 8 bytes of an
 * object are its id or 0, so no object may show the bytes of another.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "dev.h"
#include "harness.h"
#include "notify.h"
#include "storm.h"
#include "tangle.h"

#define HANDLES	96
#define WEAKS	16
#define LEVELS	6
#define BATCH	24

/* There are enough objects for collections to have work, and few enough for short ones. */
#define OBJECTS	4000

/* The mapping is larger than the limit of bytes and what fragmentation adds. */
#define STORM_MAP	(256UL << 20)

/**
 * struct held - A handle
 * @handle: 0: none
 * @level: number of frames when it was made
 */
struct held {
	uint64_t handle;
	uint32_t level;
};

/**
 * struct actor - The worker
 * @fd: its session
 * @board: shared with other processes
 * @seed: its random numbers
 * @level: number of its frames
 * @map: the mapped payloads
 * @held: its handles
 * @weak: its weak handles, some 0
 */
struct actor {
	int fd;
	struct storm_board *board;
	uint64_t seed;
	uint32_t level;
	char *map;
	struct held held[HANDLES];
	uint64_t weak[WEAKS];
};

static uint32_t below(struct actor *a, uint32_t n)
{
	return random_below(&a->seed, n);
}

static uint64_t any(struct actor *a)
{
	return a->held[below(a, HANDLES)].handle;
}

/* Store a new handle in a random place, dropping the handle that was there. */
static void keep(struct actor *a, uint64_t handle)
{
	struct held *held = &a->held[below(a, HANDLES)];

	if (!handle)
		return;
	CHECK_LE(handle, UINT32_MAX);
	if (held->handle)
		drop(a->fd, held->handle);
	*held = (struct held){ .handle = handle, .level = a->level };
}

/* What other workers do may make an operation fail, but only with these errors. */
static bool done(struct actor *a, struct op *op, int may1, int may2, int may3)
{
	int err = dev_op(a->fd, op);

	if (err && err != may1 && err != may2 && err != may3)
		FAIL("opcode %u: result %d", op->opcode, err);
	return !err;
}

static uint32_t some_slots(struct actor *a)
{
	return below(a, 100) ? below(a, 8) : below(a, 1000);
}

/* An object has no bytes at all, or room for its mark. */
static uint64_t some_bytes(struct actor *a)
{
	if (below(a, 3) == 0)
		return 0;
	return 8 + (below(a, 100) ? below(a, 100) : below(a, 20000));
}

/* ---- objects ---- */

static void do_alloc(struct actor *a)
{
	uint64_t bytes = some_bytes(a), id;
	struct op op = OP(ALLOC, .len = some_slots(a), .arg = bytes);

	if (!done(a, &op, -EDQUOT, 0, 0))
		return;
	id = id_of(a->fd, op.out);
	/* Another worker may have found the object in a list and taken its bytes away. */
	op = OP(WRITE, .obj = op.out, .val = USER_PTR(&id), .len = 8);
	if (bytes)
		done(a, &op, -ERANGE, 0, 0);
	a->board->ids[below(a, STORM_IDS)] = id;
	keep(a, op.obj);
}

/* No other process can find this object, so nobody else writes to its payload. */
static void do_map(struct actor *a)
{
	char bytes[256], back[256], *p;
	uint32_t n = 9 + below(a, sizeof(bytes) - 8);
	struct op op = OP(ALLOC, .arg = n);

	if (!done(a, &op, -EDQUOT, 0, 0))
		return;
	p = a->map + stat_of(a->fd, op.out).offset;
	CHECK(p + n <= a->map + STORM_MAP);
	memset(bytes, 0, n);
	CHECK(!memcmp(p, bytes, n));
	memset(bytes + 8, 1 + below(a, 255), n - 8);
	memcpy(p, bytes, n);
	OUT(a->fd, READ, .obj = op.out, .val = USER_PTR(back), .len = n);
	CHECK(!memcmp(back, bytes, n));
	memset(back + 8, 1 + below(a, 255), n - 8);
	OUT(a->fd, WRITE, .obj = op.out, .val = USER_PTR(back), .len = n);
	CHECK(!memcmp(p, back, n));
	keep(a, op.out);
}

static void do_dup(struct actor *a)
{
	uint64_t o = any(a);

	if (o)
		keep(a, OUT(a->fd, DUP, .obj = o));
}

static void do_drop(struct actor *a)
{
	struct held *held = &a->held[below(a, HANDLES)];

	if (held->handle)
		drop(a->fd, held->handle);
	held->handle = 0;
}

static void do_open_id(struct actor *a)
{
	struct op op = OP(OPEN_ID, .arg = a->board->ids[below(a, STORM_IDS)]);

	if (done(a, &op, -ENOENT, 0, 0))
		keep(a, op.out);
}

/* Compare the mark, unless the payload is the content of an interned object. */
static void do_look(struct actor *a)
{
	uint64_t o = any(a), mark = 0;
	struct op op = OP(READ, .obj = o, .val = USER_PTR(&mark), .len = 8);
	struct mheap_ioc_stat stat;

	if (!o)
		return;
	stat = stat_of(a->fd, o);
	CHECK_GE(stat.refcount, 1);
	CHECK_EQ(OUT(a->fd, SAME, .obj = o, .val = o), 1);
	CHECK_GE(refcount(a->fd, o), 1);
	if (done(a, &op, -ERANGE, 0, 0) && !(stat.flags & MHEAP_STAT_INTERNED))
		CHECK(!mark || mark == stat.id);
}

static void do_write(struct actor *a)
{
	char text[64];
	struct op op = OP(WRITE, .obj = any(a), .arg = 8 + below(a, 60),
				.val = USER_PTR(text), .len = 1 + below(a, 63));

	memset(text, 'a' + below(a, 20), sizeof(text));
	if (op.obj)
		done(a, &op, -ERANGE, -EPERM, 0);
}

static void do_resize(struct actor *a)
{
	struct op op = OP(RESIZE, .obj = any(a), .len = some_slots(a),
				.arg = some_bytes(a));

	if (op.obj)
		done(a, &op, -EBUSY, -EDQUOT, -EPERM);
}

static void do_intern(struct actor *a)
{
	char text[20];
	struct op op = OP(INTERN, .val = USER_PTR(text));

	op.len = snprintf(text, sizeof(text), "the number %u", below(a, 100));
	if (done(a, &op, -EDQUOT, 0, 0))
		keep(a, op.out);
}

static void do_type(struct actor *a)
{
	char name = 'a' + below(a, 10);
	struct mheap_ioc_type type = {
		.size = sizeof(type),
		.name = USER_PTR(&name),
		.name_len = 1,
	};
	struct op op = OP(ALLOC, .len = 1);

	CHECK_EQ(dev_ioctl(a->fd, MHEAP_IOC_TYPE_REGISTER, &type), 0);
	op.index = type.type;
	if (done(a, &op, -EDQUOT, 0, 0))
		keep(a, op.out);
}

/* ---- slots and names ---- */

/* Get, set, exchange or compare-and-set a slot, which may no longer exist. */
static void do_slot(struct actor *a)
{
	static const uint16_t some[] = {
		MHEAP_OP_GET, MHEAP_OP_SET, MHEAP_OP_SET, MHEAP_OP_XCHG,
		MHEAP_OP_CAS,
	};
	struct op op = { .opcode = some[below(a, 5)], .obj = any(a) };

	if (!op.obj)
		return;
	op.index = below(a, 8);
	if (op.opcode != MHEAP_OP_GET)
		op.val = any(a);
	if (op.opcode == MHEAP_OP_CAS && below(a, 2))
		op.arg = any(a);
	if (done(a, &op, -EINVAL, 0, 0) && op.opcode != MHEAP_OP_CAS)
		keep(a, op.out);
}

static void do_name(struct actor *a)
{
	char name = 'a' + below(a, STORM_NAMES);
	struct op op = OP(LOOKUP, .val = USER_PTR(&name), .len = 1);

	switch (below(a, 3)) {
	case 0:
		op.opcode = MHEAP_OP_PUBLISH;
		op.obj = any(a);
		if (!op.obj)
			return;
		break;
	case 1:
		op.opcode = MHEAP_OP_UNPUBLISH;
		break;
	}
	if (done(a, &op, -EEXIST, -ENOENT, 0))
		keep(a, op.out);
}

/* ---- weak handles, finalizers, events ---- */

static void do_weak(struct actor *a)
{
	uint64_t *weak = &a->weak[below(a, WEAKS)], o = any(a);

	if (!*weak && o) {
		*weak = weak_new(a->fd, o, 1);
	} else if (*weak && below(a, 2)) {
		weak_drop(a->fd, *weak);
		*weak = 0;
	} else if (*weak) {
		keep(a, weak_get(a->fd, *weak));
	}
}

static void do_finalizer(struct actor *a)
{
	struct op op = OP(FINALIZER, .obj = any(a), .arg = 2);

	if (op.obj)
		done(a, &op, -EEXIST, 0, 0);
}

/* Answer at once, resurrect the object, or answer later. */
static void do_events(struct actor *a)
{
	struct mheap_ioc_event event[4];
	uint32_t i, n = events_take(a->fd, event, ARRAY_SIZE(event));

	for (i = 0; i < n; i++) {
		CHECK_EQ(event[i].kind, event[i].cookie == 1 ? MHEAP_EVENT_WEAK :
							       MHEAP_EVENT_FINALIZE);
		if (event[i].kind == MHEAP_EVENT_WEAK)
			continue;
		if (below(a, 3) == 0) {
			keep(a, event[i].ref);
			continue;
		}
		if (below(a, 2))
			keep(a, OUT(a->fd, DUP, .obj = event[i].ref));
		drop(a->fd, event[i].ref);
	}
}

/* ---- frames and batches ---- */

static void pop(struct actor *a)
{
	struct held *held, *kept = &a->held[below(a, HANDLES)];

	OUT(a->fd, FRAME_POP, .obj = kept->handle);
	if (kept->level == a->level)
		kept->level--;
	for (held = a->held; held < a->held + HANDLES; held++)
		if (held->level == a->level)
			held->handle = 0;
	a->level--;
}

static void do_frame(struct actor *a)
{
	if (a->level == LEVELS || (a->level && below(a, 3) == 0)) {
		pop(a);
	} else {
		OUT(a->fd, FRAME_PUSH);
		a->level++;
	}
}

/* Make a tangle in a batch and keep some of its handles. */
static void do_batch(struct actor *a)
{
	uint64_t handles[BATCH];
	uint32_t i, n = tangle_make(a->fd, &a->seed, BATCH, handles);

	for (i = 0; i < n; i++) {
		if (!handles[i])
			continue;
		if (below(a, 8))
			drop(a->fd, handles[i]);
		else
			keep(a, handles[i]);
	}
}

/* ---- the collector ---- */

static void do_ring(struct actor *a)
{
	if (info_of(a->fd).objects < OBJECTS)
		make_ring(a->fd, 1 + below(a, 30));
}

static void do_collect(struct actor *a)
{
	if (below(a, 10) == 0)
		collect(a->fd, below(a, 3));
}

/* Frozen objects are not collected, so they do not stay frozen for long. */
static void do_freeze(struct actor *a)
{
	if (below(a, 30) == 0)
		freeze(a->fd, below(a, 3) == 0);
}

static void do_list(struct actor *a)
{
	uint64_t ids[64];
	struct mheap_ioc_list what = {
		.size = sizeof(what),
		.kind = MHEAP_LIST_OBJECTS,
		.generation = -1,
		.count = ARRAY_SIZE(ids),
		.ids = USER_PTR(ids),
	};

	CHECK_EQ(dev_ioctl(a->fd, MHEAP_IOC_LIST, &what), 0);
	if (what.count)
		a->board->ids[below(a, STORM_IDS)] = ids[below(a, what.count)];
}

static void (*const acts[])(struct actor *a) = {
	do_alloc, do_alloc, do_alloc, do_map, do_dup, do_drop, do_drop, do_open_id,
	do_look, do_look, do_write, do_resize, do_intern, do_type, do_slot, do_slot,
	do_slot, do_slot, do_name, do_name, do_weak, do_weak, do_finalizer, do_events,
	do_frame, do_batch, do_batch, do_ring, do_collect, do_freeze, do_list,
};

void storm_work(int fd, struct storm_board *board, struct storm_place *place,
		uint64_t seed)
{
	struct actor a = { .fd = fd, .board = board, .seed = seed };

	a.map = mmap(NULL, STORM_MAP, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(a.map != MAP_FAILED);
	for (;;) {
		acts[below(&a, ARRAY_SIZE(acts))](&a);
		place->moves++;
	}
}
