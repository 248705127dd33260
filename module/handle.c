// SPDX-License-Identifier: GPL-2.0
/*
 * Handles.  The program chooses the number of a handle, or leaves that to the kernel, which
 * has the numbers above MHEAP_HANDLE_MAX for itself.
 *
 * A number is claimed before a handle is made of it, since a call may drop the heap lock
 * after it found out that the number is free.
 */
#include <linux/list.h>
#include <linux/minmax.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "handle.h"
#include "heap.h"
#include "session.h"

static bool mheap_handle_is_own(u32 number)
{
	return number > MHEAP_HANDLE_MAX;
}

static struct mheap_handle *mheap_handle_at(struct mheap_session *s, u32 number)
{
	return mheap_handles_at(&s->handles, number);
}

/*
 * Make the chunk of a number that the program chose, or a chunk for the kernel to choose
 * from if @number is 0.  The heap lock is held; it is dropped and taken again.
 */
static int mheap_handle_grow(struct mheap_session *s, u32 number)
{
	struct mheap_handle_chunk *chunk;
	int err = -ENOMEM;

	mheap_heap_unlock(s->heap);
	chunk = mheap_handles_alloc();
	if (chunk)
		err = mheap_handles_insert(&s->handles, chunk, number);
	mheap_heap_lock(s->heap);
	if (!err && !number)
		mheap_handles_add_free(&s->handles, chunk);
	if (err != -EBUSY)
		return err;
	/* Another task was faster, or there is no number left. */
	return number ? 0 : -ENOMEM;
}

/* ---- numbers ---- */

static int mheap_handle_choose(struct mheap_session *s, u32 *number)
{
	struct mheap_handles *t = &s->handles;
	struct mheap_handle_chunk *chunk;
	int err;

	while (list_empty(&t->partial)) {
		err = mheap_handle_grow(s, 0);
		if (err)
			return err;
	}
	chunk = list_first_entry(&t->partial, struct mheap_handle_chunk, partial);
	*number = chunk->free;
	chunk->free = chunk->at[*number % MHEAP_CHUNK_HANDLES].next;
	if (!chunk->free)
		list_del_init(&chunk->partial);
	return 0;
}

static int mheap_handle_check(struct mheap_session *s, u32 number)
{
	struct mheap_handle *h;
	int err;

	if (mheap_handle_is_own(number))
		return -EINVAL;
	while (!(h = mheap_handle_at(s, number))) {
		err = mheap_handle_grow(s, number);
		if (err)
			return err;
	}
	if (h->claimed)
		return -EEXIST;
	s->handles.end = max(s->handles.end, number);
	return 0;
}

/* Claim a number when that is not as simple as mheap_handle_claim() has it. */
int mheap_handle_claim_slow(struct mheap_session *s, u32 *number)
{
	struct mheap_handle_chunk *chunk;
	int err;

	mheap_heap_assert_locked(s->heap);
	err = *number ? mheap_handle_check(s, *number) : mheap_handle_choose(s, number);
	if (err)
		return err;
	chunk = mheap_handles_chunk(&s->handles, *number);
	chunk->busy++;
	chunk->at[*number % MHEAP_CHUNK_HANDLES].claimed = true;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_handle_claim_slow);

/* Let others use a number that was claimed.  The heap lock is held. */
void mheap_handle_unclaim(struct mheap_session *s, u32 number)
{
	struct mheap_handle_chunk *chunk = mheap_handles_chunk(&s->handles, number);
	struct mheap_handle *h = &chunk->at[number % MHEAP_CHUNK_HANDLES];

	mheap_heap_assert_locked(s->heap);
	h->claimed = false;
	if (mheap_handle_is_own(number)) {
		h->next = chunk->free;
		chunk->free = number;
		if (list_empty(&chunk->partial))
			list_add(&chunk->partial, &s->handles.partial);
	}
	if (--chunk->busy == 0)
		mheap_handles_retire(&s->handles, chunk);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_handle_unclaim);

/**
 * mheap_handle_step() - Do one step of a walk through all handles
 * @s: the session
 * @at: the number to begin with, which is 0 at first; set to one more than the number that
 *	this step looked at
 * @o: set to the object, or to NULL if that number is no handle
 *
 * Context: the heap lock is held, or nobody else uses the session.
 *
 * Return: true, or false at the end.
 */
bool mheap_handle_step(struct mheap_session *s, u64 *at, struct mheap_object **o)
{
	struct mheap_handle_chunk *chunk = NULL;

	if (*at <= U32_MAX)
		chunk = mheap_handles_chunk(&s->handles, *at);
	if (!chunk)
		chunk = mheap_handles_next(&s->handles, *at);
	if (!chunk)
		return false;
	*at = max_t(u64, *at, chunk->first);
	*o = chunk->at[*at % MHEAP_CHUNK_HANDLES].object;
	++*at;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_handle_step);

/* ---- null ---- */

/*
 * Let a number that was claimed stand for null, until mheap_handle_pop_null(): later ops of
 * a batch can use a handle that was not made, since there was no object to refer to.
 */
void mheap_handle_set_null(struct mheap_session *s, u32 number, u32 *nulls)
{
	struct mheap_handle *h = mheap_handle_at(s, number);

	mheap_heap_assert_locked(s->heap);
	h->null = true;
	h->next = *nulls;
	*nulls = number;
}

bool mheap_handle_is_null(struct mheap_session *s, u32 number)
{
	struct mheap_handle *h = mheap_handle_at(s, number);

	mheap_heap_assert_locked(s->heap);
	return h && h->null;
}

/* Unclaim one of the numbers of a batch that stand for null, of which there is one at least. */
void mheap_handle_pop_null(struct mheap_session *s, u32 *nulls)
{
	u32 number = *nulls;
	struct mheap_handle *h = mheap_handle_at(s, number);

	mheap_heap_assert_locked(s->heap);
	*nulls = h->next;
	h->null = false;
	mheap_handle_unclaim(s, number);
}

/* ---- lists ---- */

/* Make a number that was claimed the head of an empty list. */
void mheap_handle_begin_list(struct mheap_session *s, u32 head)
{
	struct mheap_handle *h = mheap_handle_at(s, head);

	mheap_heap_assert_locked(s->heap);
	h->next = head;
	h->prev = head;
}

/* Add a handle that is in no list to one. */
void mheap_handle_join(struct mheap_session *s, u32 number, u32 head)
{
	struct mheap_handle *h = mheap_handle_at(s, number);
	struct mheap_handle *list = mheap_handle_at(s, head);

	mheap_heap_assert_locked(s->heap);
	h->head = head;
	h->prev = head;
	h->next = list->next;
	mheap_handle_at(s, list->next)->prev = number;
	list->next = number;
}

/* Take a handle out of its list, if it is in one. */
void mheap_handle_leave(struct mheap_session *s, u32 number)
{
	struct mheap_handle *h = mheap_handle_at(s, number);

	mheap_heap_assert_locked(s->heap);
	if (!h->head)
		return;
	mheap_handle_at(s, h->prev)->next = h->next;
	mheap_handle_at(s, h->next)->prev = h->prev;
	h->head = 0;
}

/* Return the head of the list that a handle is in, or 0. */
u32 mheap_handle_list_of(struct mheap_session *s, u32 number)
{
	mheap_heap_assert_locked(s->heap);
	return mheap_handle_at(s, number)->head;
}

/* Return the first handle of a list, or 0 if the list is empty. */
u32 mheap_handle_first(struct mheap_session *s, u32 head)
{
	u32 first = mheap_handle_at(s, head)->next;

	mheap_heap_assert_locked(s->heap);
	return first == head ? 0 : first;
}
