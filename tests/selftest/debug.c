// SPDX-License-Identifier: GPL-2.0
/* Inspecting a heap: lists of objects, and the garbage list. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"
#include "notify.h"

#define ROOM 20000

static int compare_ids(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Sort the ids; each must occur once. */
static void check_each_once(uint64_t *ids, uint32_t n)
{
	uint32_t i;

	qsort(ids, n, sizeof(*ids), compare_ids);
	for (i = 1; i < n; i++)
		CHECK_NE(ids[i], ids[i - 1]);
}

static bool among(const uint64_t *ids, uint32_t n, uint64_t id)
{
	return bsearch(&id, ids, n, sizeof(*ids), compare_ids);
}

/* ---- objects ---- */

TEST(objects_of_all_generations)
{
	uint64_t ring[50], want[50], ids[ROOM];
	int fd = quiet_heap();
	uint32_t i;

	CHECK_EQ(LIST(fd, ids, ROOM, OBJECTS, .generation = -1), 0);
	make_held_ring(fd, ring, 50, 1);
	make(fd, 0, 8);
	for (i = 0; i < 50; i++)
		want[i] = id_of(fd, ring[i]);
	CHECK_EQ(LIST(fd, ids, ROOM, OBJECTS, .generation = -1), 50);
	check_each_once(ids, 50);
	for (i = 0; i < 50; i++)
		CHECK(among(ids, 50, want[i]));
}

/* Make two objects of each generation; their payload tells which. */
TEST(objects_by_generation)
{
	int fd = quiet_heap();
	uint64_t ids[10], o;
	int32_t g;

	make(fd, 1, 3);
	make(fd, 1, 3);
	freeze(fd, 1);
	for (g = 2; g >= 0; g--) {
		make(fd, 1, g);
		make(fd, 1, g);
		if (g)
			collect(fd, g - 1);
	}
	o = make_loop(fd, 1, 4);
	finalize(fd, o, 1);
	drop(fd, o);
	CHECK_EQ(LIST(fd, ids, 10, OBJECTS, .generation = 4), 0);
	for (g = 0; g < 4; g++) {
		CHECK_EQ(LIST(fd, ids, 10, OBJECTS, .generation = g),
			 g ? 2 : 3);
		o = OUT(fd, OPEN_ID, .arg = ids[0]);
		CHECK_EQ(stat_of(fd, o).generation, g);
		if (g)
			CHECK_EQ(stat_of(fd, o).nbytes, g);
	}
	CHECK_EQ(LIST(fd, ids, 10, OBJECTS, .generation = -1), 9);
}

TEST(objects_in_quarantine)
{
	uint64_t ring[5], ids[10], o;
	int fd = quiet_heap();

	make_quarantined_ring(fd, ring, 5, 2);
	make(fd, 1, 0);
	CHECK_EQ(LIST(fd, ids, 10, OBJECTS, .generation = 4), 5);
	check_each_once(ids, 5);
	o = OUT(fd, OPEN_ID, .arg = ids[4]);
	CHECK_EQ(stat_of(fd, o).generation, 4);
	CHECK_EQ(LIST(fd, ids, 10, OBJECTS, .generation = -1), 6);
}

/* ---- references ---- */

TEST(referents_in_order)
{
	int fd = quiet_heap();
	uint64_t a = make(fd, 1, 0), b = make(fd, 0, 0), o = make(fd, 6, 0);
	uint64_t id = id_of(fd, o), ids[6];

	CHECK_EQ(LIST(fd, ids, 6, REFERENTS, .id = id), 0);
	OUT(fd, SET, .obj = o, .index = 1, .val = b);
	OUT(fd, SET, .obj = o, .index = 2, .val = a);
	OUT(fd, SET, .obj = o, .index = 4, .val = o);
	OUT(fd, SET, .obj = o, .index = 5, .val = b);
	CHECK_EQ(LIST(fd, ids, 6, REFERENTS, .id = id), 4);
	CHECK_EQ(ids[0], id_of(fd, b));
	CHECK_EQ(ids[1], id_of(fd, a));
	CHECK_EQ(ids[2], id);
	CHECK_EQ(ids[3], id_of(fd, b));
	CHECK_EQ(LIST(fd, ids, 6, REFERENTS, .id = id_of(fd, b)), 0);
}

TEST(referrers_each_once)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), leaf = make(fd, 0, 0), r[3], ids[6];
	uint32_t i;

	CHECK_EQ(LIST(fd, ids, 6, REFERRERS, .id = id_of(fd, o)), 0);
	for (i = 0; i < 3; i++) {
		r[i] = make(fd, 3, 0);
		OUT(fd, SET, .obj = r[i], .val = o);
		OUT(fd, SET, .obj = r[i], .index = 1 + i % 2, .val = o);
		if (i)
			collect(fd, i % 2);
		else
			freeze(fd, 1);
	}
	OUT(fd, SET, .obj = o, .val = o);
	OUT(fd, SET, .obj = r[1], .index = 1, .val = leaf);
	CHECK_EQ(LIST(fd, ids, 6, REFERRERS, .id = id_of(fd, o)), 4);
	check_each_once(ids, 4);
	CHECK(among(ids, 4, id_of(fd, o)));
	for (i = 0; i < 3; i++)
		CHECK(among(ids, 4, id_of(fd, r[i])));
	CHECK_EQ(LIST(fd, ids, 6, REFERRERS, .id = id_of(fd, leaf)), 1);
	CHECK_EQ(ids[0], id_of(fd, r[1]));
}

/* ---- cursors ---- */

static int list_some(int fd, struct mheap_ioc_list *l, uint64_t *ids)
{
	memset(ids, 0x5a, (l->count + 1) * sizeof(*ids));
	l->size = sizeof(*l);
	l->ids = USER_PTR(ids);
	return dev_ioctl(fd, MHEAP_IOC_LIST, l);
}

/* List with room for so many ids at a time. */
static void check_in_pieces(int fd, struct mheap_ioc_list l, uint32_t room,
			    uint32_t want)
{
	uint64_t ids[128], all[ROOM];
	uint32_t n = 0, calls = 0;

	while (l.cursor != MHEAP_LIST_END) {
		l.count = room;
		CHECK_EQ(list_some(fd, &l, ids), 0);
		CHECK_LE(l.count, room);
		CHECK_EQ(ids[l.count], POISON64);
		memcpy(all + n, ids, l.count * sizeof(*ids));
		n += l.count;
		CHECK_LE(n, want);
		CHECK_LE(calls++, want + 100);
	}
	CHECK_EQ(n, want);
	if (l.kind != MHEAP_LIST_REFERENTS)
		check_each_once(all, n);
}

TEST(small_buffers)
{
	static const uint32_t rooms[] = { 1, 2, 3, 7, 100 };
	int fd = quiet_heap();
	uint64_t hub = make(fd, 100, 0), o[99];
	uint32_t i;

	make_held_ring(fd, o, 99, 2);
	for (i = 0; i < 99; i++) {
		OUT(fd, SET, .obj = hub, .index = i, .val = o[i]);
		OUT(fd, SET, .obj = o[i], .index = 1, .val = hub);
	}
	for (i = 0; i < ARRAY_SIZE(rooms); i++) {
		check_in_pieces(fd, (struct mheap_ioc_list){
			.kind = MHEAP_LIST_OBJECTS, .generation = -1,
		}, rooms[i], 100);
		check_in_pieces(fd, (struct mheap_ioc_list){
			.kind = MHEAP_LIST_REFERENTS, .id = id_of(fd, hub),
		}, rooms[i], 99);
		check_in_pieces(fd, (struct mheap_ioc_list){
			.kind = MHEAP_LIST_REFERRERS, .id = id_of(fd, hub),
		}, rooms[i], 99);
	}
}

/* A list that has ended stays ended, however often it is asked for more. */
TEST(cursor_at_the_end)
{
	struct mheap_ioc_list l = {
		.generation = -1, .count = 5, .cursor = MHEAP_LIST_END,
	};
	int fd = quiet_heap();
	uint64_t ids[6];

	make(fd, 1, 0);
	CHECK_EQ(list_some(fd, &l, ids), 0);
	CHECK_EQ(l.count, 0);
	CHECK_EQ(l.cursor, MHEAP_LIST_END);
	CHECK_EQ(ids[0], POISON64);
}

/* No cursor, however wrong, makes the list return anything but ids of objects. */
TEST(made_up_cursors)
{
	struct mheap_ioc_list l;
	int fd = quiet_heap();
	uint64_t ids[9], seed = 11;
	uint32_t i, k;

	for (i = 0; i < 30; i++)
		make_loop(fd, 4, 0);
	for (i = 0; i < 2000; i++) {
		l = (struct mheap_ioc_list){
			.kind = i % 4, .count = 8, .cursor = random_next(&seed),
			.id = i % 4 < 2 ? 0 : id_of(fd, make(fd, 0, 0)),
		};
		l.cursor >>= random_next(&seed) % 64;
		if (list_some(fd, &l, ids))
			continue;
		CHECK_LE(l.count, 8);
		for (k = 0; k < l.count; k++)
			drop(fd, OUT(fd, OPEN_ID, .arg = ids[k]));
	}
	check_sound(fd);
}

/* ---- a heap that changes ---- */

struct changer {
	int fd;
	volatile bool stop;
	uint64_t hub;
};

/* Objects come and go, and move between the generations. */
static void *change(void *arg)
{
	struct changer *c = arg;
	uint64_t i = 0;

	while (goes_on(&c->stop)) {
		uint64_t o = make(c->fd, 1, 0);

		OUT(c->fd, SET, .obj = c->hub, .index = i % 64, .val = o);
		drop(c->fd, o);
		make_ring(c->fd, 3);
		if (i++ % 8 == 0)
			collect(c->fd, i / 8 % 3);
	}
	return NULL;
}

TEST_SLOW(each_object_once_while_the_heap_changes, 300)
{
	uint32_t rounds = test_is_short() ? 20 : 100, n, i, k;
	struct changer c = { .fd = dev_open() };
	static uint64_t ids[1 << 20], stay[500];
	struct worker *worker;

	c.hub = make(c.fd, 64, 0);
	make_held_ring(c.fd, stay, 500, 1);
	for (i = 0; i < 500; i++)
		stay[i] = id_of(c.fd, stay[i]);
	worker = worker_start(change, &c);
	for (k = 0; k < rounds; k++) {
		n = LIST(c.fd, ids, ARRAY_SIZE(ids), OBJECTS,
			 .generation = -1);
		check_each_once(ids, n);
		for (i = 0; i < 500; i++)
			if (!among(ids, n, stay[i]))
				FAIL("round %u: %u of %u missing", k, i, n);
	}
	c.stop = true;
	worker_join(worker);
	check_sound(c.fd);
}

/* List a few ids at a time, so that the heap changes while a cursor is in use. */
TEST_SLOW(cursor_of_a_heap_that_changes, 300)
{
	static uint64_t all[1 << 20], stay[200];
	struct mheap_ioc_list l = { .generation = -1 };
	struct changer c = { .fd = dev_open() };
	struct worker *worker;
	uint32_t n = 0, i;
	uint64_t ids[8];

	c.hub = make(c.fd, 64, 0);
	make_held_ring(c.fd, stay, 200, 1);
	for (i = 0; i < 200; i++)
		stay[i] = id_of(c.fd, stay[i]);
	worker = worker_start(change, &c);
	while (l.cursor != MHEAP_LIST_END) {
		l.count = 7;
		CHECK_EQ(list_some(c.fd, &l, ids), 0);
		CHECK_LE(n + l.count, ARRAY_SIZE(all));
		memcpy(all + n, ids, l.count * sizeof(*ids));
		n += l.count;
	}
	c.stop = true;
	worker_join(worker);
	check_each_once(all, n);
	for (i = 0; i < 200; i++)
		CHECK(among(all, n, stay[i]));
}

/* ---- how long the lock was held ---- */

#define HOLD_BUCKETS	24

static const char *const hold_kinds[] = {
	"call", "scan", "collect", "death", "frame", "close", "resize", "freeze",
	"list", "verify",
};

/* Check that the numbers of a line are consistent.  Returns the number of holds. */
static uint64_t check_hold(const char *line, const char *kind)
{
	uint64_t n[6 + HOLD_BUCKETS], all = 0;
	unsigned int i;
	char *end;

	CHECK(!strncmp(line, kind, strlen(kind)));
	line += strlen(kind);
	for (i = 0; i < ARRAY_SIZE(n); i++, line = end) {
		CHECK_EQ(*line, ' ');
		n[i] = strtoull(line, &end, 10);
		CHECK_NE(end - line, 0);
		if (i >= 6)
			all += n[i];
	}
	CHECK_EQ(*line, '\0');
	CHECK_EQ(n[0], all);
	for (i = 2; i < 5; i++)
		CHECK_LE(n[i - 1], n[i]);
	/* A hold for a few ops is not measured, and counts as 0 ns. */
	CHECK(n[0] || !n[4]);
	CHECK(n[0] || !n[5]);
	return all;
}

static void read_holds(int fd, uint64_t *holds)
{
	char path[80], text[8192], *next = text, *line;
	unsigned int i;

	snprintf(path, sizeof(path), "/sys/kernel/debug/mheap/%llu/holds",
		 info_of(fd).heap_id);
	if (file_read(path, text, sizeof(text)))
		skip("no debugfs");
	line = strsep(&next, "\n");
	CHECK(!strncmp(line, "kind holds p50_ns p99_ns p99.99_ns max_ns max_units <=127 ", 58));
	for (i = 0; i < ARRAY_SIZE(hold_kinds); i++) {
		line = strsep(&next, "\n");
		CHECK(line);
		holds[i] = check_hold(line, hold_kinds[i]);
	}
	CHECK_EQ(*next, '\0');
}

/* Cause a hold of each kind, except those of the scanner's thread. */
static void hold_all_ways(int fd)
{
	uint64_t o = make(fd, 1, 0), ids[4];

	collect(fd, 2);
	OUT(fd, RESIZE, .obj = o, .len = 100);
	freeze(fd, 1);
	LIST(fd, ids, 4, OBJECTS, .generation = -1);
	drop(fd, o);
	OUT(fd, FRAME_PUSH);
	make(fd, 1, 0);
	OUT(fd, FRAME_POP);
	close(dev_attach(fd, MHEAP_RIGHT_ALL));
	check_sound(fd);
}

TEST(holds_by_kind)
{
	uint64_t before[ARRAY_SIZE(hold_kinds)], after[ARRAY_SIZE(hold_kinds)];
	int fd = quiet_heap();
	unsigned int i;

	read_holds(fd, before);
	hold_all_ways(fd);
	read_holds(fd, after);
	for (i = 0; i < ARRAY_SIZE(hold_kinds); i++)
		if (i != 1 && after[i] == before[i])
			FAIL("%s: %llu, then %llu", hold_kinds[i],
			     (unsigned long long)before[i],
			     (unsigned long long)after[i]);
}

/* ---- errors of lists ---- */

TEST(list_errors)
{
	int fd = quiet_heap();
	uint64_t ids[8], o = make(fd, 1, 0), id = id_of(fd, o);
	struct bad {
		struct mheap_ioc_list list;
		int err;
	} bad[] = {
		{ { .kind = 4, .count = 1 }, -EINVAL },
		{ { .kind = ~0U, .count = 1 }, -EINVAL },
		{ { .generation = -2, .count = 1 }, -EINVAL },
		{ { .generation = 5, .count = 1 }, -EINVAL },
		{ { .count = 0 }, -EINVAL },
		{ { .count = MAX_OPS + 1 }, -E2BIG },
		{ { .count = ~0U }, -E2BIG },
		{ { .count = 1, .id = id }, -EINVAL },
		{ { .kind = MHEAP_LIST_GARBAGE, .count = 1, .id = id },
		  -EINVAL },
		{ { .kind = MHEAP_LIST_GARBAGE, .count = 1, .generation = 1 },
		  -EINVAL },
		{ { .kind = MHEAP_LIST_REFERENTS, .count = 1, .id = id,
		    .generation = -1 }, -EINVAL },
		{ { .kind = MHEAP_LIST_REFERENTS, .count = 1 }, -ENOENT },
		{ { .kind = MHEAP_LIST_REFERENTS, .count = 1, .id = id + 1 },
		  -ENOENT },
		{ { .kind = MHEAP_LIST_REFERRERS, .count = 1, .id = id + 1 },
		  -ENOENT },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct mheap_ioc_list l = bad[i].list, before;
		int err;

		l.size = sizeof(l);
		l.ids = USER_PTR(ids);
		before = l;
		err = dev_ioctl(fd, MHEAP_IOC_LIST, &l);
		if (err != bad[i].err)
			FAIL("case %u: %d, not %d", i, err, bad[i].err);
		CHECK(!memcmp(&l, &before, sizeof(l)));
	}
}

TEST(list_to_a_bad_address)
{
	static const uint64_t bad[] = { 0, BAD_PTR, ~0ULL, 1ULL << 63 };
	struct mheap_ioc_list l = { .size = sizeof(l), .count = 4 };
	int fd = quiet_heap();
	unsigned int i;

	make(fd, 1, 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		l.ids = bad[i];
		CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_LIST, &l), -EFAULT);
		CHECK_EQ(l.count, 4);
		CHECK_EQ(l.cursor, 0);
	}
}

TEST(referents_of_the_dead)
{
	struct mheap_ioc_list l = { .count = 1 };
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), ids[2];

	l.id = id_of(fd, o);
	l.kind = MHEAP_LIST_REFERENTS;
	CHECK_EQ(list_some(fd, &l, ids), 0);
	l.cursor = 0;
	l.count = 1;
	drop(fd, o);
	CHECK_EQ(list_some(fd, &l, ids), -ENOENT);
	l.kind = MHEAP_LIST_REFERRERS;
	CHECK_EQ(list_some(fd, &l, ids), -ENOENT);
}

/* ---- the garbage list ---- */

static int save_all_heap(void)
{
	int fd = quiet_heap();

	tune_debug(fd, MHEAP_DEBUG_SAVE_ALL);
	CHECK_EQ(tune_of(fd).debug, MHEAP_DEBUG_SAVE_ALL);
	return fd;
}

TEST(garbage_is_kept)
{
	int fd = save_all_heap();
	uint64_t ring[5], want[5], ids[10], o;
	struct mheap_ioc_collect c;
	uint32_t i;

	make_held_ring(fd, ring, 5, 1);
	for (i = 0; i < 5; i++)
		want[i] = id_of(fd, ring[i]);
	drop_each(fd, ring, 5);
	c = collect(fd, 2);
	CHECK_EQ(c.found, 5);
	CHECK_EQ(c.freed, 0);
	CHECK_EQ(info_of(fd).objects, 5);
	CHECK_EQ(info_of(fd).garbage, 5);
	CHECK_EQ(LIST(fd, ids, 10, GARBAGE), 5);
	check_each_once(ids, 5);
	for (i = 0; i < 5; i++) {
		CHECK(among(ids, 5, want[i]));
		o = OUT(fd, OPEN_ID, .arg = want[i]);
		CHECK_EQ(id_of(fd, OUT(fd, GET, .obj = o)), want[(i + 1) % 5]);
	}
	check_sound(fd);
}

/* The garbage list holds references, so later collections leave its objects alone. */
TEST(garbage_is_not_found_again)
{
	int fd = save_all_heap();
	uint32_t g;

	make_ring(fd, 3);
	CHECK_EQ(collect(fd, 0).found, 3);
	for (g = 0; g < 3; g++)
		CHECK_EQ(collect(fd, g).found, 0);
	make_ring(fd, 4);
	CHECK_EQ(collect(fd, 2).found, 4);
	CHECK_EQ(info_of(fd).garbage, 7);
	CHECK_EQ(info_of(fd).objects, 7);
}

/* Finalizers run first; what is still dead after the answers goes to the list. */
TEST(garbage_with_finalizers)
{
	int fd = save_all_heap();
	uint64_t ring[3];

	make_finalized_ring(fd, ring, 3, 1);
	weak_new(fd, ring[1], 9);
	drop_each(fd, ring, 3);
	CHECK_EQ(collect(fd, 2).found, 3);
	CHECK_EQ(info_of(fd).garbage, 0);
	event_take(fd, MHEAP_EVENT_WEAK, 9);
	drop(fd, finalizer_take(fd, 0));
	CHECK_EQ(info_of(fd).garbage, 3);
	CHECK_EQ(info_of(fd).quarantined, 0);
	CHECK_EQ(info_of(fd).objects, 3);
	tune_debug(fd, 0);
	clear_garbage(fd);
	CHECK_EQ(collect(fd, 2).found, 3);
	CHECK_EQ(info_of(fd).objects, 0);
	CHECK_NO_EVENT(fd);
	check_sound(fd);
}

/* After clearing, cycles are freed by the next collection, all other objects at once. */
TEST(clearing)
{
	int fd = save_all_heap();
	uint64_t o = make_loop(fd, 2, 0), leaf = make(fd, 1, 0), ids[4];

	give(fd, o, 1, leaf);
	drop(fd, o);
	CHECK_EQ(collect(fd, 2).found, 2);
	CHECK_EQ(LIST(fd, ids, 4, GARBAGE), 2);
	tune_debug(fd, 0);
	CHECK_EQ(info_of(fd).garbage, 2);
	clear_garbage(fd);
	CHECK_EQ(info_of(fd).garbage, 0);
	CHECK_EQ(LIST(fd, ids, 4, GARBAGE), 0);
	CHECK_EQ(info_of(fd).objects, 2);
	CHECK_EQ(collect(fd, 2).found, 2);
	CHECK_EQ(info_of(fd).objects, 0);
	clear_garbage(fd);
	check_sound(fd);
}

TEST(clearing_what_is_in_no_cycle)
{
	int fd = save_all_heap();
	uint64_t o = make_loop(fd, 2, 0), id = id_of(fd, o);

	give(fd, o, 1, make(fd, 1, 0));
	drop(fd, o);
	CHECK_EQ(collect(fd, 2).found, 2);
	o = OUT(fd, OPEN_ID, .arg = id);
	OUT(fd, SET, .obj = o);
	drop(fd, o);
	CHECK_EQ(info_of(fd).objects, 2);
	clear_garbage(fd);
	CHECK_EQ(info_of(fd).objects, 0);
	check_sound(fd);
}

/* Without the flag new garbage is freed as usual; the list stays until it is cleared. */
TEST(switched_off)
{
	int fd = save_all_heap();

	make_ring(fd, 3);
	collect(fd, 2);
	tune_debug(fd, 0);
	make_ring(fd, 4);
	CHECK_EQ(collect(fd, 2).freed, 4);
	CHECK_EQ(info_of(fd).garbage, 3);
	CHECK_EQ(info_of(fd).objects, 3);
}

TEST(debug_flags)
{
	struct mheap_ioc_tune t = {
		.size = sizeof(t), .set = MHEAP_TUNE_DEBUG,
	};
	int fd = quiet_heap();
	uint32_t bit;

	CHECK_EQ(tune_of(fd).debug, 0);
	for (bit = 1; bit < 32; bit++) {
		t.debug = 1U << bit;
		CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_TUNE, &t), -EINVAL);
	}
	CHECK_EQ(tune_of(fd).debug, 0);
}

/* Close the heap with objects in its list; the harness checks that the heap goes. */
TEST(closed_with_garbage)
{
	int fd = save_all_heap();

	make_ring(fd, 1000);
	collect(fd, 2);
	CHECK_EQ(info_of(fd).garbage, 1000);
}
