// SPDX-License-Identifier: GPL-2.0
/* Names: roots that need no handle. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev.h"
#include "harness.h"

static int publish(int fd, uint64_t o, const char *name)
{
	return DO(fd, PUBLISH, .obj = o, .val = USER_PTR(name),
		  .len = strlen(name));
}

static int unpublish(int fd, const char *name)
{
	return DO(fd, UNPUBLISH, .val = USER_PTR(name), .len = strlen(name));
}

static uint64_t lookup(int fd, const char *name)
{
	return OUT(fd, LOOKUP, .val = USER_PTR(name), .len = strlen(name));
}

TEST(name_keeps_alive)
{
	int fd = dev_open();
	uint64_t o = make(fd, 1, 0), id = id_of(fd, o);

	CHECK_EQ(publish(fd, o, "root"), 0);
	CHECK_EQ(refcount(fd, o), 2);
	drop(fd, o);
	CHECK_EQ(info_of(fd).handles, 0);
	CHECK_EQ(collect(fd, 2).found, 0);
	o = lookup(fd, "root");
	CHECK_EQ(id_of(fd, o), id);
	CHECK_EQ(refcount(fd, o), 2);
}

TEST(name_is_a_root_for_young_collections)
{
	int fd = dev_open();
	uint64_t a = make(fd, 1, 0), b = make(fd, 1, 0), id = id_of(fd, b);

	OUT(fd, SET, .obj = a, .val = b);
	OUT(fd, SET, .obj = b, .val = a);
	CHECK_EQ(publish(fd, a, "root"), 0);
	drop(fd, a);
	drop(fd, b);
	CHECK_EQ(collect(fd, 0).found, 0);
	CHECK_EQ(collect(fd, 1).found, 0);
	OUT(fd, OPEN_ID, .arg = id);
}

TEST(unpublish_frees)
{
	int fd = dev_open();
	uint64_t o = make(fd, 0, 0);

	CHECK_EQ(publish(fd, o, "root"), 0);
	drop(fd, o);
	CHECK_EQ(unpublish(fd, "root"), 0);
	CHECK_EQ(info_of(fd).objects, 0);
	CHECK_EQ(unpublish(fd, "root"), -ENOENT);
	check_sound(fd);
}

TEST(unpublish_leaves_cycles_to_the_collector)
{
	int fd = dev_open();
	uint64_t o = make(fd, 1, 0);

	tune_enabled(fd, 0);
	OUT(fd, SET, .obj = o, .val = o);
	CHECK_EQ(publish(fd, o, "root"), 0);
	drop(fd, o);
	CHECK_EQ(collect(fd, 2).found, 0);
	CHECK_EQ(unpublish(fd, "root"), 0);
	CHECK_EQ(collect(fd, 2).found, 1);
}

TEST(name_can_be_used_again)
{
	int fd = dev_open();
	uint64_t a = make(fd, 0, 0), b = make(fd, 0, 0);

	CHECK_EQ(publish(fd, a, "n"), 0);
	CHECK_EQ(unpublish(fd, "n"), 0);
	CHECK_EQ(publish(fd, b, "n"), 0);
	CHECK_EQ(OUT(fd, SAME, .obj = b, .val = lookup(fd, "n")), 1);
}

TEST(several_names_of_an_object)
{
	int fd = dev_open();
	uint64_t o = make(fd, 0, 0);

	CHECK_EQ(publish(fd, o, "a"), 0);
	CHECK_EQ(publish(fd, o, "b"), 0);
	CHECK_EQ(refcount(fd, o), 3);
	CHECK_EQ(unpublish(fd, "a"), 0);
	drop(fd, o);
	CHECK_EQ(refcount(fd, lookup(fd, "b")), 2);
}

TEST(names_are_bytes)
{
	static const char text[] = "a\0b";
	int fd = dev_open();
	uint64_t a = make(fd, 0, 0), b = make(fd, 0, 0);

	OUT(fd, PUBLISH, .obj = a, .val = USER_PTR(text), .len = 1);
	OUT(fd, PUBLISH, .obj = b, .val = USER_PTR(text), .len = 3);
	CHECK_EQ(OUT(fd, SAME, .obj = b, .val = OUT(fd, LOOKUP,
			.val = USER_PTR(text), .len = 3)), 1);
	CHECK_EQ(DO(fd, LOOKUP, .val = USER_PTR(text), .len = 2), -ENOENT);
}

TEST(longest_name)
{
	int fd = dev_open();
	char name[256];

	memset(name, 'n', 255);
	name[255] = '\0';
	CHECK_EQ(publish(fd, make(fd, 0, 0), name), 0);
	lookup(fd, name);
	name[254] = '\0';
	CHECK_EQ(unpublish(fd, name), -ENOENT);
}

TEST(many_names)
{
	int fd = dev_open();
	unsigned int i;
	char name[16];

	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "%u", i);
		CHECK_EQ(publish(fd, make(fd, 0, i % 9), name), 0);
	}
	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "%u", i);
		CHECK_EQ(stat_of(fd, lookup(fd, name)).nbytes, i % 9);
	}
	for (i = 0; i < 5000; i += 2) {
		snprintf(name, sizeof(name), "%u", i);
		CHECK_EQ(unpublish(fd, name), 0);
	}
	lookup(fd, "4999");
	check_sound(fd);
}

TEST(heap_goes_with_its_names)
{
	int fd = dev_open();
	uint64_t o = make(fd, 1, 100);

	OUT(fd, SET, .obj = o, .val = o);
	CHECK_EQ(publish(fd, o, "root"), 0);
}

TEST(name_of_immortal)
{
	int fd = dev_open();
	uint64_t o = OUT(fd, ALLOC, .val = MHEAP_ENTRY_IMMORTAL);

	CHECK_EQ(publish(fd, o, "one"), 0);
	drop(fd, o);
	CHECK_EQ(OUT(fd, REFCOUNT, .obj = lookup(fd, "one")),
		 MHEAP_COUNT_IMMORTAL);
	CHECK_EQ(unpublish(fd, "one"), 0);
	CHECK_EQ(info_of(fd).objects, 1);
}
