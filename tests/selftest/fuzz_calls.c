// SPDX-License-Identifier: GPL-2.0
/* Calls other than batches, and the ends of descriptors and processes. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "fuzz.h"
#include "harness.h"

/* ---- ioctls: session, number, where the struct is, its size, then its members ---- */

/* Members after the size: n and i have 4 bytes, a and I have 8; those not listed are 0. */
static const struct {
	uint32_t size, rights;
	const char *members;
} calls[] = {
	[0x00] = { sizeof(struct mheap_ioc_query), 0, "" },
	[0x01] = { sizeof(struct mheap_ioc_info), 0, "" },
	[0x02] = { sizeof(struct mheap_ioc_batch), 0, "naannn" },
	[0x03] = { sizeof(struct mheap_ioc_type), 0, "nan" },
	[0x04] = { sizeof(struct mheap_ioc_type), MHEAP_RIGHT_READ, "nan" },
	[0x05] = { sizeof(struct mheap_ioc_collect), MHEAP_RIGHT_CONTROL, "g" },
	[0x06] = { sizeof(struct mheap_ioc_tune), 0, "gbnnnIIb" },
	[0x07] = { sizeof(struct mheap_ioc_gc_stats), 0, "g" },
	[0x08] = { sizeof(struct mheap_ioc_event_mask), 0, "n" },
	[0x09] = { sizeof(struct mheap_ioc_freeze), MHEAP_RIGHT_CONTROL, "b" },
	[0x0a] = { sizeof(struct mheap_ioc_list), MHEAP_RIGHT_READ, "gznicIa" },
	[0x0b] = { sizeof(struct mheap_ioc_clear_garbage), MHEAP_RIGHT_CONTROL, "" },
	[0x0c] = { sizeof(struct mheap_ioc_attach), 0, "g" },
	/*
	 * This struct has an opcode where others have their size; batches do the valid
	 * ones.
	 */
	[0x0d] = { MHEAP_OP_COUNT, 0, "" },
};

static void draw_member(struct fuzz *f, struct step *s, char what)
{
	switch (what) {
	case 'a':
		step_add(s, 'a', draw(f, 4));
		break;
	case 'b':
		step_add(s, 'n', draw(f, 2));
		break;
	case 'g':
		step_add(s, 'n', draw(f, 4));
		break;
	case 'z':
		step_add(s, 'n', one_in(f, 2) ? UINT32_MAX : draw(f, 5));
		break;
	case 'i':
		step_add(s, 'i', draw(f, POOL));
		break;
	case 'c':
	case 'I':
		step_add(s, 'n', draw(f, 2) * draw(f, 1000));
		if (what == 'I')
			step_add(s, 'n', 0);
		break;
	default:
		step_add(s, 'n', draw(f, 64));
	}
}

static uint64_t draw_size(struct fuzz *f, uint64_t size)
{
	switch (draw(f, 8)) {
	case 0:
		return draw_number(f);
	case 1:
		return size + draw(f, 17) - 8;
	default:
		return size;
	}
}

void ioctl_make(struct fuzz *f, struct step *s)
{
	unsigned int nr = draw(f, ARRAY_SIZE(calls)), i, extra;
	const char *member = calls[nr].members;

	step_add(s, 'n', draw(f, MAX_SESSIONS));
	step_add(s, 'n', one_in(f, 40) ? draw_number(f) : nr);
	step_add(s, 'n', one_in(f, 20) ? draw(f, 4) : 0);
	step_add(s, 'n', draw_size(f, calls[nr].size));
	for (; *member; member++)
		draw_member(f, s, *member);
	if (one_in(f, 3) && s->count > 4)
		s->words[4 + draw(f, s->count - 4)] = draw_word(f);
	extra = one_in(f, 10) ? draw(f, 20) : 0;
	for (i = 0; i < extra; i++)
		step_add(s, 'n', draw_number(f));
}

/* Numbers have 4 bytes, all other members 8, which are aligned. */
static void fill(struct fuzz *f, struct fuzz_session *session, const struct step *s,
		 char *bytes)
{
	unsigned int i, at = 4;

	for (i = 4; i < s->count; i++) {
		uint64_t value = word_value(f, session, s->words[i]);
		size_t size = s->words[i].kind == 'n' ? 4 : 8;

		at = (at + size - 1) & -size;
		memcpy(bytes + at, &value, size);
		at += size;
	}
}

/* A limit may be lowered, but not raised beyond the memory of a guest. */
static void keep_small(struct mheap_ioc_tune *tune)
{
	if (!(tune->set & MHEAP_TUNE_LIMIT))
		return;
	tune->limit_bytes = 1 + tune->limit_bytes % LIMIT_BYTES;
	tune->limit_objects = 1 + tune->limit_objects % LIMIT_OBJECTS;
}

static void *ioctl_pointer(struct fuzz *f, const struct step *s, void *good)
{
	switch (step_number(s, 2) % 4) {
	case 1:
		return (void *)BAD_PTR;
	case 2:
		return f->constant;
	case 3:
		return f->room + ROOM_SIZE - 8;
	default:
		return good;
	}
}

static void check_call(struct fuzz *f, const struct fuzz_session *session, unsigned int nr,
		       int err, const void *arg)
{
	const struct mheap_ioc_tune *tune = arg;
	uint32_t rights = nr < ARRAY_SIZE(calls) ? calls[nr].rights : 0;

	if (nr == _IOC_NR(MHEAP_IOC_TUNE) && tune->set)
		rights = MHEAP_RIGHT_CONTROL;
	if (!err && rights & ~session->rights)
		FAIL("call %u with rights %u", nr, session->rights);
	CHECK(err || nr < ARRAY_SIZE(calls));
	cover(f, SUBJECT_IOCTL + (nr < ARRAY_SIZE(calls) ? nr : ARRAY_SIZE(calls)),
	      session->rights, err);
}

int ioctl_run(struct fuzz *f, const struct step *s)
{
	struct fuzz_session *session = session_of(f, s);
	unsigned int nr = step_number(s, 1) & 0xff;
	uint32_t size = step_number(s, 3);
	uint64_t arg[1024] = { 0 };
	struct mheap_ioc_attach *attach = (void *)arg;
	void *at = ioctl_pointer(f, s, arg);
	int ret;

	if (!session)
		return 1;
	fill(f, session, s, (char *)arg);
	memcpy(arg, &size, sizeof(size));
	if (nr == _IOC_NR(MHEAP_IOC_TUNE))
		keep_small((void *)arg);
	if (step_number(s, 2) % 4 == 3)
		memcpy(at, arg, 8);
	ret = ioctl(session->fd, _IO(MHEAP_IOC, nr), at);
	check_call(f, session, nr, ret < 0 ? -errno : 0, at == arg ? at : f->constant + 8);
	if (ret >= 0 && nr == _IOC_NR(MHEAP_IOC_ATTACH)) {
		attach = at;
		CHECK(!(attach->rights & ~session->rights));
		session_add(f, ret, attach->rights);
	}
	return 1;
}

/* ---- descriptors ---- */

int open_run(struct fuzz *f, const struct step *s)
{
	struct mheap_ioc_tune tune = {
		.size = sizeof(tune),
		.set = MHEAP_TUNE_LIMIT,
		.limit_bytes = LIMIT_BYTES,
		.limit_objects = LIMIT_OBJECTS,
	};
	int fd = dev_open();

	if (step_number(s, 0) % 4) {
		tune.set |= MHEAP_TUNE_THRESHOLD;
		tune.threshold[0] = step_number(s, 1) % 200;
		tune.threshold[1] = step_number(s, 2) % 4;
		tune.threshold[2] = step_number(s, 3) % 4;
	}
	CHECK_EQ(dev_ioctl(fd, MHEAP_IOC_TUNE, &tune), 0);
	session_add(f, fd, MHEAP_RIGHT_ALL);
	return 0;
}

/* The new session gets handles of some objects of the session that it comes from. */
static struct pool hand_on(const struct fuzz_session *from, int fd)
{
	struct pool pool = { 0 };
	struct op id, open;
	unsigned int i;

	for (i = 0; i < POOL; i += 2) {
		id = OP(ID, .obj = from->handles.values[i]);
		dev_op(from->fd, &id);
		open = OP(OPEN_ID, .arg = id.out);
		dev_op(fd, &open);
		pool_put(&pool, open.out);
	}
	return pool;
}

int attach_run(struct fuzz *f, const struct step *s)
{
	static const uint32_t rights[] = { 1, 5, 1, 3, 2, 6, 4, 0, 8 };
	struct fuzz_session *session = session_of(f, s);
	struct mheap_ioc_attach attach = {
		.size = sizeof(attach),
		.rights = step_number(s, 1) % 3 ? rights[step_number(s, 2) % 9] :
			  MHEAP_RIGHT_ALL,
	};
	struct pool handles;
	int fd;

	if (!session)
		return 1;
	fd = ioctl(session->fd, MHEAP_IOC_ATTACH, &attach);
	if (fd < 0)
		return -errno;
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CHECK(!(attach.rights & ~session->rights));
	handles = hand_on(session, fd);
	session_add(f, fd, attach.rights)->handles = handles;
	return 0;
}

/* The session lives on when one of its two descriptors is closed. */
int dup_run(struct fuzz *f, const struct step *s)
{
	struct fuzz_session *session = session_of(f, s);
	int fd;

	if (!session)
		return 1;
	fd = dup(session->fd);
	if (fd < 0)
		return -errno;
	close(session->fd);
	session->fd = fd;
	CHECK_EQ(info_of(fd).rights, session->rights);
	return 0;
}

int close_run(struct fuzz *f, const struct step *s)
{
	struct fuzz_session *session = session_of(f, s);

	if (!session)
		return 1;
	session_end(f, session);
	return 0;
}

/* ---- events ---- */

static void on_alarm(int sig __attribute__((unused)))
{
}

/* A timer interrupts a read that waits. */
static ssize_t read_for_a_while(int fd, void *to, size_t size)
{
	struct itimerval on = { { 0, 2000 }, { 0, 2000 } }, off = { 0 };
	struct sigaction action = { .sa_handler = on_alarm };
	ssize_t n;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &on, NULL);
	n = read(fd, to, size);
	if (n < 0)
		n = -errno;
	setitimer(ITIMER_REAL, &off, NULL);
	return n;
}

int read_run(struct fuzz *f, const struct step *s)
{
	static const size_t sizes[] = { 64, 64, 128, 0, 63, 65, 640, 6400 };
	struct fuzz_session *session = session_of(f, s);
	struct mheap_ioc_event *events = (void *)f->room;
	struct iovec to = { events, sizes[step_number(s, 1) % ARRAY_SIZE(sizes)] };
	ssize_t n, i;

	if (!session)
		return 1;
	if (!(step_number(s, 2) % 8))
		to.iov_base = (void *)(uintptr_t)BAD_PTR;
	if (step_number(s, 3) % 4) {
		n = preadv2(session->fd, &to, 1, -1, RWF_NOWAIT);
		n = n < 0 ? -errno : n;
	} else {
		n = read_for_a_while(session->fd, to.iov_base, to.iov_len);
	}
	if (n < 0)
		return n;
	CHECK_EQ(n % sizeof(*events), 0);
	for (i = 0; i < n / (ssize_t)sizeof(*events); i++)
		handle_put(session, events[i].ref);
	return 0;
}

int poll_run(struct fuzz *f, const struct step *s)
{
	struct fuzz_session *session = session_of(f, s);
	struct pollfd p = { .events = step_number(s, 1) };

	if (!session)
		return 1;
	p.fd = session->fd;
	return poll(&p, 1, step_number(s, 2) % 3) < 0 ? -errno : 0;
}

/* ---- processes ---- */

/* The child works on our sessions while we wait. */
static void work(struct fuzz *f, uint64_t seed, unsigned int steps)
{
	struct step s;

	f->forked = true;
	f->random = seed + 1;
	while (steps--) {
		step_draw(f, &s);
		step_do(f, &s);
	}
	_exit(0);
}

int fork_run(struct fuzz *f, const struct step *s)
{
	int status;
	pid_t pid;

	if (f->forked)
		return 1;
	pid = fork();
	CHECK_GE(pid, 0);
	if (!pid)
		work(f, step_number(s, 0), 1 + step_number(s, 1) % 60);
	if (step_number(s, 2) % 2) {
		usleep(step_number(s, 3) % 20000);
		kill(pid, SIGKILL);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		CHECK_EQ(status, 0);
	return 0;
}
