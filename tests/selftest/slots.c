// SPDX-License-Identifier: GPL-2.0
/* Slots: get, set, exchange and compare-and-set, alone and at the same time. */
#include <errno.h>
#include <string.h>

#include "dev.h"
#include "harness.h"

#define SAME(fd, a, b) OUT(fd, SAME, .obj = a, .val = b)

TEST(set_and_get)
{
	int fd = dev_open();
	uint64_t a = make(fd, 3, 0), b = make(fd, 0, 0), c;

	OUT(fd, SET, .obj = a, .index = 1, .val = b);
	c = OUT(fd, GET, .obj = a, .index = 1);
	CHECK_EQ(SAME(fd, b, c), 1);
	CHECK_NE(b, c);
	CHECK_EQ(refcount(fd, b), 3);
	CHECK_EQ(OUT(fd, GET, .obj = a, .index = 0), 0);
	CHECK_EQ(OUT(fd, GET, .obj = a, .index = 2), 0);
	CHECK_EQ(info_of(fd).handles, 3);
}

TEST(set_null_clears)
{
	int fd = dev_open();
	uint64_t a = make(fd, 1, 0), b = make(fd, 0, 0);

	OUT(fd, SET, .obj = a, .val = b);
	OUT(fd, SET, .obj = a);
	CHECK_EQ(refcount(fd, b), 1);
	CHECK_EQ(OUT(fd, GET, .obj = a), 0);
	OUT(fd, SET, .obj = a);
}

TEST(set_replaces)
{
	int fd = dev_open();
	uint64_t a = make(fd, 1, 0), b = make(fd, 0, 0), c = make(fd, 0, 0);

	OUT(fd, SET, .obj = a, .val = b);
	OUT(fd, SET, .obj = a, .val = c);
	CHECK_EQ(refcount(fd, b), 1);
	CHECK_EQ(refcount(fd, c), 2);
	OUT(fd, SET, .obj = a, .val = c);
	CHECK_EQ(refcount(fd, c), 2);
}

/* A slot is set to the object that nothing but this slot holds. */
TEST(set_to_what_it_holds)
{
	int fd = dev_open();
	uint64_t a = make(fd, 1, 0), b = make(fd, 1, 0), id = id_of(fd, b);

	OUT(fd, SET, .obj = a, .val = b);
	OUT(fd, SET, .obj = a, .val = b);
	drop(fd, b);
	b = OUT(fd, OPEN_ID, .arg = id);
	CHECK_EQ(refcount(fd, b), 2);
	check_sound(fd);
}

TEST(set_frees_what_was_there)
{
	int fd = dev_open();
	uint64_t a = make(fd, 1, 0), b = make(fd, 1, 0), c = make(fd, 0, 0);

	OUT(fd, SET, .obj = a, .val = b);
	OUT(fd, SET, .obj = b, .val = c);
	drop(fd, b);
	drop(fd, c);
	OUT(fd, SET, .obj = a);
	CHECK_EQ(info_of(fd).objects, 1);
	check_sound(fd);
}

TEST(self_loop)
{
	int fd = dev_open();
	uint64_t a = make(fd, 2, 0);

	OUT(fd, SET, .obj = a, .index = 0, .val = a);
	OUT(fd, SET, .obj = a, .index = 1, .val = a);
	CHECK_EQ(refcount(fd, a), 3);
	CHECK_EQ(SAME(fd, a, OUT(fd, GET, .obj = a)), 1);
	OUT(fd, SET, .obj = a, .index = 0);
	CHECK_EQ(refcount(fd, a), 3);
	check_sound(fd);
}

/* ---- exchange ---- */

TEST(xchg)
{
	int fd = dev_open();
	uint64_t a = make(fd, 1, 0), b = make(fd, 0, 0), c = make(fd, 0, 0);
	uint64_t old;

	CHECK_EQ(OUT(fd, XCHG, .obj = a, .val = b), 0);
	old = OUT(fd, XCHG, .obj = a, .val = c);
	CHECK_EQ(SAME(fd, old, b), 1);
	CHECK_NE(old, b);
	CHECK_EQ(refcount(fd, b), 2);
	CHECK_EQ(refcount(fd, c), 2);
	old = OUT(fd, XCHG, .obj = a);
	CHECK_EQ(SAME(fd, old, c), 1);
	CHECK_EQ(OUT(fd, XCHG, .obj = a), 0);
	check_sound(fd);
}

TEST(xchg_keeps_what_only_the_slot_held)
{
	int fd = dev_open();
	uint64_t a = make(fd, 1, 0), b = make(fd, 0, 0), id = id_of(fd, b), old;

	OUT(fd, SET, .obj = a, .val = b);
	drop(fd, b);
	old = OUT(fd, XCHG, .obj = a, .val = a);
	CHECK_EQ(id_of(fd, old), id);
	CHECK_EQ(refcount(fd, old), 1);
}

TEST(xchg_with_itself)
{
	int fd = dev_open();
	uint64_t a = make(fd, 1, 0), old;

	OUT(fd, SET, .obj = a, .val = a);
	old = OUT(fd, XCHG, .obj = a, .val = a);
	CHECK_EQ(SAME(fd, old, a), 1);
	CHECK_EQ(refcount(fd, a), 3);
}

/* ---- compare-and-set ---- */

TEST(cas_null)
{
	int fd = dev_open();
	uint64_t a = make(fd, 1, 0), b = make(fd, 0, 0);

	CHECK_EQ(OUT(fd, CAS, .obj = a, .val = b), 1);
	CHECK_EQ(refcount(fd, b), 2);
	CHECK_EQ(OUT(fd, CAS, .obj = a, .val = b), 0);
	CHECK_EQ(OUT(fd, CAS, .obj = a), 0);
	CHECK_EQ(refcount(fd, b), 2);
	CHECK_EQ(OUT(fd, CAS, .obj = a, .arg = b), 1);
	CHECK_EQ(refcount(fd, b), 1);
	CHECK_EQ(OUT(fd, CAS, .obj = a, .arg = b), 0);
	CHECK_EQ(OUT(fd, CAS, .obj = a), 1);
}

TEST(cas_compares_objects_not_handles)
{
	int fd = dev_open();
	uint64_t a = make(fd, 1, 0), b = make(fd, 0, 0), c = make(fd, 0, 0);
	uint64_t other = OUT(fd, DUP, .obj = b);

	OUT(fd, SET, .obj = a, .val = b);
	CHECK_EQ(OUT(fd, CAS, .obj = a, .val = c, .arg = c), 0);
	CHECK_EQ(OUT(fd, CAS, .obj = a, .val = c, .arg = other), 1);
	CHECK_EQ(SAME(fd, c, OUT(fd, GET, .obj = a)), 1);
	CHECK_EQ(refcount(fd, b), 2);
	check_sound(fd);
}

TEST(cas_makes_no_handle)
{
	int fd = dev_open();
	uint64_t a = make(fd, 1, 0), b = make(fd, 0, 0);

	OUT(fd, CAS, .obj = a, .val = b);
	OUT(fd, CAS, .obj = a, .val = b);
	CHECK_EQ(info_of(fd).handles, 2);
}

/* ---- wide objects ---- */

#define WIDE 1000000

TEST(million_slots)
{
	static struct op ops[10000];
	int fd = dev_open();
	uint64_t a = make(fd, WIDE, 0), b = make(fd, 0, 0);
	uint32_t i, k;

	CHECK_EQ(stat_of(fd, a).nslots, WIDE);
	for (i = 0; i < WIDE; i += ARRAY_SIZE(ops)) {
		for (k = 0; k < ARRAY_SIZE(ops); k++)
			ops[k] = OP(SET, .obj = a, .index = i + k, .val = b);
		dev_all(fd, ops, ARRAY_SIZE(ops));
	}
	CHECK_EQ(refcount(fd, b), WIDE + 1);
	CHECK_EQ(OUT(fd, SAME, .obj = b, .val = OUT(fd, GET, .obj = a,
			.index = WIDE - 1)), 1);
	CHECK_EQ(DO(fd, GET, .obj = a, .index = WIDE), -EINVAL);
	CHECK_EQ(collect(fd, 2).found, 0);
	check_sound(fd);
	drop(fd, a);
	CHECK_EQ(refcount(fd, b), 2);
	CHECK_EQ(info_of(fd).slots, 0);
}

/* ---- several threads ---- */

struct counter {
	int fd;
	uint64_t box;
	unsigned int done;
};

/* Add 1 to the number in the box, which is the payload size of the object in it. */
static void *count_up(void *arg)
{
	struct counter *c = arg;
	unsigned int i, done = 0;

	for (i = 0; i < 300; done = 0, i++) {
		while (!done) {
			uint64_t old = OUT(c->fd, GET, .obj = c->box);
			uint64_t n = stat_of(c->fd, old).nbytes;
			uint64_t new = make(c->fd, 0, n + 1);

			done = OUT(c->fd, CAS, .obj = c->box, .val = new,
				   .arg = old);
			drop(c->fd, old);
			drop(c->fd, new);
		}
	}
	return NULL;
}

TEST(cas_is_atomic)
{
	struct counter c = { .fd = dev_open() };
	struct worker *worker[4];
	uint64_t old;
	unsigned int i;

	c.box = make(c.fd, 1, 0);
	OUT(c.fd, SET, .obj = c.box, .val = make(c.fd, 0, 0));
	for (i = 0; i < 4; i++)
		worker[i] = worker_start(count_up, &c);
	for (i = 0; i < 4; i++)
		worker_join(worker[i]);
	old = OUT(c.fd, GET, .obj = c.box);
	CHECK_EQ(stat_of(c.fd, old).nbytes, 1200);
	check_sound(c.fd);
}

/* A token's payload is its number; only one thread holds a token at a time. */
static volatile int held[4];

static void *pass_tokens(void *arg)
{
	struct counter *c = arg;
	uint64_t token = make(c->fd, 0, 4), old;
	unsigned int i;
	int n = __atomic_fetch_add(&c->done, 1, __ATOMIC_SEQ_CST);

	OUT(c->fd, WRITE, .obj = token, .val = USER_PTR(&n), .len = 4);
	for (i = 0; i < 2000; i++) {
		held[n] = 0;
		old = OUT(c->fd, XCHG, .obj = c->box, .val = token);
		drop(c->fd, token);
		token = old;
		if (!token)
			return NULL;
		OUT(c->fd, READ, .obj = token, .val = USER_PTR(&n), .len = 4);
		CHECK_EQ(__atomic_exchange_n(&held[n], 1, __ATOMIC_SEQ_CST), 0);
	}
	return NULL;
}

TEST(xchg_is_atomic)
{
	struct counter c = { .fd = dev_open() };
	struct worker *worker[4];
	unsigned int i;

	c.box = make(c.fd, 1, 0);
	for (i = 0; i < 4; i++)
		worker[i] = worker_start(pass_tokens, &c);
	for (i = 0; i < 4; i++)
		worker_join(worker[i]);
	CHECK_EQ(info_of(c.fd).objects, 5);
	check_sound(c.fd);
}
