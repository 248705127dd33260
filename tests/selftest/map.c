// SPDX-License-Identifier: GPL-2.0
/* Mapped payloads: what a mapping shows and to whom, and how memory comes and goes. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"

#define MIB	(1024UL * 1024)
#define ROOM	(64 * MIB)
#define RO	PROT_READ
#define RW	(PROT_READ | PROT_WRITE)

static size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static int attach(int fd, uint32_t rights)
{
	struct mheap_ioc_attach ioc = { .size = sizeof(ioc), .rights = rights };
	int other = ioctl(fd, MHEAP_IOC_ATTACH, &ioc);

	CHECK_GE(other, 0);
	return other;
}

/* Map the payloads from their start, or the read-only ones from theirs. */
static char *map_at(int fd, int prot, uint64_t offset)
{
	void *p = mmap(NULL, ROOM, prot, MAP_SHARED, fd, (off_t)offset);

	CHECK(p != MAP_FAILED);
	return p;
}

static char *map(int fd)
{
	return map_at(fd, RW, 0);
}

static uint64_t place(int fd, uint64_t o)
{
	return stat_of(fd, o).offset;
}

/* Try to map: returns 0 or the errno. */
static int refused(int fd, size_t len, int prot, int flags, uint64_t offset)
{
	void *p = mmap(NULL, len, prot, flags, fd, (off_t)offset);

	if (p == MAP_FAILED)
		return errno;
	munmap(p, len);
	return 0;
}

/* ---- what is seen ---- */

TEST(shows_what_is_written_and_the_other_way_round)
{
	int fd = dev_open();
	uint64_t o = make(fd, 1, 100);
	char *p = map(fd) + place(fd, o), text[8];

	for (int i = 0; i < 100; i++)
		CHECK_EQ(p[i], 0);
	OUT(fd, WRITE, .obj = o, .val = USER_PTR("written"), .arg = 3, .len = 7);
	CHECK(!memcmp(p + 3, "written", 7));
	memcpy(p + 90, "through", 7);
	OUT(fd, READ, .obj = o, .val = USER_PTR(text), .arg = 90, .len = 7);
	CHECK(!memcmp(text, "through", 7));
}

/* The sizes lie around the borders of size classes, pages and arenas. */
static const uint32_t sizes[] = {
	1, 15, 16, 17, 32, 33, 48, 64, 65, 127, 128, 129, 160, 161, 255, 256, 257, 320,
	512, 513, 640, 1023, 1024, 1025, 1360, 1361, 2047, 2048, 2049, 4095, 4096, 4097,
	8192, 8193, 65536, 131073, 262143, 262144, 262145, 1000000, 4194304,
};

#define SIZES	(sizeof(sizes) / sizeof(sizes[0]))

static void fill(char *p, uint32_t n, unsigned int seed)
{
	for (uint32_t i = 0; i < n; i++)
		p[i] = (char)(seed * 31 + i * 7);
}

static bool is_filled(const char *p, uint32_t n, unsigned int seed)
{
	for (uint32_t i = 0; i < n; i++)
		if (p[i] != (char)(seed * 31 + i * 7))
			return false;
	return true;
}

TEST(every_size_has_its_own_place)
{
	uint64_t o[3 * SIZES], at;
	int fd = quiet_heap();
	char *p = map(fd);
	unsigned int i;

	for (i = 0; i < 3 * SIZES; i++) {
		o[i] = make(fd, i % 3, sizes[i % SIZES]);
		at = place(fd, o[i]);
		CHECK_EQ(at % 16, 0);
		CHECK(at + sizes[i % SIZES] <= ROOM);
		fill(p + at, sizes[i % SIZES], i);
	}
	for (i = 0; i < 3 * SIZES; i += 2)
		drop(fd, o[i]);
	for (i = 0; i < 3 * SIZES; i += 2) {
		o[i] = make(fd, 0, sizes[i % SIZES]);
		at = place(fd, o[i]);
		for (uint32_t k = 0; k < sizes[i % SIZES]; k++)
			CHECK_EQ(p[at + k], 0);
		fill(p + at, sizes[i % SIZES], i);
	}
	for (i = 0; i < 3 * SIZES; i++) {
		CHECK(is_filled(p + place(fd, o[i]), sizes[i % SIZES], i));
		drop(fd, o[i]);
	}
	CHECK_EQ(info_of(fd).arenas, 0);
	CHECK_EQ(info_of(fd).pages, 0);
	CHECK_EQ(signal_of_access(p, false), SIGBUS);
}

TEST(object_without_payload)
{
	int fd = dev_open();

	CHECK_EQ(place(fd, make(fd, 3, 0)), MHEAP_MAP_NONE);
	CHECK_EQ(info_of(fd).arenas, 0);
}

TEST(resized_object_moves)
{
	int fd = dev_open();
	uint64_t o = make(fd, 2, 40), before = place(fd, o);
	char *p = map(fd);

	memcpy(p + before, "kept", 5);
	OUT(fd, RESIZE, .obj = o, .len = 2, .arg = 5000);
	CHECK_NE(place(fd, o), before);
	CHECK(!strcmp(p + place(fd, o), "kept"));
	OUT(fd, RESIZE, .obj = o, .len = 0, .arg = 5);
	CHECK(!strcmp(p + place(fd, o), "kept"));
	OUT(fd, RESIZE, .obj = o, .len = 1);
	CHECK_EQ(place(fd, o), MHEAP_MAP_NONE);
	CHECK_EQ(info_of(fd).arenas, 0);
}

TEST(other_heaps_are_not_seen)
{
	int fd[2] = { dev_open(), dev_open() };
	uint64_t o[2] = { make(fd[0], 0, 64), make(fd[1], 0, 64) };
	char *p[2] = { map(fd[0]), map(fd[1]) };

	CHECK_EQ(place(fd[0], o[0]), place(fd[1], o[1]));
	memcpy(p[0] + place(fd[0], o[0]), "mine", 4);
	CHECK_EQ(p[1][place(fd[1], o[1])], 0);
	drop(fd[1], o[1]);
	CHECK_EQ(signal_of_access(p[1], false), SIGBUS);
	CHECK(!memcmp(p[0] + place(fd[0], o[0]), "mine", 4));
}

/* ---- rights ---- */

TEST(reader_cannot_write)
{
	int fd = dev_open(), reader = attach(fd, MHEAP_RIGHT_READ);
	uint64_t o = make(fd, 0, 64);
	char *p;

	CHECK_EQ(refused(reader, ROOM, RW, MAP_SHARED, 0), EPERM);
	CHECK_EQ(refused(reader, ROOM, PROT_WRITE, MAP_SHARED, 0), EPERM);
	p = map_at(reader, RO, 0);
	CHECK_EQ(signal_of_access(p + place(fd, o), false), 0);
	CHECK_EQ(signal_of_access(p + place(fd, o), true), SIGSEGV);
	CHECK_EQ(mprotect(p, ROOM, RW), -1);
	CHECK_EQ(errno, EACCES);
	CHECK_EQ(mprotect(p, ROOM, RO | PROT_EXEC), -1);
	memcpy(map(fd) + place(fd, o), "fresh", 5);
	CHECK(!memcmp(p + place(fd, o), "fresh", 5));
}

/* A write through /proc/self/mem is refused as well. */
TEST(reader_cannot_write_by_proc)
{
	int fd = dev_open(), reader = attach(fd, MHEAP_RIGHT_READ), mem;
	uint64_t o = make(fd, 0, 64);
	char *p = map_at(reader, RO, 0) + place(fd, o);

	CHECK_EQ(*p, 0);
	mem = open("/proc/self/mem", O_RDWR);
	CHECK_GE(mem, 0);
	CHECK_EQ(pwrite(mem, "x", 1, (off_t)(uintptr_t)p), -1);
	CHECK_EQ(*p, 0);
	close(mem);
}

TEST(without_the_right_to_read_nothing)
{
	int fd = dev_open();

	make(fd, 0, 64);
	CHECK_EQ(refused(attach(fd, 0), ROOM, RO, MAP_SHARED, 0), EPERM);
	CHECK_EQ(refused(attach(fd, MHEAP_RIGHT_WRITE), ROOM, PROT_WRITE,
			 MAP_SHARED, 0), EPERM);
	CHECK_EQ(refused(attach(fd, MHEAP_RIGHT_CONTROL), ROOM, PROT_NONE,
			 MAP_SHARED, 0), EPERM);
}

TEST(interned_objects_are_constant)
{
	int fd = dev_open();
	uint64_t o = OUT(fd, INTERN, .val = USER_PTR("constant"), .len = 8);
	uint64_t at = place(fd, o);
	char *p;

	CHECK_GE(at, MHEAP_MAP_CONSTANT);
	CHECK_EQ(refused(fd, ROOM, RW, MAP_SHARED, MHEAP_MAP_CONSTANT), EPERM);
	p = map_at(fd, RO, MHEAP_MAP_CONSTANT) + (at - MHEAP_MAP_CONSTANT);
	CHECK(!memcmp(p, "constant", 8));
	CHECK_EQ(mprotect(p - at % page_size(), page_size(), RW), -1);
	drop(fd, o);
	CHECK_EQ(signal_of_access(p, false), SIGBUS);
	CHECK_EQ(info_of(fd).arenas, 0);
}

TEST(bad_mappings)
{
	size_t page = page_size();
	int fd = dev_open();

	CHECK_EQ(refused(fd, page, RO, MAP_PRIVATE, 0), EINVAL);
	CHECK_EQ(refused(fd, page, RW, MAP_PRIVATE, 0), EINVAL);
	CHECK_EQ(refused(fd, page, RO | PROT_EXEC, MAP_SHARED, 0), EPERM);
	CHECK_EQ(refused(fd, page, RO, MAP_SHARED, MHEAP_MAP_SIZE), EINVAL);
	CHECK_EQ(refused(fd, 2 * page, RO, MAP_SHARED, MHEAP_MAP_SIZE - page), EINVAL);
	CHECK_EQ(refused(fd, page, RO, MAP_SHARED, MHEAP_MAP_SIZE - page), 0);
	CHECK_EQ(refused(fd, page, RO, MAP_SHARED, MHEAP_MAP_CONSTANT - page), EINVAL);
	CHECK_EQ(refused(fd, page, RO, MAP_SHARED,
			 MHEAP_MAP_CONSTANT + MHEAP_MAP_SIZE), EINVAL);
	CHECK_EQ(refused(fd, page, RO, MAP_SHARED,
			 MHEAP_MAP_CONSTANT + MHEAP_MAP_SIZE - page), 0);
}

/* ---- mappings and processes ---- */

TEST(mapping_does_not_keep_the_session)
{
	int fd = dev_open(), other = attach(fd, MHEAP_RIGHT_ALL);
	uint64_t o = make(fd, 0, 64);
	char *p = map(other) + place(fd, o);

	close(other);
	CHECK_EQ(info_of(fd).sessions, 1);
	memcpy(p, "still", 5);
	CHECK(!memcmp(map(fd) + place(fd, o), "still", 5));
	close(fd);
	CHECK_EQ(signal_of_access(p, false), SIGBUS);
}

TEST(inherited)
{
	int fd = dev_open(), status;
	uint64_t o = make(fd, 0, 8);
	char *p = map(fd) + place(fd, o);
	pid_t pid;

	*p = 'a';
	pid = fork();
	CHECK_GE(pid, 0);
	if (!pid) {
		*p += *p == 'a';
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(*p, 'b');
}

TEST(parts_go_and_move)
{
	size_t page = page_size();
	int fd = dev_open();
	uint64_t o = make(fd, 0, 4 * page);
	char *p = map(fd), *at = p + place(fd, o), *moved;

	fill(at, 4 * page, 1);
	CHECK_EQ(munmap(at + page, page), 0);
	CHECK_EQ(signal_of_access(at + page, false), SIGSEGV);
	CHECK_EQ(at[2 * page], (char)(31 + 2 * page * 7));
	moved = mremap(at + 2 * page, page, page, MREMAP_MAYMOVE | MREMAP_FIXED,
		       map(fd) + 32 * MIB);
	CHECK(moved != MAP_FAILED);
	CHECK_EQ(moved[0], (char)(31 + 2 * page * 7));
	CHECK(mremap(moved, page, 2 * page, MREMAP_MAYMOVE) == MAP_FAILED);
	drop(fd, o);
	CHECK_EQ(signal_of_access(moved, false), SIGBUS);
	CHECK_EQ(signal_of_access(at, false), SIGBUS);
}

/* Count the lines of /proc/self/maps that show heap memory. */
static int mappings(void)
{
	char line[512];
	FILE *f = fopen("/proc/self/maps", "r");
	int n = 0;

	CHECK(f);
	while (fgets(line, sizeof(line), f))
		n += !!strstr(line, "[mheap-payload]");
	fclose(f);
	return n;
}

/* After exec the descriptor may still be open, but there is no mapping. */
TEST(exec_ends_mappings)
{
	int fd = dev_open(), status;
	uint64_t o = make(fd, 0, 8);
	char *p = map(fd) + place(fd, o), command[200];
	pid_t pid;

	*p = 'a';
	CHECK_EQ(mappings(), 1);
	snprintf(command, sizeof(command),
		 "! grep 'mheap-payload' /proc/self/maps && test -e /proc/self/fd/%d", fd);
	pid = fork();
	CHECK_GE(pid, 0);
	if (!pid) {
		fcntl(fd, F_SETFD, 0);
		if (mappings() != 1)
			_exit(2);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(3);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(*p, 'a');
	CHECK_EQ(info_of(fd).sessions, 1);
}

TEST(killed_process)
{
	int fd = dev_open(), pipes[2];
	uint64_t o = make(fd, 0, 100000);
	pid_t pid;
	char c;

	CHECK_EQ(pipe(pipes), 0);
	pid = fork();
	CHECK_GE(pid, 0);
	if (!pid) {
		fill(map(fd) + place(fd, o), 100000, 5);
		CHECK_EQ(write(pipes[1], "x", 1), 1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(pipes[0], &c, 1), 1);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	CHECK(is_filled(map(fd) + place(fd, o), 100000, 5));
	drop(fd, o);
	CHECK_EQ(info_of(fd).arenas, 0);
}

/* ---- memory ---- */

static long resident(void)
{
	long total, resident;
	FILE *f = fopen("/proc/self/statm", "r");

	CHECK(f);
	CHECK_EQ(fscanf(f, "%ld %ld", &total, &resident), 2);
	fclose(f);
	return resident;
}

#define MANY	20000

static void make_many(int fd, uint64_t *o, char *p)
{
	for (int i = 0; i < MANY; i++) {
		o[i] = make(fd, 0, 1000);
		p[place(fd, o[i])] = 1;
	}
}

TEST_SLOW(memory_comes_back, 300)
{
	static uint64_t o[MANY];
	int fd = quiet_heap();
	char *p = map(fd);
	long before = resident();

	make_many(fd, o, p);
	CHECK_GE(resident() - before, MANY / 4);
	CHECK_GE(info_of(fd).pages, MANY / 4);
	drop_each(fd, o, MANY);
	CHECK(resident() - before < MANY / 40);
	CHECK_EQ(info_of(fd).pages, 0);
	CHECK_EQ(info_of(fd).arenas, 0);
}

/* One object in each arena is left: free pages are given back, and so are empty arenas. */
TEST_SLOW(what_is_left_keeps_little, 300)
{
	static uint64_t o[MANY];
	int fd = quiet_heap();
	char *p = map(fd);
	int i, left = 0;

	make_many(fd, o, p);
	for (i = 0; i < MANY; i++)
		if (i % 400)
			drop(fd, o[i]);
		else
			left++;
	CHECK(info_of(fd).pages <= (uint64_t)left + 1);
	for (i = 0; i < MANY; i += 400)
		CHECK_EQ(p[place(fd, o[i])], 1);
	for (i = 0; i < MANY; i += 400)
		drop(fd, o[i]);
	CHECK_EQ(info_of(fd).arenas, 0);
}

/* A process reads a mapped heap while memory moves between that heap and another. */
static sigjmp_buf where_nothing_is;

static void on_sigbus(int sig __attribute__((unused)))
{
	siglongjmp(where_nothing_is, 1);
}

/* Every byte is 0 or was written by this heap, or there is no page. */
static void read_always(const volatile char *p, char mine)
{
	volatile size_t i;

	signal(SIGBUS, on_sigbus);
	for (;;)
		for (i = 0; i < 1 * MIB; i += 512) {
			if (sigsetjmp(where_nothing_is, 1))
				continue;
			if (p[i] && p[i] != mine)
				_exit(1);
		}
}

static void churn(int fd, char *p, char mine, unsigned int rounds)
{
	uint64_t o[200], seed = (unsigned char)mine;
	unsigned int i;
	uint32_t n;

	for (i = 0; i < 200; i++)
		o[i] = 0;
	while (rounds--) {
		i = random_next(&seed) % 200;
		if (o[i])
			drop(fd, o[i]);
		n = 1 + random_next(&seed) % 3000;
		o[i] = make(fd, 0, n);
		memset(p + place(fd, o[i]), mine, n);
	}
	for (i = 0; i < 200; i++)
		if (o[i])
			drop(fd, o[i]);
}

/*
 * A user-mode kernel does not unmap a page from a program on another CPU at once, but when
 * that program next enters the kernel.
 */
static bool unmaps_late(void)
{
	char text[256];

	CHECK_EQ(file_read("/proc/cpuinfo", text, sizeof(text)), 0);
	return strstr(text, "User Mode Linux");
}

TEST_SLOW(another_heaps_bytes_are_never_seen, 300)
{
	unsigned int rounds = test_is_short() ? 2000 : 20000;
	int fd[2] = { quiet_heap(), quiet_heap() }, status, i;
	char *p[2] = { map(fd[0]), map(fd[1]) };
	pid_t reader, writer;

	if (unmaps_late())
		skip("a user-mode kernel unmaps late");
	for (i = 0; i < 20; i++) {
		/* This object keeps the first arena alive while the reader looks. */
		uint64_t first = make(fd[0], 0, 16);

		reader = fork();
		CHECK_GE(reader, 0);
		if (!reader)
			read_always(p[0], 'a');
		writer = fork();
		CHECK_GE(writer, 0);
		if (!writer) {
			churn(fd[1], p[1], 'b', rounds / 20);
			_exit(0);
		}
		churn(fd[0], p[0], 'a', rounds / 20);
		CHECK_EQ(waitpid(writer, &status, 0), writer);
		CHECK_EQ(status, 0);
		kill(reader, SIGKILL);
		CHECK_EQ(waitpid(reader, &status, 0), reader);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		drop(fd[0], first);
	}
	for (i = 0; i < 2; i++) {
		CHECK_EQ(info_of(fd[i]).objects, 0);
		CHECK_EQ(info_of(fd[i]).arenas, 0);
	}
}
