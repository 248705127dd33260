/* SPDX-License-Identifier: GPL-2.0 */
/* Finalizers: a session is told, once, before an object dies. */
#ifndef MHEAP_FINALIZER_H
#define MHEAP_FINALIZER_H

#include <linux/list.h>
#include <linux/types.h>

#include "event.h"

struct mheap_collector;
struct mheap_dying;
struct mheap_heap;
struct mheap_object;
struct mheap_quarantine;
struct mheap_session;
struct mheap_watch;

/**
 * struct mheap_finalizer - A finalizer
 * @session: who finalizes
 * @object: what is finalized
 * @node: in mheap_session.finalizers, until the event was read
 * @told: there is or was an event
 * @answer: the handle that came with the event, once it was read
 * @spare: memory for a group in quarantine, if the collector needs one
 * @group: the group that waits for the answer, or NULL
 * @event: the event; while it is unread it holds a reference to the object
 *
 * A place in the session's handles is set aside for @answer.  Guarded by the heap
 * lock.
 */
struct mheap_finalizer {
	struct mheap_session *session;
	struct mheap_object *object;
	struct list_head node;
	bool told;
	u64 answer;
	struct mheap_quarantine *spare;
	struct mheap_quarantine *group;
	struct mheap_event event;
};

struct mheap_finalizer *mheap_finalizer_alloc(u64 cookie);
void mheap_finalizer_free(struct mheap_finalizer *f);
int mheap_finalizer_set(struct mheap_session *s, struct mheap_finalizer **fresh,
			struct mheap_object *o, struct mheap_watch **watch);
bool mheap_finalizer_is_due(const struct mheap_finalizer *f);
struct mheap_quarantine *mheap_finalizer_take_group(struct mheap_finalizer *f);
void mheap_finalizer_tell(struct mheap_heap *heap, struct mheap_watch *w,
			  struct mheap_quarantine *group);
u64 mheap_finalizer_read(struct mheap_finalizer *f);
void mheap_finalizer_unread(struct mheap_session *s, u64 handle);
void mheap_finalizer_answer(struct mheap_session *s, struct mheap_object *o,
			    u64 handle);
void mheap_finalizer_skip(struct mheap_heap *heap, struct mheap_watch *w);
void mheap_finalizers_drop(struct mheap_session *s);
void mheap_quarantines_destroy(struct mheap_collector *gc);

#endif
