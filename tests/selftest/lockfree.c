// SPDX-License-Identifier: GPL-2.0
/*
 * Structures that two processes change at the same time by exchange and compare-and-set
 * alone: nothing is lost, nothing comes twice, and a slot never shows what is not there.
 *
 *   --items=N   how many for each process (10000; 1000 with $MHEAP_TEST_SHORT)
 *
 * The processes have a session and, where there are two, a CPU each.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"

#define PROCESSES 2

/* How many objects a process must have seen in a slot while another one changed it. */
#define CHANGES 10U

/**
 * struct scene - What the processes of a case share
 * @fd: the first session
 * @id: of the object that they change
 * @seen_id: of the object that has a slot for each item
 * @items: how many each process makes
 * @run: what it does
 * @ready: processes that are
 * @stop: the one that leads has ended
 * @changes: how often the one that looks saw another object than before
 */
struct scene {
	int fd;
	uint64_t id;
	uint64_t seen_id;
	uint32_t items;
	void (*run)(struct scene *s, int fd, uint32_t number);
	volatile uint32_t ready;
	volatile bool stop;
	volatile uint32_t changes;
};

static struct scene *scene(uint32_t nslots, void (*run)(struct scene *, int, uint32_t))
{
	struct scene *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(s != MAP_FAILED);
	s->fd = dev_open();
	s->run = run;
	s->items = test_number("items", test_is_short() ? 1000 : 10000);
	s->id = id_of(s->fd, make(s->fd, nslots, 0));
	s->seen_id = id_of(s->fd, make(s->fd, PROCESSES * s->items, 0));
	return s;
}

static void on_cpu(uint32_t number)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(number % sysconf(_SC_NPROCESSORS_ONLN), &set);
	CHECK_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

/* Both processes start together. */
static void run_one(struct scene *s, int fd, uint32_t number)
{
	on_cpu(number);
	__atomic_fetch_add(&s->ready, 1, __ATOMIC_SEQ_CST);
	while (s->ready < PROCESSES)
		sched_yield();
	s->run(s, fd, number);
}

static void run_all(struct scene *s)
{
	pid_t pid[PROCESSES];
	uint32_t i;

	for (i = 0; i < PROCESSES; i++) {
		int fd = dev_attach(s->fd, MHEAP_RIGHT_READ | MHEAP_RIGHT_WRITE);

		CHECK_GE(fd, 0);
		pid[i] = fork();
		CHECK_GE(pid[i], 0);
		if (!pid[i]) {
			run_one(s, fd, i);
			exit(0);
		}
		close(fd);
	}
	for (i = 0; i < PROCESSES; i++)
		child_join(pid[i]);
}

/* ---- items ---- */

static uint64_t make_item(int fd, uint64_t number)
{
	uint64_t text[2] = { number, ~number }, o = make(fd, 1, sizeof(text));

	OUT(fd, WRITE, .obj = o, .val = USER_PTR(text), .len = sizeof(text));
	return o;
}

static uint64_t number_of(int fd, uint64_t item)
{
	uint64_t text[2];

	OUT(fd, READ, .obj = item, .val = USER_PTR(text), .len = sizeof(text));
	CHECK_EQ(text[0], ~text[1]);
	return text[0];
}

/* Mark the item as taken out; it must be the first time. */
static void see(int fd, uint64_t seen, uint64_t item)
{
	CHECK_EQ(OUT(fd, CAS, .obj = seen, .index = number_of(fd, item), .val = item), 1);
	drop(fd, item);
}

/* All items were taken out, each once, and nothing else is left. */
static void check_all_seen(struct scene *s)
{
	uint64_t seen = OUT(s->fd, OPEN_ID, .arg = s->seen_id), item;
	uint32_t i;

	for (i = 0; i < PROCESSES * s->items; i++) {
		item = OUT(s->fd, GET, .obj = seen, .index = i);
		if (!item)
			FAIL("item %u was lost", i);
		CHECK_EQ(number_of(s->fd, item), i);
		drop(s->fd, item);
	}
	CHECK_EQ(info_of(s->fd).objects, PROCESSES * s->items + 2);
	CHECK_EQ(info_of(s->fd).sessions, 1);
	check_sound(s->fd);
}

/* ---- a list that grows and shrinks at its head ---- */

static void push(int fd, uint64_t list, uint64_t item)
{
	uint64_t first;
	bool done;

	do {
		first = OUT(fd, GET, .obj = list);
		OUT(fd, SET, .obj = item, .val = first);
		done = OUT(fd, CAS, .obj = list, .arg = first, .val = item);
		if (first)
			drop(fd, first);
	} while (!done);
	drop(fd, item);
}

/*
 * An item that is out no longer refers to the list. A process that still looks at it will
 * not change the list, since the head is another object now.
 */
static uint64_t pop(int fd, uint64_t list)
{
	uint64_t item, next;
	bool done;

	for (;;) {
		item = OUT(fd, GET, .obj = list);
		if (!item)
			return 0;
		next = OUT(fd, GET, .obj = item);
		done = OUT(fd, CAS, .obj = list, .arg = item, .val = next);
		if (next)
			drop(fd, next);
		if (done)
			break;
		drop(fd, item);
	}
	OUT(fd, SET, .obj = item);
	return item;
}

static void push_and_pop(struct scene *s, int fd, uint32_t number)
{
	uint64_t list = OUT(fd, OPEN_ID, .arg = s->id), item;
	uint64_t seen = OUT(fd, OPEN_ID, .arg = s->seen_id);
	uint32_t i;

	for (i = 0; i < s->items; i++) {
		push(fd, list, make_item(fd, number * s->items + i));
		if (i % 3 == 0)
			continue;
		item = pop(fd, list);
		if (item)
			see(fd, seen, item);
	}
}

TEST(every_item_of_a_list_once)
{
	struct scene *s = scene(1, push_and_pop);
	uint64_t list = OUT(s->fd, OPEN_ID, .arg = s->id), item;
	uint64_t seen = OUT(s->fd, OPEN_ID, .arg = s->seen_id);
	uint32_t left = 0;

	run_all(s);
	for (; (item = pop(s->fd, list)); left++)
		see(s->fd, seen, item);
	note("%u items were left in the list", left);
	check_all_seen(s);
}

/* ---- a queue of few places, filled by one and emptied by the other ---- */

#define PLACES 8

static void fill(int fd, uint64_t queue, uint32_t number, uint32_t place)
{
	uint64_t item = make_item(fd, number);

	while (!OUT(fd, CAS, .obj = queue, .index = place, .val = item))
		sched_yield();
	drop(fd, item);
}

/* Items must come out in the order in which they were put. */
static void fill_or_empty(struct scene *s, int fd, uint32_t number)
{
	uint64_t queue = OUT(fd, OPEN_ID, .arg = s->id), item;
	uint64_t seen = OUT(fd, OPEN_ID, .arg = s->seen_id);
	uint32_t i;

	for (i = 0; i < PROCESSES * s->items; i++) {
		if (number == 0) {
			fill(fd, queue, i, i % PLACES);
			continue;
		}
		while (!(item = OUT(fd, XCHG, .obj = queue, .index = i % PLACES)))
			sched_yield();
		CHECK_EQ(number_of(fd, item), i);
		see(fd, seen, item);
	}
}

TEST(every_item_of_a_queue_once)
{
	struct scene *s = scene(PLACES, fill_or_empty);

	run_all(s);
	check_all_seen(s);
}

/* ---- single slots ---- */

/* Each step stores the next number in a new object, so a lost step shows in the sum. */
static void count_up(struct scene *s, int fd, uint32_t number __attribute__((unused)))
{
	uint64_t counter = OUT(fd, OPEN_ID, .arg = s->id), old, next;
	uint32_t i;

	for (i = 0; i < s->items;) {
		old = OUT(fd, GET, .obj = counter);
		next = make_item(fd, number_of(fd, old) + 1);
		i += OUT(fd, CAS, .obj = counter, .arg = old, .val = next);
		drop(fd, old);
		drop(fd, next);
	}
}

TEST(no_step_of_a_counter_is_lost)
{
	struct scene *s = scene(1, count_up);
	uint64_t counter = OUT(s->fd, OPEN_ID, .arg = s->id);

	give(s->fd, counter, 0, make_item(s->fd, 0));
	run_all(s);
	CHECK_EQ(number_of(s->fd, OUT(s->fd, GET, .obj = counter)), PROCESSES * s->items);
	check_sound(s->fd);
}

/* Each process has a token, the slot has one, and they change hands all the time. */
static void swap_tokens(struct scene *s, int fd, uint32_t number)
{
	uint64_t place = OUT(fd, OPEN_ID, .arg = s->id), old;
	uint64_t token = make_item(fd, number);
	uint32_t i;

	for (i = 0; i < 4 * s->items; i++) {
		old = OUT(fd, XCHG, .obj = place, .val = token);
		CHECK_LE(number_of(fd, old), PROCESSES);
		drop(fd, token);
		token = old;
	}
	see(fd, OUT(fd, OPEN_ID, .arg = s->seen_id), token);
}

TEST(exchanged_tokens_stay_as_many)
{
	struct scene *s = scene(1, swap_tokens);
	uint64_t place = OUT(s->fd, OPEN_ID, .arg = s->id);
	uint64_t seen = OUT(s->fd, OPEN_ID, .arg = s->seen_id);

	give(s->fd, place, 0, make_item(s->fd, PROCESSES));
	run_all(s);
	see(s->fd, seen, OUT(s->fd, XCHG, .obj = place));
	CHECK_EQ(info_of(s->fd).objects, 2 + PROCESSES + 1);
	check_sound(s->fd);
}

/*
 * One process lets the slot refer to one new object after the other, until the other has
 * seen it change: how often it gets to look depends on the scheduler.
 */
static void write_slot(struct scene *s, int fd, uint64_t o)
{
	uint32_t i;

	for (i = 1; i <= 4 * s->items || s->changes < CHANGES; i++)
		give(fd, o, 0, make_item(fd, i));
	s->stop = true;
}

/*
 * The other process always sees one of them, and never an older one than before: a torn
 * read of the slot would break either rule.
 */
static void read_slot(struct scene *s, int fd, uint64_t o)
{
	uint64_t item, number, last = 0, reads = 0;

	while (!s->stop) {
		item = OUT(fd, GET, .obj = o);
		CHECK_GE(refcount(fd, item), 1);
		number = number_of(fd, item);
		CHECK_GE(number, last);
		drop(fd, item);
		s->changes += number != last;
		last = number;
		reads++;
	}
	note("%llu reads saw %u objects, the last one %llu", (unsigned long long)reads,
	     s->changes, (unsigned long long)last);
	CHECK_GE(s->changes, CHANGES);
}

static void write_or_read(struct scene *s, int fd, uint32_t number)
{
	uint64_t o = OUT(fd, OPEN_ID, .arg = s->id);

	if (number == 0)
		write_slot(s, fd, o);
	else
		read_slot(s, fd, o);
}

TEST(slots_are_never_torn)
{
	struct scene *s = scene(1, write_or_read);

	give(s->fd, OUT(s->fd, OPEN_ID, .arg = s->id), 0, make_item(s->fd, 0));
	run_all(s);
	CHECK_EQ(info_of(s->fd).objects, 3);
	check_sound(s->fd);
}
