// SPDX-License-Identifier: GPL-2.0
/*
 * A session reaches nothing but its own objects, even with numbers that it guessed or got
 * from other sessions. --calls=N and --seed=N do other runs.
 */
#include <errno.h>
#include <string.h>

#include "dev.h"
#include "harness.h"
#include "notify.h"
#include "sample.h"

#define CALLS		20000
#define LOOK_EVERY	500
#define VICTIMS		3
#define EACH		7

/* The loot consists of numbers that mean something to other sessions. */
struct loot {
	uint64_t numbers[VICTIMS * EACH];
	unsigned int count;
	uint64_t seed;
};

static void loot_take(struct loot *loot, const struct sample *s)
{
	uint64_t numbers[EACH] = {
		s->a, s->b, s->c, s->spare, s->stale, s->weak,
		id_of(s->fd, s->a),
	};

	memcpy(loot->numbers + loot->count, numbers, sizeof(numbers));
	loot->count += EACH;
}

/* Pick some loot, a number close to it, or any number, but never 0. */
static uint64_t loot_pick(struct loot *loot)
{
	uint64_t how = random_next(&loot->seed) % 8, n;

	n = loot->numbers[random_next(&loot->seed) % loot->count];
	if (how == 0)
		n ^= 1ULL << random_next(&loot->seed) % 64;
	else if (how == 1)
		n += random_next(&loot->seed) % 5 - 2;
	else if (how == 2)
		n = random_next(&loot->seed);
	else if (how == 3)
		n = random_next(&loot->seed) % 100;
	return n ?: 1;
}

/* The thief's own handles have these numbers, which loot never has. */
#define OWN	12345678U

/* Pick a number that fits into the place, and that is no handle of the thief. */
static uint64_t loot_for(struct loot *loot, enum place place)
{
	uint64_t n;

	do {
		n = loot_pick(loot) & place_most[place];
	} while (!n || n - OWN < 10);
	return n;
}

/* Buffers are valid, so that an op does not fail because of them. */
static void set_data(struct op *op, struct sample *s)
{
	switch (op->opcode) {
	case MHEAP_OP_READ:
	case MHEAP_OP_WRITE:
	case MHEAP_OP_STAT:
		op->val = USER_PTR(s->buffer);
		op->len %= sizeof(s->buffer);
		break;
	case MHEAP_OP_PUBLISH:
	case MHEAP_OP_LOOKUP:
	case MHEAP_OP_UNPUBLISH:
		op->val = USER_PTR("name");
		op->len = 4;
		break;
	case MHEAP_OP_RESIZE:
		op->len %= 100;
		op->arg %= 100;
		break;
	}
}

/* All members that the opcode uses are loot, but the kernel numbers new handles. */
static struct op loot_op(struct loot *loot, struct sample *s,
			       unsigned int opcode)
{
	struct op op = { .opcode = opcode };
	unsigned int m;

	for (m = 0; m < M_COUNT; m++)
		if (op_uses(opcode, m) && m != opcodes[opcode].makes)
			op_set_member(&op, m, loot_for(loot, opcodes[opcode].place[m]));
	set_data(&op, s);
	return op;
}

/* Pick an opcode that names an object by a number. */
static unsigned int pick_opcode(struct loot *loot, bool names)
{
	unsigned int opcode;

	do {
		opcode = random_next(&loot->seed) % MHEAP_OP_COUNT;
	} while (!opcodes[opcode].handles && opcode != MHEAP_OP_WEAK_GET &&
		 opcode != MHEAP_OP_WEAK_DROP &&
		 !(names && (opcode == MHEAP_OP_OPEN_ID ||
			     opcode == MHEAP_OP_LOOKUP ||
			     opcode == MHEAP_OP_UNPUBLISH)));
	return opcode;
}

static void check_refused(int fd, struct op op)
{
	int err = dev_op(fd, &op);

	if (err != -EBADF && err != -ENOENT && err != -EINVAL && err != -ERANGE)
		FAIL("%s: result %d, obj %#llx, val %#llx, arg %#llx",
		     opcodes[op.opcode].name, err, (unsigned long long)op.obj,
		     (unsigned long long)op.val, (unsigned long long)op.arg);
}

static void check_victims(const struct sample *victims, const uint64_t *digests)
{
	unsigned int k;

	for (k = 0; k < VICTIMS; k++)
		CHECK_EQ(sample_digest(&victims[k]), digests[k]);
}

static void look_for_ids(int fd, struct loot *loot)
{
	uint64_t ids[4];
	struct mheap_ioc_list l = {
		.size = sizeof(l), .kind = MHEAP_LIST_REFERENTS,
		.id = loot_pick(loot), .count = 4, .ids = USER_PTR(ids),
	};

	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_LIST, &l), -ENOENT);
	l.kind = MHEAP_LIST_REFERRERS;
	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_LIST, &l), -ENOENT);
}

static void loot_start(struct loot *loot, struct sample *victims)
{
	unsigned int k;

	loot->seed = test_number("seed", 1);
	note("seed %llu", (unsigned long long)loot->seed);
	for (k = 0; k < VICTIMS; k++)
		loot_take(loot, &victims[k]);
}

/* The loot comes from three other heaps; the session's own heap is empty. */
TEST(of_other_heaps)
{
	uint64_t digests[VICTIMS], n, calls = test_number("calls", CALLS);
	struct sample victims[VICTIMS], thief = { .fd = dev_open() };
	struct mheap_ioc_info before = info_of(thief.fd);
	struct loot loot = { 0 };
	unsigned int k;

	for (k = 0; k < VICTIMS; k++)
		sample_make(&victims[k]);
	loot_start(&loot, victims);
	for (k = 0; k < VICTIMS; k++)
		digests[k] = sample_digest(&victims[k]);
	for (n = 0; n < calls; n++) {
		check_refused(thief.fd, loot_op(&loot, &thief,
						pick_opcode(&loot, true)));
		if (n % LOOK_EVERY)
			continue;
		look_for_ids(thief.fd, &loot);
		check_victims(victims, digests);
	}
	CHECK_UNCHANGED(thief.fd, &before);
	check_victims(victims, digests);
	for (k = 0; k < VICTIMS; k++)
		check_sound(victims[k].fd);
}

/*
 * Make a sample with another session on the heap of the first one. Its handles have numbers
 * from @number on, or those that the kernel chooses.
 */
static void sample_attach(struct sample *s, const struct sample *first, uint32_t number)
{
	uint32_t step = number ? 1 : 0;

	*s = *first;
	s->fd = dev_attach(first->fd, MHEAP_RIGHT_ALL);
	CHECK_GE(s->fd, 0);
	s->a = OUT(s->fd, OPEN_ID, .obj = number, .arg = id_of(first->fd, first->a));
	s->b = OUT(s->fd, ALLOC, .obj = number + step, .len = 1);
	s->c = OUT(s->fd, ALLOC, .obj = number + 2 * step, .arg = 8);
	s->spare = OUT(s->fd, DUP, .obj = s->a, .val = number + 3 * step);
	s->weak = weak_new(s->fd, s->b, 1);
}

/*
 * Sometimes the op names an object of the session itself, and an index, an offset or
 * another handle goes too far.
 */
static struct op own_op(struct loot *loot, struct sample *s)
{
	switch (random_next(&loot->seed) % 6) {
	case 0:
		return OP(GET, .obj = s->a, .index = loot_pick(loot) | 4);
	case 1:
		return OP(SET, .obj = s->a, .index = loot_pick(loot) | 4);
	case 2:
		return OP(SET, .obj = s->a, .val = loot_for(loot, P_VAL));
	case 3:
		return OP(CAS, .obj = s->a, .val = s->a, .arg = loot_for(loot, P_HANDLE));
	case 4:
		return OP(READ, .obj = s->a, .arg = loot_for(loot, P_INDEX) | 64,
			  .val = USER_PTR(s->buffer), .len = 1);
	default:
		return OP(WRITE, .obj = s->a, .arg = loot_for(loot, P_INDEX) | 64,
			  .val = USER_PTR(s->buffer), .len = 1);
	}
}

/*
 * Handles and weak handles mean nothing to other sessions on the same heap. Sessions may
 * have handles with equal numbers, but the thief has none that another session has.
 */
TEST(of_other_sessions)
{
	uint64_t digests[VICTIMS], n, calls = test_number("calls", CALLS);
	struct sample victims[VICTIMS], thief;
	struct loot loot = { 0 };
	unsigned int k;

	sample_make(&victims[0]);
	sample_attach(&victims[1], &victims[0], 0);
	sample_attach(&victims[2], &victims[0], 100);
	sample_attach(&thief, &victims[0], OWN);
	loot_start(&loot, victims);
	for (k = 0; k < VICTIMS; k++)
		digests[k] = sample_digest(&victims[k]);
	for (n = 0; n < calls; n++) {
		if (n % 4)
			check_refused(thief.fd, loot_op(&loot, &thief,
							pick_opcode(&loot, false)));
		else
			check_refused(thief.fd, own_op(&loot, &thief));
		if (n % LOOK_EVERY == 0)
			check_victims(victims, digests);
	}
	check_victims(victims, digests);
	check_sound(thief.fd);
}
