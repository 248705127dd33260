/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Test cases of a program: each is run in a process of its own with a time
 * limit, and reported as one line of TAP, as the kernel's own selftests do.
 *
 * Arguments are patterns of names of cases, and options for the cases themselves.
 *
 * A case ends at the first check that does not hold.  Its process ends then, and
 * with it its sessions.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/**
 * struct test_case - A function, and how often it is a case
 * @name: what it tests
 * @run: does it, for one of @count cases
 * @label: name of one of @count cases, or NULL if there is one
 * @count: how many cases
 * @seconds: time limit of a case; 0 is the usual one
 * @next: the next one
 */
struct test_case {
	const char *name;
	void (*run)(unsigned int i);
	const char *(*label)(unsigned int i);
	unsigned int count;
	unsigned int seconds;
	struct test_case *next;
};

void test_add(struct test_case *test);

#define TEST_DEFINE(_name, _i, _label, _count, _seconds)		\
	static void test_##_name(unsigned int _i);			\
	static void __attribute__((constructor)) test_add_##_name(void)	\
	{								\
		static struct test_case test = {			\
			.name = #_name,					\
			.run = test_##_name,				\
			.label = _label,				\
			.count = _count,				\
			.seconds = _seconds,				\
		};							\
									\
		test_add(&test);					\
	}								\
	static void test_##_name(unsigned int _i __attribute__((unused)))

/* Define a case. */
#define TEST(_name) TEST_DEFINE(_name, only_, NULL, 1, 0)

/* Define a case that may take longer than the usual limit. */
#define TEST_SLOW(_name, _seconds) \
	TEST_DEFINE(_name, only_, NULL, 1, _seconds)

/* Define a case for each i below _count; _label(i) is its name. */
#define TEST_EACH(_name, _label, _count) \
	TEST_DEFINE(_name, i, _label, _count, 0)

/* Print a line for the reader of the output. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* End the case, because it failed or cannot be run here. */
void fail_at(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4), noreturn));
void skip(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

#define FAIL(...) fail_at(__FILE__, __LINE__, __VA_ARGS__)

#define CHECK(_holds)							\
	do {								\
		if (!(_holds))						\
			FAIL("%s does not hold", #_holds);		\
	} while (0)

/* Compare numbers; negative ones are printed as such. */
#define CHECK_OP(_seen, _op, _wanted)					\
	do {								\
		long long seen_ = (long long)(_seen);			\
		long long wanted_ = (long long)(_wanted);		\
									\
		if (!(seen_ _op wanted_))				\
			FAIL("%s is %lld (0x%llx), not %s %s, %lld",	\
			     #_seen, seen_, (unsigned long long)seen_,	\
			     #_op, #_wanted, wanted_);			\
	} while (0)

#define CHECK_EQ(_seen, _wanted) CHECK_OP(_seen, ==, _wanted)
#define CHECK_NE(_seen, _wanted) CHECK_OP(_seen, !=, _wanted)
#define CHECK_LE(_seen, _wanted) CHECK_OP(_seen, <=, _wanted)
#define CHECK_GE(_seen, _wanted) CHECK_OP(_seen, >=, _wanted)

/* Run a function in a process of its own; child_join() ends the case if that failed. */
pid_t child_start(void (*run)(void *arg), void *arg);
void child_join(pid_t pid);

/* Let a child read or write the byte: returns the signal that killed it, or 0. */
int signal_of_access(volatile char *p, bool write);

/* Pass a descriptor over a socket, together with one byte. */
void send_fd(int socket, int fd);
int receive_fd(int socket);

/* Run a function in a thread. */
struct worker;
struct worker *worker_start(void *(*run)(void *arg), void *arg);
void *worker_join(struct worker *worker);

/*
 * Shall a thread that works until @stop go on? Now and then it sleeps first: in a user-mode
 * kernel only one thread of a process runs in user space at a time, and one that never
 * sleeps can keep the others out for minutes.
 */
bool goes_on(const volatile bool *stop);

uint64_t now_ns(void);

/* Slow kernels set $MHEAP_TEST_SHORT, so that cases do less work. */
bool test_is_short(void);

/* Returns the value of --NAME=VALUE on the command line ("" for --NAME alone), or NULL. */
const char *test_option(const char *name);
uint64_t test_number(const char *name, uint64_t otherwise);

/* These pseudo-random numbers are the same in each run. */
uint64_t random_next(uint64_t *state);
uint32_t random_below(uint64_t *state, uint32_t n);

#endif
