// SPDX-License-Identifier: GPL-2.0
/* The library: batches, their references, and threads. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mheap.h>

#include "harness.h"

static struct mheap *h;

static struct mheap_batch *new_batch(unsigned int capacity)
{
	struct mheap_batch *b;

	if (!h)
		CHECK_EQ(mheap_open(&h), 0);
	b = mheap_batch_new(h, capacity);
	CHECK(b);
	return b;
}

static uint64_t count_of(mheap_ref r)
{
	uint64_t n = 0;

	CHECK_EQ(mheap_refcount(h, r, &n), 0);
	return n;
}

static uint64_t objects(void)
{
	struct mheap_info info;

	CHECK_EQ(mheap_info(h, &info), 0);
	return info.objects;
}

TEST(batch_empty)
{
	struct mheap_batch *b = new_batch(3);

	CHECK_EQ(mheap_batch_submit(b), 0);
	CHECK_EQ(mheap_batch_result(b, 0), -EINVAL);
	CHECK_EQ(mheap_batch_ref(b, 0), 0);
	mheap_batch_reset(b);
	CHECK_EQ(mheap_batch_submit(b), 0);
	mheap_batch_free(b);
	mheap_batch_free(NULL);
	CHECK(!mheap_batch_new(h, 0));
	CHECK(!mheap_batch_new(h, ~0U));
}

TEST(batch_makes_handles)
{
	struct mheap_batch *b = new_batch(3);
	mheap_ref x = mheap_batch_alloc(b, 0, 1, 0, 0);
	mheap_ref y = mheap_batch_dup(b, x);
	uint64_t n = 77;

	CHECK(x && y && x != y);
	CHECK_EQ(mheap_refcount(h, x, &n), -EBADF);
	CHECK_EQ(mheap_batch_refcount(b, y, &n), 0);
	CHECK_EQ(n, 77);
	CHECK_EQ(mheap_batch_submit(b), 3);
	CHECK_EQ(n, 2);
	CHECK_EQ(count_of(x), 2);
	CHECK_EQ(mheap_same(h, x, y), 1);
	CHECK_EQ(mheap_batch_ref(b, 0), x);
	CHECK_EQ(mheap_batch_ref(b, 1), y);
	CHECK_EQ(mheap_batch_ref(b, 2), 0);
	mheap_batch_free(b);
	CHECK_EQ(count_of(x), 2);
	CHECK_EQ(mheap_drop(h, x), 0);
	CHECK_EQ(mheap_drop(h, x), -EBADF);
	CHECK_EQ(mheap_drop(h, y), 0);
	CHECK_EQ(objects(), 0);
}

TEST(batch_is_full)
{
	struct mheap_batch *b = new_batch(2);
	mheap_ref x = mheap_batch_alloc(b, 0, 1, 0, 0);
	mheap_weak w;
	char c;

	CHECK_EQ(mheap_batch_set(b, x, 0, x), 0);
	CHECK_EQ(mheap_batch_alloc(b, 0, 1, 0, 0), 0);
	CHECK_EQ(mheap_batch_dup(b, x), 0);
	CHECK_EQ(mheap_batch_get(b, x, 0), 0);
	CHECK_EQ(mheap_batch_xchg(b, x, 0, x), 0);
	CHECK_EQ(mheap_batch_open_id(b, 1), 0);
	CHECK_EQ(mheap_batch_lookup(b, "x"), 0);
	CHECK_EQ(mheap_batch_set(b, x, 0, x), -ENOSPC);
	CHECK_EQ(mheap_batch_drop(b, x), -ENOSPC);
	CHECK_EQ(mheap_batch_same(b, x, x), -ENOSPC);
	CHECK_EQ(mheap_batch_resize(b, x, 1, 1), -ENOSPC);
	CHECK_EQ(mheap_batch_cas(b, x, 0, 0, 0), -ENOSPC);
	CHECK_EQ(mheap_batch_read(b, x, 0, &c, 1), -ENOSPC);
	CHECK_EQ(mheap_batch_write(b, x, 0, "x", 1), -ENOSPC);
	CHECK_EQ(mheap_batch_publish(b, "x", x), -ENOSPC);
	CHECK_EQ(mheap_batch_unpublish(b, "x"), -ENOSPC);
	CHECK_EQ(mheap_batch_intern(b, 0, "x", 1), 0);
	CHECK_EQ(mheap_batch_weak_get(b, 1), 0);
	CHECK_EQ(mheap_batch_weak_new(b, x, 1, &w), -ENOSPC);
	CHECK_EQ(mheap_batch_weak_drop(b, 1), -ENOSPC);
	CHECK_EQ(mheap_batch_set_finalizer(b, x, 1), -ENOSPC);
	CHECK_EQ(mheap_batch_frame_push(b), -ENOSPC);
	CHECK_EQ(mheap_batch_frame_pop(b, 0), -ENOSPC);
	CHECK_EQ(mheap_batch_refcount(b, x, &w), -ENOSPC);
	CHECK_EQ(mheap_batch_id(b, x, &w), -ENOSPC);
	CHECK_EQ(mheap_batch_submit(b), 2);
	CHECK_EQ(count_of(x), 2);
}

/* The batch has every operation that there is, on handles that earlier ones made. */
TEST(batch_every_operation)
{
	struct mheap_batch *b = new_batch(20);
	mheap_ref x = mheap_batch_alloc(b, 0, 2, 8, 0), y, got, old, name;
	struct mheap_stat st;
	uint64_t n = 0, id = 0;
	char buf[4];

	memset(&st, 0x5a, sizeof(st));
	y = mheap_batch_dup(b, x);
	CHECK_EQ(mheap_batch_set(b, x, 0, y), 0);
	got = mheap_batch_get(b, y, 0);
	CHECK_EQ(mheap_batch_refcount(b, got, &n), 0);
	CHECK_EQ(mheap_batch_id(b, x, &id), 0);
	CHECK_EQ(mheap_batch_same(b, x, got), 0);
	CHECK_EQ(mheap_batch_stat(b, x, &st), 0);
	CHECK_EQ(mheap_batch_resize(b, x, 3, 16), 0);
	CHECK_EQ(mheap_batch_cas(b, x, 1, 0, got), 0);
	CHECK_EQ(mheap_batch_cas(b, x, 1, 0, got), 0);
	old = mheap_batch_xchg(b, x, 1, 0);
	CHECK_EQ(mheap_batch_write(b, x, 12, "data", 4), 0);
	CHECK_EQ(mheap_batch_read(b, x, 12, buf, 4), 0);
	CHECK_EQ(mheap_batch_publish(b, "name", x), 0);
	name = mheap_batch_lookup(b, "name");
	CHECK_EQ(mheap_batch_unpublish(b, "name"), 0);
	CHECK_EQ(mheap_batch_drop(b, y), 0);
	CHECK_EQ(mheap_batch_drop(b, got), 0);
	CHECK_EQ(mheap_batch_submit(b), 19);
	CHECK_EQ(n, 4);
	CHECK_EQ(mheap_batch_result(b, 6), 1);
	CHECK_EQ(mheap_batch_result(b, 9), 1);
	CHECK_EQ(mheap_batch_result(b, 10), 0);
	CHECK_EQ(st.id, id);
	CHECK_EQ(st.nslots, 2);
	CHECK(!memcmp(buf, "data", 4));
	CHECK_EQ(mheap_same(h, old, x), 1);
	CHECK_EQ(mheap_same(h, name, x), 1);
	CHECK_EQ(mheap_drop(h, y), -EBADF);
	CHECK_EQ(mheap_drop(h, got), -EBADF);
	CHECK_EQ(count_of(x), 4);
}

TEST(batch_open_id)
{
	struct mheap_batch *b = new_batch(2);
	mheap_ref x, y;
	uint64_t id;

	CHECK_EQ(mheap_alloc(h, 0, 0, 0, 0, &x), 0);
	CHECK_EQ(mheap_id(h, x, &id), 0);
	y = mheap_batch_open_id(b, id);
	CHECK_EQ(mheap_batch_submit(b), 1);
	CHECK_EQ(mheap_same(h, x, y), 1);
}

TEST(batch_intern)
{
	struct mheap_batch *b = new_batch(8);
	mheap_ref x = mheap_batch_intern(b, 0, "text", 4);
	mheap_ref y = mheap_batch_intern(b, 0, "text", 4), z;

	CHECK_EQ(mheap_batch_same(b, x, y), 0);
	z = mheap_batch_dup(b, y);
	CHECK_EQ(mheap_batch_submit(b), 4);
	CHECK_EQ(mheap_batch_result(b, 2), 1);
	CHECK_EQ(mheap_batch_ref(b, 0), x);
	CHECK_EQ(count_of(z), 3);
	CHECK(mheap_batch_intern(b, 0, NULL, 4));
	CHECK_EQ(mheap_batch_submit(b), -EFAULT);
	CHECK_EQ(mheap_batch_ref(b, 4), 0);
}

/* A weak handle exists after submitting; once it is cleared it gives no handle. */
TEST(batch_weak_handles)
{
	struct mheap_batch *b = new_batch(20);
	mheap_ref x = mheap_batch_alloc(b, 0, 0, 0, 0), y, z;
	mheap_weak w = 77, other = 77;
	uint64_t n = 0;

	CHECK_EQ(mheap_batch_weak_new(b, x, 5, &w), 0);
	CHECK_EQ(mheap_batch_weak_new(b, x, 6, &other), 0);
	CHECK_EQ(w, 77);
	CHECK_EQ(mheap_batch_submit(b), 3);
	CHECK(w && other && w != other && w != 77);
	y = mheap_batch_weak_get(b, w);
	CHECK_EQ(mheap_batch_refcount(b, y, &n), 0);
	CHECK_EQ(mheap_batch_drop(b, x), 0);
	CHECK_EQ(mheap_batch_drop(b, y), 0);
	z = mheap_batch_weak_get(b, w);
	CHECK_EQ(mheap_batch_weak_drop(b, other), 0);
	CHECK_EQ(mheap_batch_weak_drop(b, other), 0);
	CHECK_EQ(mheap_batch_submit(b), 6);
	CHECK_EQ(n, 2);
	CHECK_EQ(mheap_batch_result(b, 7), 0);
	CHECK_EQ(mheap_batch_ref(b, 3), y);
	CHECK_EQ(mheap_batch_ref(b, 7), 0);
	CHECK_EQ(mheap_refcount(h, z, &n), -EBADF);
	CHECK_EQ(mheap_batch_result(b, 8), 0);
	CHECK_EQ(mheap_batch_result(b, 9), -ENOENT);
	CHECK_EQ(objects(), 0);
}

TEST(batch_weak_handle_not_made)
{
	struct mheap_batch *b = new_batch(4);
	mheap_weak w = 77;

	CHECK_EQ(mheap_batch_weak_new(b, 1, 5, &w), 0);
	CHECK_EQ(mheap_batch_submit(b), -EBADF);
	CHECK_EQ(w, 77);
}

TEST(batch_finalizer)
{
	struct mheap_batch *b = new_batch(4);
	mheap_ref x = mheap_batch_alloc(b, 0, 0, 0, 0);
	struct mheap_event ev;

	CHECK_EQ(mheap_batch_set_finalizer(b, x, 5), 0);
	CHECK_EQ(mheap_batch_drop(b, x), 0);
	CHECK_EQ(mheap_batch_submit(b), 3);
	CHECK_EQ(mheap_next_event(h, &ev, 0), 1);
	CHECK_EQ(ev.kind, MHEAP_EV_FINALIZE);
	CHECK_EQ(ev.cookie, 5);
	CHECK_EQ(mheap_batch_drop(b, ev.ref), 0);
	CHECK_EQ(mheap_batch_submit(b), 1);
	CHECK_EQ(objects(), 0);
}

TEST(batch_stops_at_failure)
{
	struct mheap_batch *b = new_batch(4);
	mheap_ref x = mheap_batch_alloc(b, 0, 1, 0, 0), y, z;
	uint64_t n = 77;

	y = mheap_batch_alloc(b, 999, 1, 0, 0);
	CHECK_EQ(mheap_batch_refcount(b, x, &n), 0);
	z = mheap_batch_dup(b, x);
	CHECK_EQ(mheap_batch_submit(b), 1);
	CHECK_EQ(mheap_batch_result(b, 0), 0);
	CHECK_EQ(mheap_batch_result(b, 1), -ENOENT);
	CHECK_EQ(mheap_batch_result(b, 2), -ECANCELED);
	CHECK_EQ(mheap_batch_result(b, 3), -ECANCELED);
	CHECK_EQ(mheap_batch_result(b, 4), -EINVAL);
	CHECK_EQ(mheap_batch_ref(b, 1), 0);
	CHECK_EQ(mheap_batch_ref(b, 3), 0);
	CHECK_EQ(n, 77);
	CHECK_EQ(count_of(x), 1);
	CHECK_EQ(mheap_refcount(h, y, &n), -EBADF);
	CHECK_EQ(mheap_refcount(h, z, &n), -EBADF);
}

TEST(batch_fails_at_once)
{
	struct mheap_batch *b = new_batch(4);

	mheap_batch_alloc(b, 999, 1, 0, 0);
	mheap_batch_alloc(b, 0, 1, 0, 0);
	CHECK_EQ(mheap_batch_submit(b), -ENOENT);
	CHECK_EQ(objects(), 0);
}

TEST(batch_goes_on)
{
	struct mheap_batch *b = new_batch(4);
	mheap_ref x;

	mheap_batch_go_on(b, true);
	mheap_batch_alloc(b, 999, 1, 0, 0);
	x = mheap_batch_alloc(b, 0, 1, 0, 0);
	CHECK_EQ(mheap_batch_drop(b, 1), 0);
	CHECK_EQ(mheap_batch_submit(b), 3);
	CHECK_EQ(mheap_batch_result(b, 0), -ENOENT);
	CHECK_EQ(mheap_batch_result(b, 1), 0);
	CHECK_EQ(mheap_batch_result(b, 2), -EBADF);
	CHECK_EQ(count_of(x), 1);
}

/* "An operation that uses what a failed one should have made fails too." */
TEST(batch_uses_what_failed_to_be_made)
{
	struct mheap_batch *b = new_batch(8);
	mheap_ref x, y, r = 0;

	CHECK_EQ(mheap_alloc(h, 0, 1, 0, 0, &x), 0);
	CHECK_EQ(mheap_set(h, x, 0, x), 0);
	mheap_batch_go_on(b, true);
	y = mheap_batch_alloc(b, 999, 1, 0, 0);
	CHECK_EQ(mheap_batch_set(b, y, 0, x), 0);
	CHECK_EQ(mheap_batch_set(b, x, 0, y), 0);
	mheap_batch_xchg(b, x, 0, y);
	CHECK_EQ(mheap_batch_cas(b, x, 0, x, y), 0);
	CHECK_EQ(mheap_batch_submit(b), 5);
	CHECK_OP(mheap_batch_result(b, 1), <, 0);
	CHECK_OP(mheap_batch_result(b, 2), <, 0);
	CHECK_OP(mheap_batch_result(b, 3), <, 0);
	CHECK_OP(mheap_batch_result(b, 4), <, 0);
	CHECK_EQ(mheap_get(h, x, 0, &r), 0);
	CHECK_EQ(mheap_same(h, x, r), 1);
}

TEST(batch_null_slot_gives_no_handle)
{
	struct mheap_batch *b = new_batch(2);
	mheap_ref x = mheap_batch_alloc(b, 0, 1, 0, 0);
	mheap_ref y = mheap_batch_get(b, x, 0);
	uint64_t n;

	CHECK_EQ(mheap_batch_submit(b), 2);
	CHECK_EQ(mheap_batch_result(b, 1), 0);
	CHECK_EQ(mheap_batch_ref(b, 1), 0);
	CHECK_EQ(mheap_refcount(h, y, &n), -EBADF);
}

/* ---- references across submits ---- */

TEST(references_across_submits)
{
	struct mheap_batch *b = new_batch(10);
	mheap_ref x = mheap_batch_alloc(b, 0, 1, 0, 0), y, got = 0;

	CHECK_EQ(mheap_batch_submit(b), 1);
	y = mheap_batch_alloc(b, 0, 1, 0, 0);
	CHECK_EQ(mheap_batch_set(b, x, 0, y), 0);
	CHECK_EQ(mheap_batch_set(b, y, 0, x), 0);
	CHECK_EQ(mheap_batch_submit(b), 3);
	CHECK_EQ(mheap_batch_result(b, 0), 0);
	CHECK_EQ(mheap_batch_result(b, 3), 0);
	mheap_batch_reset(b);
	got = mheap_batch_get(b, x, 0);
	CHECK_EQ(mheap_batch_submit(b), 1);
	CHECK_EQ(mheap_same(h, got, y), 1);
	CHECK_EQ(count_of(x), 2);
	mheap_batch_free(b);
	CHECK_EQ(count_of(y), 3);
}

TEST(references_between_batches)
{
	struct mheap_batch *a = new_batch(4), *b = new_batch(4);
	mheap_ref x = mheap_batch_alloc(a, 0, 1, 0, 0);

	CHECK_EQ(mheap_batch_set(b, x, 0, x), 0);
	CHECK_EQ(mheap_batch_submit(b), -EBADF);
	CHECK_EQ(mheap_batch_submit(a), 1);
	CHECK_EQ(mheap_batch_set(b, x, 0, x), 0);
	CHECK_EQ(mheap_batch_submit(b), 1);
	CHECK_EQ(count_of(x), 2);
}

TEST(reference_of_forgotten_operation)
{
	struct mheap_batch *b = new_batch(4);
	mheap_ref x = mheap_batch_alloc(b, 0, 1, 0, 0), y;
	uint64_t n;

	mheap_batch_reset(b);
	y = mheap_batch_alloc(b, 0, 1, 0, 0);
	CHECK_NE(x, y);
	CHECK_EQ(mheap_batch_drop(b, x), 0);
	CHECK_EQ(mheap_batch_submit(b), 1);
	CHECK_EQ(mheap_batch_result(b, 1), -EBADF);
	CHECK_EQ(mheap_refcount(h, x, &n), -EBADF);
	CHECK_EQ(count_of(y), 1);
}

TEST(references_are_not_used_again)
{
	struct mheap_batch *b = new_batch(1);
	mheap_ref first, r;
	unsigned int i;

	first = mheap_batch_alloc(b, 0, 0, 0, 0);
	CHECK_EQ(mheap_batch_submit(b), 1);
	CHECK_EQ(mheap_drop(h, first), 0);
	for (i = 0; i < 5000; i++) {
		mheap_batch_reset(b);
		r = mheap_batch_alloc(b, 0, 0, 0, 0);
		CHECK_NE(r, first);
		CHECK_EQ(mheap_batch_submit(b), 1);
		CHECK_EQ(mheap_drop(h, r), 0);
	}
	CHECK_EQ(mheap_drop(h, first), -EBADF);
	CHECK_EQ(objects(), 0);
}

/* A number that somebody else has chosen in the same session gives no way to his object. */
TEST(number_of_somebody_else)
{
	struct mheap_batch *b;
	mheap_ref mine, r = 0;
	struct mheap *other;
	int fd, i;

	CHECK_EQ(mheap_open(&h), 0);
	fd = dup(mheap_fd(h));
	CHECK_GE(fd, 0);
	CHECK_EQ(mheap_from_fd(fd, &other), 0);
	CHECK_EQ(mheap_alloc(h, 0, 1, 0, 0, &mine), 0);
	for (i = 1; i < 300; i++)
		CHECK_EQ(mheap_dup(h, mine, &r), 0);
	b = mheap_batch_new(other, 2);
	CHECK(b);
	r = mheap_batch_alloc(b, 0, 1, 0, 0);
	CHECK_EQ(mheap_batch_submit(b), -EEXIST);
	CHECK_EQ(mheap_batch_ref(b, 0), 0);
	CHECK_EQ(mheap_drop(other, r), -EBADF);
	CHECK_EQ(count_of(mine), 300);
	for (i = 0; i < 300 && !mheap_batch_ref(b, 0); i++) {
		mheap_batch_reset(b);
		r = mheap_batch_alloc(b, 0, 1, 0, 0);
		mheap_batch_submit(b);
	}
	CHECK_EQ(mheap_drop(other, r), 0);
	CHECK_EQ(count_of(mine), 300);
	CHECK_EQ(objects(), 1);
	mheap_batch_free(b);
}

/* The batch is larger than a call takes, so references cross from one call to the next. */
TEST(batch_larger_than_one_call)
{
	struct mheap_batch *b = new_batch(60000);
	mheap_ref x = mheap_batch_alloc(b, 0, 1, 0, 0), prev = x, next;
	unsigned int i;

	for (i = 0; i < 29999; i++) {
		next = mheap_batch_alloc(b, 0, 1, 0, 0);
		CHECK_EQ(mheap_batch_set(b, next, 0, i % 2 ? prev : x), 0);
		prev = next;
	}
	CHECK_EQ(mheap_batch_submit(b), 59999);
	CHECK_EQ(objects(), 30000);
	CHECK_EQ(count_of(x), 15001);
	CHECK_EQ(count_of(prev), 1);
}

TEST(batch_null_arguments)
{
	struct mheap_batch *b = new_batch(20);
	mheap_ref x = mheap_batch_alloc(b, 0, 1, 8, 0);

	CHECK_EQ(mheap_batch_refcount(b, x, NULL), -EFAULT);
	CHECK_EQ(mheap_batch_id(b, x, NULL), -EFAULT);
	CHECK_EQ(mheap_batch_weak_new(b, x, 1, NULL), -EFAULT);
	mheap_batch_go_on(b, true);
	CHECK_EQ(mheap_batch_submit(b), 1);
	CHECK_EQ(mheap_batch_read(b, x, 0, NULL, 8), 0);
	CHECK_EQ(mheap_batch_write(b, x, 0, NULL, 8), 0);
	CHECK_EQ(mheap_batch_drop(b, 0), 0);
	CHECK_EQ(mheap_batch_submit(b), 3);
	CHECK_EQ(mheap_batch_result(b, 1), -EFAULT);
	CHECK_EQ(mheap_batch_result(b, 2), -EFAULT);
	CHECK_EQ(mheap_batch_result(b, 3), -EINVAL);
}

/* ---- threads ---- */

static void *work_alone(void *arg __attribute__((unused)))
{
	struct mheap_batch *b = mheap_batch_new(h, 8);
	mheap_ref x, y;
	unsigned int i;

	CHECK(b);
	for (i = 0; i < 300; i++) {
		mheap_batch_reset(b);
		x = mheap_batch_alloc(b, 0, 1, 0, 0);
		y = mheap_batch_alloc(b, 0, 1, 0, 0);
		CHECK_EQ(mheap_batch_set(b, x, 0, y), 0);
		CHECK_EQ(mheap_batch_set(b, y, 0, x), 0);
		CHECK_EQ(mheap_batch_submit(b), 4);
		CHECK_EQ(count_of(x), 2);
		CHECK_EQ(mheap_drop(h, x), 0);
		CHECK_EQ(mheap_drop(h, x), -EBADF);
		CHECK_EQ(mheap_drop(h, y), 0);
	}
	mheap_batch_free(b);
	return NULL;
}

TEST(threads_on_one_session)
{
	struct worker *worker[4];
	uint64_t found;
	unsigned int i;

	CHECK_EQ(mheap_open(&h), 0);
	for (i = 0; i < 4; i++)
		worker[i] = worker_start(work_alone, NULL);
	for (i = 0; i < 4; i++)
		worker_join(worker[i]);
	found = objects();
	CHECK_GE(mheap_gc_collect(h, 2), 0);
	CHECK_LE(found, 2400);
	CHECK_EQ(objects(), 0);
	CHECK_EQ(mheap_close(h), 0);
}
