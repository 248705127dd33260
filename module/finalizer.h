/* SPDX-License-Identifier: GPL-2.0 */
/* Finalizers, which tell a session once before an object dies. */
#ifndef MHEAP_FINALIZER_H
#define MHEAP_FINALIZER_H

#include <linux/list.h>
#include <linux/types.h>

#include "event.h"

struct mheap_dying;
struct mheap_heap;
struct mheap_object;
struct mheap_quarantine;
struct mheap_session;
struct mheap_ext;

/**
 * struct mheap_finalizer - A finalizer
 * @session: the session that finalizes
 * @object: the object that is finalized
 * @node: in mheap_session.finalizers until the event is read
 * @told: the event was sent
 * @number: the number that was claimed for the handle that comes with the event
 * @answer: @number once the event was read, else 0; dropping that handle answers
 * @spare: memory for a quarantined set, until the collector uses it
 * @quarantine: the quarantined set that waits for the answer, or NULL
 * @event: the event; while it is unread it holds a reference to the object
 *
 * Guarded by the heap lock.
 */
struct mheap_finalizer {
	struct mheap_session *session;
	struct mheap_object *object;
	struct list_head node;
	bool told;
	u32 number;
	u32 answer;
	struct mheap_quarantine *spare;
	struct mheap_quarantine *quarantine;
	struct mheap_event event;
};

struct mheap_finalizer *mheap_finalizer_alloc(u64 cookie);
void mheap_finalizer_free(struct mheap_finalizer *f);
int mheap_finalizer_set(struct mheap_session *s, struct mheap_finalizer **prealloc,
			u32 number, struct mheap_object *o,
			struct mheap_ext **ext_prealloc);
bool mheap_finalizer_is_due(const struct mheap_finalizer *f);
struct mheap_quarantine *mheap_finalizer_take_quarantine(struct mheap_finalizer *f);
void mheap_finalizer_tell(struct mheap_heap *heap, struct mheap_ext *ext,
			  struct mheap_quarantine *q);
u32 mheap_finalizer_read(struct mheap_finalizer *f);
void mheap_finalizer_commit(struct mheap_session *s, u32 handle, u64 id);
void mheap_finalizer_unread(struct mheap_session *s, u32 handle, u64 id);
void mheap_finalizer_answer(struct mheap_session *s, struct mheap_object *o,
			    u32 handle);
void mheap_finalizer_skip(struct mheap_heap *heap, struct mheap_ext *ext);
void mheap_finalizer_drop(struct mheap_finalizer *f, struct mheap_dying *dying);

#endif
