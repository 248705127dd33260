/* SPDX-License-Identifier: GPL-2.0 */
/* Sessions, and the handles that they own. */
#ifndef MHEAP_SESSION_H
#define MHEAP_SESSION_H

#include <linux/types.h>

#include "place.h"

struct mheap_dying;
struct mheap_heap;
struct mheap_object;

/**
 * struct mheap_session - A session on a heap
 * @heap: the heap; constant
 * @node: in mheap_heap.session_list; guarded by the heap lock
 * @key: what the numbers of @handles are disguised with, so that the handles of
 *	one session mean nothing in another; constant, top bit set
 * @rights: MHEAP_RIGHT_*; constant
 * @handles: its handles; guarded by the heap lock
 */
struct mheap_session {
	struct mheap_heap *heap;
	struct list_head node;
	u64 key;
	u32 rights;
	struct mheap_places handles;
};

struct mheap_session *mheap_session_open(struct mheap_heap *heap);
struct mheap_session *mheap_session_create(void);
void mheap_session_destroy(struct mheap_session *s);

struct mheap_object *mheap_handle_find(struct mheap_session *s, u64 handle);
int mheap_handle_add(struct mheap_session *s, struct mheap_object *o,
		     u64 *handle);
int mheap_handle_drop(struct mheap_session *s, u64 handle,
		      struct mheap_dying *dying);

#endif
