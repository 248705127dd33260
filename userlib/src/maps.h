/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mappings of payload memory that a session has.
 */
#ifndef LIBMHEAP_MAPS_H
#define LIBMHEAP_MAPS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Mappings stay until the end: pointers into them are in use. */
struct mheap_maps {
	pthread_mutex_t lock;
	struct mheap_mapping *first;	/* under lock, the newest first */
};

void mheap_maps_init(struct mheap_maps *maps);
void mheap_maps_fini(struct mheap_maps *maps);

/* The address of so many bytes at an offset of the descriptor: 0 or -errno. */
int mheap_maps_find(struct mheap_maps *maps, int fd, bool writable,
		    uint64_t offset, size_t len, void **p);

#endif /* LIBMHEAP_MAPS_H */
