/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Handles, the counted references that a session owns, by the numbers that programs use.
 * What every op does is inline.
 */
#ifndef MHEAP_HANDLE_H
#define MHEAP_HANDLE_H

#include <linux/prefetch.h>
#include <linux/types.h>

#include <uapi/linux/mheap.h>

#include "gc/ref.h"
#include "handle_table.h"
#include "heap.h"
#include "object.h"
#include "session.h"

int mheap_handle_claim_slow(struct mheap_session *s, u32 *number);
void mheap_handle_unclaim(struct mheap_session *s, u32 number);
bool mheap_handle_step(struct mheap_session *s, u64 *at, struct mheap_object **o);

void mheap_handle_set_null(struct mheap_session *s, u32 number, u32 *nulls);
bool mheap_handle_is_null(struct mheap_session *s, u32 number);
void mheap_handle_pop_null(struct mheap_session *s, u32 *nulls);

void mheap_handle_begin_list(struct mheap_session *s, u32 head);
void mheap_handle_join(struct mheap_session *s, u32 number, u32 head);
void mheap_handle_leave(struct mheap_session *s, u32 number);
u32 mheap_handle_list_of(struct mheap_session *s, u32 number);
u32 mheap_handle_first(struct mheap_session *s, u32 head);

/**
 * mheap_handle_find() - Find the object of a handle
 * @s: the session
 * @number: any number
 *
 * Context: the heap lock is held.
 *
 * Return: the object, or NULL if the session has no such handle.
 */
static inline struct mheap_object *mheap_handle_find(struct mheap_session *s, u32 number)
{
	struct mheap_handle *h = mheap_handles_at(&s->handles, number);

	mheap_heap_assert_locked(s->heap);
	return h ? h->object : NULL;
}

/* Prefetch a number that may be a handle and whose object will be prefetched soon. */
static inline void mheap_handle_prefetch(struct mheap_session *s, u32 number)
{
	prefetch(mheap_handles_at(&s->handles, number));
}

/* Prefetch the object of a number that may be a handle and will be looked up soon. */
static inline void mheap_handle_prefetch_object(struct mheap_session *s, u32 number)
{
	struct mheap_handle *h = mheap_handles_at(&s->handles, number);

	if (h && h->object)
		prefetch(&h->object->type);
}

/**
 * mheap_handle_claim() - Claim a number for a handle
 * @s: the session
 * @number: the number, or 0: it is chosen and set then
 *
 * Context: the heap lock is held; it may be dropped and taken again; may sleep.
 *
 * Return: 0; -EINVAL if only the kernel chooses the number, -EEXIST if it is in use, or
 * -ENOMEM.
 */
static inline int mheap_handle_claim(struct mheap_session *s, u32 *number)
{
	struct mheap_handle_chunk *chunk = mheap_handles_chunk(&s->handles, *number);
	struct mheap_handle *h;

	if (unlikely(!chunk || !*number || *number > s->handles.end))
		return mheap_handle_claim_slow(s, number);
	h = &chunk->at[*number % MHEAP_CHUNK_HANDLES];
	if (unlikely(h->claimed))
		return -EEXIST;
	h->claimed = true;
	chunk->busy++;
	return 0;
}

/*
 * Turn a reference into a handle, with a number that was claimed.  It belongs to no frame.
 * The heap lock is held.
 */
static inline void mheap_handle_lend(struct mheap_session *s, u32 number,
				     struct mheap_object *o)
{
	struct mheap_handle *h = mheap_handles_at(&s->handles, number);

	mheap_heap_assert_locked(s->heap);
	h->object = o;
	h->head = 0;
	s->handles.used++;
}

/* Turn a handle that is in no frame into a reference again.  Its number stays claimed. */
static inline void mheap_handle_return(struct mheap_session *s, u32 number)
{
	mheap_heap_assert_locked(s->heap);
	mheap_handles_at(&s->handles, number)->object = NULL;
	s->handles.used--;
}

/**
 * mheap_handle_make() - Make a handle
 * @s: the session
 * @number: a number that was claimed; it is unclaimed if this fails
 * @o: the object
 *
 * The handle belongs to the newest frame.
 *
 * Context: the heap lock is held.
 *
 * Return: 0 or -EOVERFLOW.
 */
static inline int mheap_handle_make(struct mheap_session *s, u32 number,
				    struct mheap_object *o)
{
	int err = mheap_ref_get(&s->heap->gc, o, true);

	if (unlikely(err)) {
		mheap_handle_unclaim(s, number);
		return err;
	}
	mheap_handle_lend(s, number, o);
	if (unlikely(s->top_frame))
		mheap_handle_join(s, number, s->top_frame);
	return 0;
}

/* Take a handle away whose reference the caller drops.  The heap lock is held. */
static inline void mheap_handle_free(struct mheap_session *s, u32 number)
{
	struct mheap_handle_chunk *chunk = mheap_handles_chunk(&s->handles, number);
	struct mheap_handle *h = &chunk->at[number % MHEAP_CHUNK_HANDLES];

	mheap_heap_assert_locked(s->heap);
	if (unlikely(h->head))
		mheap_handle_leave(s, number);
	h->object = NULL;
	s->handles.used--;
	if (unlikely(number > MHEAP_HANDLE_MAX || chunk->busy == 1)) {
		mheap_handle_unclaim(s, number);
		return;
	}
	h->claimed = false;
	chunk->busy--;
}

#endif
