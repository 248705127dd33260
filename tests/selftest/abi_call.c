// SPDX-License-Identifier: GPL-2.0
/* Batches given by their entries, and what the call must say of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "abi_call.h"
#include "dev.h"
#include "harness.h"

const struct mheap_entry alloc_entry = { .opcode = MHEAP_OP_ALLOC, .index = 1 };

struct call call_new(uint32_t n)
{
	struct call c;
	uint32_t i;

	c.entries = calloc(n + 1, sizeof(*c.entries));
	c.results = malloc((n + 1) * sizeof(*c.results));
	CHECK(c.entries && c.results);
	for (i = 0; i < n; i++)
		c.entries[i] = alloc_entry;
	memset(c.results, 0x5a, (n + 1) * sizeof(*c.results));
	c.ioc = (struct mheap_ioc_batch){
		.size = sizeof(c.ioc), .entries = USER_PTR(c.entries),
		.results = USER_PTR(c.results), .count = n, .space = n,
		.done = POISON32, .filled = POISON32, .error = (int32_t)POISON32,
	};
	return c;
}

int call_submit(int fd, struct call *c)
{
	return dev_ioctl(fd, MHEAP_IOC_BATCH, &c->ioc);
}

void call_refused(int fd, struct call *c, int err)
{
	struct mheap_ioc_batch before = c->ioc;
	struct mheap_ioc_info info = info_of(fd);

	CHECK_EQ(call_submit(fd, c), err);
	if (err == -EFAULT) {
		/* Memory other than the struct was bad, so the struct tells of that. */
		before.done = 0;
		before.filled = 0;
		before.error = -EFAULT;
	}
	CHECK(!memcmp(&c->ioc, &before, sizeof(before)));
	CHECK_EQ(c->results[0].entry, POISON32);
	CHECK_UNCHANGED(fd, &info);
}

void call_done(int fd, struct call *c, uint32_t done, uint32_t filled, int error)
{
	uint32_t i;

	CHECK_EQ(call_submit(fd, c), 0);
	CHECK_EQ(c->ioc.done, done);
	CHECK_EQ(c->ioc.filled, filled);
	CHECK_EQ(c->ioc.error, error);
	for (i = 1; i < filled; i++)
		CHECK(c->results[i].entry > c->results[i - 1].entry);
	CHECK_EQ(c->results[filled].entry, POISON32);
}

void call_handle(int fd, const struct call *c, uint32_t n, uint32_t entry)
{
	CHECK_EQ(c->results[n].entry, entry);
	CHECK_EQ(c->results[n].error, 0);
	CHECK(is_own_number(c->results[n].value));
	CHECK_EQ(DO(fd, REFCOUNT, .obj = c->results[n].value), 0);
}

void put_read(struct mheap_entry *at, uint64_t o, uint64_t address)
{
	struct mheap_tail tail = { .address = address };

	at[0] = (struct mheap_entry){ .opcode = MHEAP_OP_READ, .obj = o, .val = 8 };
	memcpy(&at[1], &tail, sizeof(tail));
}
