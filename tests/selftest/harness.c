// SPDX-License-Identifier: GPL-2.0
/*
 * The main function of every test program: runs the cases that are named on the
 * command line, or all, and prints TAP.
 */
#include <errno.h>
#include <fnmatch.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"

/* The limit suits a kernel with all its checks on an emulated machine. */
#define CASE_SECONDS	120

/* goes_on() lets a thread run this long before it lets others in. */
#define TURN_NS		20000000ULL

#define STATUS_FAIL	1
#define STATUS_SKIP	4

/* The case's process writes here why it was skipped. */
static char *skip_reason;
#define REASON_SIZE	256

static struct test_case *first_test;
static struct test_case **last_test = &first_test;

void test_add(struct test_case *test)
{
	*last_test = test;
	last_test = &test->next;
}

void note(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	flockfile(stdout);
	fputs("# ", stdout);
	vprintf(format, ap);
	putchar('\n');
	fflush(stdout);
	funlockfile(stdout);
	va_end(ap);
}

void fail_at(const char *file, int line, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	flockfile(stdout);
	printf("# %s:%d: ", file, line);
	vprintf(format, ap);
	putchar('\n');
	fflush(stdout);
	va_end(ap);
	_exit(STATUS_FAIL);
}

void skip(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(skip_reason, REASON_SIZE, format, ap);
	va_end(ap);
	_exit(STATUS_SKIP);
}

pid_t child_start(void (*run)(void *arg), void *arg)
{
	pid_t pid = fork();

	if (pid < 0)
		FAIL("fork: %s", strerror(errno));
	if (pid)
		return pid;
	run(arg);
	fflush(stdout);
	_exit(0);
}

void child_join(pid_t pid)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_SKIP)
		_exit(STATUS_SKIP);
	CHECK_EQ(status, 0);
}

int signal_of_access(volatile char *p, bool write)
{
	pid_t pid = fork();
	int status;

	CHECK_GE(pid, 0);
	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		if (write)
			*p = 1;
		else
			(void)*p;
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void send_fd(int socket, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = "x", .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	CHECK_EQ(sendmsg(socket, &msg, 0), 1);
}

int receive_fd(int socket)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd;

	CHECK_EQ(recvmsg(socket, &msg, MSG_CMSG_CLOEXEC), 1);
	CHECK(CMSG_FIRSTHDR(&msg));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	return fd;
}

struct worker {
	pthread_t thread;
};

struct worker *worker_start(void *(*run)(void *arg), void *arg)
{
	struct worker *worker = malloc(sizeof(*worker));

	CHECK(worker);
	CHECK_EQ(pthread_create(&worker->thread, NULL, run, arg), 0);
	return worker;
}

void *worker_join(struct worker *worker)
{
	void *result;

	CHECK_EQ(pthread_join(worker->thread, &result), 0);
	free(worker);
	return result;
}

bool goes_on(const volatile bool *stop)
{
	static _Thread_local uint64_t let_in_at;

	if (now_ns() - let_in_at > TURN_NS) {
		usleep(1);
		let_in_at = now_ns();
	}
	return !*stop;
}

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

bool test_is_short(void)
{
	const char *value = getenv("MHEAP_TEST_SHORT");

	return value && *value && strcmp(value, "0");
}

static int option_argc;
static char **option_argv;

const char *test_option(const char *name)
{
	size_t len = strlen(name);
	int i;

	for (i = 1; i < option_argc; i++) {
		const char *arg = option_argv[i];

		if (strncmp(arg, "--", 2) || strncmp(arg + 2, name, len))
			continue;
		if (arg[2 + len] == '=')
			return arg + 3 + len;
		if (!arg[2 + len])
			return "";
	}
	return NULL;
}

uint64_t test_number(const char *name, uint64_t otherwise)
{
	const char *value = test_option(name);

	return value && *value ? strtoull(value, NULL, 0) : otherwise;
}

/* xorshift64* is good enough to shuffle with. */
uint64_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

uint32_t random_below(uint64_t *state, uint32_t n)
{
	return (random_next(state) >> 32) % n;
}

/* ---- running ---- */

static void case_name(const struct test_case *test, unsigned int i, char *name,
		      size_t size)
{
	if (test->label)
		snprintf(name, size, "%s: %s", test->name, test->label(i));
	else
		snprintf(name, size, "%s", test->name);
}

/* SIGCHLD is blocked and so stays pending.  Processes that the case left are killed. */
static int case_wait(pid_t pid, unsigned int seconds)
{
	uint64_t end = now_ns() + seconds * 1000000000ULL;
	struct timespec second = { .tv_sec = 1 };
	sigset_t mask;
	int status;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (now_ns() > end) {
			note("still running after %u seconds", seconds);
			kill(-pid, SIGKILL);
			waitpid(pid, &status, 0);
			return STATUS_FAIL;
		}
		sigtimedwait(&mask, NULL, &second);
	}
	kill(-pid, SIGKILL);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	note("ended by signal %d", WTERMSIG(status));
	return STATUS_FAIL;
}

static void block_sigchld(int how)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(how, &mask, NULL);
}

static int case_run(const struct test_case *test, unsigned int i)
{
	long heaps = sysfs_heaps();
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return STATUS_FAIL;
	if (!pid) {
		setpgid(0, 0);
		block_sigchld(SIG_UNBLOCK);
		test->run(i);
		fflush(stdout);
		_exit(0);
	}
	setpgid(pid, pid);
	status = case_wait(pid, (test->seconds ?: CASE_SECONDS) +
				test_number("seconds", 0));
	if (!status && !sysfs_heaps_come_to(heaps)) {
		note("%ld heaps are left, %ld before", sysfs_heaps(), heaps);
		status = STATUS_FAIL;
	}
	return status;
}

static bool case_wanted(const char *name, int argc, char **argv)
{
	int i, patterns = 0;

	for (i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "--", 2))
			continue;
		patterns++;
		if (!fnmatch(argv[i], name, 0))
			return true;
	}
	return !patterns;
}

struct totals {
	unsigned int number, failed, skipped;
};

static void case_report(struct totals *totals, int status, const char *name)
{
	totals->number++;
	if (status == STATUS_SKIP) {
		totals->skipped++;
		printf("ok %u - %s # SKIP %s\n", totals->number, name,
		       skip_reason);
	} else if (status) {
		totals->failed++;
		printf("not ok %u - %s\n", totals->number, name);
	} else {
		printf("ok %u - %s\n", totals->number, name);
	}
	fflush(stdout);
}

/* Cases are only counted if @totals is NULL. */
static unsigned int run_all(int argc, char **argv, struct totals *totals)
{
	const struct test_case *test;
	unsigned int i, n = 0;
	char name[200];

	for (test = first_test; test; test = test->next) {
		for (i = 0; i < test->count; i++) {
			case_name(test, i, name, sizeof(name));
			if (!case_wanted(name, argc, argv))
				continue;
			n++;
			if (totals)
				case_report(totals, case_run(test, i), name);
		}
	}
	return n;
}

int main(int argc, char **argv)
{
	struct totals totals = { 0 };

	option_argc = argc;
	option_argv = argv;
	skip_reason = mmap(NULL, REASON_SIZE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (skip_reason == MAP_FAILED)
		return 1;
	block_sigchld(SIG_BLOCK);
	printf("TAP version 13\n1..%u\n", run_all(argc, argv, NULL));
	run_all(argc, argv, &totals);
	printf("# pass:%u fail:%u skip:%u\n",
	       totals.number - totals.failed - totals.skipped, totals.failed,
	       totals.skipped);
	return totals.failed || !totals.number;
}
