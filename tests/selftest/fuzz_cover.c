// SPDX-License-Identifier: GPL-2.0
/* Outcomes: those that were seen, and those in the interface that were not. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/mheap.h>

#include "fuzz.h"
#include "harness.h"
#include "sample.h"

#define BIT(n)	(1ULL << (n))

/* These errors may come from any of our calls or from the system's. */
static const int known_errors[] = {
	EBADF, ENOENT, EINVAL, EPERM, ERANGE, E2BIG, EDQUOT, ENOMEM, EFAULT, EEXIST, EBUSY,
	EAGAIN, EOVERFLOW, EMFILE, EINTR, ENOTTY, EACCES, ENODEV, EBADMSG, ENOSPC,
};

static bool is_known(int error)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known_errors); i++)
		if (known_errors[i] == error)
			return true;
	return !error;
}

void cover(struct fuzz *f, unsigned int subject, uint32_t rights, int err)
{
	uint32_t *seen;

	/*
	 * Steps may fail as the system's calls do, calls of the heap only as the interface
	 * says.
	 */
	if (-err >= (int)ERRNOS || (subject < SUBJECT_STEP && !is_known(-err)))
		FAIL("subject %u: result %d", subject, err);
	seen = &f->shared->seen[subject][rights & 7][-err];
	if (!__atomic_fetch_add(seen, 1, __ATOMIC_RELAXED))
		f->news = true;
}

/* ---- what the interface says ---- */

#define READS	(BIT(MHEAP_OP_ID) | BIT(MHEAP_OP_OPEN_ID) | BIT(MHEAP_OP_STAT) | \
		 BIT(MHEAP_OP_GET) | BIT(MHEAP_OP_READ) | BIT(MHEAP_OP_LOOKUP) | \
		 BIT(MHEAP_OP_XCHG) | BIT(MHEAP_OP_CAS))
#define WRITES	(BIT(MHEAP_OP_ALLOC) | BIT(MHEAP_OP_RESIZE) | BIT(MHEAP_OP_SET) | \
		 BIT(MHEAP_OP_WRITE) | BIT(MHEAP_OP_PUBLISH) | BIT(MHEAP_OP_UNPUBLISH) | \
		 BIT(MHEAP_OP_FINALIZER) | BIT(MHEAP_OP_INTERN) | BIT(MHEAP_OP_XCHG) | \
		 BIT(MHEAP_OP_CAS))

uint32_t opcode_rights(unsigned int opcode)
{
	return (READS & BIT(opcode) ? MHEAP_RIGHT_READ : 0) |
	       (WRITES & BIT(opcode) ? MHEAP_RIGHT_WRITE : 0);
}

#define NAMED	(BIT(MHEAP_OP_PUBLISH) | BIT(MHEAP_OP_LOOKUP) | BIT(MHEAP_OP_UNPUBLISH))
#define COPIES	(NAMED | BIT(MHEAP_OP_STAT) | BIT(MHEAP_OP_READ) | BIT(MHEAP_OP_WRITE) | \
		 BIT(MHEAP_OP_INTERN))
#define MAKES	(BIT(MHEAP_OP_ALLOC) | BIT(MHEAP_OP_RESIZE) | BIT(MHEAP_OP_INTERN))
#define FINDS	(BIT(MHEAP_OP_OPEN_ID) | BIT(MHEAP_OP_LOOKUP) | BIT(MHEAP_OP_UNPUBLISH) | \
		 BIT(MHEAP_OP_WEAK_GET) | BIT(MHEAP_OP_WEAK_DROP))

static bool is_told(unsigned int opcode, int error)
{
	switch (error) {
	case 0:
	case EINVAL:
		return true;
	case EBADF:
		return opcodes[opcode].handles;
	case EPERM:
		return opcode_rights(opcode);
	case EFAULT:
		return COPIES & BIT(opcode);
	case EDQUOT:
		return MAKES & BIT(opcode);
	case E2BIG:
		return (MAKES | NAMED) & BIT(opcode);
	case ENOENT:
		return FINDS & BIT(opcode);
	case ERANGE:
		return opcode == MHEAP_OP_READ || opcode == MHEAP_OP_WRITE;
	case EEXIST:
		return opcode == MHEAP_OP_PUBLISH || opcode == MHEAP_OP_FINALIZER ||
		       opcodes[opcode].makes != M_COUNT;
	case ENOSPC:
		return opcodes[opcode].has_value || opcodes[opcode].makes != M_COUNT;
	default:
		return false;
	}
}

/* ---- the report ---- */

static bool seen_pair(const struct fuzz_shared *shared, unsigned int subject, int error)
{
	unsigned int r;

	for (r = 0; r < 8; r++)
		if (shared->seen[subject][r][error])
			return true;
	return false;
}

static void report_missing(const struct fuzz_shared *shared)
{
	unsigned int opcode, e, told = 0, missing = 0;
	char text[1024] = "";

	for (opcode = 0; opcode < MHEAP_OP_COUNT; opcode++)
		for (e = 0; e < ERRNOS; e++) {
			size_t n = strlen(text);

			if (!is_told(opcode, e))
				continue;
			told++;
			if (seen_pair(shared, opcode, e))
				continue;
			missing++;
			snprintf(text + n, sizeof(text) - n, " %s:%s",
				 opcodes[opcode].name, strerrorname_np(e));
		}
	note("%u of %u results that the interface tells of were seen; not:%s",
	     told - missing, told, missing ? text : " none");
}

void cover_report(const struct fuzz_shared *shared)
{
	unsigned int subject, r, e, pairs = 0, triples = 0;
	uint64_t outcomes = 0, steps = 0;

	for (subject = 0; subject < SUBJECTS; subject++)
		for (e = 0; e < ERRNOS; e++) {
			pairs += seen_pair(shared, subject, e);
			for (r = 0; r < 8; r++) {
				triples += !!shared->seen[subject][r][e];
				outcomes += shared->seen[subject][r][e];
			}
		}
	for (r = 0; r < MAX_WORKERS; r++)
		steps += shared->workers[r].steps;
	note("%llu steps, %llu outcomes: %u pairs of call and errno, %u with rights",
	     (unsigned long long)steps, (unsigned long long)outcomes, pairs, triples);
	report_missing(shared);
}
