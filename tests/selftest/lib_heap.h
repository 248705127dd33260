/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the cases about the library have in common.  Each ends the case if it
 * fails.
 */
#ifndef LIB_HEAP_H
#define LIB_HEAP_H

#include <mheap.h>

struct mheap *lib_open(void);
struct mheap_batch *lib_batch(struct mheap *h, unsigned int capacity);
struct mheap_info lib_info(struct mheap *h);

/* A session whose heap collects only when told to. */
struct mheap *lib_open_quiet(void);

mheap_ref lib_alloc(struct mheap *h, uint32_t nslots, size_t nbytes);
void lib_drop(struct mheap *h, mheap_ref r);
uint64_t lib_id(struct mheap *h, mheap_ref r);
uint64_t lib_refcount(struct mheap *h, mheap_ref r);

/* Two objects that refer to each other by slot 0: handles of both. */
void lib_pair(struct mheap *h, mheap_ref *a, mheap_ref *b);

/* The event that must be there. */
struct mheap_event lib_event(struct mheap *h);

#endif
