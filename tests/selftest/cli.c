// SPDX-License-Identifier: GPL-2.0
/* mheapctl: its arguments, what it prints about a heap of this process, failing traces. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mheap.h>

#include "harness.h"

static char out[1 << 16];

/* Returns the command's exit status; out gets all that it printed, errors included. */
static int __attribute__((format(printf, 1, 2))) run(const char *format, ...)
{
	const char *tree = getenv("MHEAP_TREE"), *command = getenv("MHEAPCTL");
	char line[512];
	va_list args;
	FILE *pipe;
	size_t len;
	int status;

	if (command)
		len = (size_t)snprintf(line, sizeof(line), "exec 2>&1; %s ", command);
	else
		len = (size_t)snprintf(line, sizeof(line),
				       "exec 2>&1; %s/build/user/bin/mheapctl ",
				       tree ? tree : ".");
	CHECK(len < sizeof(line) / 2);
	va_start(args, format);
	vsnprintf(line + len, sizeof(line) - len, format, args);
	va_end(args);
	pipe = popen(line, "r");
	CHECK(pipe);
	len = fread(out, 1, sizeof(out) - 1, pipe);
	out[len] = '\0';
	status = pclose(pipe);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void note_out(void)
{
	for (const char *at = out; *at; at += strcspn(at, "\n") + !!strchr(at, '\n'))
		note("%.*s", (int)strcspn(at, "\n"), at);
}

/* The command must have printed exactly this, or something that contains it. */
static void check_out(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void check_out(const char *format, ...)
{
	char wanted[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(wanted, sizeof(wanted), format, args);
	va_end(args);
	if (!strcmp(out, wanted))
		return;
	note_out();
	FAIL("not what was printed: %s", wanted);
}

static void check_has(const char *text)
{
	if (strstr(out, text))
		return;
	note_out();
	FAIL("not in what was printed: %s", text);
}

/* ---- arguments ---- */

static const char *const bad_usage[] = {
	"", "nonsense", "--nonsense", "check 1", "check --nonsense", "list 1",
	"gc", "gc x", "gc 1 2", "gc 1 --collect 3", "gc 1 --threshold 1,2",
	"gc 1 --enable --disable", "stat", "stat x", "stat 1 2", "graph",
	"graph --shuffle x a", "trace", "trace --nonsense a", "trace /nonexistent",
	"path", "path 1", "path x 1", "path 1 x", "path 1 2 3", "path 1 -2",
	"path 1 2 --nonsense",
};

static const char *bad_usage_label(unsigned int i)
{
	return *bad_usage[i] ? bad_usage[i] : "nothing";
}

TEST_EACH(usage, bad_usage_label, ARRAY_SIZE(bad_usage))
{
	CHECK_EQ(run("%s", bad_usage[i]), 2);
	check_has("mheapctl");
}

static const char *const commands[] = {
	"check", "list", "gc", "stat", "path", "graph", "trace",
};

static const char *command_label(unsigned int i)
{
	return commands[i];
}

/* Each subcommand is listed in the help and has a help text of its own. */
TEST_EACH(help, command_label, ARRAY_SIZE(commands))
{
	char text[32];

	CHECK_EQ(run("--help"), 0);
	snprintf(text, sizeof(text), "\n  %s ", commands[i]);
	check_has(text);
	CHECK_EQ(run("%s --help", commands[i]), 0);
	check_has("--json");
}

/* The output has a line for each member of the query struct. */
TEST(check)
{
	static const char *const keys[] = {
		"module_abi_level", "features", "opcodes", "max_ops", "op_size",
		"max_slots", "max_name", "max_bytes", "max_types", "max_intern",
		"max_frames",
	};
	char text[40];

	CHECK_EQ(run("check --json"), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++) {
		snprintf(text, sizeof(text), "\"%s\":", keys[i]);
		check_has(text);
	}
	check_has("\"max_intern\":65536");
	CHECK_EQ(run("check"), 0);
	check_has("65536 bytes of an interned object");
}

/* ---- heaps of this process ---- */

struct held {
	struct mheap *h;
	unsigned long long heap;
};

static struct held heap_open(void)
{
	struct mheap_info info;
	struct held held;

	if (access("/sys/kernel/debug/mheap", X_OK))
		skip("no debugfs, or not root");
	CHECK_EQ(mheap_open(&held.h), 0);
	CHECK_EQ(mheap_gc_disable(held.h), 0);
	CHECK_EQ(mheap_info(held.h, &info), 0);
	held.heap = info.heap_id;
	return held;
}

static mheap_ref alloc(struct held *held, const char *type, uint32_t flags)
{
	mheap_type t = 0;
	mheap_ref r;

	CHECK_EQ(mheap_type_register(held->h, type, &t), 0);
	CHECK_EQ(mheap_alloc(held->h, t, 3, 0, flags, &r), 0);
	return r;
}

static unsigned long long id_of(struct held *held, mheap_ref r)
{
	uint64_t id;

	CHECK_EQ(mheap_id(held->h, r, &id), 0);
	return id;
}

static void set(struct held *held, mheap_ref obj, uint32_t slot, mheap_ref val)
{
	CHECK_EQ(mheap_set(held->h, obj, slot, val), 0);
}

/* Put a new object without a handle into a slot of this one, and return its id. */
static unsigned long long child(struct held *held, mheap_ref obj, uint32_t slot)
{
	mheap_ref r = alloc(held, "leaf", 0);
	unsigned long long id = id_of(held, r);

	set(held, obj, slot, r);
	CHECK_EQ(mheap_drop(held->h, r), 0);
	return id;
}

/* ---- sessions ---- */

static void wait_for_the_end(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

/* Two processes, formatted as in the list. */
struct pair {
	char text[80];
	char json[160];
};

static struct pair pair_of(pid_t a, pid_t b)
{
	int first = a < b ? a : b, second = a < b ? b : a;
	struct pair pair;

	snprintf(pair.text, sizeof(pair.text), "%d cli, %d cli\n", first, second);
	snprintf(pair.json, sizeof(pair.json),
		 "[{\"pid\":%d,\"command\":\"cli\"},{\"pid\":%d,\"command\":\"cli\"}]",
		 first, second);
	return pair;
}

/* A child inherits both sessions, so each is open in two processes. */
TEST(list_sessions)
{
	struct held held = heap_open();
	int fd = mheap_attach(held.h, MHEAP_READ | MHEAP_CONTROL);
	struct pair pair = pair_of(getpid(), child_start(wait_for_the_end, NULL));
	char text[500];

	CHECK_GE(fd, 0);
	alloc(&held, "list", 0);
	CHECK_EQ(run("list"), 0);
	snprintf(text, sizeof(text), "\n       session 1 rwc 1 handle: %s"
		 "       session 2 r-c 0 handles: %s", pair.text, pair.text);
	check_has(text);
	CHECK(!strstr(out, "cannot be seen"));
	CHECK_EQ(run("list --json | tr -d ' \\n'"), 0);
	snprintf(text, sizeof(text),
		 "\"session_list\":[{\"session\":1,\"rights\":\"rwc\",\"handles\":1,"
		 "\"processes\":%s},{\"session\":2,\"rights\":\"r-c\",\"handles\":0,"
		 "\"processes\":%s}]", pair.json, pair.json);
	check_has(text);
}

/* Heaps are listed in order, each with its own sessions. */
TEST(list_sessions_of_each_heap)
{
	struct held first = heap_open(), second = heap_open();
	char text[400];

	mheap_attach(second.h, 0);
	alloc(&second, "list", 0);
	CHECK_EQ(run("list | sed -E 's/^( *[0-9]+) .*/\\1/; s/:.*//'"), 0);
	snprintf(text, sizeof(text), "%6llu\n       session 1 rwc 0 handles\n"
		 "%6llu\n       session 1 rwc 1 handle\n"
		 "       session 2 --- 0 handles\n", first.heap, second.heap);
	check_has(text);
}

TEST(list_counts_descriptors_of_a_session_once)
{
	struct held held = heap_open();
	char text[80];

	CHECK_GE(fcntl(mheap_fd(held.h), F_DUPFD_CLOEXEC, 0), 0);
	CHECK_EQ(run("list"), 0);
	snprintf(text, sizeof(text), "session 1 rwc 0 handles: %d cli\n", getpid());
	check_has(text);
}

/* Control characters in a process's name do not reach the terminal. */
TEST(list_strange_command)
{
	struct held held = heap_open();

	CHECK_EQ(prctl(PR_SET_NAME, "a\033[2Jb"), 0);
	CHECK_EQ(run("list"), 0);
	check_has(" a?[2Jb\n");
	mheap_close(held.h);
}

/* No process has a session open while its descriptor is in a socket. */
TEST(list_what_cannot_be_seen)
{
	struct held held = heap_open();
	int fd = mheap_attach(held.h, MHEAP_ALL), ends[2];

	CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	send_fd(ends[0], fd);
	close(fd);
	CHECK_EQ(run("list"), 0);
	check_has("       1 more that cannot be seen\n");
}

/* These processes make short-lived sessions. */
struct comings {
	struct mheap *h;
	volatile bool *stop;	/* shared: a process killed while it forks upsets some kernels */
};

static void come_and_go(void *arg)
{
	struct comings *c = arg;
	pid_t pid;

	while (!*c->stop) {
		pid = fork();
		if (!pid) {
			mheap_attach(c->h, MHEAP_READ);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

TEST(list_beside_processes_that_come_and_go)
{
	struct held held = heap_open();
	struct comings c = { .h = held.h };
	char text[80];
	pid_t pid;

	c.stop = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(c.stop != MAP_FAILED);
	pid = child_start(come_and_go, &c);
	snprintf(text, sizeof(text), "session 1 rwc 0 handles: %d cli", getpid());
	for (int i = 0; i < 20; i++) {
		CHECK_EQ(run("list"), 0);
		check_has(text);
	}
	*c.stop = true;
	child_join(pid);
}

/* ---- objects ---- */

TEST(stat_most_first)
{
	struct held held = heap_open();
	mheap_ref a = alloc(&held, "a list", 0);

	child(&held, a, 0);
	child(&held, a, 1);
	CHECK_EQ(mheap_resize(held.h, a, 3, 77), 0);
	CHECK_EQ(run("stat %llu | tr -s ' '", held.heap), 0);
	check_out(" objects bytes type\n 2 0 leaf\n 1 77 a list\n 0 0 object\n");
}

TEST(path_from_a_handle)
{
	struct held held = heap_open();
	mheap_ref a = alloc(&held, "list", 0);
	unsigned long long id = child(&held, a, 2);

	CHECK_EQ(run("path %llu %llu", held.heap, id), 0);
	check_out("handle\n#%llu list [slot 2] ->\n#%llu leaf\n", id_of(&held, a), id);
	CHECK_EQ(run("path %llu %llu", held.heap, id_of(&held, a)), 0);
	check_out("handle\n#%llu list\n", id_of(&held, a));
}

TEST(path_from_a_name)
{
	struct held held = heap_open();
	mheap_ref a = alloc(&held, "list", 0), b = alloc(&held, "list", 0);
	unsigned long long id_a = id_of(&held, a), id_b = id_of(&held, b), id;

	CHECK_EQ(mheap_publish(held.h, "what a name", a), 0);
	set(&held, a, 1, b);
	id = child(&held, b, 0);
	CHECK_EQ(mheap_drop(held.h, a), 0);
	CHECK_EQ(mheap_drop(held.h, b), 0);
	CHECK_EQ(run("path %llu %llu", held.heap, id), 0);
	check_out("name \"what a name\"\n#%llu list [slot 1] ->\n"
		  "#%llu list [slot 0] ->\n#%llu leaf\n", id_a, id_b, id);
}

/*
 * The shorter of the paths a, c, d, x and a, b, x is shown; c is also on a cycle of its
 * own.
 */
TEST(path_is_the_shortest)
{
	struct held held = heap_open();
	mheap_ref a = alloc(&held, "list", 0), b = alloc(&held, "list", 0);
	mheap_ref c = alloc(&held, "list", 0), d = alloc(&held, "list", 0);
	unsigned long long id_b = id_of(&held, b), id = child(&held, d, 2);
	mheap_ref x;

	CHECK_EQ(mheap_get(held.h, d, 2, &x), 0);
	set(&held, b, 1, x);
	set(&held, a, 0, c);
	set(&held, a, 1, b);
	set(&held, c, 0, d);
	set(&held, c, 1, c);
	CHECK_EQ(mheap_drop(held.h, x), 0);
	CHECK_EQ(mheap_drop(held.h, b), 0);
	CHECK_EQ(mheap_drop(held.h, c), 0);
	CHECK_EQ(mheap_drop(held.h, d), 0);
	CHECK_EQ(run("path %llu %llu", held.heap, id), 0);
	check_out("handle\n#%llu list [slot 1] ->\n#%llu list [slot 1] ->\n"
		  "#%llu leaf\n", id_of(&held, a), id_b, id);
}

TEST(path_from_an_immortal_object)
{
	struct held held = heap_open();
	mheap_ref a = alloc(&held, "const", MHEAP_IMMORTAL);
	unsigned long long id_a = id_of(&held, a), id = child(&held, a, 0);

	CHECK_EQ(mheap_drop(held.h, a), 0);
	CHECK_EQ(run("path %llu %llu", held.heap, id), 0);
	check_out("immortal\n#%llu const [slot 0] ->\n#%llu leaf\n", id_a, id);
}

/* The ring is frozen before its last handle is dropped. */
TEST(path_from_a_frozen_object)
{
	struct held held = heap_open();
	mheap_ref a = alloc(&held, "list", 0);
	unsigned long long id_a = id_of(&held, a), id;

	set(&held, a, 0, a);
	CHECK_EQ(mheap_gc_freeze(held.h), 0);
	id = child(&held, a, 1);
	CHECK_EQ(mheap_drop(held.h, a), 0);
	CHECK_EQ(run("path %llu %llu", held.heap, id), 0);
	check_out("frozen\n#%llu list [slot 1] ->\n#%llu leaf\n", id_a, id);
}

TEST(path_from_an_unread_event)
{
	struct held held = heap_open();
	mheap_ref a = alloc(&held, "list", 0);
	unsigned long long id_a = id_of(&held, a), id = child(&held, a, 0);

	CHECK_EQ(mheap_set_finalizer(held.h, a, 1), 0);
	CHECK_EQ(mheap_drop(held.h, a), 0);
	CHECK_EQ(run("path %llu %llu", held.heap, id), 0);
	check_out("handle\n#%llu list [slot 0] ->\n#%llu leaf\n", id_a, id);
}

TEST(path_from_the_garbage_list)
{
	struct held held = heap_open();
	mheap_ref a = alloc(&held, "list", 0);
	unsigned long long id = id_of(&held, a);

	CHECK_EQ(mheap_gc_set_debug(held.h, MHEAP_DEBUG_SAVEALL), 0);
	set(&held, a, 0, a);
	CHECK_EQ(mheap_drop(held.h, a), 0);
	CHECK_EQ(mheap_gc_collect(held.h, 2), 1);
	CHECK_EQ(run("path %llu %llu", held.heap, id), 0);
	check_out("handle\n#%llu list\n", id);
}

TEST(path_to_garbage)
{
	struct held held = heap_open();
	mheap_ref a = alloc(&held, "list", 0);
	unsigned long long id = id_of(&held, a);

	set(&held, a, 0, a);
	CHECK_EQ(mheap_drop(held.h, a), 0);
	CHECK_EQ(run("path %llu %llu", held.heap, id), 1);
	check_has("nothing holds object");
	CHECK_EQ(mheap_gc_collect(held.h, 2), 1);
	CHECK_EQ(run("path %llu %llu", held.heap, id), 1);
	check_has("there is no object");
}

TEST(no_such_heap)
{
	struct held held = heap_open();

	mheap_close(held.h);
	CHECK_EQ(run("path %llu 1", held.heap), 1);
	check_has("there is no heap");
	CHECK_EQ(run("stat %llu", held.heap), 1);
	check_has("there is no heap");
}

TEST(path_as_json)
{
	struct held held = heap_open();
	mheap_ref a = alloc(&held, "a \"list\"", 0);
	unsigned long long id = child(&held, a, 1);
	char text[200];

	CHECK_EQ(mheap_publish(held.h, "x", a), 0);
	CHECK_EQ(run("path %llu %llu --json | tr -d ' \\n'", held.heap, id), 0);
	snprintf(text, sizeof(text),
		 "{\"heap\":%llu,\"id\":%llu,\"root\":{\"kind\":\"name\",\"name\":\"x\"},"
		 "\"path\":[{\"id\":%llu,\"type\":\"a\\\"list\\\"\",\"slot\":1},"
		 "{\"id\":%llu,\"type\":\"leaf\"}]}",
		 held.heap, id, id_of(&held, a), id);
	check_out("%s", text);
}

/* The heap has more objects than one read of the file returns, and the path is as long. */
TEST(path_along_a_chain)
{
	int count = test_is_short() ? 2000 : 20000;
	struct held held = heap_open();
	mheap_ref last = alloc(&held, "link", 0), next;
	unsigned long long id;

	CHECK_EQ(mheap_publish(held.h, "chain", last), 0);
	for (int i = 1; i < count; i++) {
		next = alloc(&held, "link", 0);
		set(&held, last, 0, next);
		CHECK_EQ(mheap_drop(held.h, last), 0);
		last = next;
	}
	id = id_of(&held, last);
	CHECK_EQ(mheap_drop(held.h, last), 0);
	CHECK_EQ(run("path %llu %llu | tail -n 1", held.heap, id), 0);
	check_out("#%llu link\n", id);
	CHECK_EQ(run("path %llu %llu | wc -l", held.heap, id), 0);
	CHECK_EQ(atoi(out), count + 1);
}

/* ---- traces ---- */

static const struct trace {
	const char *name;
	int status;
	const char *says;
	const char *profile;
	const char *lines;
} traces[] = {
	{ "cb differs", 1, "cb is 1 instead of 2", "core weak",
	  "A 0 0 0 8\nW 0 0 cb\nW 1 0\nX 0\nV - 0\nV - 1\nC rc=1 cb=2\n" },
	{ "weak handle not cleared", 1, "the weak handle has an object", "core weak",
	  "A 0 0 0 8\nW 0 0\nV - 0\n" },
	{ "weak handle cleared", 1, "the weak handle was cleared", "core weak",
	  "A 0 0 0 8\nW 0 0\nX 0\nV 0 0\n" },
	{ "no event after the drop", 0, "ok", "core weak",
	  "A 0 0 0 8\nW 0 0 cb\nZ 0\nX 0\nC rc=1 cb=0\n" },
	{ "fin differs", 1, "fin is 1 instead of 0", "core final",
	  "A 0 0 0 8\nF 0 count\nX 0\nC fin=0\n" },
	{ "finalizers that keep once", 1, "live is 0 instead of 1", "core final",
	  "A 0 0 0 8\nF 0 keep 1\nX 0\nC live=1 handles=1\nX 1\nC live=1\n" },
	{ "collected with a finalizer", 1,
	  "2 objects freed by collection instead of 1", "core final",
	  "A 0 0 2 0\nA 1 0 0 0\nS 0 0 0\nS 0 1 1\nF 0 count\nX 0\nX 1\nG 2 = 1\n" },
	{ "a leaf with a finalizer is collected", 0, "ok", "core final",
	  "A 0 0 2 0\nA 1 0 0 0\nS 0 0 0\nS 0 1 1\nF 1 count\nX 0\nX 1\n"
	  "G 2 = 2\nC live=0 rc=0 gc=2 fin=1\n" },
	{ "what a finalizer cuts off dies by count", 0, "ok", "core final",
	  "A 0 0 2 0\nA 1 0 1 0\nS 0 0 0\nS 0 1 1\nF 0 null 1\nX 0\nX 1\n"
	  "G 2 = 1\nC live=0 rc=1 gc=1 fin=1\n" },
	{ "the last answer may leave nothing to collect", 0, "ok", "core final",
	  "A 0 0 1 0\nS 0 0 0\nF 0 clear\nX 0\nG 2 = 0\nC live=0 rc=1 gc=0\n" },
	{ "what came back is not collected", 0, "ok", "core final weak",
	  "A 0 0 1 0\nA 1 0 2 0\nS 0 0 1\nS 1 0 0\nW 0 0 cb\nF 0 store 2 0\n"
	  "A 2 0 1 0\nX 0\nX 1\nG 2 = 0\nV - 0\nC live=3 gc=0 fin=1 cb=1\n"
	  "X 2\nG 2 = 2\nC live=0 rc=1 gc=2\n" },
	{ "older ones die by count", 0, "ok", "core gen final",
	  "A 0 0 1 0\nG 2 = 0\nA 1 0 2 0\nS 1 0 1\nS 1 1 0\nF 1 count\n"
	  "F 0 count\nX 0\nX 1\nG 0 = 1\nC live=0 rc=1 gc=1 fin=2\n" },
	{ "what came back after death by count is young", 0, "ok", "core gen final",
	  "A 0 0 1 0\nG 2 = 0\nF 0 keep 1\nX 0\nS 1 0 1\nX 1\nG 0 = 1\n"
	  "C live=0 rc=0 gc=1 fin=1\n" },
	{ "finalizers within finalizers", 0, "ok", "core final",
	  "A 9 0 1 0\nA 0 0 1 0\nA 1 0 1 0\nS 1 0 0\nS 9 0 1\nX 1\n"
	  "F 0 store 9 0\nX 0\nA 2 0 1 0\nS 2 0 2\nF 2 store 9 0\nX 2\n"
	  "G 2 = 1\nC live=2 rc=1 gc=1 fin=2 ids=3\n" },
	{ "profile that nobody knows", 77, "needs magic", "core magic", "N 1\n" },
	{ "registers of each session", 0, "ok", "core sessions",
	  "A 0 0 1 8\nN 1\nA 0 0 1 9\nE 0 2 1\nM 1 0 0\nE 1 1 2\nC handles=3 live=2\n"
	  "N 0\nE 0 1 2\nX 0\nN 1\nE 1 1 1\nK 0\nC live=2 handles=2\n" },
	{ "handles of a closed session", 1, "live is 0 instead of 1", "core sessions",
	  "A 0 0 1 8\nN 1\nC live=1\nK 0\nC rc=1 handles=0 live=1\n" },
	{ "cycle of a closed session", 1, "2 objects freed by collection instead of 1",
	  "core sessions",
	  "A 0 0 1 0\nN 1\nA 0 0 1 0\nM 1 0 0\nS 0 0 1\nS 1 0 0\nN 0\nK 1\n"
	  "C live=2 handles=1\nG 2 = 0\nN 1\nK 0\nG 2 = 1\n" },
	{ "session opened again", 0, "ok", "core sessions",
	  "N 1\nA 0 0 1 8\nN 0\nK 1\nN 1\nA 0 0 1 8\nC live=1 rc=1 handles=1\n" },
	{ "weak handles of a closed session", 0, "ok", "core sessions weak",
	  "A 0 0 1 8\nN 1\nM 0 0 0\nW 0 0 cb\nN 0\nW 0 0 cb\nK 1\nX 0\nV - 0\n"
	  "C live=0 cb=1\n" },
	{ "events of every session", 0, "ok", "core sessions weak",
	  "A 0 0 1 8\nW 0 0 cb\nN 1\nM 0 0 0\nW 0 0 cb\nX 0\nC cb=0\nN 0\nX 0\n"
	  "C cb=2\nN 1\nV - 0\n" },
	{ "finalizer of a closed session", 0, "ok", "core final sessions",
	  "N 1\nA 0 0 1 8\nF 0 count\nN 0\nK 1\nC live=0 rc=1 fin=1\n" },
	{ "finalizer keeps in its session", 0, "ok", "core final sessions",
	  "N 1\nA 0 0 1 8\nF 0 keep 5\nN 0\nM 0 1 0\nN 1\nX 0\nN 0\nX 0\n"
	  "C live=1 handles=1 fin=1\nN 1\nE 5 1 1\n" },
	{ "finalizer keeps nothing in a closed session", 0, "ok", "core final sessions",
	  "N 1\nA 0 0 1 8\nF 0 keep 5\nN 0\nM 0 1 0\nK 1\nN 1\nN 0\nX 0\n"
	  "C live=0 rc=1 handles=0 fin=1\n" },
	{ "all sessions closed", 0, "ok", "core sessions",
	  "A 0 0 1 8\nS 0 0 0\nK 0\nC live=1 handles=0\nG 2 = 1\nN 3\nA 0 0 1 8\nC live=1\n" },
	{ "current session closed", 2, "the current session is closed",
	  "core sessions", "K 0\nA 0 0 1 8\n" },
	{ "closing a session that is not open", 2, "the session is not open",
	  "core sessions", "K 1\n" },
	{ "session that is not open", 2, "the session is not open", "core sessions",
	  "M 0 1 0\n" },
	{ "sessions without the profile", 2, "no such session", "core", "N 1\n" },
	{ "number of a session", 2, "no such session", "core sessions", "N 64\n" },
	{ "no such action", 2, "not an operation", "core final",
	  "A 0 0 0 8\nF 0 explode\n" },
	{ "no such weak handle", 2, "the weak register is free", "core weak",
	  "A 0 0 0 8\nV 1 0\n" },
	{ "weak handle twice", 2, "the weak register is in use", "core weak",
	  "A 0 0 0 8\nW 0 0\nW 0 0\n" },
	{ "weak without the profile", 2, "no such weak register", "core final",
	  "A 0 0 0 8\nW 0 0\n" },
	{ "final without the profile", 2, "no finalizers in this profile",
	  "core gen weak", "A 0 0 0 8\nF 0 count\n" },
};

static const char *trace_label(unsigned int i)
{
	return traces[i].name;
}

TEST_EACH(trace, trace_label, ARRAY_SIZE(traces))
{
	char path[] = "/tmp/mheap-trace-XXXXXX";
	int fd = mkstemp(path);
	int status;

	CHECK_GE(fd, 0);
	CHECK_GE(dprintf(fd, "mheap-trace 1\nname x\nprofile %s\nallocs 9\nops 9\n"
			 "ops:\n%send\n", traces[i].profile, traces[i].lines), 0);
	close(fd);
	status = run("trace %s", path);
	unlink(path);
	check_has(traces[i].says);
	CHECK_EQ(status, traces[i].status);
}
