/* SPDX-License-Identifier: GPL-2.0 */
/* Reading the events of a session. */
#ifndef MHEAP_EVENT_READ_H
#define MHEAP_EVENT_READ_H

#include <linux/types.h>
#include <uapi/linux/mheap.h>

struct mheap_gc_event;
struct mheap_session;

/**
 * struct mheap_event_read - An event on its way to a reader
 * @out: what the reader gets
 * @object: the id of the object, if the event is about a finalizer: the number of its handle
 *	may be used again before the event is committed or cancelled
 * @weak: the number of the weak handle, if the event is about one
 * @gc: the record of the event, if it is about collections, or NULL
 */
struct mheap_event_read {
	struct mheap_ioc_event out;
	u64 object;
	u64 weak;
	struct mheap_gc_event *gc;
};

int mheap_event_read_wait(struct mheap_session *s, bool nonblock,
			  struct mheap_event_read *r);
void mheap_event_read_commit(struct mheap_session *s,
			     struct mheap_event_read *r);
void mheap_event_read_cancel(struct mheap_session *s,
			     struct mheap_event_read *r);

#endif
