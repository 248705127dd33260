/* SPDX-License-Identifier: GPL-2.0 */
/* Weak handles, finalizers, and the events that come of them. */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/mheap.h>

uint64_t weak_new(int fd, uint64_t object, uint64_t cookie);
uint64_t weak_get(int fd, uint64_t weak);
void weak_drop(int fd, uint64_t weak);

/* The object of the weak handle can be had; it is left as it was. */
bool weak_lives(int fd, uint64_t weak);

void finalize(int fd, uint64_t object, uint64_t cookie);
void event_mask(int fd, uint32_t mask);

/* Make so many events, of weak handles with cookies from 0. */
void cause_events(int fd, uint32_t n);

/* Is there an event within that time? */
bool event_comes(int fd, int ms);

/* Read what is there, at most @max events, without waiting. */
uint32_t events_take(int fd, struct mheap_ioc_event *events, uint32_t max);

/* Read and forget all that is there; handles in it are dropped. */
uint32_t events_flush(int fd);

/* The next event is there, and of that kind and cookie. */
struct mheap_ioc_event event_take(int fd, uint32_t kind, uint64_t cookie);

/* Read an event of a finalizer: the handle in it. */
uint64_t finalizer_take(int fd, uint64_t cookie);

/* A ring of objects with 2 slots; the first @finalized have a finalizer each. */
void make_finalized_ring(int fd, uint64_t *ring, uint32_t n, uint32_t finalized);

/* The same, found by a full collection once no handle holds it: a quarantined set. */
void make_quarantined_ring(int fd, uint64_t *ring, uint32_t n, uint32_t finalized);

/* Read the events of @n finalizers, and no others: their handles by cookie. */
void finalizers_take(int fd, uint64_t *refs, uint32_t n);

#define CHECK_NO_EVENT(_fd)						\
	do {								\
		CHECK(!event_comes(_fd, 0));				\
		CHECK_EQ(info_of(_fd).events, 0);			\
	} while (0)

#endif
