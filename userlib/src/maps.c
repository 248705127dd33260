// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Mappings of payload memory.  One is made for all that a heap has and will have, as
 * far as the address space goes; a longer one when that turns out to be too short.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <linux/mheap.h>

#include "maps.h"

/* Room for most heaps; only what is touched costs memory. */
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

static struct mheap_mapping *find(const struct mheap_maps *maps, uint64_t offset,
				  size_t len)
{
	struct mheap_mapping *m;

	for (m = maps->first; m; m = m->next)
		if (offset >= m->offset && offset - m->offset <= m->len &&
		    len <= m->len - (offset - m->offset))
			return m;
	return NULL;
}

/* Map from m->offset, at least so many bytes, more if there is room for it. */
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

int mheap_maps_find(struct mheap_maps *maps, int fd, bool writable,
		    uint64_t offset, size_t len, void **p)
{
	struct mheap_mapping *m;
	int err = 0;

	pthread_mutex_lock(&maps->lock);
	m = find(maps, offset, len);
	if (!m) {
		err = add(maps, fd, writable, offset, len);
		m = maps->first;
	}
	if (!err)
		*p = m->address + (offset - m->offset);
	pthread_mutex_unlock(&maps->lock);
	return err;
}
