/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mappings of payload memory of a session.
 */
#ifndef LIBMHEAP_MAPS_H
#define LIBMHEAP_MAPS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Mappings are only added, and stay until mheap_maps_fini(), since the program has
 * pointers into them.
 */
struct mheap_maps {
	pthread_mutex_t lock;
	struct mheap_mapping *first;	/* newest first; guarded by lock */
};

void mheap_maps_init(struct mheap_maps *maps);
void mheap_maps_fini(struct mheap_maps *maps);

/*
 * Find or make a mapping of len bytes at this offset of the descriptor, and store their
 * address in *p.  Returns 0 or -errno.
 */
int mheap_maps_find(struct mheap_maps *maps, int fd, bool writable,
		    uint64_t offset, size_t len, void **p);

#endif /* LIBMHEAP_MAPS_H */
