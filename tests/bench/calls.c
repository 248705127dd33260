// SPDX-License-Identifier: GPL-2.0
/*
 * Single calls, one after the other: prints lines "who figure value", in ns.
 *
 *   calls SOCKET      of a Redis server
 *
 * "null_call" is a call of the device that it does not know.  The other figures have the
 * same names in calls_boost.cc and calls.py.
 */
#include <hiredis/hiredis.h>
#include <linux/mheap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "common.h"
#include "heap.h"

#define CALLS	3000U
#define BATCH	256U
#define BATCHES	20U

/* A call that wakes another process takes a thousand times as long. */
#define REDIS_CALLS	300U

static redisContext *redis;
static mheap_ref object;

static void null_call(void)
{
	ioctl(mheap_fd(heap.h), _IO(MHEAP_IOC, 0xff));
}

static void mheap_get_value(void)
{
	uint64_t value;

	heap_check("read", mheap_read(heap.h, object, 0, &value, sizeof(value)));
}

static void mheap_set_value(void)
{
	uint64_t value = 1;

	heap_check("write", mheap_write(heap.h, object, 0, &value, sizeof(value)));
}

static void mheap_new_and_gone(void)
{
	mheap_ref r;

	heap_check("alloc", mheap_alloc(heap.h, 0, 2, 8, 0, &r));
	heap_check("drop", mheap_drop(heap.h, r));
}

static void mheap_new_reference(void)
{
	mheap_ref r;

	heap_check("dup", mheap_dup(heap.h, object, &r));
	heap_check("drop", mheap_drop(heap.h, r));
}

static void batch_submit(void)
{
	heap_check("submit", mheap_batch_submit(heap.batch));
	mheap_batch_reset(heap.batch);
}

static void batch_get_value(void)
{
	static uint64_t value;
	unsigned int i;

	for (i = 0; i < BATCH; i++)
		mheap_batch_read(heap.batch, object, 0, &value, sizeof(value));
	batch_submit();
}

static void batch_set_value(void)
{
	static uint64_t value;
	unsigned int i;

	for (i = 0; i < BATCH; i++)
		mheap_batch_write(heap.batch, object, 0, &value, sizeof(value));
	batch_submit();
}

static void batch_new_and_gone(void)
{
	unsigned int i;

	for (i = 0; i < BATCH; i += 2)
		mheap_batch_drop(heap.batch, mheap_batch_alloc(heap.batch, 0, 2, 8, 0));
	batch_submit();
}

static void batch_new_reference(void)
{
	unsigned int i;

	for (i = 0; i < BATCH; i += 2)
		mheap_batch_drop(heap.batch, mheap_batch_dup(heap.batch, object));
	batch_submit();
}

static void redis_do(const char *command)
{
	redisReply *reply = redisCommand(redis, command);

	if (!reply || reply->type == REDIS_REPLY_ERROR) {
		fprintf(stderr, "calls: redis: %s\n", reply ? reply->str : redis->errstr);
		exit(1);
	}
	freeReplyObject(reply);
}

static void redis_get_value(void)
{
	redis_do("GET value");
}

static void redis_set_value(void)
{
	redis_do("SET value 1");
}

static void redis_new_and_gone(void)
{
	redis_do("SET other 1");
	redis_do("DEL other");
}

/* The operations to measure, and how often one run repeats each. */
static const struct {
	const char *name;
	void (*run)(void);
	unsigned int runs, times;
} kinds[] = {
	{ "mheap null_call", null_call, CALLS, 1 },
	{ "mheap get_value", mheap_get_value, CALLS, 1 },
	{ "mheap set_value", mheap_set_value, CALLS, 1 },
	{ "mheap new_and_gone", mheap_new_and_gone, CALLS, 1 },
	{ "mheap new_reference_and_gone", mheap_new_reference, CALLS, 1 },
	{ "mheap-batch get_value", batch_get_value, BATCHES, BATCH },
	{ "mheap-batch set_value", batch_set_value, BATCHES, BATCH },
	{ "mheap-batch new_and_gone", batch_new_and_gone, BATCHES, BATCH / 2 },
	{ "mheap-batch new_reference_and_gone", batch_new_reference, BATCHES, BATCH / 2 },
	{ "redis get_value", redis_get_value, REDIS_CALLS, 1 },
	{ "redis set_value", redis_set_value, REDIS_CALLS, 1 },
	{ "redis new_and_gone", redis_new_and_gone, REDIS_CALLS, 1 },
};

static void measure(unsigned int k)
{
	unsigned int i;
	double t;

	kinds[k].run();
	t = bench_now();
	for (i = 0; i < kinds[k].runs; i++)
		kinds[k].run();
	bench_report(kinds[k].name, (bench_now() - t) / kinds[k].runs / kinds[k].times);
}

int main(int argc, char **argv)
{
	unsigned int k;

	if (argc != 2)
		return 2;
	redis = redisConnectUnix(argv[1]);
	if (!redis || redis->err) {
		fprintf(stderr, "calls: redis: %s\n", redis ? redis->errstr : "no memory");
		return 1;
	}
	heap_begin(1);
	heap_check("alloc", mheap_alloc(heap.h, 0, 2, 8, 0, &object));
	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		measure(k);
	heap_end();
	redisFree(redis);
	return 0;
}
