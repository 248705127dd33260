/* SPDX-License-Identifier: GPL-2.0 */
/* Helpers for the cases about the library.  Each ends the case if it fails. */
#ifndef LIB_HEAP_H
#define LIB_HEAP_H

#include <mheap.h>

struct mheap *lib_open(void);
struct mheap_batch *lib_batch(struct mheap *h, unsigned int capacity);
struct mheap_info lib_info(struct mheap *h);

/* Open a heap that collects only when told to. */
struct mheap *lib_open_quiet(void);

mheap_ref lib_alloc(struct mheap *h, uint32_t nslots, size_t nbytes);
void lib_drop(struct mheap *h, mheap_ref r);
uint64_t lib_id(struct mheap *h, mheap_ref r);
uint64_t lib_refcount(struct mheap *h, mheap_ref r);

/* Make two objects whose slots 0 refer to each other, and return handles of both. */
void lib_pair(struct mheap *h, mheap_ref *a, mheap_ref *b);

/* Read an event, which must be queued already. */
struct mheap_event lib_event(struct mheap *h);

#endif
