// SPDX-License-Identifier: GPL-2.0
/*
 * The fuzzer's cases, and the process that watches those that do steps.
 *
 *	--seed=N	another run
 *	--seconds=N	of random steps, all cases together (60)
 *	--steps=N	no more steps than that in each process
 *	--replay=FILE	do the steps of that file, and nothing else
 *	--save=FILE	append sequences that gave something new
 *
 * The last steps before a failure are left in fuzz-failed.txt, in $MHEAP_RESULTS or
 * where the program was started.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "fuzz.h"
#include "harness.h"

#define CORPUS		"tests/selftest/fuzz-corpus"

/* No step takes as long as this, even on the slowest kernel. */
#define STEP_NS		30000000000ULL

/* Everything is closed and begun anew after so many steps. */
#define ROUND		3000U

static struct fuzz_shared *share(void)
{
	struct fuzz_shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(shared != MAP_FAILED);
	return shared;
}

/* ---- processes that do steps ---- */

struct job {
	struct fuzz_shared *shared;
	unsigned int number;
	uint64_t seed, end;
	const char *file;
	bool alone;
	int fd[2];		/* heaps that others work on, too, or -1 */
};

/* Open a heap, or attach a session to a shared one. */
static void join_heap(struct fuzz *f, int fd, uint32_t rights)
{
	struct mheap_ioc_attach attach = { .size = sizeof(attach), .rights = rights };
	int own = ioctl(fd, MHEAP_IOC_ATTACH, &attach);

	CHECK_GE(own, 0);
	session_add(f, own, rights);
}

static void do_round(struct fuzz *f, const struct job *job)
{
	uint64_t most = test_number("steps", UINT64_MAX);
	struct step s;
	unsigned int i;

	fuzz_begin(f);
	for (i = 0; i < 2 && job->fd[i] >= 0; i++)
		join_heap(f, job->fd[i], i ? (job->number + 5) % 8 : MHEAP_RIGHT_ALL);
	for (i = 0; i < ROUND && now_ns() < job->end && f->me->steps < most; i++) {
		if (!corpus_draw(f, &s))
			step_draw(f, &s);
		step_do(f, &s);
	}
	fuzz_end(f);
}

static void do_job(const struct job *job)
{
	struct fuzz f = {
		.random = job->seed * 2654435761U + job->number + 1,
		.shared = job->shared,
		.me = &job->shared->workers[job->number],
		.alone = job->alone,
	};

	f.me->began = now_ns();
	if (job->file) {
		fuzz_begin(&f);
		corpus_replay(&f, job->file);
		fuzz_end(&f);
		return;
	}
	while (now_ns() < job->end && f.me->steps < test_number("steps", UINT64_MAX))
		do_round(&f, job);
}

/* ---- the process that watches ---- */

static void show_trail(const struct worker_state *worker)
{
	const char *results = getenv("MHEAP_RESULTS");
	uint64_t i = worker->steps > TRAIL ? worker->steps - TRAIL : 0;
	char path[200], line[2048];
	FILE *file;

	snprintf(path, sizeof(path), "%s/fuzz-failed.txt", results ?: ".");
	file = fopen(path, "w");
	for (; i < worker->steps; i++) {
		step_print(&worker->trail[i % TRAIL], line, sizeof(line));
		if (file)
			fprintf(file, "%s\n", line);
	}
	if (file)
		fclose(file);
	note("step %llu: %s", (unsigned long long)worker->steps, line);
}

/* Say in which functions of the kernel a process is, for whoever asks why a step hangs. */
static void show_place(pid_t pid)
{
	char path[64], text[4096] = "", *line, *at = text;

	snprintf(path, sizeof(path), "/proc/%d/stack", pid);
	if (file_read(path, text, sizeof(text)))
		return;
	printf("# process %d:", pid);
	while ((line = strsep(&at, "\n")))
		if (strchr(line, ' '))
			printf(" %s", strchr(line, ' ') + 1);
	putchar('\n');
}

static pid_t start(const struct job *job)
{
	pid_t pid = fork();

	CHECK_GE(pid, 0);
	if (pid)
		return pid;
	do_job(job);
	fflush(stdout);
	_exit(0);
}

static bool hangs(const struct worker_state *worker)
{
	uint64_t began = worker->began, now = now_ns();

	return now > began && now - began > STEP_NS;
}

/* Has the process ended?  A step that failed ends the case. */
static bool ended(const struct job *job, pid_t pid)
{
	const struct worker_state *worker = &job->shared->workers[job->number];
	int status;

	if (waitpid(pid, &status, WNOHANG) == pid) {
		if (status) {
			show_trail(worker);
			FAIL("seed %llu, process %u: status %#x",
			     (unsigned long long)job->seed, job->number, status);
		}
		return true;
	}
	return false;
}

/* A step that hangs ends the case, too. */
static void check_hangs(const struct job *job, const pid_t *pids, unsigned int n)
{
	const struct worker_state *worker = &job->shared->workers[job->number];
	unsigned int i;

	if (!hangs(worker))
		return;
	for (i = 0; i < n; i++)
		if (pids[i])
			show_place(pids[i]);
	show_trail(worker);
	FAIL("seed %llu, process %u (%d): the step hangs", (unsigned long long)job->seed,
	     job->number, pids[job->number]);
}

static void wait_for(const struct job *jobs, pid_t *pids, unsigned int n)
{
	unsigned int i, left = n;

	while (left) {
		usleep(20000);
		for (i = 0; i < n; i++)
			if (pids[i] && ended(&jobs[i], pids[i])) {
				pids[i] = 0;
				left--;
			} else if (pids[i]) {
				check_hangs(&jobs[i], pids, n);
			}
	}
}

static uint64_t nanoseconds_each(void)
{
	return test_number("seconds", 60) * 500000000ULL;
}

static uint64_t seed(void)
{
	return test_number("seed", 1);
}

/* ---- cases ---- */

static void replay(struct fuzz_shared *shared, const char *path)
{
	struct job job = {
		.shared = shared,
		.file = path,
		.alone = true,
		.fd = { -1, -1 },
	};
	pid_t pid;

	note("%s", path);
	pid = start(&job);
	wait_for(&job, &pid, 1);
}

static int is_corpus(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".txt");
}

TEST_SLOW(corpus, 300)
{
	const char *file = test_option("replay");
	struct fuzz_shared *shared = share();
	struct dirent **files;
	char path[400];
	int n, i;

	if (file) {
		replay(shared, file);
		return;
	}
	n = scandir(CORPUS, &files, is_corpus, alphasort);
	if (n < 0)
		skip("no " CORPUS " here");
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), CORPUS "/%s", files[i]->d_name);
		replay(shared, path);
	}
	cover_report(shared);
}

TEST_SLOW(alone, 300)
{
	struct job job = {
		.shared = share(),
		.seed = seed(),
		.end = now_ns() + nanoseconds_each(),
		.alone = true,
		.fd = { -1, -1 },
	};
	pid_t pid;

	if (test_option("replay"))
		skip("a file is replayed");
	pid = start(&job);
	wait_for(&job, &pid, 1);
	cover_report(job.shared);
}

/*
 * Kill a process at work.  If it has ended already, a step of it failed, unless it was to
 * do only a few.
 */
static void kill_worker(const struct job *job, pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return;
	if (!status && test_option("steps"))
		return;
	show_trail(&job->shared->workers[job->number]);
	FAIL("seed %llu, process %u: status %#x", (unsigned long long)job->seed,
	     job->number, status);
}

/* One of the processes is killed half-way, and another takes its place. */
TEST_SLOW(together, 300)
{
	uint64_t half = nanoseconds_each() / 2, end = now_ns() + 2 * half;
	struct fuzz_shared *shared = share();
	int fd[2] = { dev_open(), dev_open() };
	struct job jobs[MAX_WORKERS];
	pid_t pids[MAX_WORKERS];
	unsigned int i;

	if (test_option("replay"))
		skip("a file is replayed");
	for (i = 0; i < 2; i++)
		tune_limit(fd[i], LIMIT_BYTES, LIMIT_OBJECTS);
	for (i = 0; i < MAX_WORKERS; i++) {
		jobs[i] = (struct job){ shared, i, seed(), end, NULL, false,
					{ fd[0], fd[1] } };
		pids[i] = start(&jobs[i]);
	}
	while (now_ns() < end - half)
		usleep(20000);
	kill_worker(&jobs[0], pids[0]);
	pids[0] = start(&jobs[0]);
	wait_for(jobs, pids, MAX_WORKERS);
	for (i = 0; i < 2; i++)
		check_sound(fd[i]);
	cover_report(shared);
}
