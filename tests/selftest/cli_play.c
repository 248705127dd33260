// SPDX-License-Identifier: GPL-2.0
/* mheapctl play: traces that fail, graphs, several files, exit status. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli_run.h"
#include "harness.h"

#define TINY	"tests/data/graphs/tiny"

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

/* A trace in a file of its own, which is to be removed. */
static void write_trace(char *path, const struct trace *trace)
{
	int fd = mkstemp(path);

	CHECK_GE(fd, 0);
	CHECK_GE(dprintf(fd, "mheap-trace 1\nname x\nprofile %s\nallocs 9\nops 9\n"
			 "ops:\n%send\n", trace->profile, trace->lines), 0);
	close(fd);
}

TEST_EACH(trace, trace_label, ARRAY_SIZE(traces))
{
	char path[] = "/tmp/mheap-trace-XXXXXX";
	int status;

	write_trace(path, &traces[i]);
	status = cli_run("play %s", path);
	unlink(path);
	cli_check_has(traces[i].says);
	CHECK_EQ(status, traces[i].status);
}

/* ---- several files ---- */

/* Files by letter: a graph, traces that pass, fail and are skipped, and no file. */
static const struct trace good = { .profile = "core", .lines = "A 0 0 0 8\nC live=1\n" };
static const struct trace failing = { .profile = "core", .lines = "C live=1\n" };
static const struct trace strange = { .profile = "core magic", .lines = "" };

static const struct {
	const char *files;
	int status;
	const char *counts;
} calls[] = {
	{ "g", 0, "1 ok, 0 failed, 0 skipped" },
	{ "p", 0, "1 ok, 0 failed, 0 skipped" },
	{ "gp", 0, "2 ok, 0 failed, 0 skipped" },
	{ "pgp", 0, "3 ok, 0 failed, 0 skipped" },
	{ "gs", 0, "1 ok, 0 failed, 1 skipped" },
	{ "s", 77, "0 ok, 0 failed, 1 skipped" },
	{ "ss", 77, "0 ok, 0 failed, 2 skipped" },
	{ "f", 1, "0 ok, 1 failed, 0 skipped" },
	{ "fg", 1, "1 ok, 1 failed, 0 skipped" },
	{ "sf", 1, "0 ok, 1 failed, 1 skipped" },
	{ "n", 2, "0 ok, 0 failed, 0 skipped, 1 unreadable" },
	{ "ngp", 2, "2 ok, 0 failed, 0 skipped, 1 unreadable" },
	{ "fnsg", 2, "1 ok, 1 failed, 1 skipped, 1 unreadable" },
};

static const char *call_label(unsigned int i)
{
	return calls[i].files;
}

static void write_file(char letter, char *path, size_t size)
{
	snprintf(path, size, "/tmp/mheap-play-XXXXXX");
	switch (letter) {
	case 'g':
		snprintf(path, size, "%s", TINY ".mhg");
		break;
	case 'p':
		write_trace(path, &good);
		break;
	case 'f':
		write_trace(path, &failing);
		break;
	case 's':
		write_trace(path, &strange);
		break;
	}
}

/* The command line of a call.  remove_files() takes away what was written. */
static void write_files(const char *letters, char *line, size_t size)
{
	size_t len = 0;

	for (; *letters; letters++) {
		char path[256];

		write_file(*letters, path, sizeof(path));
		len += (size_t)snprintf(line + len, size - len, "%s ", path);
		CHECK(len < size);
	}
}

static void remove_files(char *line)
{
	for (char *path = strtok(line, " "); path; path = strtok(NULL, " ")) {
		if (!strncmp(path, "/tmp/", 5))
			unlink(path);
	}
}

/* The last line says how many files came out how, and the exit status follows. */
TEST_EACH(files, call_label, ARRAY_SIZE(calls))
{
	char line[512], text[80];
	int status, json;

	write_files(calls[i].files, line, sizeof(line));
	status = cli_run("play --summary %s", line);
	snprintf(text, sizeof(text), "%s\n", calls[i].counts);
	cli_check_has(text);
	json = cli_run("play --json %s 2>/dev/null", line);
	remove_files(line);
	CHECK_EQ(status, calls[i].status);
	CHECK_EQ(json, calls[i].status);
	CHECK(strstr(cli_out, "{\n  \"files\":[") == cli_out);
	CHECK(!strcmp(cli_out + strlen(cli_out) - 3, "\n}\n"));
}

/* What a program finds about each file, in the order of the arguments. */
TEST(files_as_json)
{
	char line[512];
	const char *at = cli_out;
	static const char *const parts[] = {
		"mheap-play-XXXXXX\"", "\"error\":\"cannot open /tmp/mheap-play-XXXXXX: ",
		"\"status\":\"unreadable\"", "\"graph\":\"tiny\"", "\"phases\":[",
		"\"got\":{", "\"expected\":{", "\"match\":true", "\"status\":\"ok\"",
		"\"name\":\"x\"", "\"status\":\"failed\"",
		"\"line 7: live is 0 instead of 1\"", "\"needs\":\"magic\"",
		"\"status\":\"skipped\"", "\"ok\":1,", "\"failed\":1,",
		"\"skipped\":1,", "\"unreadable\":1\n",
	};

	write_files("ngfs", line, sizeof(line));
	CHECK_EQ(cli_run("play --json %s 2>/dev/null", line), 2);
	remove_files(line);
	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++) {
		at = strstr(at, parts[i]);
		if (!at)
			FAIL("not in its place: %s", parts[i]);
		at += strlen(parts[i]);
	}
}

/* ---- graphs ---- */

static const struct {
	const char *name;
	int status;
	const char *arguments;
	const char *says;
} graphs[] = {
	{ "all scenarios", 0, "", "tiny all: match (14 objects" },
	{ "one scenario", 0, "--scenario app --scenario all", "tiny app: match (14 objects" },
	{ "shuffled", 0, "--shuffle 7", "tiny all: match (14 objects" },
	{ "no such scenario", 2, "--scenario nonsense", "tiny has no scenario nonsense" },
	{ "no such oracle", 2, "--oracle /nonexistent", "cannot open /nonexistent" },
	{ "another file as oracle", 2, "--oracle /dev/null", "not an oracle" },
	{ "as it goes", 0, "--live", "tiny all, phase 1: " },
	{ "a row", 0, "--summary", "\ntiny             14 " },
};

static const char *graph_label(unsigned int i)
{
	return graphs[i].name;
}

TEST_EACH(graph, graph_label, ARRAY_SIZE(graphs))
{
	CHECK_EQ(cli_run("play " TINY ".mhg %s", graphs[i].arguments), graphs[i].status);
	cli_check_has(graphs[i].says);
}

/* No file is to blame if there is no device. */
TEST(without_the_module)
{
	setenv("MHEAP_DEVICE", "/nonexistent", 1);
	CHECK_EQ(cli_run("play " TINY ".mhg"), 1);
	cli_check_has("the mheap module is not loaded\n");
	CHECK(!strstr(cli_out, "failed"));
	unsetenv("MHEAP_DEVICE");
}

/* What a heap of 14 objects takes: some work, and not much. */
TEST(work_under_one_hold)
{
	unsigned long long units = 0;
	const char *at;

	if (access("/sys/kernel/debug/mheap", X_OK))
		skip("no debugfs, or not root");
	CHECK_EQ(cli_run("play " TINY ".mhg --scenario all --json"), 0);
	at = strstr(cli_out, "\"max_units\":");
	CHECK(at);
	units = strtoull(at + strlen("\"max_units\":"), NULL, 10);
	CHECK_LE(1, units);
	CHECK_LE(units, 1000000);
	CHECK_EQ(cli_run("play " TINY ".mhg --scenario all"), 0);
	cli_check_has(" units of work under one hold of the lock)");
}

TEST(only_scenarios_that_are_asked_for)
{
	CHECK_EQ(cli_run("play " TINY ".mhg --scenario app --scenario all | grep match"), 0);
	CHECK(strstr(cli_out, "tiny app: match") == cli_out);
	CHECK(strstr(cli_out, "\ntiny all: match"));
	CHECK(!strstr(cli_out, "tiny idle"));
}

/* An oracle that is wrong in one number: the scenario differs, and its file failed. */
TEST(graph_differs)
{
	char path[] = "/tmp/mheap-oracle-XXXXXX";
	int fd = mkstemp(path), status;

	CHECK_GE(fd, 0);
	close(fd);
	status = cli_run("--version; sed 's/ live=[1-9]/&9/' " TINY ".oracle >%s", path);
	CHECK_EQ(status, 0);
	status = cli_run("play " TINY ".mhg --oracle %s", path);
	unlink(path);
	cli_check_has(": MISMATCH (14 objects");
	cli_check_has("\n0 ok, 1 failed, 0 skipped\n");
	CHECK_EQ(status, 1);
}

/* The first line tells what a file is, whatever its name. */
TEST(neither_graph_nor_trace)
{
	CHECK_EQ(cli_run("play " TINY ".oracle"), 2);
	cli_check_has("neither a heap graph nor a heap trace");
}
