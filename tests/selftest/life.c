// SPDX-License-Identifier: GPL-2.0
/* Sessions and how they end: descriptors, processes, and large structures that die. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bystander.h"
#include "dev.h"
#include "harness.h"

/* ---- large structures that die while others work ---- */

static uint32_t large(void)
{
	return test_is_short() ? 100000 : 1000000;
}

#define CHUNK 4000

/* Each object refers to the one before it; returns a handle of the last. */
static uint64_t make_chain(int fd, uint32_t n)
{
	static struct op ops[3 * CHUNK];
	uint64_t prev = make(fd, 1, 0);
	uint32_t done, i;

	for (done = 1; done < n; done += CHUNK) {
		for (i = 0; i < CHUNK; i++) {
			struct op *op = &ops[3 * i];

			op[0] = OP(ALLOC, .len = 1);
			op[1] = OP(SET, .flags = OPF_OBJ | OPF_VAL,
				   .obj = 3 * i, .val = 3 * i - 3);
			op[2] = OP(DROP, .flags = OPF_OBJ,
				   .obj = 3 * i - 3);
			if (i)
				continue;
			op[1].flags = OPF_OBJ;
			op[1].val = prev;
			op[2] = OP(DROP, .obj = prev);
		}
		dev_all(fd, ops, 3 * CHUNK);
		prev = ops[3 * CHUNK - 3].out;
	}
	return prev;
}

/* One object refers to all others. */
static uint64_t make_fan(int fd, uint32_t n)
{
	static struct op ops[3 * CHUNK];
	uint64_t hub = make(fd, n, 0);
	uint32_t done, i;

	for (done = 0; done < n; done += CHUNK) {
		for (i = 0; i < CHUNK; i++) {
			ops[3 * i] = OP(ALLOC, .len = 1);
			ops[3 * i + 1] = OP(SET, .flags = OPF_VAL,
					    .obj = hub, .index = done + i,
					    .val = 3 * i);
			ops[3 * i + 2] = OP(DROP, .flags = OPF_OBJ,
					    .obj = 3 * i);
		}
		dev_all(fd, ops, 3 * CHUNK);
	}
	return hub;
}

static void drop_beside(const char *what, int fd, uint64_t o, int other)
{
	struct bystander *b = bystander_start(other);

	drop(fd, o);
	bystander_stop(b, what);
	CHECK_EQ(info_of(fd).objects, 0);
	CHECK_EQ(info_of(fd).bytes, 0);
	check_sound(fd);
}

TEST_SLOW(chain_dies_beside_another_heap, 300)
{
	int fd = dev_open();

	drop_beside("chain", fd, make_chain(fd, large()), dev_open());
}

TEST_SLOW(chain_dies_beside_the_same_session, 300)
{
	int fd = dev_open();

	drop_beside("chain", fd, make_chain(fd, large()), fd);
}

TEST_SLOW(fan_dies_beside_another_heap, 300)
{
	int fd = dev_open();

	drop_beside("fan", fd, make_fan(fd, large()), dev_open());
}

TEST_SLOW(fan_dies_beside_the_same_session, 300)
{
	int fd = dev_open();

	drop_beside("fan", fd, make_fan(fd, large()), fd);
}

/* A cycle as long as the list is found and taken down while others work. */
TEST_SLOW(long_cycle_is_collected_beside_work, 300)
{
	uint64_t first, last, freed;
	struct bystander *b;
	int fd = dev_open();
	uint32_t n = large();

	tune_enabled(fd, 0);
	last = make_chain(fd, n);
	n = info_of(fd).objects;
	first = make(fd, 1, 0);
	OUT(fd, SET, .obj = first, .val = last);
	OUT(fd, RESIZE, .obj = last, .len = 2);
	OUT(fd, SET, .obj = last, .index = 1, .val = first);
	drop(fd, first);
	drop(fd, last);
	b = bystander_start(fd);
	freed = collect(fd, 2).freed;
	bystander_stop(b, "cycle");
	CHECK_EQ(freed, n + 1);
	CHECK_EQ(info_of(fd).objects, 0);
}

TEST_SLOW(closing_a_large_heap, 300)
{
	int fd = dev_open();
	long heaps = sysfs_heaps();
	uint64_t start;

	make_chain(fd, large());
	make_fan(fd, large());
	start = now_ns();
	CHECK_EQ(close(fd), 0);
	note("closed in %llu ms", (now_ns() - start) / 1000000ULL);
	CHECK_EQ(sysfs_heaps(), heaps < 0 ? heaps : heaps - 1);
}

/* ---- processes ---- */

static void change_a_heap(void *arg __attribute__((unused)))
{
	int fd = dev_open();
	unsigned int i;

	for (i = 0; i < 500; i++)
		make_ring(fd, 20);
	collect(fd, 2);
	CHECK_EQ(info_of(fd).objects, 0);
	check_sound(fd);
}

TEST(two_programs_with_heaps_of_their_own)
{
	pid_t a = child_start(change_a_heap, NULL);
	pid_t b = child_start(change_a_heap, NULL);

	child_join(a);
	child_join(b);
}

static void hold_many(void *arg)
{
	int *pipe_fd = arg;
	int fd = dev_open();
	uint64_t o = make_fan(fd, 100000);

	OUT(fd, PUBLISH, .obj = o, .val = USER_PTR("n"), .len = 1);
	OUT(fd, SET, .obj = OUT(fd, GET, .obj = o, .index = 5), .val = o);
	CHECK_EQ(write(pipe_fd[1], "x", 1), 1);
	for (;;)
		pause();
}

TEST(killed_program_leaves_nothing)
{
	long heaps = sysfs_heaps();
	int pipe_fd[2], status;
	pid_t pid;
	char c;

	if (heaps < 0)
		skip("no sysfs");
	CHECK_EQ(pipe(pipe_fd), 0);
	pid = child_start(hold_many, pipe_fd);
	CHECK_EQ(read(pipe_fd[0], &c, 1), 1);
	CHECK_EQ(sysfs_heaps(), heaps + 1);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status));
	CHECK(sysfs_heaps_come_to(heaps));
}

/* The process is killed in the middle of a long call. */
static void work_forever(void *arg)
{
	int *pipe_fd = arg, fd = dev_open();

	CHECK_EQ(write(pipe_fd[1], "x", 1), 1);
	for (;;) {
		make_ring(fd, 5000);
		collect(fd, 2);
	}
}

TEST(killed_in_the_middle)
{
	long heaps = sysfs_heaps();
	uint64_t seed = 5;
	int i, pipe_fd[2], status;
	char c;

	CHECK_EQ(pipe(pipe_fd), 0);
	for (i = 0; i < 20; i++) {
		pid_t pid = child_start(work_forever, pipe_fd);

		CHECK_EQ(read(pipe_fd[0], &c, 1), 1);
		usleep(random_next(&seed) % 20000);
		CHECK_EQ(kill(pid, SIGKILL), 0);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK(WIFSIGNALED(status));
	}
	CHECK(sysfs_heaps_come_to(heaps));
}

struct inherited {
	int fd;
	uint64_t o;
};

static void use_inherited(void *arg)
{
	struct inherited *in = arg;

	CHECK_EQ(refcount(in->fd, in->o), 1);
	OUT(in->fd, SET, .obj = in->o, .val = in->o);
	CHECK_EQ(info_of(in->fd).sessions, 1);
}

TEST(fork_shares_the_session)
{
	struct inherited in = { .fd = dev_open() };

	in.o = make(in.fd, 1, 0);
	child_join(child_start(use_inherited, &in));
	CHECK_EQ(refcount(in.fd, in.o), 2);
	CHECK_EQ(info_of(in.fd).sessions, 1);
}

static void close_inherited(void *arg)
{
	struct inherited *in = arg;
	int again = dup(in->fd);

	close(in->fd);
	CHECK_EQ(refcount(again, in->o), 1);
	close(again);
}

TEST(session_lives_until_the_last_descriptor)
{
	struct inherited in = { .fd = dev_open() };
	long heaps = sysfs_heaps();
	int other;

	in.o = make(in.fd, 1, 0);
	child_join(child_start(close_inherited, &in));
	other = dup(in.fd);
	close(in.fd);
	CHECK_EQ(refcount(other, in.o), 1);
	CHECK_EQ(sysfs_heaps(), heaps);
	close(other);
	CHECK_EQ(sysfs_heaps(), heaps < 0 ? heaps : heaps - 1);
}

/* ---- descriptors in messages ---- */

struct passed {
	int socket[2];
	uint64_t o;
};

static void send_session(void *arg)
{
	struct passed *p = arg;
	int fd = dev_open();
	uint64_t o = make(fd, 0, 8);

	OUT(fd, WRITE, .obj = o, .val = USER_PTR("message"), .len = 8);
	send_fd(p->socket[1], fd);
	CHECK_EQ(write(p->socket[1], &o, sizeof(o)), sizeof(o));
}

/* The sender is dead when the descriptor is taken from the socket. */
TEST(descriptor_in_a_message_keeps_the_session)
{
	struct passed p;
	char text[8];
	uint64_t o;
	int fd;

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, p.socket), 0);
	child_join(child_start(send_session, &p));
	fd = receive_fd(p.socket[0]);
	CHECK_EQ(read(p.socket[0], &o, sizeof(o)), sizeof(o));
	OUT(fd, READ, .obj = o, .val = USER_PTR(text), .len = 8);
	CHECK(!strcmp(text, "message"));
	CHECK_EQ(info_of(fd).objects, 1);
}

/* A descriptor that nobody takes is closed with its socket. */
TEST(descriptor_in_an_unread_message_goes)
{
	long heaps = sysfs_heaps();
	struct passed p;

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, p.socket), 0);
	child_join(child_start(send_session, &p));
	CHECK_EQ(sysfs_heaps(), heaps < 0 ? heaps : heaps + 1);
	close(p.socket[0]);
	close(p.socket[1]);
	CHECK(sysfs_heaps_come_to(heaps));
}

/* ---- descriptors ---- */

TEST(open_flags)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };
	unsigned int k;

	for (k = 0; k < 3; k++) {
		int fd = open("/dev/mheap", modes[k] | O_CLOEXEC);

		CHECK_GE(fd, 0);
		CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		make(fd, 1, 1);
		close(fd);
		fd = open("/dev/mheap", modes[k]);
		CHECK_GE(fd, 0);
		CHECK(!(fcntl(fd, F_GETFD) & FD_CLOEXEC));
		close(fd);
	}
}

/* The file cannot be written, has no position, and is read only in whole events. */
TEST(no_read_no_write_no_map)
{
	int fd = dev_open();
	char c = 'x';

	CHECK_EQ(read(fd, &c, 1), -1);
	CHECK_EQ(errno, EINVAL);
	CHECK_EQ(write(fd, &c, 1), -1);
	CHECK_EQ(errno, EINVAL);
	CHECK_EQ(pread(fd, &c, 1, 0), -1);
	CHECK_EQ(errno, ESPIPE);
}

TEST(anybody_may_have_a_heap)
{
	if (getuid() && access("/dev/mheap", W_OK))
		FAIL("no access");
	if (!getuid())
		CHECK_EQ(setuid(65534), 0);
	make(dev_open(), 1, 1);
}

/* ---- how many heaps a user may have ---- */

#define MAX_USER_HEAPS "/sys/module/mheap/parameters/max_user_heaps"

static void open_as_nobody(void *arg)
{
	unsigned int most = *(unsigned int *)arg, k;
	int fd[10];

	CHECK_EQ(setgid(65534), 0);
	CHECK_EQ(setuid(65534), 0);
	for (k = 0; k < most; k++)
		fd[k] = dev_open();
	CHECK_EQ(open("/dev/mheap", O_RDWR), -1);
	CHECK_EQ(errno, EMFILE);
	close(fd[0]);
	make(dev_open(), 1, 1);
	CHECK_EQ(open("/dev/mheap", O_RDWR), -1);
}

static void open_all_as_root(unsigned int n)
{
	unsigned int k;

	for (k = 0; k < n; k++)
		close(dev_open());
}

TEST(EMFILE_too_many_heaps)
{
	unsigned int most = 5;
	char before[16];
	pid_t pid;
	int status;

	if (getuid())
		skip("not root");
	CHECK_EQ(file_read(MAX_USER_HEAPS, before, sizeof(before)), 0);
	CHECK_EQ(file_write(MAX_USER_HEAPS, "5"), 0);
	pid = child_start(open_as_nobody, &most);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	open_all_as_root(2 * most);
	CHECK_EQ(file_write(MAX_USER_HEAPS, before), 0);
	CHECK_EQ(status, 0);
}

TEST(fdinfo)
{
	char path[40], text[500], wanted[60];
	struct mheap_ioc_info info;
	int fd = dev_open();

	make(fd, 0, 0);
	make(fd, 1, 0);
	info = info_of(fd);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	CHECK_EQ(file_read(path, text, sizeof(text)), 0);
	snprintf(wanted, sizeof(wanted), "\nmheap-heap:\t%llu\n", info.heap_id);
	CHECK(strstr(text, wanted));
	CHECK(strstr(text, "\nmheap-rights:\trwc\n"));
	CHECK(strstr(text, "\nmheap-handles:\t2\n"));
}

TEST(open_and_close_1000_times)
{
	long heaps = sysfs_heaps();
	unsigned int i;
	int fd;

	for (i = 0; i < 1000; i++) {
		fd = dev_open();
		if (i % 3)
			make(fd, i % 4, i);
		if (i % 3 == 2)
			make_ring(fd, 3);
		close(fd);
	}
	CHECK_EQ(sysfs_heaps(), heaps);
}

TEST(many_heaps_at_once)
{
	long heaps = sysfs_heaps();
	int fd[100];
	unsigned int i;

	for (i = 0; i < 100; i++) {
		fd[i] = dev_open();
		make_ring(fd[i], 3);
	}
	CHECK_EQ(sysfs_heaps(), heaps < 0 ? heaps : heaps + 100);
	for (i = 0; i < 100; i++)
		close(fd[i]);
	CHECK_EQ(sysfs_heaps(), heaps);
}

/* The heap goes while its scanner is running. */
TEST(closed_during_a_collection)
{
	unsigned int i;
	int fd;

	for (i = 0; i < 30; i++) {
		fd = dev_open();
		tune_enabled(fd, 0);
		make_ring(fd, 5000);
		tune_enabled(fd, 1);
		make(fd, 1, 0);
		close(fd);
	}
}

/* ---- the module ---- */

static int unload(void)
{
	return syscall(SYS_delete_module, "mheap", O_NONBLOCK) ? -errno : 0;
}

TEST(module_is_not_unloaded_while_open)
{
	int fd = dev_open(), err;

	err = unload();
	if (err == -EPERM || err == -ENOSYS || err == -ENOENT)
		skip("modules cannot be unloaded here (%s)", strerror(-err));
	CHECK_EQ(err, -EWOULDBLOCK);
	make(fd, 1, 0);
	check_sound(fd);
}

/*
 * Use the file that $MHEAP_MODULE names or, in a test guest, the module built for its
 * kernel.
 */
static const char *module_file(void)
{
	const char *tree = getenv("MHEAP_TREE"), *kernel = getenv("KERNEL");
	static char path[4200];

	if (getenv("MHEAP_MODULE"))
		return getenv("MHEAP_MODULE");
	if (!tree || !kernel)
		return NULL;
	snprintf(path, sizeof(path), "%s/build/%s/mheap.ko", tree, kernel);
	return path;
}

/* Load the module again without parameters. */
TEST(module_unloads_and_loads_again)
{
	const char *file = module_file();
	int fd, i;

	if (!file)
		skip("MHEAP_MODULE does not name the module's file");
	if (sysfs_heaps() > 0)
		skip("somebody else uses the module");
	for (i = 0; i < 5; i++) {
		fd = dev_open();
		make_ring(fd, 1000);
		close(fd);
		CHECK_EQ(unload(), 0);
		CHECK(access("/dev/mheap", F_OK) < 0);
		fd = open(file, O_RDONLY | O_CLOEXEC);
		CHECK_GE(fd, 0);
		CHECK_EQ(syscall(SYS_finit_module, fd, "", 0), 0);
		close(fd);
		CHECK_EQ(access("/dev/mheap", F_OK), 0);
	}
}
