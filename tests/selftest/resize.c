// SPDX-License-Identifier: GPL-2.0
/* Resizing keeps what fits, also while others work on the object. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dev.h"
#include "harness.h"

static int resize(int fd, uint64_t o, uint32_t nslots, uint64_t nbytes)
{
	return DO(fd, RESIZE, .obj = o, .len = nslots, .arg = nbytes);
}

TEST(grow)
{
	int fd = dev_open();
	uint64_t o = make(fd, 2, 4), t = make(fd, 0, 0);
	char data[12];

	OUT(fd, SET, .obj = o, .index = 1, .val = t);
	OUT(fd, WRITE, .obj = o, .val = USER_PTR("data"), .len = 4);
	CHECK_EQ(resize(fd, o, 5, 12), 0);
	CHECK_EQ(stat_of(fd, o).nslots, 5);
	CHECK_EQ(stat_of(fd, o).nbytes, 12);
	CHECK_EQ(OUT(fd, SAME, .obj = t, .val = OUT(fd, GET, .obj = o,
			.index = 1)), 1);
	CHECK_EQ(OUT(fd, GET, .obj = o, .index = 0), 0);
	CHECK_EQ(OUT(fd, GET, .obj = o, .index = 4), 0);
	OUT(fd, READ, .obj = o, .val = USER_PTR(data), .len = 12);
	CHECK(!memcmp(data, "data\0\0\0\0\0\0\0\0", 12));
	CHECK_EQ(info_of(fd).slots, 5);
	CHECK_EQ(info_of(fd).bytes, 12);
	check_sound(fd);
}

TEST(shrink)
{
	int fd = dev_open();
	uint64_t o = make(fd, 3, 4), t = make(fd, 0, 0);
	char data[4];

	OUT(fd, SET, .obj = o, .index = 0, .val = t);
	OUT(fd, SET, .obj = o, .index = 2, .val = t);
	OUT(fd, WRITE, .obj = o, .val = USER_PTR("data"), .len = 4);
	CHECK_EQ(resize(fd, o, 1, 2), 0);
	CHECK_EQ(refcount(fd, t), 2);
	CHECK_EQ(DO(fd, GET, .obj = o, .index = 1), -EINVAL);
	CHECK_EQ(DO(fd, READ, .obj = o, .val = USER_PTR(data), .len = 3),
		 -ERANGE);
	OUT(fd, READ, .obj = o, .val = USER_PTR(data), .len = 2);
	CHECK(!memcmp(data, "da", 2));
	CHECK_EQ(info_of(fd).slots, 1);
	CHECK_EQ(info_of(fd).bytes, 2);
	check_sound(fd);
}

/* Bytes cut off and given back are zero. */
TEST(shrink_and_grow_clears)
{
	int fd = dev_open();
	uint64_t o = make(fd, 1, 4);
	char data[4];

	OUT(fd, SET, .obj = o, .val = o);
	OUT(fd, WRITE, .obj = o, .val = USER_PTR("data"), .len = 4);
	CHECK_EQ(resize(fd, o, 0, 1), 0);
	CHECK_EQ(resize(fd, o, 1, 4), 0);
	OUT(fd, READ, .obj = o, .val = USER_PTR(data), .len = 4);
	CHECK(!memcmp(data, "d\0\0\0", 4));
	CHECK_EQ(OUT(fd, GET, .obj = o), 0);
	CHECK_EQ(refcount(fd, o), 1);
}

TEST(cut_off_slots_are_dropped)
{
	int fd = dev_open();
	uint64_t o = make(fd, 2, 0), chain = make(fd, 1, 0), end = make(fd, 0, 0);

	OUT(fd, SET, .obj = o, .index = 1, .val = chain);
	OUT(fd, SET, .obj = chain, .val = end);
	drop(fd, chain);
	drop(fd, end);
	CHECK_EQ(resize(fd, o, 1, 0), 0);
	CHECK_EQ(info_of(fd).objects, 1);
	check_sound(fd);
}

TEST(identity_stays)
{
	int fd = dev_open();
	uint64_t o = make(fd, 1, 0), t = make(fd, 1, 0), id = id_of(fd, o);

	OUT(fd, SET, .obj = t, .val = o);
	CHECK_EQ(resize(fd, o, 100, 1000), 0);
	CHECK_EQ(id_of(fd, o), id);
	CHECK_EQ(refcount(fd, o), 2);
	CHECK_EQ(OUT(fd, SAME, .obj = o, .val = OUT(fd, GET, .obj = t)), 1);
	CHECK_EQ(OUT(fd, SAME, .obj = o, .val = OUT(fd, OPEN_ID, .arg = id)), 1);
}

TEST(tracked_with_slots_only)
{
	int fd = dev_open();
	uint64_t o = make(fd, 0, 0);

	CHECK_EQ(stat_of(fd, o).generation, -1);
	CHECK_EQ(resize(fd, o, 1, 0), 0);
	CHECK_EQ(stat_of(fd, o).generation, 0);
	CHECK_EQ(info_of(fd).tracked, 1);
	CHECK_EQ(resize(fd, o, 0, 0), 0);
	CHECK_EQ(stat_of(fd, o).generation, -1);
	CHECK_EQ(info_of(fd).tracked, 0);
	CHECK_EQ(resize(fd, o, 2, 0), 0);
	OUT(fd, SET, .obj = o, .val = o);
	drop(fd, o);
	CHECK_EQ(collect(fd, 2).found, 1);
	check_sound(fd);
}

TEST(immortal_grows)
{
	int fd = dev_open();
	uint64_t o = OUT(fd, ALLOC, .val = MHEAP_ENTRY_IMMORTAL);
	uint64_t t = make(fd, 1, 0), id = id_of(fd, t);

	CHECK_EQ(resize(fd, o, 2, 3), 0);
	OUT(fd, SET, .obj = o, .index = 1, .val = t);
	drop(fd, t);
	CHECK_EQ(collect(fd, 2).found, 0);
	drop(fd, OUT(fd, OPEN_ID, .arg = id));
	CHECK_EQ(info_of(fd).tracked, 1);
	CHECK_EQ(resize(fd, o, 1, 0), 0);
	CHECK_EQ(DO(fd, OPEN_ID, .arg = id), -ENOENT);
	check_sound(fd);
}

TEST(same_size)
{
	int fd = dev_open();
	uint64_t o = make(fd, 2, 5);

	OUT(fd, SET, .obj = o, .val = o);
	CHECK_EQ(resize(fd, o, 2, 5), 0);
	CHECK_EQ(resize(fd, o, 2, 5), 0);
	CHECK_EQ(refcount(fd, o), 2);
	check_sound(fd);
}

/* Resize through sizes around the chunks in which contents are copied. */
TEST(random_sizes)
{
	static unsigned char model[70000], data[70000];
	uint64_t seed = 7, slots[3000] = { 0 }, o, t;
	uint32_t n = 0, bytes = 0, round, i;
	int fd = dev_open();

	o = make(fd, 0, 0);
	t = make(fd, 0, 0);
	for (round = 0; round < 60; round++) {
		uint32_t m = random_next(&seed) % 3000;
		uint32_t b = random_next(&seed) % 70000;

		CHECK_EQ(resize(fd, o, m, b), 0);
		for (i = n; i < m; i++)
			slots[i] = 0;
		if (b > bytes)
			memset(model + bytes, 0, b - bytes);
		OUT(fd, READ, .obj = o, .val = USER_PTR(data), .len = b);
		CHECK(!memcmp(data, model, b));
		n = m;
		bytes = b;
		for (i = 0; i < 20 && n; i++) {
			uint32_t at = random_next(&seed) % n;

			OUT(fd, SET, .obj = o, .index = at, .val = t);
			slots[at] = 1;
		}
		for (m = 1, i = 0; i < n; i++)
			m += slots[i];
		CHECK_EQ(refcount(fd, t), m);
		if (bytes)
			memset(model, round, bytes / 2);
		OUT(fd, WRITE, .obj = o, .val = USER_PTR(model),
		    .len = bytes / 2);
	}
	check_sound(fd);
}

/* ---- while others work on the object ---- */

struct busy {
	int fd;
	uint64_t o, t;
	volatile bool stop;
	unsigned int rounds;
};

/* Slot 0 and byte 0 exist at all sizes, so their contents are never lost. */
static void *work_on(void *arg)
{
	struct busy *b = arg;
	unsigned char c, back;
	uint64_t out;

	while (goes_on(&b->stop)) {
		c = b->rounds++;
		OUT(b->fd, WRITE, .obj = b->o, .val = USER_PTR(&c), .len = 1);
		OUT(b->fd, SET, .obj = b->o, .val = c & 1 ? b->t : 0);
		OUT(b->fd, READ, .obj = b->o, .val = USER_PTR(&back), .len = 1);
		CHECK_EQ(back, c);
		out = OUT(b->fd, GET, .obj = b->o);
		CHECK_EQ(!!out, c & 1);
		if (out)
			drop(b->fd, out);
	}
	return NULL;
}

TEST(changes_during_a_resize_are_kept)
{
	struct busy b = { .fd = dev_open() };
	uint32_t n = test_is_short() ? 20 : 60, i;
	struct worker *worker;

	b.o = make(b.fd, 1, 1);
	b.t = make(b.fd, 0, 0);
	worker = worker_start(work_on, &b);
	for (i = 0; i < n; i++)
		CHECK_EQ(resize(b.fd, b.o, 1 + i % 2 * 300000,
				1 + i % 3 * 1000000), 0);
	b.stop = true;
	worker_join(worker);
	note("%u changes during %u resizes", b.rounds, n);
	CHECK_LE(refcount(b.fd, b.t), 2);
	check_sound(b.fd);
}

/* The reference that a resize holds does not show in the count. */
TEST(count_during_a_resize)
{
	struct busy b = { .fd = dev_open() };
	struct worker *worker;
	uint32_t i;

	b.o = make(b.fd, 1, 1);
	b.t = make(b.fd, 0, 0);
	worker = worker_start(work_on, &b);
	for (i = 0; i < 20; i++) {
		CHECK_EQ(resize(b.fd, b.o, 200000 + i, 1), 0);
		CHECK_EQ(refcount(b.fd, b.o), 1);
	}
	b.stop = true;
	worker_join(worker);
	check_sound(b.fd);
}

/* The object's last handle is dropped while it is resized. */
static void *resize_once(void *arg)
{
	struct busy *b = arg;
	int err = resize(b->fd, b->o, 1000000, 0);

	CHECK(!err || err == -EBADF);
	return NULL;
}

TEST(object_dropped_during_its_resize)
{
	struct busy b = { .fd = dev_open() };
	struct worker *worker;
	unsigned int i;

	for (i = 0; i < 10; i++) {
		b.o = make(b.fd, 500000, 0);
		OUT(b.fd, SET, .obj = b.o, .index = 7, .val = make(b.fd, 0, 0));
		worker = worker_start(resize_once, &b);
		while (stat_of(b.fd, b.o).nslots == 500000 && i % 2)
			;
		drop(b.fd, b.o);
		worker_join(worker);
	}
	CHECK_EQ(info_of(b.fd).objects, 10);
	CHECK_EQ(info_of(b.fd).slots, 0);
	check_sound(b.fd);
}
