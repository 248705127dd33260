// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings. They lie in windows, ranges of our addresses where nothing else ever is:
 * unmapped parts are filled with pages of an empty file, which cannot be touched whatever
 * their protection is.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dev.h"
#include "fuzz.h"
#include "harness.h"

static void close_up(char *at, size_t len)
{
	static int empty = -1;

	if (empty < 0)
		empty = memfd_create("empty", MFD_CLOEXEC);
	CHECK_GE(empty, 0);
	CHECK(mmap(at, len, PROT_NONE, MAP_PRIVATE | MAP_FIXED, empty, 0) == at);
}

void windows_close_up(struct fuzz *f)
{
	close_up(f->windows[0].at, WINDOWS * WINDOW_SIZE);
}

/* Words 1 and 2 select some pages of a window. */
static char *range(struct window *w, const struct step *s, size_t *len)
{
	size_t at = step_number(s, 1) % 3 ? 0 : step_number(s, 1) * PAGE % WINDOW_SIZE;

	*len = PAGE * (1 + step_number(s, 2) % 80);
	if (*len > WINDOW_SIZE - at)
		*len = WINDOW_SIZE - at;
	return w->at + at;
}

static struct window *window_of(struct fuzz *f, const struct step *s)
{
	return &f->windows[step_number(s, 0) % WINDOWS];
}

int map_run(struct fuzz *f, const struct step *s)
{
	static const uint64_t offsets[] = {
		0, 0, 0, 0, PAGE, 64 * PAGE, MHEAP_MAP_CONSTANT, MHEAP_MAP_CONSTANT,
		MHEAP_MAP_SIZE - PAGE, MHEAP_MAP_SIZE, MHEAP_MAP_CONSTANT - PAGE,
		MHEAP_MAP_CONSTANT + MHEAP_MAP_SIZE - PAGE, 1ULL << 62,
	};
	struct fuzz_session *session = session_of(f, s);
	struct window *w = &f->windows[step_number(s, 1) % WINDOWS];
	uint64_t offset = offsets[step_number(s, 2) % ARRAY_SIZE(offsets)];
	int flags = step_number(s, 3) % 8 ? MAP_SHARED : MAP_PRIVATE;
	int prot = step_number(s, 4) % 2 ? PROT_READ | PROT_WRITE : step_number(s, 4) / 2 % 8;
	size_t len = step_number(s, 5) % 4 ? WINDOW_SIZE :
		     PAGE * (1 + step_number(s, 5) % 80);
	int err = 0;

	if (!session)
		return 1;
	if (!(step_number(s, 5) % 5))
		flags |= MAP_POPULATE;
	close_up(w->at, WINDOW_SIZE);
	if (mmap(w->at, len, prot, flags | MAP_FIXED, session->fd, (off_t)offset) != w->at)
		err = -errno;
	*w = (struct window){
		.at = w->at,
		.heap = err ? 0 : session->heap,
		.offset = offset,
		.whole = len == WINDOW_SIZE,
		.writable = session->rights & MHEAP_RIGHT_WRITE &&
			    !(offset & MHEAP_MAP_CONSTANT),
	};
	if (err)
		close_up(w->at, WINDOW_SIZE);
	CHECK(err || !(prot & PROT_WRITE) || w->writable);
	CHECK(err || session->rights & MHEAP_RIGHT_READ);
	return err;
}

int unmap_run(struct fuzz *f, const struct step *s)
{
	struct window *w = window_of(f, s);
	size_t len;
	char *at = range(w, s, &len);

	if (munmap(at, len))
		return -errno;
	close_up(at, len);
	w->whole = false;
	if (at == w->at)
		w->heap = 0;
	return 0;
}

/* Move some pages to another window, perhaps growing the range. */
int remap_run(struct fuzz *f, const struct step *s)
{
	struct window *from = window_of(f, s);
	struct window *to = &f->windows[step_number(s, 3) % WINDOWS];
	size_t len, more = step_number(s, 4) % 3 ? 0 : PAGE;
	char *at = range(from, s, &len);
	int err = 0;

	if (from == to)
		return 1;
	to->heap = 0;
	from->whole = false;
	if (at == from->at)
		from->heap = 0;
	if (mremap(at, len, len + more, MREMAP_MAYMOVE | MREMAP_FIXED, to->at) != to->at)
		err = -errno;
	/*
	 * Even a failed call may have unmapped either range, and it always unmaps the
	 * target's.
	 */
	if (err)
		close_up(to->at, WINDOW_SIZE);
	else
		close_up(at, len);
	return err;
}

int protect_run(struct fuzz *f, const struct step *s)
{
	struct window *w = window_of(f, s);
	int prot = step_number(s, 3) % 8;
	size_t len;
	char *at = range(w, s, &len);

	if (mprotect(at, len, prot))
		return -errno;
	/* The window may have memory elsewhere that belongs to no heap. */
	if (w->heap && at == w->at)
		CHECK(!(prot & PROT_EXEC) && (w->writable || !(prot & PROT_WRITE)));
	return 0;
}

int advise_run(struct fuzz *f, const struct step *s)
{
	static const int advices[] = {
		MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED,
		MADV_FREE, MADV_REMOVE, MADV_DONTFORK, MADV_DOFORK, MADV_MERGEABLE,
		MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_DONTDUMP, MADV_DODUMP, MADV_WIPEONFORK,
		MADV_KEEPONFORK, MADV_COLD, MADV_PAGEOUT, MADV_POPULATE_READ,
		MADV_POPULATE_WRITE, 25, 9999,
	};
	unsigned int what = step_number(s, 3) % (ARRAY_SIZE(advices) + 4);
	size_t len;
	char *at = range(window_of(f, s), s, &len);
	int ret;

	if (what < ARRAY_SIZE(advices))
		ret = madvise(at, len, advices[what]);
	else if (what == ARRAY_SIZE(advices))
		ret = msync(at, len, MS_SYNC);
	else if (what == ARRAY_SIZE(advices) + 1)
		ret = mlock(at, len);
	else if (what == ARRAY_SIZE(advices) + 2)
		ret = munlock(at, len);
	else
		ret = mincore(at, len, (unsigned char *)f->room);
	return ret ? -errno : 0;
}

/* ---- touching ---- */

static sigjmp_buf faulted;

static void on_fault(int sig)
{
	siglongjmp(faulted, sig);
}

/* Returns the signal, or 0. */
static int touch(volatile char *at, const char *write)
{
	struct sigaction action = { .sa_handler = on_fault };
	int sig;

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sig = sigsetjmp(faulted, 1);
	if (!sig) {
		if (write)
			*at = *write;
		else
			(void)*at;
	}
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	return sig;
}

void windows_check_gone(struct fuzz *f, uint64_t heap)
{
	size_t at;
	int i;

	for (i = 0; i < WINDOWS; i++)
		for (at = 0; f->windows[i].heap == heap && at < WINDOW_SIZE; at += PAGE)
			CHECK_NE(touch(f->windows[i].at + at, NULL), 0);
}

int look_run(struct fuzz *f, const struct step *s)
{
	struct window *w = window_of(f, s);
	int sig = touch(w->at + step_number(s, 1) * 16 % WINDOW_SIZE, NULL);

	return sig == SIGBUS ? -EFAULT : sig ? -EACCES : 0;
}

/* Returns where the byte of the payload is mapped, or NULL. */
static char *place_of(struct fuzz *f, const struct fuzz_session *session, uint64_t offset)
{
	int i;

	for (i = 0; i < WINDOWS; i++) {
		struct window *w = &f->windows[i];

		if (w->heap && w->heap == session->heap && offset >= w->offset &&
		    offset - w->offset < WINDOW_SIZE)
			return w->at + (offset - w->offset);
	}
	return NULL;
}

/*
 * Write a byte of a held object through a mapping and read it through the session. Nothing
 * is written if others could resize the object meanwhile.
 */
int poke_run(struct fuzz *f, const struct step *s)
{
	struct fuzz_session *session = session_of(f, s);
	char byte = step_number(s, 3), seen = ~byte, *at;
	struct mheap_ioc_stat stat = { 0 };
	uint64_t o, where;
	int sig;

	if (!session || !f->alone)
		return 1;
	o = session->handles.values[step_number(s, 1) % POOL];
	DO(session->fd, STAT, .obj = o, .val = USER_PTR(&stat), .len = sizeof(stat));
	if (!stat.nbytes)
		return 1;
	where = step_number(s, 2) % stat.nbytes;
	at = place_of(f, session, stat.offset + where);
	if (!at)
		return 1;
	sig = touch(at, &byte);
	/* The page is there, though it may not be writable. */
	if (f->windows[(at - f->windows[0].at) / WINDOW_SIZE].whole)
		CHECK_NE(sig, SIGBUS);
	if (sig)
		return -EACCES;
	OUT(session->fd, READ, .obj = o, .arg = where, .len = 1, .val = USER_PTR(&seen));
	CHECK_EQ(seen, byte);
	return 0;
}
