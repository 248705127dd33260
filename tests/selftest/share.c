// SPDX-License-Identifier: GPL-2.0
/* Several sessions on one heap: how they are made, and how they exchange objects. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "harness.h"
#include "notify.h"
#include "peer.h"

static uint64_t sessions(int fd)
{
	return info_of(fd).sessions;
}

/* A descriptor in a socket may be released a moment after the socket is closed. */
static void sessions_come_to(int fd, uint64_t n)
{
	int i;

	for (i = 0; i < 1000 && sessions(fd) != n; i++)
		usleep(10000);
	CHECK_EQ(sessions(fd), n);
}

/* ---- attaching ---- */

TEST(same_heap)
{
	int fd = dev_open(), other = attach_all(fd);
	uint64_t o = make(fd, 1, 0), id = id_of(fd, o), theirs;

	CHECK_EQ(info_of(other).heap_id, info_of(fd).heap_id);
	CHECK_EQ(sessions(fd), 2);
	CHECK_EQ(DO(other, DROP, .obj = o), -EBADF);
	theirs = OUT(other, OPEN_ID, .arg = id);
	CHECK_EQ(refcount(fd, o), 2);
	drop(fd, o);
	CHECK_EQ(refcount(other, theirs), 1);
	close(fd);
	CHECK_EQ(info_of(other).objects, 1);
	CHECK_EQ(sessions(other), 1);
}

TEST(starts_with_nothing)
{
	struct mheap_ioc_info info;
	int fd = dev_open();

	OUT(fd, FRAME_PUSH);
	weak_new(fd, make(fd, 1, 0), 1);
	cause_events(fd, 3);
	info = info_of(attach_all(fd));
	CHECK_EQ(info.handles | info.weaks | info.frames | info.events, 0);
	CHECK_EQ(info.objects, 1);
	CHECK_EQ(info.rights, MHEAP_RIGHT_ALL);
}

/* Each session has its own event mask. */
TEST(event_mask_is_of_the_session)
{
	int fd = quiet_heap(), other;

	event_mask(fd, MHEAP_EVENT_GC_START);
	other = attach_all(fd);
	collect(other, 0);
	CHECK(event_comes(fd, 0));
	CHECK_NO_EVENT(other);
	cause_events(other, 1);
	event_take(other, MHEAP_EVENT_WEAK, 0);
}

TEST(no_descriptor_left)
{
	int fd = dev_open(), last = dup(fd);
	struct rlimit limit = { last + 1, last + 1 };
	struct mheap_ioc_info before = info_of(fd);

	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK_EQ(dev_attach(fd, MHEAP_RIGHT_ALL), -EMFILE);
	CHECK_UNCHANGED(fd, &before);
	close(last);
	CHECK_EQ(dev_attach(fd, MHEAP_RIGHT_ALL), last);
	CHECK_EQ(sessions(fd), 2);
}

#define MOST	4096

TEST(as_many_sessions_as_there_may_be)
{
	struct rlimit enough = { MOST + 100, MOST + 100 };
	int fd = dev_open(), last = fd, n;

	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &enough), 0);
	for (n = 1; n < MOST; n++)
		last = attach_all(fd);
	CHECK_EQ(sessions(fd), MOST);
	CHECK_EQ(dev_attach(fd, MHEAP_RIGHT_ALL), -EMFILE);
	close(last);
	CHECK_GE(dev_attach(fd, MHEAP_RIGHT_ALL), 0);
}

TEST(unknown_rights)
{
	int fd = dev_open(), other;
	uint32_t rights, bit;

	for (rights = 0; rights <= MHEAP_RIGHT_ALL; rights++) {
		other = dev_attach(fd, rights);
		for (bit = 8; bit; bit <<= 1) {
			CHECK_EQ(dev_attach(other, bit), -EINVAL);
			CHECK_EQ(dev_attach(fd, bit | rights), -EINVAL);
		}
		close(other);
	}
	CHECK_EQ(sessions(fd), 1);
}

/*
 * Attach sessions with every set of rights to the session, and to those, @more levels deep.
 */
static void attach_on(int fd, uint32_t rights, unsigned int more)
{
	uint32_t theirs;
	int other;

	CHECK_EQ(info_of(fd).rights, rights);
	for (theirs = 0; more && theirs <= MHEAP_RIGHT_ALL; theirs++) {
		other = dev_attach(fd, theirs);
		if (theirs & ~rights) {
			CHECK_EQ(other, -EPERM);
			continue;
		}
		CHECK_GE(other, 0);
		attach_on(other, theirs, more - 1);
		close(other);
	}
}

TEST(rights_only_shrink)
{
	int fd = dev_open();

	attach_on(fd, MHEAP_RIGHT_ALL, 4);
	CHECK_EQ(sessions(fd), 1);
}

/* ---- descriptors ---- */

/* Start a program that reads from a pipe until that is closed. */
static pid_t start_reader(int *to)
{
	int ends[2];
	pid_t pid;

	CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	CHECK_GE(pid, 0);
	if (!pid) {
		dup2(ends[0], 0);
		execl("/bin/sh", "sh", "-c", "read x", NULL);
		_exit(127);
	}
	close(ends[0]);
	*to = ends[1];
	return pid;
}

TEST(closed_on_exec)
{
	int fd = dev_open(), other = attach_all(fd), to;
	pid_t pid;

	CHECK_EQ(fcntl(other, F_GETFD), FD_CLOEXEC);
	pid = start_reader(&to);
	close(other);
	sessions_come_to(fd, 1);
	CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
	close(to);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

TEST(kept_on_exec_if_asked_to)
{
	int fd = dev_open(), other = attach_all(fd), to;
	pid_t pid;

	CHECK_EQ(fcntl(other, F_SETFD, 0), 0);
	pid = start_reader(&to);
	close(other);
	usleep(100000);
	CHECK_EQ(sessions(fd), 2);
	close(to);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	CHECK_EQ(sessions(fd), 1);
}

static uint64_t open_told(int fd, void *id)
{
	OUT(fd, OPEN_ID, .arg = *(uint64_t *)id);
	return 0;
}

TEST(inherited)
{
	int fd = dev_open();
	uint64_t o = make(fd, 1, 0), id = id_of(fd, o);
	struct peer peer = peer_start(fd, open_told, &id);

	CHECK_EQ(sessions(fd), 2);
	CHECK_EQ(refcount(fd, o), 2);
	CHECK_EQ(info_of(fd).handles, 1);
	peer_kill(&peer);
	CHECK_EQ(sessions(fd), 1);
	CHECK_EQ(refcount(fd, o), 1);
}

/* The receiving process is older than the heap. */
static void work_with_received(void *arg)
{
	int fd = receive_fd(*(int *)arg);
	uint64_t o = OUT(fd, LOOKUP, .val = USER_PTR("given"), .len = 5);

	CHECK_EQ(info_of(fd).rights, MHEAP_RIGHT_READ | MHEAP_RIGHT_WRITE);
	OUT(fd, SET, .obj = o, .val = make(fd, 0, 7));
}

TEST(sent_over_a_socket)
{
	int ends[2], fd, other;
	pid_t pid;
	uint64_t o;

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	pid = child_start(work_with_received, &ends[1]);
	fd = dev_open();
	o = make(fd, 1, 0);
	OUT(fd, PUBLISH, .obj = o, .val = USER_PTR("given"), .len = 5);
	other = dev_attach(fd, MHEAP_RIGHT_READ | MHEAP_RIGHT_WRITE);
	send_fd(ends[0], other);
	close(other);
	child_join(pid);
	CHECK_EQ(sessions(fd), 1);
	CHECK_EQ(stat_of(fd, OUT(fd, GET, .obj = o)).nbytes, 7);
}

/* A descriptor in a socket is still open, so its session lives. */
TEST(lost_in_a_socket)
{
	int fd = dev_open(), other = attach_all(fd), ends[2];
	uint64_t o = make(other, 0, 0), id = id_of(other, o);

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	send_fd(ends[0], other);
	close(other);
	CHECK_EQ(sessions(fd), 2);
	drop(fd, OUT(fd, OPEN_ID, .arg = id));
	close(ends[0]);
	close(ends[1]);
	sessions_come_to(fd, 1);
	CHECK_EQ(DO(fd, OPEN_ID, .arg = id), -ENOENT);
}

/* ---- fdinfo ---- */

/* Returns the value that fdinfo has for this key. */
static const char *fdinfo(int fd, const char *key)
{
	static char text[1000];
	char path[40], *line;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	CHECK_EQ(file_read(path, text, sizeof(text)), 0);
	line = strstr(text, key);
	CHECK(line);
	line += strlen(key);
	CHECK_EQ(*line, '\t');
	line[strcspn(line, "\n")] = '\0';
	return line + 1;
}

static uint64_t fdinfo_number(int fd, const char *key)
{
	return strtoull(fdinfo(fd, key), NULL, 10);
}

TEST(fdinfo_of_each_session)
{
	int fd = dev_open(), other = attach_all(fd), copy = dup(other), i;
	uint64_t mine = fdinfo_number(fd, "mheap-session:");
	uint64_t theirs = fdinfo_number(other, "mheap-session:");

	CHECK_EQ(fdinfo_number(fd, "mheap-heap:"), info_of(fd).heap_id);
	CHECK_EQ(fdinfo_number(other, "mheap-heap:"), info_of(fd).heap_id);
	CHECK_NE(mine, theirs);
	CHECK_EQ(fdinfo_number(copy, "mheap-session:"), theirs);
	for (i = 0; i < 5; i++)
		make(other, 1, 0);
	OUT(other, FRAME_PUSH);
	cause_events(other, 2);
	CHECK_EQ(fdinfo_number(fd, "mheap-handles:"), 0);
	CHECK_EQ(fdinfo_number(other, "mheap-handles:"), 5);
	CHECK_EQ(fdinfo_number(other, "mheap-frames:"), 1);
	CHECK_EQ(fdinfo_number(other, "mheap-events:"), 2);
	CHECK_EQ(fdinfo_number(fd, "mheap-events:"), 0);
}

TEST(number_of_a_session_is_not_used_again)
{
	int fd = dev_open(), other, i;
	uint64_t last = fdinfo_number(fd, "mheap-session:"), n;

	for (i = 0; i < 20; i++) {
		other = attach_all(fd);
		n = fdinfo_number(other, "mheap-session:");
		CHECK(n > last);
		last = n;
		close(other);
	}
}

TEST(fdinfo_tells_rights)
{
	static const char *const texts[] = {
		"---", "r--", "-w-", "rw-", "--c", "r-c", "-wc", "rwc",
	};
	int fd = dev_open(), other;
	uint32_t rights;

	for (rights = 0; rights < ARRAY_SIZE(texts); rights++) {
		other = dev_attach(fd, rights);
		CHECK(!strcmp(fdinfo(other, "mheap-rights:"), texts[rights]));
		close(other);
	}
}

/* ---- meeting ---- */

#define NAME(_name) .val = USER_PTR(_name), .len = sizeof(_name) - 1

static uint64_t answer_by_name(int fd, void *arg)
{
	uint64_t question = OUT(fd, LOOKUP, NAME("question")), answer, n = 0;

	(void)arg;
	OUT(fd, READ, .obj = question, .val = USER_PTR(&n), .len = sizeof(n));
	n++;
	answer = make(fd, 1, sizeof(n));
	OUT(fd, WRITE, .obj = answer, .val = USER_PTR(&n), .len = sizeof(n));
	OUT(fd, SET, .obj = answer, .val = question);
	CHECK_EQ(DO(fd, PUBLISH, .obj = answer, NAME("question")), -EEXIST);
	OUT(fd, PUBLISH, .obj = answer, NAME("answer"));
	OUT(fd, UNPUBLISH, NAME("question"));
	return 0;
}

/* Names outlive the session that published them. */
TEST(names_as_meeting_place)
{
	uint64_t n = 41, question, answer;
	int fd = dev_open();
	struct peer peer;

	question = make(fd, 0, sizeof(n));
	OUT(fd, WRITE, .obj = question, .val = USER_PTR(&n), .len = sizeof(n));
	OUT(fd, PUBLISH, .obj = question, NAME("question"));
	peer = peer_start(fd, answer_by_name, NULL);
	peer_kill(&peer);
	CHECK_EQ(DO(fd, LOOKUP, NAME("question")), -ENOENT);
	answer = OUT(fd, LOOKUP, NAME("answer"));
	OUT(fd, READ, .obj = answer, .val = USER_PTR(&n), .len = sizeof(n));
	CHECK_EQ(n, 42);
	CHECK_EQ(OUT(fd, SAME, .obj = question,
		     .val = OUT(fd, GET, .obj = answer)), 1);
	CHECK_EQ(refcount(fd, answer), 2);
	OUT(fd, UNPUBLISH, NAME("answer"));
	CHECK_EQ(refcount(fd, answer), 1);
}

TEST(types_and_interned_objects_are_of_the_heap)
{
	struct mheap_ioc_type type = {
		.size = sizeof(type), .name = USER_PTR("point"), .name_len = 5,
	};
	int fd = dev_open(), other = attach_all(fd);
	uint32_t first;

	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_TYPE_REGISTER, &type), 0);
	first = type.type;
	CHECK_EQ(dev_ioctl(other, MHEAP_IOC_TYPE_REGISTER, &type), 0);
	CHECK_EQ(type.type, first);
	CHECK_EQ(id_of(fd, OUT(fd, INTERN, .index = first, NAME("text"))),
		 id_of(other, OUT(other, INTERN, .index = first, NAME("text"))));
}

static uint64_t make_and_tell_id(int fd, void *kept)
{
	uint64_t o = make(fd, 2, 0), id = id_of(fd, o);

	if (!*(bool *)kept)
		drop(fd, o);
	return id;
}

TEST(ids_travel)
{
	int fd = dev_open();
	bool kept = true;
	struct peer peer = peer_start(fd, make_and_tell_id, &kept);
	uint64_t o = OUT(fd, OPEN_ID, .arg = peer.told);

	CHECK_EQ(refcount(fd, o), 2);
	peer_kill(&peer);
	CHECK_EQ(refcount(fd, o), 1);
	drop(fd, o);
	CHECK_EQ(DO(fd, OPEN_ID, .arg = peer.told), -ENOENT);
}

TEST(ids_do_not_keep)
{
	int fd = dev_open(), i;
	bool kept = true;
	struct peer peer = peer_start(fd, make_and_tell_id, &kept);

	peer_kill(&peer);
	CHECK_EQ(DO(fd, OPEN_ID, .arg = peer.told), -ENOENT);
	kept = false;
	peer = peer_start(fd, make_and_tell_id, &kept);
	CHECK_EQ(DO(fd, OPEN_ID, .arg = peer.told), -ENOENT);
	for (i = 0; i < 1000; i++)
		CHECK_NE(id_of(fd, make(fd, 0, 0)), peer.told);
	CHECK_EQ(DO(fd, OPEN_ID, .arg = peer.told), -ENOENT);
}
