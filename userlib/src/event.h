/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The event that a session is reading.
 */
#ifndef LIBMHEAP_EVENT_H
#define LIBMHEAP_EVENT_H

#include <linux/mheap.h>
#include <pthread.h>

/**
 * struct mheap_events - The event that a session is reading
 * @lock: guards @last
 * @last: the event that was read; its kind is 0 if it was given to the program
 *
 * An event that cannot be given to the program, since there is no memory for its
 * reference, stays here for the next call, since the kernel has it no more.
 */
struct mheap_events {
	pthread_mutex_t lock;
	struct mheap_ioc_event last;
};

void mheap_events_init(struct mheap_events *events);
void mheap_events_fini(struct mheap_events *events);

#endif /* LIBMHEAP_EVENT_H */
