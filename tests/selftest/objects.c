// SPDX-License-Identifier: GPL-2.0
/* Objects: making them, counts, ids, and death. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dev.h"
#include "harness.h"

static void check_empty(int fd)
{
	struct mheap_ioc_info info = info_of(fd);

	CHECK_EQ(info.objects, 0);
	CHECK_EQ(info.tracked, 0);
	CHECK_EQ(info.bytes, 0);
	CHECK_EQ(info.slots, 0);
	CHECK_EQ(info.handles, 0);
	check_sound(fd);
}

TEST(new_object)
{
	int fd = dev_open();
	uint64_t o = make(fd, 3, 40);
	struct mheap_ioc_stat stat = stat_of(fd, o);

	CHECK_EQ(stat.refcount, 1);
	CHECK_EQ(stat.nslots, 3);
	CHECK_EQ(stat.nbytes, 40);
	CHECK_EQ(stat.type, 0);
	CHECK_EQ(stat.generation, 0);
	CHECK_EQ(stat.flags, 0);
	CHECK_EQ(stat.id, id_of(fd, o));
	CHECK_NE(stat.id, 0);
}

TEST(new_slots_are_null_and_bytes_zero)
{
	static char bytes[10000], zeros[10000];
	int fd = dev_open();
	unsigned int round, i;
	uint64_t o;

	for (round = 0; round < 3; round++) {
		o = make(fd, 1000, sizeof(bytes));
		for (i = 0; i < 1000; i++)
			CHECK_EQ(OUT(fd, GET, .obj = o, .index = i), 0);
		OUT(fd, READ, .obj = o, .val = USER_PTR(bytes),
		    .len = sizeof(bytes));
		CHECK(!memcmp(bytes, zeros, sizeof(bytes)));
		memset(bytes, 0xff, sizeof(bytes));
		OUT(fd, WRITE, .obj = o, .val = USER_PTR(bytes),
		    .len = sizeof(bytes));
		drop(fd, o);
	}
	check_empty(fd);
}

TEST(info_adds_up)
{
	int fd = dev_open();
	struct mheap_ioc_info info;
	uint64_t a, b;

	a = make(fd, 3, 40);
	b = make(fd, 0, 2);
	make(fd, 1, 0);
	info = info_of(fd);
	CHECK_EQ(info.objects, 3);
	CHECK_EQ(info.tracked, 2);
	CHECK_EQ(info.bytes, 42);
	CHECK_EQ(info.slots, 4);
	CHECK_EQ(info.handles, 3);
	CHECK_EQ(info.count[0], 2);
	CHECK_EQ(info.sessions, 1);
	CHECK_EQ(info.rights, MHEAP_RIGHT_ALL);
	drop(fd, a);
	drop(fd, b);
	info = info_of(fd);
	CHECK_EQ(info.objects, 1);
	CHECK_EQ(info.slots, 1);
	CHECK_EQ(info.bytes, 0);
	CHECK_EQ(info.count[0], 1);
}

TEST(heaps_have_numbers)
{
	uint64_t first = info_of(dev_open()).heap_id;

	CHECK_NE(first, 0);
	CHECK_NE(info_of(dev_open()).heap_id, first);
}

TEST(heaps_are_apart)
{
	int a = dev_open(), b = dev_open();
	uint64_t o = make(a, 1, 0), id = id_of(a, o);

	OUT(a, PUBLISH, .obj = o, .val = USER_PTR("n"), .len = 1);
	CHECK_EQ(info_of(b).objects, 0);
	CHECK_EQ(DO(b, OPEN_ID, .arg = id), -ENOENT);
	CHECK_EQ(DO(b, LOOKUP, .val = USER_PTR("n"), .len = 1), -ENOENT);
	CHECK_EQ(DO(b, REFCOUNT, .obj = o), -EBADF);
}

/* ---- counts ---- */

TEST(refcount_is_exact)
{
	int fd = dev_open();
	uint64_t a = make(fd, 5, 0), b = make(fd, 0, 0), c;
	unsigned int i;

	CHECK_EQ(refcount(fd, b), 1);
	for (i = 0; i < 5; i++) {
		OUT(fd, SET, .obj = a, .index = i, .val = b);
		CHECK_EQ(refcount(fd, b), 2 + i);
	}
	c = OUT(fd, DUP, .obj = b);
	CHECK_EQ(refcount(fd, b), 7);
	OUT(fd, PUBLISH, .obj = b, .val = USER_PTR("n"), .len = 1);
	CHECK_EQ(refcount(fd, b), 8);
	drop(fd, c);
	OUT(fd, SET, .obj = a, .index = 2);
	CHECK_EQ(refcount(fd, b), 6);
	OUT(fd, UNPUBLISH, .val = USER_PTR("n"), .len = 1);
	drop(fd, a);
	CHECK_EQ(refcount(fd, b), 1);
	check_sound(fd);
}

TEST(asking_does_not_count)
{
	int fd = dev_open();
	uint64_t o = make(fd, 1, 8);

	OUT(fd, ID, .obj = o);
	OUT(fd, SAME, .obj = o, .val = o);
	stat_of(fd, o);
	CHECK_EQ(OUT(fd, GET, .obj = o), 0);
	CHECK_EQ(refcount(fd, o), 1);
}

TEST(many_handles)
{
	static struct op ops[MAX_OPS];
	int fd = dev_open();
	uint64_t o = make(fd, 0, 0);
	uint32_t round, i;

	for (round = 0; round < 8; round++) {
		for (i = 0; i < MAX_OPS; i++)
			ops[i] = OP(DUP, .obj = o);
		dev_all(fd, ops, MAX_OPS);
	}
	CHECK_EQ(refcount(fd, o), 8 * MAX_OPS + 1);
	CHECK_EQ(info_of(fd).handles, 8 * MAX_OPS + 1);
	for (i = 0; i < MAX_OPS; i++)
		ops[i] = OP(DROP, .obj = ops[i].out);
	dev_all(fd, ops, MAX_OPS);
	CHECK_EQ(refcount(fd, o), 7 * MAX_OPS + 1);
}

TEST(same)
{
	int fd = dev_open();
	uint64_t a = make(fd, 0, 0), b = make(fd, 0, 0);
	uint64_t c = OUT(fd, DUP, .obj = a);

	CHECK_NE(a, c);
	CHECK_EQ(OUT(fd, SAME, .obj = a, .val = a), 1);
	CHECK_EQ(OUT(fd, SAME, .obj = a, .val = c), 1);
	CHECK_EQ(OUT(fd, SAME, .obj = a, .val = b), 0);
	CHECK_EQ(OUT(fd, SAME, .obj = a), 0);
	CHECK_EQ(OUT(fd, SAME, .val = b), 0);
	CHECK_EQ(OUT(fd, SAME), 1);
}

/* ---- death ---- */

TEST(dies_with_last_reference)
{
	int fd = dev_open();
	uint64_t a = make(fd, 1, 0), b = make(fd, 1, 0), c = make(fd, 0, 9);

	OUT(fd, SET, .obj = a, .val = b);
	OUT(fd, SET, .obj = b, .val = c);
	drop(fd, b);
	drop(fd, c);
	CHECK_EQ(info_of(fd).objects, 3);
	drop(fd, a);
	check_empty(fd);
}

TEST(death_spares_what_others_hold)
{
	int fd = dev_open();
	uint64_t a = make(fd, 2, 0), b = make(fd, 1, 0), c = make(fd, 0, 9);

	OUT(fd, SET, .obj = a, .val = b);
	OUT(fd, SET, .obj = a, .index = 1, .val = c);
	OUT(fd, SET, .obj = b, .val = c);
	drop(fd, b);
	drop(fd, a);
	CHECK_EQ(info_of(fd).objects, 1);
	CHECK_EQ(refcount(fd, c), 1);
	drop(fd, c);
	check_empty(fd);
}

TEST(cycle_does_not_die_by_count)
{
	int fd = dev_open();
	uint64_t a = make(fd, 1, 0);

	tune_enabled(fd, 0);
	OUT(fd, SET, .obj = a, .val = a);
	drop(fd, a);
	CHECK_EQ(info_of(fd).objects, 1);
	CHECK_EQ(collect(fd, 0).found, 1);
	check_empty(fd);
}

TEST(cycle_dies_by_count_when_opened)
{
	int fd = dev_open();
	uint64_t a = make(fd, 1, 0), b = make(fd, 1, 0);

	OUT(fd, SET, .obj = a, .val = b);
	OUT(fd, SET, .obj = b, .val = a);
	drop(fd, b);
	OUT(fd, SET, .obj = a);
	CHECK_EQ(info_of(fd).objects, 1);
	drop(fd, a);
	check_empty(fd);
}

/* ---- ids ---- */

TEST(id_opens)
{
	int fd = dev_open();
	uint64_t a = make(fd, 0, 0), id = id_of(fd, a);
	uint64_t b = OUT(fd, OPEN_ID, .arg = id);

	CHECK_NE(a, b);
	CHECK_EQ(OUT(fd, SAME, .obj = a, .val = b), 1);
	CHECK_EQ(refcount(fd, a), 2);
	drop(fd, a);
	CHECK_EQ(id_of(fd, b), id);
}

TEST(id_is_weak)
{
	int fd = dev_open();
	uint64_t a = make(fd, 0, 0), id = id_of(fd, a);

	CHECK_EQ(refcount(fd, a), 1);
	drop(fd, a);
	CHECK_EQ(DO(fd, OPEN_ID, .arg = id), -ENOENT);
	check_empty(fd);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

#define NR_IDS 20000

/* Ids are not reused, although entries of the id table are. */
TEST(ids_are_never_used_again)
{
	static uint64_t ids[NR_IDS];
	struct op ops[20];
	int fd = dev_open();
	uint32_t n = 0, i;

	while (n < NR_IDS) {
		for (i = 0; i < 20; i += 2) {
			ops[i] = OP(ALLOC);
			ops[i + 1] = OP(ID, .flags = OPF_OBJ, .obj = i);
		}
		dev_all(fd, ops, 20);
		for (i = 0; i < 20; i += 2) {
			ids[n++] = ops[i + 1].out;
			drop(fd, ops[i].out);
		}
	}
	qsort(ids, NR_IDS, sizeof(*ids), compare);
	CHECK_NE(ids[0], 0);
	for (i = 1; i < NR_IDS; i++)
		CHECK_NE(ids[i - 1], ids[i]);
	for (i = 0; i < NR_IDS; i += 97)
		CHECK_EQ(DO(fd, OPEN_ID, .arg = ids[i]), -ENOENT);
}

/* ---- immortal objects ---- */

TEST(immortal)
{
	int fd = dev_open();
	uint64_t a = OUT(fd, ALLOC, .len = 1, .arg = 8,
			 .val = MHEAP_ENTRY_IMMORTAL);
	struct mheap_ioc_stat stat = stat_of(fd, a);
	uint64_t id = stat.id;

	CHECK_EQ(stat.refcount, MHEAP_COUNT_IMMORTAL);
	CHECK_EQ(stat.flags, MHEAP_ENTRY_IMMORTAL);
	CHECK_EQ(stat.generation, 3);
	CHECK_EQ(refcount(fd, a), MHEAP_COUNT_IMMORTAL);
	CHECK_EQ(info_of(fd).tracked, 0);
	CHECK_EQ(info_of(fd).objects, 1);
	drop(fd, a);
	CHECK_EQ(DO(fd, REFCOUNT, .obj = a), -EBADF);
	CHECK_EQ(collect(fd, 2).freed, 0);
	CHECK_EQ(info_of(fd).objects, 1);
	CHECK_EQ(info_of(fd).handles, 0);
	CHECK_EQ(id_of(fd, OUT(fd, OPEN_ID, .arg = id)), id);
}

TEST(immortal_without_slots)
{
	int fd = dev_open();
	uint64_t a = OUT(fd, ALLOC, .val = MHEAP_ENTRY_IMMORTAL);

	CHECK_EQ(stat_of(fd, a).generation, -1);
	CHECK_EQ(stat_of(fd, a).flags, MHEAP_ENTRY_IMMORTAL);
}

TEST(immortal_keeps_what_it_refers_to)
{
	int fd = dev_open();
	uint64_t a = OUT(fd, ALLOC, .len = 2, .val = MHEAP_ENTRY_IMMORTAL);
	uint64_t b = make(fd, 1, 0), id = id_of(fd, b);

	OUT(fd, SET, .obj = a, .val = b);
	OUT(fd, SET, .obj = b, .val = a);
	CHECK_EQ(refcount(fd, b), 2);
	drop(fd, b);
	CHECK_EQ(collect(fd, 2).found, 0);
	CHECK_EQ(collect(fd, 0).found, 0);
	b = OUT(fd, OPEN_ID, .arg = id);
	OUT(fd, SET, .obj = a);
	drop(fd, b);
	CHECK_EQ(info_of(fd).objects, 1);
	check_sound(fd);
}

TEST(reference_to_immortal_is_not_counted)
{
	int fd = dev_open();
	uint64_t a = OUT(fd, ALLOC, .len = 1, .val = MHEAP_ENTRY_IMMORTAL);
	uint64_t b = make(fd, 1, 0);
	unsigned int i;

	for (i = 0; i < 10; i++) {
		OUT(fd, SET, .obj = b, .val = a);
		OUT(fd, SET, .obj = b);
	}
	CHECK_EQ(refcount(fd, a), MHEAP_COUNT_IMMORTAL);
	OUT(fd, SET, .obj = a, .val = a);
	OUT(fd, SET, .obj = a);
	check_sound(fd);
}

/* ---- types ---- */

static uint32_t type_register(int fd, const char *name)
{
	struct mheap_ioc_type t = {
		.size = sizeof(t), .type = POISON32, .name = USER_PTR(name),
		.name_len = strlen(name),
	};

	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_TYPE_REGISTER, &t), 0);
	return t.type;
}

TEST(types)
{
	int fd = dev_open();

	CHECK_EQ(type_register(fd, "object"), 0);
	CHECK_EQ(type_register(fd, "list"), 1);
	CHECK_EQ(type_register(fd, "dict"), 2);
	CHECK_EQ(type_register(fd, "list"), 1);
	CHECK_EQ(stat_of(fd, OUT(fd, ALLOC, .index = 2)).type, 2);
	CHECK_EQ(type_register(dev_open(), "tuple"), 1);
}

TEST(most_objects_at_one_time)
{
	int fd = dev_open();
	uint64_t o[3], k;

	CHECK_EQ(info_of(fd).objects_max, 0);
	for (k = 0; k < 3; k++)
		o[k] = make(fd, k, 0);
	drop(fd, o[0]);
	drop(fd, o[1]);
	CHECK_EQ(info_of(fd).objects_max, 3);
	make(fd, 1, 0);
	CHECK_EQ(info_of(fd).objects_max, 3);
	make(fd, 1, 0);
	make(fd, 1, 0);
	CHECK_EQ(info_of(fd).objects, 4);
	CHECK_EQ(info_of(fd).objects_max, 4);
}

TEST(types_in_debugfs)
{
	int fd = dev_open();
	char path[80], text[400];
	uint64_t o;

	type_register(fd, "list");
	OUT(fd, ALLOC, .index = 1, .arg = 30);
	o = OUT(fd, ALLOC, .index = 1, .arg = 12, .len = 1);
	OUT(fd, RESIZE, .obj = o, .arg = 20);
	drop(fd, OUT(fd, ALLOC, .index = 1, .arg = 1000));
	snprintf(path, sizeof(path), "/sys/kernel/debug/mheap/%llu/types",
		 info_of(fd).heap_id);
	if (file_read(path, text, sizeof(text)))
		skip("no debugfs");
	CHECK(!strcmp(text, "type objects bytes name\n0 0 0 object\n1 2 50 list\n"));
}
