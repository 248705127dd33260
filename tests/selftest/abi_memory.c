// SPDX-License-Identifier: GPL-2.0
/* Where the entries and results of a batch lie in memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi_call.h"
#include "dev.h"
#include "harness.h"

static size_t page;

/* Map so many pages between two that cannot be accessed. */
static char *map_pages(size_t n)
{
	char *p;

	page = sysconf(_SC_PAGESIZE);
	p = mmap(NULL, (n + 2) * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(mprotect(p + page, n * page, PROT_READ | PROT_WRITE), 0);
	return p + page;
}

/* Let the entries begin there; @n of them are valid memory. */
static void entries_at(struct call *c, void *at, uint32_t n)
{
	memcpy(at, c->entries, n * sizeof(*c->entries));
	c->ioc.entries = USER_PTR(at);
}

static const uint64_t bad_addresses[] = { 0, 8, 1ULL << 63, ~0ULL, -48ULL };

/* A short and a long batch are refused if one of their addresses is bad. */
static void refused_at_bad_addresses(struct call *c, __u64 *address)
{
	int fd = dev_open();
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(bad_addresses); k++) {
		*address = bad_addresses[k];
		c->ioc.count = 1;
		call_refused(fd, c, -EFAULT);
		c->ioc.count = MAX_OPS;
		call_refused(fd, c, -EFAULT);
	}
}

TEST(entries_at_bad_addresses)
{
	struct call c = call_new(MAX_OPS);

	refused_at_bad_addresses(&c, &c.ioc.entries);
}

TEST(results_at_bad_addresses)
{
	struct call c = call_new(MAX_OPS);

	refused_at_bad_addresses(&c, &c.ioc.results);
}

/* A batch whose first window cannot be read is not begun, whatever byte is missing. */
TEST(entries_end_in_the_first_window)
{
	char *p = map_pages(2), *end = p + 2 * page;
	struct call c = call_new(SOME);
	int fd = dev_open();
	uint32_t n;

	for (n = 0; n < WINDOW; n += n < 4 ? 1 : 21) {
		entries_at(&c, end - n * sizeof(*c.entries), n);
		call_refused(fd, &c, -EFAULT);
	}
	entries_at(&c, end - 15, 0);
	c.ioc.count = 1;
	call_refused(fd, &c, -EFAULT);
	entries_at(&c, end - 16, 1);
	call_done(fd, &c, 1, 1, 0);
}

/* What was done before stays done, and the program is told how far that is. */
TEST(entries_end_in_a_later_window)
{
	char *p = map_pages(4), *end = p + 4 * page;
	uint32_t n, windows;
	struct call c;
	int fd;

	for (n = WINDOW + 1; n < SOME; n += 61) {
		c = call_new(SOME);
		fd = dev_open();
		windows = (n - 1) / WINDOW * WINDOW;
		entries_at(&c, end - n * sizeof(*c.entries), n);
		call_done(fd, &c, windows, windows, -EFAULT);
		CHECK_EQ(info_of(fd).handles, windows);
	}
}

/* The batch may end where memory ends. */
TEST(entries_end_with_memory)
{
	char *p = map_pages(4), *end = p + 4 * page;
	int fd = dev_open();
	uint32_t n;

	for (n = 1; n <= 2 * WINDOW + 2; n += n < 4 ? 1 : 51) {
		struct call c = call_new(n);

		entries_at(&c, end - n * sizeof(*c.entries), n);
		call_done(fd, &c, n, n, 0);
	}
}

TEST(read_only_entries)
{
	struct call c = call_new(SOME);
	char *p = map_pages(4);
	int fd = dev_open();

	entries_at(&c, p, SOME);
	CHECK_EQ(mprotect(p, 4 * page, PROT_READ), 0);
	call_done(fd, &c, SOME, SOME, 0);
}

/* A batch must not run if its caller would never learn of its handles. */
TEST(read_only_results)
{
	struct call c = call_new(SOME);
	char *p = map_pages(4);
	int fd = dev_open();

	c.ioc.results = USER_PTR(p);
	CHECK_EQ(mprotect(p, 4 * page, PROT_READ), 0);
	call_refused(fd, &c, -EFAULT);
	c.ioc.flags = MHEAP_BATCH_GO_ON;
	call_refused(fd, &c, -EFAULT);
	c.ioc.count = 1;
	call_refused(fd, &c, -EFAULT);
}

/* Writable memory ends within the results of the first window, at any byte. */
TEST(results_end_in_the_first_window)
{
	char *p = map_pages(2), *end = p + 2 * page;
	struct call c = call_new(SOME);
	int fd = dev_open();
	uint32_t n;

	for (n = 0; n < WINDOW * sizeof(*c.results); n += n < 20 ? 1 : 97) {
		c.ioc.results = USER_PTR(end - n);
		call_refused(fd, &c, -EFAULT);
	}
	/* There is a gap in the middle. */
	p = map_pages(3);
	CHECK_EQ(mprotect(p + page, page, PROT_READ), 0);
	c.ioc.results = USER_PTR(p + page - 16);
	call_refused(fd, &c, -EFAULT);
}

/* The handles of all windows that were done are told. */
TEST(results_end_in_a_later_window)
{
	char *p = map_pages(4), *end = p + 4 * page;
	struct mheap_op_result *results;
	uint32_t n, windows, k;
	struct call c;
	int fd;

	for (n = WINDOW + 1; n < SOME; n += 61) {
		c = call_new(SOME);
		fd = dev_open();
		windows = (n - 1) / WINDOW * WINDOW;
		results = (struct mheap_op_result *)(end - n * sizeof(*results));
		c.ioc.results = USER_PTR(results);
		CHECK_EQ(call_submit(fd, &c), 0);
		CHECK_EQ(c.ioc.error, -EFAULT);
		CHECK_EQ(c.ioc.done, windows);
		CHECK_EQ(c.ioc.filled, windows);
		CHECK_EQ(info_of(fd).handles, windows);
		for (k = 0; k < windows; k++)
			CHECK_EQ(DO(fd, DROP, .obj = results[k].value), 0);
		CHECK_EQ(info_of(fd).handles, 0);
	}
}

/* Results need space where the program says, and not a byte more. */
TEST(results_end_with_memory)
{
	char *p = map_pages(4), *end = p + 4 * page;
	int fd = dev_open();
	uint32_t n;

	for (n = 1; n <= 2 * WINDOW + 2; n += n < 4 ? 1 : 51) {
		struct call c = call_new(n);

		c.ioc.results = USER_PTR(end - n * sizeof(*c.results));
		CHECK_EQ(call_submit(fd, &c), 0);
		CHECK_EQ(c.ioc.filled, n);
		c.ioc.count = n;
		c.ioc.space = n - 1;
		c.ioc.results += sizeof(*c.results);
		CHECK_EQ(call_submit(fd, &c), 0);
		CHECK_EQ(c.ioc.filled, n - 1);
		CHECK_EQ(c.ioc.error, -ENOSPC);
	}
}

TEST(odd_addresses)
{
	unsigned int at;
	int fd = dev_open();

	for (at = 1; at < 16; at++) {
		struct call c = call_new(SOME);
		char *entries = malloc((SOME + 1) * sizeof(*c.entries));
		char *results = malloc((SOME + 1) * sizeof(*c.results));

		CHECK(entries && results);
		entries_at(&c, entries + at, SOME);
		c.ioc.results = USER_PTR(results + at);
		CHECK_EQ(call_submit(fd, &c), 0);
		CHECK_EQ(c.ioc.filled, SOME);
		memcpy(c.results, results + at, SOME * sizeof(*c.results));
		call_handle(fd, &c, SOME - 1, SOME - 1);
		free(entries);
		free(results);
	}
}

/* Entries that were done may be written over by results. */
TEST(results_over_entries)
{
	struct call c = call_new(WINDOW);
	int fd = dev_open();

	c.ioc.results = c.ioc.entries;
	CHECK_EQ(call_submit(fd, &c), 0);
	CHECK_EQ(c.ioc.filled, WINDOW);
	memcpy(c.results, c.entries, WINDOW * sizeof(*c.results));
	call_handle(fd, &c, 0, 0);
	call_handle(fd, &c, WINDOW - 1, WINDOW - 1);
}
