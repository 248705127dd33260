// SPDX-License-Identifier: GPL-2.0
/* The permanent generation: moving objects out of the collector's sight, and back. */
#include <errno.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"
#include "notify.h"

static uint64_t objects(int fd)
{
	return info_of(fd).objects;
}

static uint64_t frozen(int fd)
{
	return info_of(fd).frozen;
}

/* Make a loop to which only a frozen object refers. */
static uint64_t hang_loop(int fd, uint64_t holder, uint32_t slot)
{
	uint64_t o = make_loop(fd, 1, 0), id = id_of(fd, o);

	give(fd, holder, slot, o);
	return id;
}

static bool lives(int fd, uint64_t id)
{
	struct op op = OP(OPEN_ID, .arg = id);

	if (dev_op(fd, &op)) {
		CHECK_EQ(op.result, -ENOENT);
		return false;
	}
	drop(fd, op.out);
	return true;
}

static void collect_each(int fd, uint64_t found)
{
	uint32_t g;

	for (g = 0; g < 3; g++)
		CHECK_EQ(collect(fd, g).found, found);
}

/* ---- counting ---- */

TEST(counts_tracked_objects)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), leaf = make(fd, 0, 5);

	make(fd, 2, 0);
	CHECK_EQ(frozen(fd), 0);
	freeze(fd, 1);
	CHECK_EQ(frozen(fd), 2);
	CHECK_EQ(info_of(fd).tracked, 2);
	CHECK_EQ(stat_of(fd, o).generation, 3);
	CHECK_EQ(stat_of(fd, leaf).generation, -1);
	freeze(fd, 0);
	CHECK_EQ(frozen(fd), 0);
	CHECK_EQ(stat_of(fd, o).generation, 2);
	check_sound(fd);
}

TEST(all_generations)
{
	int fd = quiet_heap();
	uint64_t old = make(fd, 1, 0), mid, young;

	collect(fd, 1);
	mid = make(fd, 1, 0);
	collect(fd, 0);
	young = make(fd, 1, 0);
	CHECK_EQ(stat_of(fd, old).generation, 2);
	CHECK_EQ(stat_of(fd, mid).generation, 1);
	CHECK_EQ(stat_of(fd, young).generation, 0);
	freeze(fd, 1);
	CHECK_EQ(frozen(fd), 3);
	CHECK_EQ(stat_of(fd, old).generation, 3);
	CHECK_EQ(stat_of(fd, young).generation, 3);
	freeze(fd, 0);
	CHECK_EQ(stat_of(fd, young).generation, 2);
}

TEST(again_and_empty)
{
	int fd = quiet_heap();

	freeze(fd, 0);
	freeze(fd, 1);
	CHECK_EQ(frozen(fd), 0);
	make(fd, 1, 0);
	freeze(fd, 1);
	make(fd, 1, 0);
	CHECK_EQ(frozen(fd), 1);
	freeze(fd, 1);
	CHECK_EQ(frozen(fd), 2);
	freeze(fd, 1);
	CHECK_EQ(frozen(fd), 2);
	freeze(fd, 0);
	freeze(fd, 0);
	CHECK_EQ(frozen(fd), 0);
	check_sound(fd);
}

TEST(allocation_count_does_not_wrap)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0);

	CHECK_EQ(info_of(fd).count[0], 1);
	freeze(fd, 1);
	drop(fd, o);
	make(fd, 1, 0);
	make(fd, 1, 0);
	CHECK_LE(info_of(fd).count[0], 3);
	CHECK_EQ(objects(fd), 2);
}

TEST(bad_value)
{
	struct mheap_ioc_freeze f = { .size = sizeof(f), .freeze = 2 };
	int fd = quiet_heap();

	make(fd, 1, 0);
	for (; f.freeze; f.freeze <<= 1)
		CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_FREEZE, &f), -EINVAL);
	f.freeze = 3;
	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_FREEZE, &f), -EINVAL);
	CHECK_EQ(frozen(fd), 0);
}

/* ---- garbage ---- */

TEST(frozen_garbage_is_not_found)
{
	int fd = quiet_heap();

	make_ring(fd, 5);
	freeze(fd, 1);
	collect_each(fd, 0);
	CHECK_EQ(objects(fd), 5);
	freeze(fd, 0);
	CHECK_EQ(collect(fd, 0).found, 0);
	CHECK_EQ(collect(fd, 1).found, 0);
	CHECK_EQ(collect(fd, 2).found, 5);
	CHECK_EQ(objects(fd), 0);
	check_sound(fd);
}

TEST(dropped_when_frozen)
{
	int fd = quiet_heap();
	uint64_t o = make_loop(fd, 1, 0);

	freeze(fd, 1);
	drop(fd, o);
	CHECK_EQ(collect(fd, 2).found, 0);
	freeze(fd, 0);
	CHECK_EQ(collect(fd, 2).found, 1);
}

TEST(dying_by_count)
{
	int fd = quiet_heap();
	uint64_t a = make(fd, 1, 0), b = make(fd, 1, 0), leaf = make(fd, 0, 3);

	give(fd, b, 0, leaf);
	give(fd, a, 0, b);
	freeze(fd, 1);
	drop(fd, a);
	CHECK_EQ(objects(fd), 0);
	CHECK_EQ(frozen(fd), 0);
	check_sound(fd);
}

TEST(dying_by_count_with_finalizer)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0);

	finalize(fd, o, 6);
	weak_new(fd, o, 7);
	freeze(fd, 1);
	drop(fd, o);
	drop(fd, finalizer_take(fd, 6));
	event_take(fd, MHEAP_EVENT_WEAK, 7);
	CHECK_EQ(objects(fd), 0);
	CHECK_EQ(frozen(fd), 0);
}

/* ---- what frozen objects refer to ---- */

TEST(keeps_what_it_refers_to)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 2, 0), young, old;

	freeze(fd, 1);
	old = hang_loop(fd, o, 0);
	collect_each(fd, 0);
	young = hang_loop(fd, o, 1);
	collect_each(fd, 0);
	collect_each(fd, 0);
	CHECK(lives(fd, old));
	CHECK(lives(fd, young));
	check_sound(fd);
}

/* This holds even if the frozen object itself is unreachable. */
TEST(frozen_garbage_keeps_what_it_refers_to)
{
	int fd = quiet_heap();
	uint64_t o = make_loop(fd, 2, 0), id;

	freeze(fd, 1);
	id = hang_loop(fd, o, 1);
	drop(fd, o);
	collect_each(fd, 0);
	CHECK(lives(fd, id));
	freeze(fd, 0);
	CHECK_EQ(collect(fd, 2).found, 2);
	CHECK(!lives(fd, id));
}

/* The reference is older than the freezing. */
TEST(references_from_before)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), leaf = make(fd, 1, 0), id;

	give(fd, o, 0, leaf);
	freeze(fd, 1);
	leaf = OUT(fd, GET, .obj = o);
	id = hang_loop(fd, leaf, 0);
	drop(fd, leaf);
	collect_each(fd, 0);
	CHECK(lives(fd, id));
	drop(fd, o);
	CHECK(lives(fd, id));
	CHECK_EQ(collect(fd, 2).found, 1);
	CHECK(!lives(fd, id));
	CHECK_EQ(objects(fd), 0);
}

/*
 * A frozen slot is emptied, exchanged or cut off; the object that it held is garbage then.
 */
TEST(slots_of_frozen_objects_change)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 4, 0), id[4];
	uint32_t i;

	freeze(fd, 1);
	for (i = 0; i < 4; i++)
		id[i] = hang_loop(fd, o, i);
	collect_each(fd, 0);
	OUT(fd, SET, .obj = o);
	CHECK_EQ(collect(fd, 2).found, 1);
	CHECK(!lives(fd, id[0]) && lives(fd, id[1]));
	drop(fd, OUT(fd, XCHG, .obj = o, .index = 1));
	CHECK_EQ(collect(fd, 2).found, 1);
	CHECK(!lives(fd, id[1]) && lives(fd, id[2]));
	OUT(fd, CAS, .obj = o, .index = 2,
	    .arg = OUT(fd, GET, .obj = o, .index = 3));
	CHECK(lives(fd, id[2]) && lives(fd, id[3]));
	OUT(fd, RESIZE, .obj = o, .len = 3);
	collect_each(fd, 0);
	CHECK(lives(fd, id[2]));
	OUT(fd, RESIZE, .obj = o, .len = 2);
	CHECK_EQ(collect(fd, 2).found, 1);
	CHECK(!lives(fd, id[2]));
	check_sound(fd);
}

/* Unfreezing turns references between frozen objects into ordinary ones. */
TEST(unfrozen_references_count_once)
{
	int fd = quiet_heap();
	uint64_t ring[4], id;

	make_held_ring(fd, ring, 4, 2);
	freeze(fd, 1);
	id = hang_loop(fd, ring[2], 1);
	collect(fd, 2);
	freeze(fd, 0);
	freeze(fd, 1);
	freeze(fd, 0);
	check_sound(fd);
	collect_each(fd, 0);
	CHECK(lives(fd, id));
	drop_each(fd, ring, 4);
	CHECK_EQ(collect(fd, 2).found, 5);
	CHECK_EQ(objects(fd), 0);
}

TEST(condemned_beside_frozen)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), young;

	freeze(fd, 1);
	young = make_loop(fd, 2, 0);
	OUT(fd, SET, .obj = young, .index = 1, .val = o);
	CHECK_EQ(refcount(fd, o), 2);
	drop(fd, young);
	CHECK_EQ(collect(fd, 0).found, 1);
	CHECK_EQ(refcount(fd, o), 1);
	check_sound(fd);
}

/* ---- cost ---- */

TEST(frozen_objects_are_not_looked_at)
{
	uint64_t ring[10], before;
	int fd = quiet_heap();
	uint32_t g;

	make_ring(fd, 5000);
	make_held_ring(fd, ring, 10, 1);
	freeze(fd, 1);
	make_held_ring(fd, ring, 10, 1);
	for (g = 0; g < 3; g++) {
		before = gc_stats_of(fd, g).scanned;
		collect(fd, g);
		CHECK_EQ(gc_stats_of(fd, g).scanned - before, 10);
	}
	freeze(fd, 0);
	before = gc_stats_of(fd, 2).scanned;
	CHECK_EQ(collect(fd, 2).found, 5000);
	CHECK_EQ(gc_stats_of(fd, 2).scanned - before, 5020);
}

#define WIDE_CHUNK 10000

TEST_SLOW(wide_objects, 300)
{
	static struct op ops[WIDE_CHUNK];
	uint32_t n = test_is_short() ? 100000 : 1000000, done, i;
	int fd = quiet_heap();
	uint64_t wide = make(fd, n, 0), o = make(fd, 1, 0), id;

	for (done = 0; done < n; done += WIDE_CHUNK) {
		for (i = 0; i < WIDE_CHUNK; i++)
			ops[i] = OP(SET, .obj = wide, .index = done + i,
				    .val = o);
		dev_all(fd, ops, WIDE_CHUNK);
	}
	drop(fd, o);
	freeze(fd, 1);
	CHECK_EQ(frozen(fd), 2);
	id = hang_loop(fd, wide, n / 2);
	collect_each(fd, 0);
	CHECK(lives(fd, id));
	CHECK_EQ(refcount(fd, OUT(fd, GET, .obj = wide)), n);
	freeze(fd, 0);
	collect_each(fd, 0);
	CHECK(lives(fd, id));
	note("longest time of the lock: %llu us",
	     info_of(fd).lock_max_ns / 1000ULL);
	drop(fd, wide);
	CHECK_EQ(collect(fd, 2).found, 1);
	check_sound(fd);
}

/* ---- beside work ---- */

struct freezer {
	int fd;
	volatile bool stop;
	volatile uint64_t times;
	uint64_t wide;
	uint32_t width;
};

static void *freeze_again(void *arg)
{
	struct freezer *f = arg;

	while (goes_on(&f->stop)) {
		freeze(f->fd, 1);
		freeze(f->fd, 0);
		f->times++;
	}
	return NULL;
}

TEST_SLOW(freezing_beside_work, 300)
{
	uint32_t rounds = test_is_short() ? 300 : 2000, i;
	struct freezer f = { .fd = dev_open() };
	uint64_t hub = make(f.fd, 16, 0);
	struct worker *worker;

	tune_threshold(f.fd, 50, 2, 2);
	worker = worker_start(freeze_again, &f);
	while (!f.times)
		usleep(1000);
	for (i = 0; i < rounds; i++) {
		make_ring(f.fd, 10);
		hang_loop(f.fd, hub, i % 16);
		if (i % 16 == 0)
			collect(f.fd, i / 16 % 3);
	}
	f.stop = true;
	worker_join(worker);
	note("frozen %llu times", (unsigned long long)f.times);
	collect(f.fd, 2);
	CHECK_EQ(objects(f.fd), 17);
	for (i = 0; i < 16; i++)
		CHECK_EQ(refcount(f.fd, OUT(f.fd, GET, .obj = hub,
					    .index = i)), 3);
	check_sound(f.fd);
}

/* This thread changes the slots and the width of a wide object at random. */
static void *change_wide(void *arg)
{
	struct freezer *f = arg;
	uint32_t width = f->width;
	uint64_t seed = 17, o;

	while (goes_on(&f->stop)) {
		uint32_t slot = random_next(&seed) % width;

		switch (random_next(&seed) % 16) {
		case 0:
			width = f->width / 2 + random_next(&seed) % f->width;
			OUT(f->fd, RESIZE, .obj = f->wide, .len = width);
			break;
		case 1:
			hang_loop(f->fd, f->wide, slot);
			break;
		case 2:
			OUT(f->fd, SET, .obj = f->wide, .index = slot);
			break;
		default:
			o = OUT(f->fd, GET, .obj = f->wide, .index = slot);
			OUT(f->fd, SET, .obj = f->wide, .val = o,
			    .index = random_next(&seed) % width);
			if (o)
				drop(f->fd, o);
		}
		f->times++;
	}
	return NULL;
}

/* Objects that a wide object refers to live, even if only part of it is frozen so far. */
TEST_SLOW(wide_object_that_changes_while_it_is_frozen, 300)
{
	uint32_t rounds = test_is_short() ? 50 : 300, i;
	struct freezer f = { .fd = quiet_heap() };
	struct worker *worker;
	uint64_t o;

	f.width = test_is_short() ? 10000 : 100000;
	f.wide = make(f.fd, f.width, 0);
	worker = worker_start(change_wide, &f);
	while (!f.times)
		usleep(1000);
	for (i = 0; i < rounds || f.times < 1000; i++) {
		freeze(f.fd, i % 2 == 0);
		collect(f.fd, i % 3);
	}
	f.stop = true;
	worker_join(worker);
	note("%llu changes", (unsigned long long)f.times);
	check_sound(f.fd);
	freeze(f.fd, 0);
	collect(f.fd, 2);
	check_sound(f.fd);
	for (i = 0; i < stat_of(f.fd, f.wide).nslots; i++) {
		o = OUT(f.fd, GET, .obj = f.wide, .index = i);
		if (o)
			drop(f.fd, o);
	}
	drop(f.fd, f.wide);
	collect(f.fd, 2);
	CHECK_EQ(objects(f.fd), 0);
}
