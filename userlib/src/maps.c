// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Mappings of payload memory.  The first mapping is long enough for all that most heaps
 * will ever have.  If an object lies beyond it, a longer one is added.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <linux/mheap.h>

#include "maps.h"

/* Address space for most heaps; only what is touched costs memory. */
#define FIRST_LENGTH	(sizeof(void *) > 4 ? 1ULL << 36 : 1ULL << 28)

static_assert(sizeof(off_t) == 8, "offsets beyond 4 GiB in 32-bit programs, too");

struct mheap_mapping {
	struct mheap_mapping *next;
	uint64_t offset;
	uint64_t len;
	char *address;
};

void mheap_maps_init(struct mheap_maps *maps)
{
	pthread_mutex_init(&maps->lock, NULL);
	maps->first = NULL;
}

void mheap_maps_fini(struct mheap_maps *maps)
{
	struct mheap_mapping *m;

	while ((m = maps->first)) {
		maps->first = m->next;
		munmap(m->address, m->len);
		free(m);
	}
	pthread_mutex_destroy(&maps->lock);
}

/* The caller holds the lock. */
static struct mheap_mapping *find(const struct mheap_maps *maps, uint64_t offset,
				  size_t len)
{
	struct mheap_mapping *m;

	for (m = maps->first; m; m = m->next) {
		if (offset >= m->offset && offset - m->offset <= m->len &&
		    len <= m->len - (offset - m->offset))
			return m;
	}
	return NULL;
}

/*
 * Map from m->offset on: at least least bytes, more if the address space has that much.
 * A failure for lack of address space is tried again with half the length.
 */
static int map(struct mheap_mapping *m, int fd, int prot, uint64_t least)
{
	uint64_t len = FIRST_LENGTH;
	void *p;

	while (len < least)
		len *= 2;
	for (;; len /= 2) {
		m->len = len > least ? len : least;
		if (m->len > SIZE_MAX / 2)
			return -ENOMEM;
		p = mmap(NULL, m->len, prot, MAP_SHARED, fd, (off_t)m->offset);
		if (p != MAP_FAILED)
			break;
		if (errno != ENOMEM || m->len == least)
			return -errno;
	}
	m->address = p;
	return 0;
}

/* Add a mapping that contains these bytes.  The caller holds the lock. */
static int add(struct mheap_maps *maps, int fd, bool writable, uint64_t offset,
	       size_t len)
{
	uint64_t base = offset & MHEAP_MAP_CONSTANT;
	struct mheap_mapping *m = calloc(1, sizeof(*m));
	int err, prot = PROT_READ;

	if (!m)
		return -ENOMEM;
	if (writable && !base)
		prot |= PROT_WRITE;
	m->offset = base;
	err = map(m, fd, prot, offset - base + len);
	if (err) {
		free(m);
		return err;
	}
	m->next = maps->first;
	maps->first = m;
	return 0;
}

static int find_or_add(struct mheap_maps *maps, int fd, bool writable,
		       uint64_t offset, size_t len, void **p)
{
	struct mheap_mapping *m = find(maps, offset, len);
	int err;

	if (!m) {
		err = add(maps, fd, writable, offset, len);
		if (err)
			return err;
		m = maps->first;
	}
	*p = m->address + (offset - m->offset);
	return 0;
}

int mheap_maps_find(struct mheap_maps *maps, int fd, bool writable,
		    uint64_t offset, size_t len, void **p)
{
	int err;

	pthread_mutex_lock(&maps->lock);
	err = find_or_add(maps, fd, writable, offset, len, p);
	pthread_mutex_unlock(&maps->lock);
	return err;
}
