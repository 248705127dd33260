// SPDX-License-Identifier: GPL-2.0
/* The library: every call that is not about batches. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "lib_heap.h"

/* ---- sessions ---- */

TEST(open_and_close)
{
	struct mheap *h = lib_open();
	struct mheap_info info;

	CHECK_GE(mheap_fd(h), 0);
	CHECK(fcntl(mheap_fd(h), F_GETFD) & FD_CLOEXEC);
	CHECK_EQ(mheap_info(h, &info), 0);
	CHECK_EQ(info.rights, MHEAP_ALL);
	CHECK_EQ(info.sessions, 1);
	CHECK_EQ(mheap_close(h), 0);
	CHECK_EQ(mheap_close(NULL), 0);
}

TEST(open_errors)
{
	struct mheap *h = (struct mheap *)&h;

	CHECK_EQ(mheap_open(NULL), -EFAULT);
	setenv("MHEAP_DEVICE", "/dev/no-such-device", 1);
	CHECK_EQ(mheap_open(&h), -ENOENT);
	setenv("MHEAP_DEVICE", "/dev/null", 1);
	CHECK_EQ(mheap_open(&h), -ENOTTY);
	CHECK(h == (struct mheap *)&h);
}

TEST(device_from_environment)
{
	struct mheap *h;

	setenv("MHEAP_DEVICE", "/dev/../dev/mheap", 1);
	h = lib_open();
	CHECK_EQ(mheap_close(h), 0);
}

TEST(from_fd)
{
	struct mheap *a = lib_open(), *b = NULL;
	int fd = dup(mheap_fd(a)), null = open("/dev/null", O_RDWR);
	mheap_ref r = lib_alloc(a, 0, 0);
	uint64_t n;

	CHECK_EQ(mheap_from_fd(fd, &b), 0);
	CHECK_EQ(mheap_fd(b), fd);
	CHECK_EQ(mheap_refcount(b, r, &n), 0);
	CHECK_EQ(mheap_from_fd(null, &b), -ENOTTY);
	CHECK_EQ(fcntl(null, F_GETFD), 0);
	CHECK_EQ(mheap_from_fd(-1, &b), -EBADF);
	CHECK_EQ(mheap_from_fd(fd, NULL), -EFAULT);
	CHECK_EQ(mheap_close(a), 0);
	CHECK_EQ(mheap_refcount(b, r, &n), 0);
	CHECK_EQ(mheap_close(b), 0);
}

TEST(info)
{
	struct mheap *h = lib_open();
	struct mheap_info info;

	lib_alloc(h, 3, 10);
	lib_alloc(h, 0, 5);
	lib_drop(h, lib_alloc(h, 0, 7));
	memset(&info, 0x5a, sizeof(info));
	CHECK_EQ(mheap_info(h, &info), 0);
	CHECK_EQ(info.objects, 2);
	CHECK_EQ(info.objects_max, 3);
	CHECK_EQ(info.tracked, 1);
	CHECK_EQ(info.bytes, 15);
	CHECK_EQ(info.slots, 3);
	CHECK_EQ(info.handles, 2);
	CHECK_NE(info.heap_id, 0);
	CHECK_LE(info.lock_max_ns, 100000000000ULL);
	CHECK_EQ(mheap_info(h, NULL), -EFAULT);
}

TEST(strerror_and_version)
{
	CHECK(strlen(mheap_strerror(-EDQUOT)) > 5);
	CHECK(!strcmp(mheap_strerror(EDQUOT), mheap_strerror(-EDQUOT)));
	CHECK(strcmp(mheap_strerror(EDQUOT), mheap_strerror(EBADF)));
	CHECK(mheap_strerror(0));
	CHECK(mheap_strerror(123456));
	CHECK(mheap_strerror(-2147483647 - 1));
	CHECK(strchr(mheap_version(), '.'));
}

/* ---- objects ---- */

TEST(types)
{
	struct mheap *h = lib_open();
	mheap_type t = 77, again = 77;
	char name[300], buf[8];

	CHECK_EQ(mheap_type_register(h, "list", &t), 0);
	CHECK_EQ(t, 1);
	CHECK_EQ(mheap_type_register(h, "list", &again), 0);
	CHECK_EQ(again, 1);
	CHECK_EQ(mheap_type_register(h, "object", &again), 0);
	CHECK_EQ(again, 0);
	CHECK_EQ(mheap_type_name(h, t, buf, sizeof(buf)), 0);
	CHECK(!strcmp(buf, "list"));
	CHECK_EQ(mheap_type_name(h, t, buf, 5), 0);
	CHECK_EQ(mheap_type_name(h, t, buf, 4), -ERANGE);
	CHECK_EQ(mheap_type_name(h, t, buf, 0), -ERANGE);
	CHECK_EQ(mheap_type_name(h, 9, buf, sizeof(buf)), -ENOENT);
	memset(name, 'x', sizeof(name));
	name[256] = '\0';
	CHECK_EQ(mheap_type_register(h, name, &again), -E2BIG);
	CHECK_EQ(mheap_type_register(h, "", &again), -EINVAL);
	CHECK_EQ(again, 0);
	name[255] = '\0';
	CHECK_EQ(mheap_type_register(h, name, &again), 0);
	CHECK_EQ(mheap_type_name(h, again, name, sizeof(name)), 0);
	CHECK_EQ(strlen(name), 255);
}

TEST(type_null_arguments)
{
	struct mheap *h = lib_open();
	mheap_type t;

	CHECK_EQ(mheap_type_register(h, NULL, &t), -EFAULT);
	CHECK_EQ(mheap_type_register(h, "x", NULL), -EFAULT);
	CHECK_EQ(mheap_type_name(h, 0, NULL, 10), -EFAULT);
}

TEST(alloc)
{
	struct mheap *h = lib_open();
	struct mheap_stat st;
	mheap_ref r = 5;

	CHECK_EQ(mheap_alloc(h, 0, 2, 30, MHEAP_IMMORTAL, &r), 0);
	memset(&st, 0x5a, sizeof(st));
	CHECK_EQ(mheap_stat(h, r, &st), 0);
	CHECK_EQ(st.refcount, UINT64_MAX);
	CHECK_EQ(st.flags, MHEAP_IMMORTAL);
	CHECK_EQ(st.nslots, 2);
	CHECK_EQ(st.nbytes, 30);
	CHECK_EQ(st.generation, 3);
	r = 5;
	CHECK_EQ(mheap_alloc(h, 7, 0, 0, 0, &r), -ENOENT);
	CHECK_EQ(mheap_alloc(h, 0, 0, 0, 2, &r), -EINVAL);
	CHECK_EQ(mheap_alloc(h, 0, UINT32_MAX, 0, 0, &r), -E2BIG);
	CHECK_EQ(mheap_alloc(h, 0, 0, SIZE_MAX, 0, &r), -E2BIG);
	CHECK_EQ(mheap_alloc(h, 0, 0, 0, 0, NULL), -EFAULT);
	CHECK_EQ(r, 5);
}

TEST(alloc_at_limit)
{
	struct mheap *h = lib_open();
	mheap_ref r = 5;

	lib_alloc(h, 0, 0);
	CHECK_EQ(mheap_set_limit(h, 0, 1), 0);
	CHECK_EQ(mheap_alloc(h, 0, 0, 0, 0, &r), -EDQUOT);
	CHECK_EQ(r, 5);
	CHECK_EQ(mheap_set_limit(h, 0, 0), 0);
	CHECK_EQ(mheap_alloc(h, 0, 0, 0, 0, &r), 0);
	CHECK_EQ(mheap_set_limit(h, 1, 0), 0);
	CHECK_EQ(mheap_alloc(h, 0, 0, 2, 0, &r), -EDQUOT);
}

TEST(handles)
{
	struct mheap *h = lib_open();
	mheap_ref a = lib_alloc(h, 0, 0), b = 0;
	uint64_t n = 0;

	CHECK_EQ(mheap_dup(h, a, &b), 0);
	CHECK_NE(a, b);
	CHECK_EQ(mheap_refcount(h, a, &n), 0);
	CHECK_EQ(n, 2);
	CHECK_EQ(mheap_same(h, a, b), 1);
	CHECK_EQ(mheap_same(h, a, lib_alloc(h, 0, 0)), 0);
	CHECK_EQ(mheap_drop(h, b), 0);
	CHECK_EQ(mheap_drop(h, b), -EBADF);
	CHECK_EQ(mheap_dup(h, b, &b), -EBADF);
	CHECK_EQ(mheap_dup(h, 0, &b), -EINVAL);
	CHECK_EQ(mheap_drop(h, 0), -EINVAL);
	CHECK_EQ(mheap_same(h, a, b), -EBADF);
	CHECK_EQ(mheap_same(h, a, 0), 0);
	CHECK_EQ(mheap_dup(h, a, NULL), -EFAULT);
	CHECK_EQ(mheap_refcount(h, a, NULL), -EFAULT);
	CHECK_EQ(mheap_refcount(h, a, &n), 0);
	CHECK_EQ(n, 1);
}

/* Numbers that look like references of a batch are refused if no batch returned them. */
TEST(made_up_handles)
{
	static const mheap_ref bad[] = { 1, 2, 1ULL << 32, 3ULL << 32, ~0ULL };
	struct mheap *h = lib_open();
	unsigned int i;
	uint64_t n = 5;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK_EQ(mheap_refcount(h, bad[i], &n), -EBADF);
		CHECK_EQ(mheap_drop(h, bad[i]), -EBADF);
		CHECK_EQ(n, 5);
	}
}

TEST(ids)
{
	struct mheap *h = lib_open();
	mheap_ref a = lib_alloc(h, 0, 0), b = 0;
	uint64_t id = 0;

	CHECK_EQ(mheap_id(h, a, &id), 0);
	CHECK_EQ(mheap_open_id(h, id, &b), 0);
	CHECK_EQ(mheap_same(h, a, b), 1);
	CHECK_EQ(mheap_id(h, a, NULL), -EFAULT);
	CHECK_EQ(mheap_open_id(h, id, NULL), -EFAULT);
	CHECK_EQ(mheap_drop(h, a), 0);
	CHECK_EQ(mheap_drop(h, b), 0);
	CHECK_EQ(mheap_open_id(h, id, &b), -ENOENT);
	CHECK_EQ(mheap_open_id(h, 0, &b), -ENOENT);
	CHECK_EQ(mheap_id(h, a, &id), -EBADF);
}

TEST(stat)
{
	struct mheap *h = lib_open();
	mheap_ref r = lib_alloc(h, 1, 3);
	struct mheap_stat st;
	uint64_t id;

	memset(&st, 0x5a, sizeof(st));
	CHECK_EQ(mheap_stat(h, r, &st), 0);
	CHECK_EQ(mheap_id(h, r, &id), 0);
	CHECK_EQ(st.id, id);
	CHECK_EQ(st.refcount, 1);
	CHECK_EQ(st.nbytes, 3);
	CHECK_EQ(st.nslots, 1);
	CHECK_EQ(st.type, 0);
	CHECK_EQ(st.generation, 0);
	CHECK_EQ(st.flags, 0);
	CHECK_EQ(mheap_stat(h, r, NULL), -EFAULT);
	CHECK_EQ(mheap_stat(h, 0, &st), -EINVAL);
}

TEST(resize)
{
	struct mheap *h = lib_open();
	mheap_ref r = lib_alloc(h, 1, 3);
	struct mheap_stat st;

	CHECK_EQ(mheap_resize(h, r, 10, 0), 0);
	CHECK_EQ(mheap_stat(h, r, &st), 0);
	CHECK_EQ(st.nslots, 10);
	CHECK_EQ(st.nbytes, 0);
	CHECK_EQ(mheap_resize(h, r, UINT32_MAX, 0), -E2BIG);
	CHECK_EQ(mheap_resize(h, r, 0, SIZE_MAX), -E2BIG);
	CHECK_EQ(mheap_resize(h, 0, 1, 1), -EINVAL);
	CHECK_EQ(mheap_set_limit(h, 100, 0), 0);
	CHECK_EQ(mheap_resize(h, r, 13, 0), -EDQUOT);
}

/* ---- slots ---- */

TEST(slots)
{
	struct mheap *h = lib_open();
	mheap_ref a = lib_alloc(h, 2, 0), b = lib_alloc(h, 0, 0), r = 5;

	CHECK_EQ(mheap_get(h, a, 0, &r), 0);
	CHECK_EQ(r, 0);
	CHECK_EQ(mheap_set(h, a, 0, b), 0);
	CHECK_EQ(mheap_get(h, a, 0, &r), 0);
	CHECK_EQ(mheap_same(h, r, b), 1);
	CHECK_EQ(mheap_xchg(h, a, 0, a, &r), 0);
	CHECK_EQ(mheap_same(h, r, b), 1);
	CHECK_EQ(mheap_xchg(h, a, 1, b, &r), 0);
	CHECK_EQ(r, 0);
	CHECK_EQ(mheap_cas(h, a, 1, a, 0), 0);
	CHECK_EQ(mheap_cas(h, a, 1, b, 0), 1);
	CHECK_EQ(mheap_cas(h, a, 1, 0, b), 1);
	CHECK_EQ(mheap_set(h, a, 0, 0), 0);
	CHECK_EQ(mheap_get(h, a, 0, &r), 0);
	CHECK_EQ(r, 0);
}

TEST(slot_errors)
{
	struct mheap *h = lib_open();
	mheap_ref a = lib_alloc(h, 2, 0), r = 5;

	CHECK_EQ(mheap_get(h, a, 2, &r), -EINVAL);
	CHECK_EQ(mheap_set(h, a, 2, a), -EINVAL);
	CHECK_EQ(mheap_xchg(h, a, 2, a, &r), -EINVAL);
	CHECK_EQ(mheap_cas(h, a, 2, 0, a), -EINVAL);
	CHECK_EQ(mheap_get(h, 0, 0, &r), -EINVAL);
	CHECK_EQ(mheap_set(h, a, 0, 77), -EBADF);
	CHECK_EQ(mheap_xchg(h, a, 0, 77, &r), -EBADF);
	CHECK_EQ(mheap_cas(h, a, 0, 77, 0), -EBADF);
	CHECK_EQ(mheap_cas(h, a, 0, 0, 77), -EBADF);
	CHECK_EQ(mheap_get(h, a, 0, NULL), -EFAULT);
	CHECK_EQ(mheap_xchg(h, a, 0, a, NULL), -EFAULT);
	CHECK_EQ(r, 5);
	CHECK_EQ(mheap_get(h, a, 0, &r), 0);
	CHECK_EQ(r, 0);
}

/* ---- payload ---- */

TEST(payload)
{
	struct mheap *h = lib_open();
	mheap_ref r = lib_alloc(h, 0, 10);
	char buf[10];

	CHECK_EQ(mheap_write(h, r, 3, "abc", 3), 0);
	CHECK_EQ(mheap_read(h, r, 0, buf, 10), 0);
	CHECK(!memcmp(buf, "\0\0\0abc\0\0\0\0", 10));
	CHECK_EQ(mheap_read(h, r, 8, buf, 3), -ERANGE);
	CHECK_EQ(mheap_write(h, r, 8, "abc", 3), -ERANGE);
	CHECK_EQ(mheap_write(h, r, UINT64_MAX, "abc", 3), -ERANGE);
	CHECK_EQ(mheap_read(h, r, 0, NULL, 3), -EFAULT);
	CHECK_EQ(mheap_write(h, r, 0, NULL, 3), -EFAULT);
	CHECK_EQ(mheap_read(h, r, 10, buf, 0), 0);
	CHECK_EQ(mheap_write(h, r, 10, buf, 0), 0);
	CHECK_EQ(mheap_read(h, 0, 0, buf, 1), -EINVAL);
}

TEST(payload_longer_than_32_bits)
{
	struct mheap *h = lib_open();
	mheap_ref r = lib_alloc(h, 0, 10);
	char buf[10];

	if (sizeof(size_t) == 4)
		skip("no such size");
	CHECK_EQ(mheap_read(h, r, 0, buf, (size_t)(1ULL << 32)), -ERANGE);
	CHECK_EQ(mheap_read(h, r, 0, buf, (size_t)(1ULL << 32) + 5), -ERANGE);
	CHECK_EQ(mheap_write(h, r, 0, buf, (size_t)(1ULL << 32) + 5), -ERANGE);
}

TEST(payload_large)
{
	struct mheap *h = lib_open();
	size_t n = 3 << 20, i;
	mheap_ref r = lib_alloc(h, 0, n);
	char *data = malloc(n), *back = malloc(n);

	CHECK(data && back);
	for (i = 0; i < n; i++)
		data[i] = i * 7 + i / 256;
	CHECK_EQ(mheap_write(h, r, 0, data, n), 0);
	CHECK_EQ(mheap_read(h, r, 0, back, n), 0);
	CHECK(!memcmp(data, back, n));
}

/* ---- names ---- */

TEST(names)
{
	struct mheap *h = lib_open();
	mheap_ref a = lib_alloc(h, 0, 0), r = 5;
	char name[300];

	CHECK_EQ(mheap_publish(h, "root", a), 0);
	CHECK_EQ(mheap_publish(h, "root", a), -EEXIST);
	CHECK_EQ(mheap_lookup(h, "no", &r), -ENOENT);
	CHECK_EQ(r, 5);
	CHECK_EQ(mheap_lookup(h, "root", &r), 0);
	CHECK_EQ(mheap_same(h, a, r), 1);
	CHECK_EQ(mheap_unpublish(h, "root"), 0);
	CHECK_EQ(mheap_unpublish(h, "root"), -ENOENT);
	memset(name, 'x', sizeof(name));
	name[256] = '\0';
	CHECK_EQ(mheap_publish(h, name, a), -E2BIG);
	CHECK_EQ(mheap_lookup(h, name, &r), -E2BIG);
	CHECK_EQ(mheap_publish(h, "", a), -EINVAL);
	CHECK_EQ(mheap_publish(h, "x", 0), -EINVAL);
	CHECK_EQ(mheap_publish(h, NULL, a), -EFAULT);
	CHECK_EQ(mheap_lookup(h, NULL, &r), -EFAULT);
	CHECK_EQ(mheap_lookup(h, "x", NULL), -EFAULT);
	CHECK_EQ(mheap_unpublish(h, NULL), -EFAULT);
}

/* ---- collector ---- */

TEST(collect)
{
	struct mheap *h = lib_open();
	mheap_ref a = lib_alloc(h, 1, 0);

	CHECK_EQ(mheap_gc_disable(h), 0);
	CHECK_EQ(mheap_set(h, a, 0, a), 0);
	CHECK_EQ(mheap_gc_collect(h, 0), 0);
	CHECK_EQ(mheap_drop(h, a), 0);
	CHECK_EQ(mheap_gc_collect(h, 0), 0);
	CHECK_EQ(mheap_gc_collect(h, 2), 1);
	CHECK_EQ(mheap_gc_collect(h, 3), -EINVAL);
	CHECK_EQ(mheap_gc_collect(h, -1), -EINVAL);
}

TEST(gc_settings)
{
	struct mheap *h = lib_open();
	uint32_t t[3] = { 1, 2, 3 };

	CHECK_EQ(mheap_gc_isenabled(h), 1);
	CHECK_EQ(mheap_gc_disable(h), 0);
	CHECK_EQ(mheap_gc_isenabled(h), 0);
	CHECK_EQ(mheap_gc_enable(h), 0);
	CHECK_EQ(mheap_gc_isenabled(h), 1);
	CHECK_EQ(mheap_gc_get_threshold(h, t), 0);
	CHECK_EQ(t[0], 700);
	CHECK_EQ(t[1], 10);
	CHECK_EQ(t[2], 10);
	CHECK_EQ(mheap_gc_set_threshold(h, 0, 5, 6), 0);
	CHECK_EQ(mheap_gc_get_threshold(h, t), 0);
	CHECK_EQ(t[0], 0);
	CHECK_EQ(t[1], 5);
	CHECK_EQ(t[2], 6);
	CHECK_EQ(mheap_gc_get_threshold(h, NULL), -EFAULT);
}

TEST(gc_counts_and_stats)
{
	struct mheap *h = lib_open();
	struct mheap_gc_stats s[3];
	uint64_t c[3] = { 9, 9, 9 };
	mheap_ref a = lib_alloc(h, 1, 0);

	lib_alloc(h, 2, 0);
	CHECK_EQ(mheap_gc_get_count(h, c), 0);
	CHECK_EQ(c[0], 2);
	CHECK_EQ(c[1], 0);
	CHECK_EQ(mheap_set(h, a, 0, a), 0);
	CHECK_EQ(mheap_drop(h, a), 0);
	CHECK_EQ(mheap_gc_collect(h, 1), 1);
	memset(s, 0x5a, sizeof(s));
	CHECK_EQ(mheap_gc_get_stats(h, s), 0);
	CHECK_EQ(s[0].collections, 0);
	CHECK_EQ(s[1].collections, 1);
	CHECK_EQ(s[1].collected, 1);
	CHECK_EQ(s[1].freed, 1);
	CHECK_EQ(s[1].scanned, 2);
	CHECK_EQ(s[1].uncollectable, 0);
	CHECK_EQ(s[2].collections, 0);
	CHECK_EQ(mheap_gc_get_count(h, c), 0);
	CHECK_EQ(c[0], 0);
	CHECK_EQ(c[2], 1);
	CHECK_EQ(mheap_gc_get_count(h, NULL), -EFAULT);
	CHECK_EQ(mheap_gc_get_stats(h, NULL), -EFAULT);
}
