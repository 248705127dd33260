// SPDX-License-Identifier: GPL-2.0
/* The library: more sessions on a heap, and mapped payloads. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness.h"
#include "lib_heap.h"

static struct mheap *attach(struct mheap *h, uint32_t rights)
{
	int fd = mheap_attach(h, rights);
	struct mheap *other;

	CHECK_GE(fd, 0);
	CHECK_EQ(mheap_from_fd(fd, &other), 0);
	return other;
}

/* Map the payload of an object that has one. */
static char *data(struct mheap *h, mheap_ref r, size_t len)
{
	size_t n = 0;
	void *p = NULL;

	CHECK_EQ(mheap_data(h, r, &p, &n), 0);
	CHECK_EQ(n, len);
	CHECK(p);
	return p;
}

TEST(attach_and_wrap)
{
	struct mheap *h = lib_open(), *reader = attach(h, MHEAP_READ);
	mheap_ref r = lib_alloc(h, 1, 8), theirs;

	CHECK_EQ(lib_info(reader).rights, MHEAP_READ);
	CHECK_EQ(lib_info(h).sessions, 2);
	CHECK(fcntl(mheap_fd(reader), F_GETFD) & FD_CLOEXEC);
	CHECK_EQ(mheap_open_id(reader, lib_id(h, r), &theirs), 0);
	CHECK_EQ(mheap_set(reader, theirs, 0, 0), -EPERM);
	CHECK_EQ(mheap_write(reader, theirs, 0, "x", 1), -EPERM);
	CHECK_EQ(mheap_gc_collect(reader, 2), -EPERM);
	CHECK_EQ(mheap_attach(reader, MHEAP_ALL), -EPERM);
	CHECK_EQ(mheap_attach(reader, 1 << 7), -EINVAL);
	CHECK_EQ(mheap_close(reader), 0);
	CHECK_EQ(lib_info(h).sessions, 1);
}

TEST(data_is_seen_by_all)
{
	struct mheap *h = lib_open(), *reader = attach(h, MHEAP_READ);
	mheap_ref r = lib_alloc(h, 0, 5000), theirs;
	char *p = data(h, r, 5000), *q, text[4];

	CHECK_EQ(mheap_open_id(reader, lib_id(h, r), &theirs), 0);
	q = data(reader, theirs, 5000);
	CHECK(p != q);
	CHECK_EQ(q[4999], 0);
	p[4999] = 'x';
	CHECK_EQ(q[4999], 'x');
	CHECK_EQ(mheap_write(h, r, 0, "text", 4), 0);
	CHECK(!memcmp(q, "text", 4));
	memcpy(p, "more", 4);
	CHECK_EQ(mheap_read(h, r, 0, text, 4), 0);
	CHECK(!memcmp(text, "more", 4));
	CHECK_EQ(signal_of_access(p, true), 0);
	CHECK_EQ(signal_of_access(q, true), SIGSEGV);
}

TEST(data_of_nothing)
{
	struct mheap *h = lib_open();
	mheap_ref r = lib_alloc(h, 1, 0);
	void *p = h;
	size_t n = 1;

	CHECK_EQ(mheap_data(h, r, &p, &n), 0);
	CHECK(!p);
	CHECK_EQ(n, 0);
}

TEST(data_errors)
{
	struct mheap *h = lib_open(), *blind = attach(h, MHEAP_WRITE);
	mheap_ref r = lib_alloc(h, 0, 8), theirs = lib_alloc(blind, 0, 8);
	void *p = h;
	size_t n = 1;

	CHECK_EQ(mheap_data(h, r, NULL, &n), -EFAULT);
	CHECK_EQ(mheap_data(h, 0, &p, &n), -EINVAL);
	CHECK_EQ(mheap_data(h, r + 1, &p, &n), -EBADF);
	CHECK_EQ(mheap_data(blind, theirs, &p, &n), -EPERM);
	CHECK(p == h);
	CHECK_EQ(n, 1);
	CHECK_EQ(mheap_data(h, r, &p, NULL), 0);
	CHECK(p != h);
}

TEST(data_of_interned_objects)
{
	struct mheap *h = lib_open();
	mheap_ref r;
	char *p;

	CHECK_EQ(mheap_intern(h, 0, "constant", 8, &r), 0);
	p = data(h, r, 8);
	CHECK(!memcmp(p, "constant", 8));
	CHECK_EQ(signal_of_access(p, true), SIGSEGV);
}

TEST(data_of_a_batch_reference)
{
	struct mheap *h = lib_open();
	struct mheap_batch *b = lib_batch(h, 1);
	mheap_ref r = mheap_batch_alloc(b, 0, 0, 8, 0);

	CHECK_EQ(mheap_batch_submit(b), 1);
	memcpy(data(h, r, 8), "eight by", 8);
	mheap_batch_free(b);
}

/* Pointers stay valid while other mappings are made. */
TEST(data_in_a_narrow_address_space)
{
	struct rlimit limit = { 64UL << 20, 64UL << 20 };
	struct mheap *h = lib_open();
	mheap_ref first = lib_alloc(h, 0, 100), large = lib_alloc(h, 0, 20 << 20);
	mheap_ref larger = lib_alloc(h, 0, 60 << 20);
	char *p, *q;
	void *none = NULL;

	CHECK_EQ(setrlimit(RLIMIT_AS, &limit), 0);
	p = data(h, first, 100);
	q = data(h, large, 20 << 20);
	memcpy(p, "first", 5);
	q[(20 << 20) - 1] = 'x';
	CHECK_EQ(mheap_data(h, larger, &none, NULL), -ENOMEM);
	CHECK(!none);
	CHECK(!memcmp(p, "first", 5));
	CHECK(data(h, first, 100) == p || !memcmp(data(h, first, 100), "first", 5));
}

TEST(close_unmaps)
{
	struct mheap *h = lib_open();
	char *p = data(h, lib_alloc(h, 0, 8), 8);

	*p = 1;
	CHECK_EQ(mheap_close(h), 0);
	CHECK_EQ(signal_of_access(p, true), SIGSEGV);
}

static struct mheap *shared;

static void *look(void *arg)
{
	void *p = NULL;

	CHECK_EQ(mheap_data(shared, *(mheap_ref *)arg, &p, NULL), 0);
	return p;
}

/* The first calls come at the same time, and still make one mapping. */
TEST(data_in_threads)
{
	struct worker *worker[8];
	mheap_ref r;
	char *p;
	int i;

	shared = lib_open();
	r = lib_alloc(shared, 0, 8);
	for (i = 0; i < 8; i++)
		worker[i] = worker_start(look, &r);
	p = worker_join(worker[0]);
	for (i = 1; i < 8; i++)
		CHECK(worker_join(worker[i]) == p);
}
