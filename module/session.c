// SPDX-License-Identifier: GPL-2.0
/* The struct of a session, and its membership in the list of its heap. */
#include <linux/bits.h>
#include <linux/list.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "compat.h"
#include "event.h"
#include "handle_table.h"
#include "gfp.h"
#include "heap.h"
#include "limits.h"
#include "session.h"

/* The top bit, which is set in every weak handle and never in a number of a table. */
#define MHEAP_SESSION_KEY_BIT	BIT_ULL(63)

/**
 * mheap_session_alloc() - Allocate a session that owns nothing yet
 * @heap: the heap that the session is to be on
 * @rights: its MHEAP_RIGHT_*
 *
 * Context: may sleep.
 *
 * Return: the session or NULL.
 */
struct mheap_session *mheap_session_alloc(struct mheap_heap *heap, u32 rights)
{
	struct mheap_session *s = kzalloc(sizeof(*s), MHEAP_GFP);

	if (!s)
		return NULL;
	s->heap = heap;
	s->rights = rights;
	s->weak_key = get_random_u64() | MHEAP_SESSION_KEY_BIT;
	mheap_handles_init(&s->handles);
	mheap_table_init(&s->weaks);
	INIT_LIST_HEAD(&s->frames);
	INIT_LIST_HEAD(&s->finalizers);
	mheap_event_queue_init(&s->events, heap);
	return s;
}

/* Free a session that owns nothing, or whose heap has been destroyed. */
void mheap_session_free(struct mheap_session *s)
{
	mheap_event_queue_destroy(&s->events);
	mheap_table_destroy(&s->weaks);
	mheap_handles_destroy(&s->handles);
	kvfree(s->scratch);
	kfree(s);
}

/**
 * mheap_session_add() - Add a session to its heap
 * @s: the session
 *
 * Context: the heap lock is held.
 *
 * Return: 0, or -EMFILE if the heap has too many sessions.
 */
int mheap_session_add(struct mheap_session *s)
{
	struct mheap_heap *heap = s->heap;

	mheap_heap_assert_locked(heap);
	if (heap->sessions == MHEAP_MAX_SESSIONS)
		return -EMFILE;
	mheap_heap_get(heap);
	s->id = ++heap->last_session;
	list_add_tail(&s->node, &heap->session_list);
	heap->sessions++;
	return 0;
}

/**
 * mheap_session_del() - Remove a session from its heap
 * @s: the session
 *
 * The session keeps its reference to the struct of the heap, for the caller to drop.
 *
 * Context: the heap lock is held.
 *
 * Return: the number of sessions that are left.
 */
u64 mheap_session_del(struct mheap_session *s)
{
	mheap_heap_assert_locked(s->heap);
	list_del(&s->node);
	return --s->heap->sessions;
}
