/* SPDX-License-Identifier: GPL-2.0 */
/* Weak handles. */
#ifndef MHEAP_WEAK_H
#define MHEAP_WEAK_H

#include <linux/list.h>
#include <linux/types.h>

#include "event.h"

struct mheap_object;
struct mheap_session;
struct mheap_ext;

/**
 * struct mheap_weak - A weak handle
 * @object: the object that it refers to, or NULL if it was cleared
 * @session: its session
 * @node: in mheap_ext.weaks until it is cleared
 * @number: its number as programs know it
 * @event: the event that is sent when it is cleared
 *
 * Guarded by the heap lock.
 */
struct mheap_weak {
	struct mheap_object *object;
	struct mheap_session *session;
	struct list_head node;
	u64 number;
	struct mheap_event event;
};

struct mheap_weak *mheap_weak_alloc(u64 cookie);
void mheap_weak_add(struct mheap_session *s, struct mheap_weak *weak,
		    struct mheap_object *o, struct mheap_ext **prealloc);
struct mheap_weak *mheap_weak_find(struct mheap_session *s, u64 number);
struct mheap_object *mheap_weak_object(const struct mheap_weak *weak);
int mheap_weak_drop(struct mheap_session *s, u64 number);
unsigned int mheap_weak_clear(struct mheap_ext *ext, unsigned int budget);
void mheap_weaks_drop(struct mheap_session *s);

#endif
