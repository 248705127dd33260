// SPDX-License-Identifier: GPL-2.0
/* The state of a fuzzing process: sessions, their handles, memory. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dev.h"
#include "fuzz.h"
#include "harness.h"

static char *memory(size_t size, int prot)
{
	char *p = mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

void fuzz_begin(struct fuzz *f)
{
	char *windows = memory(WINDOWS * WINDOW_SIZE, PROT_NONE);
	int i;

	for (i = 0; i < MAX_SESSIONS; i++)
		f->sessions[i] = (struct fuzz_session){ .fd = -1 };
	for (i = 0; i < WINDOWS; i++)
		f->windows[i] = (struct window){ .at = windows + i * WINDOW_SIZE };
	windows_close_up(f);
	f->room = memory(ROOM_SIZE + PAGE, PROT_READ | PROT_WRITE);
	CHECK_EQ(mprotect(f->room + ROOM_SIZE, PAGE, PROT_NONE), 0);
	memset(f->room, 'r', OPS_OFFSET);
	f->constant = memory(PAGE, PROT_READ | PROT_WRITE);
	memset(f->constant, 'c', PAGE);
	CHECK_EQ(mprotect(f->constant, PAGE, PROT_READ), 0);
	f->ids = (struct pool){ 0 };
	f->numbers = 0;
}

void fuzz_end(struct fuzz *f)
{
	int i;

	for (i = 0; i < MAX_SESSIONS; i++)
		if (f->sessions[i].fd >= 0)
			session_end(f, &f->sessions[i]);
	munmap(f->windows[0].at, WINDOWS * WINDOW_SIZE);
	munmap(f->room, ROOM_SIZE + PAGE);
	munmap(f->constant, PAGE);
}

/* ---- sessions ---- */

struct fuzz_session *session_of(struct fuzz *f, const struct step *s)
{
	unsigned int i, at = step_number(s, 0) % MAX_SESSIONS;

	for (i = 0; i < MAX_SESSIONS; i++) {
		struct fuzz_session *session = &f->sessions[(at + i) % MAX_SESSIONS];

		if (session->fd >= 0)
			return session;
	}
	return NULL;
}

/* Another session is closed if there are too many. */
struct fuzz_session *session_add(struct fuzz *f, int fd, uint32_t rights)
{
	struct fuzz_session old = { .fd = -1 };
	unsigned int i;

	for (i = 0; i < MAX_SESSIONS; i++)
		if (f->sessions[i].fd < 0)
			break;
	if (i == MAX_SESSIONS) {
		i = f->next_out++ % MAX_SESSIONS;
		old = f->sessions[i];
	}
	f->sessions[i] = (struct fuzz_session){
		.fd = fd,
		.rights = rights,
		.heap = info_of(fd).heap_id,
	};
	if (old.fd >= 0)
		session_end(f, &old);
	return &f->sessions[i];
}

static bool has_session(const struct fuzz *f, uint64_t heap)
{
	int i;

	for (i = 0; i < MAX_SESSIONS; i++)
		if (f->sessions[i].fd >= 0 && f->sessions[i].heap == heap)
			return true;
	return false;
}

/* A heap on which others work changes while it is checked, and is not closed. */
void session_end(struct fuzz *f, struct fuzz_session *session)
{
	if (f->alone)
		check_sound(session->fd);
	CHECK_EQ(close(session->fd), 0);
	session->fd = -1;
	if (f->alone && !f->forked && !has_session(f, session->heap))
		windows_check_gone(f, session->heap);
}

/* ---- words ---- */

/* Addresses are valid, bad, those of names, or those of something else. */
static uint64_t address(struct fuzz *f, uint64_t n)
{
	switch (n % 16) {
	case 0:
	case 1:
	case 2:
	case 3:
		return USER_PTR(f->room) + n % 16 * 512;
	case 4:
	case 5:
		return USER_PTR(f->constant) + n % 2 * (PAGE - 8);
	case 6:
		return USER_PTR(f->room) + ROOM_SIZE - 8;
	case 7:
		return USER_PTR(f->room) + ROOM_SIZE;
	case 8:
	case 9:
		return USER_PTR(f->room) + (n % 2 ? RESULTS_OFFSET + 4 : OPS_OFFSET);
	case 10:
		return 0;
	case 11:
		return BAD_PTR;
	case 12:
		return 0xffff888000000000ULL;
	case 13:
		return UINT64_MAX - 7;
	default:
		return USER_PTR(f->windows[n % 2].at);
	}
}

uint64_t word_value(struct fuzz *f, struct fuzz_session *session, struct word w)
{
	struct fuzz_session *other = &f->sessions[w.n % MAX_SESSIONS];

	switch (w.kind) {
	case 'h':
		return session->handles.values[w.n % POOL];
	case 'f':
		return other->handles.values[w.n / MAX_SESSIONS % POOL];
	case 'w':
		return session->weaks.values[w.n % POOL];
	case 'i':
		return f->ids.values[w.n % POOL];
	case 'a':
		return address(f, w.n);
	default:
		return w.n;
	}
}

void pool_put(struct pool *pool, uint64_t value)
{
	if (value)
		pool->values[pool->next++ % POOL] = value;
}

/* The handle may have been dropped before. */
void handle_put(struct fuzz_session *session, uint64_t handle)
{
	struct pool *pool = &session->handles;
	uint64_t old = pool->values[pool->next % POOL];

	if (handle && old && pool->next % 16)
		DO(session->fd, DROP, .obj = old);
	pool_put(pool, handle);
}
