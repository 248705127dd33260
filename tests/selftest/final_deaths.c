// SPDX-License-Identifier: GPL-2.0
/* Finalizers: each runs once, and its object is intact until the event is answered. */
#include <errno.h>

#include "dev.h"
#include "harness.h"
#include "notify.h"

static uint64_t objects(int fd)
{
	return info_of(fd).objects;
}

static uint32_t is_finalized(int fd, uint64_t o)
{
	return stat_of(fd, o).flags & MHEAP_STAT_FINALIZED;
}

/* ---- death by count ---- */

TEST(event_before_death_by_count)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 8), id = id_of(fd, o);

	finalize(fd, o, 0xfedcba9876543210ULL);
	CHECK_EQ(is_finalized(fd, o), 0);
	CHECK_EQ(refcount(fd, o), 1);
	drop(fd, o);
	CHECK_EQ(objects(fd), 1);
	CHECK_EQ(info_of(fd).events, 1);
	CHECK_EQ(info_of(fd).handles, 0);
	o = finalizer_take(fd, 0xfedcba9876543210ULL);
	CHECK_EQ(info_of(fd).handles, 1);
	CHECK_EQ(refcount(fd, o), 1);
	CHECK_EQ(id_of(fd, o), id);
	CHECK_EQ(is_finalized(fd, o), MHEAP_STAT_FINALIZED);
	drop(fd, o);
	CHECK_EQ(objects(fd), 0);
	CHECK_EQ(DO(fd, OPEN_ID, .arg = id), -ENOENT);
	CHECK_NO_EVENT(fd);
	check_sound(fd);
}

/* The unread event holds a reference, so its object and all behind it can be used. */
TEST(unread_event_keeps_the_object)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), leaf = make(fd, 0, 9), id = id_of(fd, o);

	give(fd, o, 0, leaf);
	finalize(fd, o, 1);
	drop(fd, o);
	CHECK_EQ(collect(fd, 2).found, 0);
	CHECK_EQ(objects(fd), 2);
	o = OUT(fd, OPEN_ID, .arg = id);
	CHECK_EQ(refcount(fd, o), 2);
	CHECK_EQ(stat_of(fd, OUT(fd, GET, .obj = o)).nbytes, 9);
	check_sound(fd);
}

TEST(of_an_object_without_slots)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 0, 5);

	finalize(fd, o, 1);
	drop(fd, o);
	CHECK_EQ(objects(fd), 1);
	drop(fd, finalizer_take(fd, 1));
	CHECK_EQ(objects(fd), 0);
	CHECK_NO_EVENT(fd);
}

/* The last reference goes when a slot is emptied, a name unpublished, an object resized. */
TEST(whatever_drops_the_last_reference)
{
	int fd = quiet_heap();
	uint64_t holder = make(fd, 2, 0), a = make(fd, 1, 0), b = make(fd, 1, 0);
	uint64_t c = make(fd, 1, 0);

	finalize(fd, a, 1);
	finalize(fd, b, 2);
	finalize(fd, c, 3);
	give(fd, holder, 0, a);
	give(fd, holder, 1, c);
	OUT(fd, PUBLISH, .obj = b, .val = USER_PTR("b"), .len = 1);
	drop(fd, b);
	OUT(fd, SET, .obj = holder);
	drop(fd, finalizer_take(fd, 1));
	OUT(fd, UNPUBLISH, .val = USER_PTR("b"), .len = 1);
	drop(fd, finalizer_take(fd, 2));
	OUT(fd, RESIZE, .obj = holder, .len = 1);
	drop(fd, finalizer_take(fd, 3));
	CHECK_EQ(objects(fd), 1);
	check_sound(fd);
}

/* Objects that hang on a dying one are finalized after it, one after the other. */
TEST(chain_of_finalizers)
{
	int fd = quiet_heap();
	uint64_t chain[4];
	uint32_t i;

	for (i = 0; i < 4; i++) {
		chain[i] = make(fd, 1, 0);
		finalize(fd, chain[i], i);
		if (i)
			give(fd, chain[i], 0, chain[i - 1]);
	}
	drop(fd, chain[3]);
	for (i = 4; i-- > 0;) {
		CHECK_EQ(info_of(fd).events, 1);
		CHECK_EQ(objects(fd), i + 1);
		drop(fd, finalizer_take(fd, i));
	}
	CHECK_EQ(objects(fd), 0);
	CHECK_NO_EVENT(fd);
}

/* ---- coming back ---- */

TEST(comes_back_by_dup)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), again;

	finalize(fd, o, 1);
	drop(fd, o);
	o = finalizer_take(fd, 1);
	again = OUT(fd, DUP, .obj = o);
	drop(fd, o);
	CHECK_EQ(refcount(fd, again), 1);
	CHECK_EQ(is_finalized(fd, again), MHEAP_STAT_FINALIZED);
	CHECK_EQ(DO(fd, FINALIZER, .obj = again), -EEXIST);
	drop(fd, again);
	CHECK_EQ(objects(fd), 0);
	CHECK_NO_EVENT(fd);
}

TEST(comes_back_by_a_slot)
{
	int fd = quiet_heap();
	uint64_t holder = make(fd, 1, 0), o = make(fd, 1, 0);

	finalize(fd, o, 1);
	drop(fd, o);
	o = finalizer_take(fd, 1);
	give(fd, holder, 0, o);
	CHECK_EQ(objects(fd), 2);
	o = OUT(fd, GET, .obj = holder);
	CHECK_EQ(refcount(fd, o), 2);
	drop(fd, o);
	drop(fd, holder);
	CHECK_EQ(objects(fd), 0);
	CHECK_NO_EVENT(fd);
}

/* The object is resurrected while its event is unread, through other references. */
TEST(comes_back_by_its_id)
{
	int fd = quiet_heap();
	uint64_t o = make(fd, 1, 0), id = id_of(fd, o), again;

	finalize(fd, o, 1);
	drop(fd, o);
	again = OUT(fd, OPEN_ID, .arg = id);
	drop(fd, finalizer_take(fd, 1));
	CHECK_EQ(refcount(fd, again), 1);
	drop(fd, again);
	CHECK_EQ(objects(fd), 0);
}

/* ---- cycles ---- */

#define RING 5

static const char *nth(unsigned int i)
{
	static const char *const names[] = { "0", "1", "2", "3", "4", "5" };

	return names[i];
}

TEST_EACH(ring_in_which_so_many_have_one, nth, RING + 1)
{
	uint64_t ring[RING], refs[RING];
	struct mheap_ioc_collect c;
	int fd = quiet_heap();
	uint32_t k;

	make_finalized_ring(fd, ring, RING, i);
	drop_each(fd, ring, RING);
	c = collect(fd, 2);
	CHECK_EQ(c.found, RING);
	CHECK_EQ(c.freed, i ? 0 : RING);
	CHECK_EQ(info_of(fd).quarantined, i ? RING : 0);
	CHECK_EQ(info_of(fd).events, i);
	finalizers_take(fd, refs, i);
	for (k = 0; k < i; k++) {
		CHECK_EQ(objects(fd), RING);
		CHECK_EQ(stat_of(fd, refs[k]).generation, 4);
		drop(fd, refs[k]);
	}
	CHECK_EQ(objects(fd), 0);
	CHECK_EQ(info_of(fd).quarantined, 0);
	CHECK_EQ(collect(fd, 2).found, 0);
	CHECK_NO_EVENT(fd);
	check_sound(fd);
}

/* Members without a finalizer are intact as well, whether found through slots or by id. */
TEST(all_of_the_set_is_whole)
{
	uint64_t ring[RING], ids[RING], o, next;
	int fd = quiet_heap();
	uint32_t i;

	make_finalized_ring(fd, ring, RING, 1);
	for (i = 0; i < RING; i++) {
		ids[i] = id_of(fd, ring[i]);
		OUT(fd, RESIZE, .obj = ring[i], .len = 2, .arg = i + 1);
	}
	drop_each(fd, ring, RING);
	CHECK_EQ(collect(fd, 0).found, RING);
	o = finalizer_take(fd, 0);
	for (i = 0; i < RING; i++) {
		CHECK_EQ(id_of(fd, o), ids[i]);
		CHECK_EQ(stat_of(fd, o).nbytes, i + 1);
		CHECK_EQ(stat_of(fd, o).generation, 4);
		next = OUT(fd, GET, .obj = o);
		if (i)
			drop(fd, o);
		else
			ring[0] = o;
		o = next;
	}
	drop(fd, o);
	for (i = 0; i < RING; i++)
		drop(fd, OUT(fd, OPEN_ID, .arg = ids[i]));
	drop(fd, ring[0]);
	CHECK_EQ(objects(fd), 0);
	CHECK_EQ(DO(fd, OPEN_ID, .arg = ids[2]), -ENOENT);
}

/* One member is kept, so all that it leads to lives on, one generation older. */
TEST_EACH(comes_back_from_any_member, nth, RING)
{
	uint64_t ring[RING], refs[RING], kept;
	int fd = quiet_heap();
	uint32_t k;

	make_finalized_ring(fd, ring, RING, RING);
	drop_each(fd, ring, RING);
	CHECK_EQ(collect(fd, 0).found, RING);
	finalizers_take(fd, refs, RING);
	kept = OUT(fd, DUP, .obj = refs[i]);
	drop_each(fd, refs, RING);
	CHECK_EQ(objects(fd), RING);
	CHECK_EQ(info_of(fd).quarantined, 0);
	for (k = 0; k < RING; k++) {
		CHECK_EQ(stat_of(fd, kept).generation, 1);
		CHECK_EQ(is_finalized(fd, kept), MHEAP_STAT_FINALIZED);
		refs[k] = OUT(fd, GET, .obj = kept);
		drop(fd, kept);
		kept = refs[k];
	}
	drop(fd, kept);
	CHECK_EQ(objects(fd), RING);
	CHECK_EQ(collect(fd, 0).found, 0);
	CHECK_EQ(collect(fd, 1).found, RING);
	CHECK_EQ(objects(fd), 0);
	CHECK_NO_EVENT(fd);
	check_sound(fd);
}

/* A slot of a live object keeps a member that has no finalizer. */
TEST(comes_back_through_a_plain_member)
{
	uint64_t ring[RING], o, holder, plain;
	int fd = quiet_heap();

	holder = make(fd, 1, 0);
	make_quarantined_ring(fd, ring, RING, 1);
	o = finalizer_take(fd, 0);
	plain = OUT(fd, GET, .obj = o);
	give(fd, holder, 0, plain);
	drop(fd, o);
	CHECK_EQ(objects(fd), RING + 1);
	CHECK_EQ(info_of(fd).quarantined, 0);
	drop(fd, holder);
	CHECK_EQ(collect(fd, 2).found, RING);
	CHECK_EQ(objects(fd), 0);
	CHECK_NO_EVENT(fd);
}

/* Of two rings in one set one is kept; the other is freed at the answer. */
TEST(only_what_was_kept_comes_back)
{
	uint64_t ring[RING], other[RING], refs[2], kept;
	int fd = quiet_heap();

	make_finalized_ring(fd, ring, RING, 1);
	make_finalized_ring(fd, other, RING, 0);
	finalize(fd, other[3], 1);
	drop_each(fd, ring, RING);
	drop_each(fd, other, RING);
	CHECK_EQ(collect(fd, 2).found, 2 * RING);
	finalizers_take(fd, refs, 2);
	kept = OUT(fd, DUP, .obj = refs[0]);
	drop(fd, refs[0]);
	CHECK_EQ(objects(fd), 2 * RING);
	drop(fd, refs[1]);
	CHECK_EQ(objects(fd), RING);
	CHECK_EQ(info_of(fd).quarantined, 0);
	drop(fd, kept);
	CHECK_EQ(collect(fd, 2).found, RING);
	CHECK_EQ(objects(fd), 0);
}

/* A finalizer cuts the cycle: all members die by count, the last at the answer. */
TEST(cycle_cut_by_its_finalizers)
{
	uint64_t ring[RING], refs[RING];
	int fd = quiet_heap();
	uint32_t i;

	make_quarantined_ring(fd, ring, RING, RING);
	finalizers_take(fd, refs, RING);
	for (i = 0; i < RING; i++)
		OUT(fd, SET, .obj = refs[i]);
	for (i = 0; i < RING; i++)
		drop(fd, refs[i]);
	CHECK_EQ(objects(fd), 0);
	CHECK_EQ(info_of(fd).quarantined, 0);
	CHECK_EQ(collect(fd, 2).found, 0);
	check_sound(fd);
}

/* Members may die by count while others are not answered yet. */
TEST(member_cut_off_before_the_last_answer)
{
	uint64_t ring[RING], o, next;
	int fd = quiet_heap();

	make_quarantined_ring(fd, ring, RING, 1);
	o = finalizer_take(fd, 0);
	next = OUT(fd, GET, .obj = o);
	OUT(fd, SET, .obj = next);
	CHECK_EQ(objects(fd), 2);
	drop(fd, next);
	drop(fd, o);
	CHECK_EQ(objects(fd), 0);
	check_sound(fd);
}

/* An object behind a cycle is condemned and finalized together with it. */
TEST(what_hangs_on_a_cycle_is_of_the_set)
{
	int fd = quiet_heap();
	uint64_t o = make_loop(fd, 2, 0), leaf = make(fd, 1, 0);

	finalize(fd, leaf, 1);
	give(fd, o, 1, leaf);
	drop(fd, o);
	CHECK_EQ(collect(fd, 2).found, 2);
	CHECK_EQ(info_of(fd).quarantined, 2);
	drop(fd, finalizer_take(fd, 1));
	CHECK_EQ(objects(fd), 0);
}

/* An object without slots is not tracked, so it dies by count when its holder is freed. */
TEST(untracked_leaf_of_a_cycle)
{
	int fd = quiet_heap();
	uint64_t o = make_loop(fd, 2, 0), leaf = make(fd, 0, 8);

	finalize(fd, leaf, 1);
	give(fd, o, 1, leaf);
	drop(fd, o);
	CHECK_EQ(collect(fd, 2).found, 1);
	drop(fd, finalizer_take(fd, 1));
	CHECK_EQ(collect(fd, 2).found, 0);
	CHECK_EQ(objects(fd), 0);
	CHECK_NO_EVENT(fd);
}

TEST(many_in_one_cycle)
{
	enum { MANY = 5000 };
	static uint64_t ring[MANY], refs[MANY];
	int fd = quiet_heap();
	uint32_t i;

	make_held_ring(fd, ring, MANY, 1);
	for (i = 0; i < MANY; i++)
		finalize(fd, ring[i], i);
	drop_each(fd, ring, MANY);
	CHECK_EQ(collect(fd, 2).found, MANY);
	finalizers_take(fd, refs, MANY);
	drop_each(fd, refs, MANY - 1);
	CHECK_EQ(info_of(fd).quarantined, MANY);
	drop(fd, refs[MANY - 1]);
	CHECK_EQ(objects(fd), 0);
	check_sound(fd);
}

/* An object that dies by count while a set is taken down is finalized like any other. */
TEST(leaf_that_dies_in_a_take_down)
{
	int fd = quiet_heap();
	uint64_t o = make_loop(fd, 3, 0), member = make(fd, 1, 0), leaf;

	leaf = make(fd, 0, 1);
	finalize(fd, member, 1);
	finalize(fd, leaf, 2);
	give(fd, o, 1, leaf);
	give(fd, o, 2, member);
	drop(fd, o);
	CHECK_EQ(collect(fd, 2).found, 2);
	CHECK_EQ(info_of(fd).events, 1);
	drop(fd, finalizer_take(fd, 1));
	CHECK_EQ(objects(fd), 1);
	drop(fd, finalizer_take(fd, 2));
	CHECK_EQ(objects(fd), 0);
	CHECK_NO_EVENT(fd);
}

/* An old object dies because only condemned young ones held it. */
TEST(old_object_that_dies_in_a_young_collection)
{
	int fd = quiet_heap();
	uint64_t old = make(fd, 1, 0), young;

	finalize(fd, old, 1);
	collect(fd, 1);
	young = make_loop(fd, 2, 0);
	give(fd, young, 1, old);
	drop(fd, young);
	CHECK_EQ(collect(fd, 0).found, 1);
	CHECK_EQ(objects(fd), 1);
	drop(fd, finalizer_take(fd, 1));
	CHECK_EQ(objects(fd), 0);
	CHECK_NO_EVENT(fd);
}
