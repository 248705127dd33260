// SPDX-License-Identifier: GPL-2.0
/*
 * Reading and writing 64 bytes: mapped, by a call, in a batch, and by Redis over a unix
 * socket in the same guest.  Prints lines "who figure value" for each of several
 * rounds in which all take turns; "_ns" is one reading or writing.  "overhead" is the memory
 * that an object with 64 bytes costs besides, with a handle, for 100,000 objects.
 *
 *   payload [ROUNDS]      (9)
 */
#include <hiredis/hiredis.h>
#include <mheap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "charge.h"

#define BYTES		64
#define OBJECTS		1000
#define MANY		100000
#define SOCKET		"/tmp/mheap-bench-redis"

static struct mheap *heap;
static mheap_ref refs[OBJECTS];
static char *mapped[OBJECTS];
static redisContext *redis;
static char bytes[BYTES];

static void check(int err, const char *what)
{
	if (err >= 0)
		return;
	fprintf(stderr, "payload: %s: %s\n", what, mheap_strerror(err));
	exit(1);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* ---- what is measured: each function does all objects once ---- */

static void map_read(void)
{
	for (int i = 0; i < OBJECTS; i++) {
		memcpy(bytes, mapped[i], BYTES);
		__asm__ volatile("" : : "r"(bytes) : "memory");
	}
}

static void map_write(void)
{
	for (int i = 0; i < OBJECTS; i++) {
		memcpy(mapped[i], bytes, BYTES);
		__asm__ volatile("" : : "r"(mapped[i]) : "memory");
	}
}

static void call_read(void)
{
	for (int i = 0; i < OBJECTS; i++)
		check(mheap_read(heap, refs[i], 0, bytes, BYTES), "read");
}

static void call_write(void)
{
	for (int i = 0; i < OBJECTS; i++)
		check(mheap_write(heap, refs[i], 0, bytes, BYTES), "write");
}

static struct mheap_batch *batch;

static void batch_read(void)
{
	mheap_batch_reset(batch);
	for (int i = 0; i < OBJECTS; i++)
		mheap_batch_read(batch, refs[i], 0, bytes, BYTES);
	check(mheap_batch_submit(batch), "batch");
}

static void batch_write(void)
{
	mheap_batch_reset(batch);
	for (int i = 0; i < OBJECTS; i++)
		mheap_batch_write(batch, refs[i], 0, bytes, BYTES);
	check(mheap_batch_submit(batch), "batch");
}

static void answered(void *reply, int type)
{
	if (!reply || ((redisReply *)reply)->type != type) {
		fprintf(stderr, "payload: redis: %s\n", redis->errstr);
		exit(1);
	}
	freeReplyObject(reply);
}

static void redis_read(void)
{
	for (int i = 0; i < OBJECTS; i++)
		answered(redisCommand(redis, "GET %d", i), REDIS_REPLY_STRING);
}

static void redis_write(void)
{
	for (int i = 0; i < OBJECTS; i++)
		answered(redisCommand(redis, "SET %d %b", i, bytes, (size_t)BYTES),
			 REDIS_REPLY_STATUS);
}

static const struct {
	const char *name;
	void (*run)(void);
	unsigned int times;
} kinds[] = {
	{ "mheap payload_write_map_ns", map_write, 1000 },
	{ "mheap payload_read_map_ns", map_read, 1000 },
	{ "mheap payload_write_call_ns", call_write, 5 },
	{ "mheap payload_read_call_ns", call_read, 5 },
	{ "mheap payload_write_batch_ns", batch_write, 20 },
	{ "mheap payload_read_batch_ns", batch_read, 20 },
	{ "redis payload_write_call_ns", redis_write, 2 },
	{ "redis payload_read_call_ns", redis_read, 2 },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static double measure(unsigned int k)
{
	double start = now();

	for (unsigned int i = 0; i < kinds[k].times; i++)
		kinds[k].run();
	return (now() - start) / kinds[k].times / OBJECTS;
}

/* ---- all of it ---- */

static pid_t redis_start(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		freopen("/dev/null", "w", stdout);
		execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", SOCKET,
		       "--save", "", "--appendonly", "no", NULL);
		perror("payload: redis-server");
		_exit(127);
	}
	for (int i = 0; i < 300; i++) {
		redis = redisConnectUnix(SOCKET);
		if (redis && !redis->err)
			return pid;
		redisFree(redis);
		usleep(100000);
	}
	fprintf(stderr, "payload: redis does not start\n");
	exit(1);
}

static void heap_start(void)
{
	void *p;

	check(mheap_open(&heap), "open");
	batch = mheap_batch_new(heap, OBJECTS);
	for (int i = 0; i < OBJECTS; i++) {
		check(mheap_alloc(heap, 0, 0, BYTES, 0, &refs[i]), "alloc");
		check(mheap_data(heap, refs[i], &p, NULL), "data");
		mapped[i] = p;
	}
}

/* Returns the kernel memory that the objects cost, with handles, without the payload. */
static void overhead(void)
{
	static mheap_ref r[MANY];
	struct mheap *h;
	double before;

	charge_enter();
	check(mheap_open(&h), "open");
	before = charged();
	for (int i = 0; i < MANY; i++)
		check(mheap_alloc(h, 0, 0, BYTES, 0, &r[i]), "alloc");
	printf("mheap payload_overhead_bytes %.1f\n", (charged() - before) / MANY - BYTES);
	mheap_close(h);
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 9;
	pid_t pid;

	/*
	 * This runs in a process of its own, because a control group makes each call
	 * slower.
	 */
	pid = fork();
	if (!pid) {
		overhead();
		exit(0);
	}
	waitpid(pid, NULL, 0);
	heap_start();
	pid = redis_start();
	for (unsigned int i = 0; i < rounds; i++)
		for (unsigned int k = 0; k < KINDS; k++)
			printf("%s %.1f\n", kinds[k].name, measure(k));
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	mheap_batch_free(batch);
	mheap_close(heap);
	return 0;
}
