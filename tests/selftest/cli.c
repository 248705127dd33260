// SPDX-License-Identifier: GPL-2.0
/* mheapctl: its arguments and its output, and what it tells of a heap of this process. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mheap.h>

#include "cli_run.h"
#include "harness.h"

/* ---- arguments ---- */

static const char *const bad_usage[] = {
	"", "nonsense", "--nonsense", "check 1", "check --nonsense", "list 1",
	"gc", "gc x", "gc 1 2", "gc 1 --collect 3", "gc 1 --collect x",
	"gc 1 --threshold 1,2", "gc 1 --enable --disable", "stat", "stat x",
	"stat 1 2", "path", "path 1", "path x 1", "path 1 x", "path 1 2 3",
	"path 1 -2", "path 1 2 --nonsense", "play", "play --shuffle x a",
	"play --nonsense a", "play a b --oracle c", "graph a", "trace a",
};

static const char *bad_usage_label(unsigned int i)
{
	return *bad_usage[i] ? bad_usage[i] : "nothing";
}

TEST_EACH(usage, bad_usage_label, ARRAY_SIZE(bad_usage))
{
	CHECK_EQ(cli_run("%s", bad_usage[i]), 2);
	cli_check_has("mheapctl");
}

static const char *const commands[] = {
	"check", "list", "gc", "stat", "path", "play",
};

static const char *command_label(unsigned int i)
{
	return commands[i];
}

/* Each subcommand is listed in the help and has a help text of its own. */
TEST_EACH(help, command_label, ARRAY_SIZE(commands))
{
	char text[32];

	CHECK_EQ(cli_run("--help"), 0);
	snprintf(text, sizeof(text), "\n  %s ", commands[i]);
	cli_check_has(text);
	CHECK_EQ(cli_run("%s --help", commands[i]), 0);
	cli_check_has("--json");
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

	CHECK_EQ(cli_run("check --json"), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++) {
		snprintf(text, sizeof(text), "\"%s\":", keys[i]);
		cli_check_has(text);
	}
	cli_check_has("\"max_intern\":65536");
	CHECK_EQ(cli_run("check"), 0);
	cli_check_has("65536 bytes of an interned object");
}

/* ---- output ---- */

static const struct {
	int status;
	const char *arguments;
	const char *error;
} failures[] = {
	{ 1, "gc 999999999", "there is no heap 999999999" },
	{ 1, "stat 999999999", "there is no heap 999999999" },
	{ 1, "path 999999999 1", "there is no heap 999999999" },
	{ 2, "gc", "which heap?" },
	{ 2, "gc 1 --collect 3", "a generation is 0, 1 or 2" },
	{ 2, "path 1", "which object?" },
	{ 2, "play", "which file?" },
	{ 2, "list --nonsense", "bad usage" },
	{ 2, "check 1", "bad usage" },
	{ 2, "nonsense", "there is no command `nonsense'; see mheapctl --help" },
};

static const char *failure_label(unsigned int i)
{
	return failures[i].arguments;
}

/* The document is all there is on standard output, and says what standard error says. */
TEST_EACH(failure_as_json, failure_label, ARRAY_SIZE(failures))
{
	if (access("/sys/kernel/debug/mheap", X_OK))
		skip("no debugfs, or not root");
	CHECK_EQ(cli_run("%s --json 2>/dev/null", failures[i].arguments),
		 failures[i].status);
	cli_check_out("{\n  \"error\":\"%s\"\n}\n", failures[i].error);
}

static const char *const outputs[] = {
	"--help", "--version", "check", "check --json", "check --help", "list",
	"list --json", "gc $HEAP", "gc $HEAP --json", "stat $HEAP",
	"stat $HEAP --json", "path $HEAP $ID", "path $HEAP $ID --json",
	"play tests/data/graphs/tiny.mhg", "play tests/data/graphs/tiny.mhg --json",
	"play tests/data/graphs/tiny.mhg --summary", "gc 999999999 --json",
};

static const char *output_label(unsigned int i)
{
	return outputs[i];
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
	CHECK_EQ(cli_run("list"), 0);
	snprintf(text, sizeof(text), "\n       session 1 rwc 1 handle: %s"
		 "       session 2 r-c 0 handles: %s", pair.text, pair.text);
	cli_check_has(text);
	CHECK(!strstr(cli_out, "cannot be seen"));
	CHECK_EQ(cli_run("list --json | tr -d ' \\n'"), 0);
	snprintf(text, sizeof(text),
		 "\"session_list\":[{\"session\":1,\"rights\":\"rwc\",\"handles\":1,"
		 "\"processes\":%s},{\"session\":2,\"rights\":\"r-c\",\"handles\":0,"
		 "\"processes\":%s}]", pair.json, pair.json);
	cli_check_has(text);
}

/* Heaps are listed in order, each with its own sessions. */
TEST(list_sessions_of_each_heap)
{
	struct held first = heap_open(), second = heap_open();
	char text[400];

	mheap_attach(second.h, 0);
	alloc(&second, "list", 0);
	CHECK_EQ(cli_run("list | sed -E 's/^( *[0-9]+) .*/\\1/; s/:.*//'"), 0);
	snprintf(text, sizeof(text), "%6llu\n       session 1 rwc 0 handles\n"
		 "%6llu\n       session 1 rwc 1 handle\n"
		 "       session 2 --- 0 handles\n", first.heap, second.heap);
	cli_check_has(text);
}

TEST(list_counts_descriptors_of_a_session_once)
{
	struct held held = heap_open();
	char text[80];

	CHECK_GE(fcntl(mheap_fd(held.h), F_DUPFD_CLOEXEC, 0), 0);
	CHECK_EQ(cli_run("list"), 0);
	snprintf(text, sizeof(text), "session 1 rwc 0 handles: %d cli\n", getpid());
	cli_check_has(text);
}

/* Control characters in a process's name do not reach the terminal. */
TEST(list_strange_command)
{
	struct held held = heap_open();

	CHECK_EQ(prctl(PR_SET_NAME, "a\033[2Jb"), 0);
	CHECK_EQ(cli_run("list"), 0);
	cli_check_has(" a?[2Jb\n");
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
	CHECK_EQ(cli_run("list"), 0);
	cli_check_has("       1 more that cannot be seen\n");
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
		CHECK_EQ(cli_run("list"), 0);
		cli_check_has(text);
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
	CHECK_EQ(cli_run("stat %llu | tr -s ' '", held.heap), 0);
	cli_check_out(" objects bytes type\n 2 0 leaf\n 1 77 a list\n 0 0 object\n");
}

TEST(path_from_a_handle)
{
	struct held held = heap_open();
	mheap_ref a = alloc(&held, "list", 0);
	unsigned long long id = child(&held, a, 2);

	CHECK_EQ(cli_run("path %llu %llu", held.heap, id), 0);
	cli_check_out("handle\n#%llu list [slot 2] ->\n#%llu leaf\n", id_of(&held, a), id);
	CHECK_EQ(cli_run("path %llu %llu", held.heap, id_of(&held, a)), 0);
	cli_check_out("handle\n#%llu list\n", id_of(&held, a));
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
	CHECK_EQ(cli_run("path %llu %llu", held.heap, id), 0);
	cli_check_out("name \"what a name\"\n#%llu list [slot 1] ->\n"
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
	CHECK_EQ(cli_run("path %llu %llu", held.heap, id), 0);
	cli_check_out("handle\n#%llu list [slot 1] ->\n#%llu list [slot 1] ->\n"
		      "#%llu leaf\n", id_of(&held, a), id_b, id);
}

TEST(path_from_an_immortal_object)
{
	struct held held = heap_open();
	mheap_ref a = alloc(&held, "const", MHEAP_IMMORTAL);
	unsigned long long id_a = id_of(&held, a), id = child(&held, a, 0);

	CHECK_EQ(mheap_drop(held.h, a), 0);
	CHECK_EQ(cli_run("path %llu %llu", held.heap, id), 0);
	cli_check_out("immortal\n#%llu const [slot 0] ->\n#%llu leaf\n", id_a, id);
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
	CHECK_EQ(cli_run("path %llu %llu", held.heap, id), 0);
	cli_check_out("frozen\n#%llu list [slot 1] ->\n#%llu leaf\n", id_a, id);
}

TEST(path_from_an_unread_event)
{
	struct held held = heap_open();
	mheap_ref a = alloc(&held, "list", 0);
	unsigned long long id_a = id_of(&held, a), id = child(&held, a, 0);

	CHECK_EQ(mheap_set_finalizer(held.h, a, 1), 0);
	CHECK_EQ(mheap_drop(held.h, a), 0);
	CHECK_EQ(cli_run("path %llu %llu", held.heap, id), 0);
	cli_check_out("handle\n#%llu list [slot 0] ->\n#%llu leaf\n", id_a, id);
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
	CHECK_EQ(cli_run("path %llu %llu", held.heap, id), 0);
	cli_check_out("handle\n#%llu list\n", id);
}

TEST(path_to_garbage)
{
	struct held held = heap_open();
	mheap_ref a = alloc(&held, "list", 0);
	unsigned long long id = id_of(&held, a);

	set(&held, a, 0, a);
	CHECK_EQ(mheap_drop(held.h, a), 0);
	CHECK_EQ(cli_run("path %llu %llu", held.heap, id), 1);
	cli_check_has("nothing holds object");
	CHECK_EQ(mheap_gc_collect(held.h, 2), 1);
	CHECK_EQ(cli_run("path %llu %llu", held.heap, id), 1);
	cli_check_has("there is no object");
}

TEST(no_such_heap)
{
	struct held held = heap_open();

	mheap_close(held.h);
	CHECK_EQ(cli_run("path %llu 1", held.heap), 1);
	cli_check_has("there is no heap");
	CHECK_EQ(cli_run("stat %llu", held.heap), 1);
	cli_check_has("there is no heap");
}

TEST(path_as_json)
{
	struct held held = heap_open();
	mheap_ref a = alloc(&held, "a \"list\"", 0);
	unsigned long long id = child(&held, a, 1);
	char text[200];

	CHECK_EQ(mheap_publish(held.h, "x", a), 0);
	CHECK_EQ(cli_run("path %llu %llu --json | tr -d ' \\n'", held.heap, id), 0);
	snprintf(text, sizeof(text),
		 "{\"heap\":%llu,\"id\":%llu,\"root\":{\"kind\":\"name\",\"name\":\"x\"},"
		 "\"path\":[{\"id\":%llu,\"type\":\"a\\\"list\\\"\",\"slot\":1},"
		 "{\"id\":%llu,\"type\":\"leaf\"}]}",
		 held.heap, id, id_of(&held, a), id);
	cli_check_out("%s", text);
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
	CHECK_EQ(cli_run("path %llu %llu | tail -n 1", held.heap, id), 0);
	cli_check_out("#%llu link\n", id);
	CHECK_EQ(cli_run("path %llu %llu | wc -l", held.heap, id), 0);
	CHECK_EQ(atoi(cli_out), count + 1);
}

/* The device takes nothing, as a disk that is full. */
TEST_EACH(output_that_cannot_be_written, output_label, ARRAY_SIZE(outputs))
{
	struct held held = heap_open();
	char text[24];

	snprintf(text, sizeof(text), "%llu", held.heap);
	CHECK_EQ(setenv("HEAP", text, 1), 0);
	snprintf(text, sizeof(text), "%llu", id_of(&held, alloc(&held, "list", 0)));
	CHECK_EQ(setenv("ID", text, 1), 0);
	CHECK_EQ(cli_run("%s >/dev/full", outputs[i]), 1);
	cli_check_has("mheapctl: cannot write to standard output");
}

/* Names are any bytes: those that are not UTF-8 become U+FFFD each, characters stay. */
TEST(json_is_utf8)
{
	CHECK_EQ(cli_run("play --json '/caf\xc3\xa9/\xff\xc3(/\xed\xa0\x80/"
			 "\xf0\x9f\x8c\xb3/\xf4\x90\x80\x80' 2>/dev/null"), 2);
	cli_check_has("\"file\":\"/caf\xc3\xa9/\xef\xbf\xbd\xef\xbf\xbd(/"
		      "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd/\xf0\x9f\x8c\xb3/"
		      "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(type_names_in_json_are_utf8)
{
	struct held held = heap_open();

	alloc(&held, "caf\xc3\xa9 \xff", 0);
	CHECK_EQ(cli_run("stat %llu --json", held.heap), 0);
	cli_check_has("\"caf\xc3\xa9 \xef\xbf\xbd\"");
}
