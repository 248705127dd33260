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

/* Can the weak handle's object be opened?  It is left as it was. */
bool weak_lives(int fd, uint64_t weak);

void finalize(int fd, uint64_t object, uint64_t cookie);
void event_mask(int fd, uint32_t mask);

/* Make so many events of weak handles, with cookies from 0 on. */
void cause_events(int fd, uint32_t n);

/* Does an event come within that time? */
bool event_comes(int fd, int ms);

/* Read at most @max queued events, without waiting. */
uint32_t events_take(int fd, struct mheap_ioc_event *events, uint32_t max);

/* Read all queued events and drop the handles in them; returns how many there were. */
uint32_t events_flush(int fd);

/* Read the next event, which must be queued and have that kind and cookie. */
struct mheap_ioc_event event_take(int fd, uint32_t kind, uint64_t cookie);

/* Read the event of a finalizer, and return the handle in it. */
uint64_t finalizer_take(int fd, uint64_t cookie);

/* Make a ring of objects with 2 slots, of which the first @finalized have finalizers. */
void make_finalized_ring(int fd, uint64_t *ring, uint32_t n, uint32_t finalized);

/* Make such a ring, drop its handles and collect, so that it is a quarantined set. */
void make_quarantined_ring(int fd, uint64_t *ring, uint32_t n, uint32_t finalized);

/* Read the events of @n finalizers and no others; @refs gets their handles by cookie. */
void finalizers_take(int fd, uint64_t *refs, uint32_t n);

#define CHECK_NO_EVENT(_fd)						\
	do {								\
		CHECK(!event_comes(_fd, 0));				\
		CHECK_EQ(info_of(_fd).events, 0);			\
	} while (0)

#endif
