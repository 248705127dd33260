// SPDX-License-Identifier: GPL-2.0
/*
 * Weak handles.  They do not count, and are cleared when their object dies or is condemned.
 * They are numbers of a table as handles are, but disguised with a key of their own, so
 * that neither can be mistaken for the other.
 */
#include <linux/minmax.h>
#include <linux/slab.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "heap.h"
#include "limits.h"
#include "gfp.h"
#include "session.h"
#include "ext.h"
#include "weak.h"

/* Allocate a weak handle that refers to nothing yet, or return NULL.  May sleep. */
struct mheap_weak *mheap_weak_alloc(u64 cookie)
{
	struct mheap_weak *weak = kzalloc(sizeof(*weak), MHEAP_GFP);

	if (!weak)
		return NULL;
	INIT_LIST_HEAD(&weak->node);
	mheap_event_init(&weak->event, MHEAP_EVENT_WEAK, cookie);
	return weak;
}

/**
 * mheap_weak_add() - Let a weak handle refer to an object
 * @s: its session, with an entry reserved in @s->weaks
 * @weak: the weak handle; @weak->number is set
 * @o: the object
 * @prealloc: as for mheap_ext_add()
 *
 * Context: the heap lock is held.
 */
void mheap_weak_add(struct mheap_session *s, struct mheap_weak *weak,
		    struct mheap_object *o, struct mheap_ext **prealloc)
{
	struct mheap_ext *ext = mheap_ext_add(s->heap, o, prealloc);

	weak->object = o;
	weak->session = s;
	list_add_tail(&weak->node, &ext->weaks);
	weak->number = mheap_table_alloc(&s->weaks, weak) ^ s->weak_key;
}

/* Return the weak handle with that number, or NULL if the session has none. */
struct mheap_weak *mheap_weak_find(struct mheap_session *s, u64 number)
{
	mheap_heap_assert_locked(s->heap);
	return mheap_table_find(&s->weaks, number ^ s->weak_key);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_weak_find);

/*
 * Return the object of a weak handle, or NULL.  For programs, an object that dies is gone
 * before its weak handles are cleared.
 */
struct mheap_object *mheap_weak_object(const struct mheap_weak *weak)
{
	struct mheap_object *o = weak->object;

	return o && !mheap_gc_is_gone(&weak->session->heap->gc, o) ?
	       o : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_weak_object);

static void mheap_weak_free(struct mheap_session *s, struct mheap_weak *weak)
{
	mheap_event_unqueue(&s->events, &weak->event);
	list_del(&weak->node);
	mheap_table_free(&s->weaks, weak->number ^ s->weak_key);
	kfree(weak);
}

/**
 * mheap_weak_drop() - Drop a weak handle, and its event if that is unread
 * @s: the session
 * @number: any number
 *
 * Context: the heap lock is held.
 *
 * Return: 0, or -ENOENT if the session has no such weak handle.
 */
int mheap_weak_drop(struct mheap_session *s, u64 number)
{
	struct mheap_weak *weak = mheap_weak_find(s, number);

	if (!weak)
		return -ENOENT;
	mheap_weak_free(s, weak);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_weak_drop);

/**
 * mheap_weak_clear() - Clear weak handles of an object, and send their events
 * @ext: the ext record of the object
 * @budget: most units of work to do; an event costs MHEAP_EVENT_COST of them
 *
 * Context: the heap lock is held.
 *
 * Return: the budget that is left; 0 if there may be more to clear.
 */
unsigned int mheap_weak_clear(struct mheap_ext *ext, unsigned int budget)
{
	struct mheap_weak *weak;

	while (budget && !list_empty(&ext->weaks)) {
		weak = list_first_entry(&ext->weaks, struct mheap_weak, node);
		list_del_init(&weak->node);
		weak->object = NULL;
		mheap_event_send(&weak->session->events, &weak->event);
		budget -= min(budget, MHEAP_EVENT_COST);
	}
	return budget;
}

/*
 * Drop all weak handles of a session that ends, without events.  The heap lock is held; it
 * may be dropped and taken again; may sleep.
 */
void mheap_weaks_drop(struct mheap_session *s)
{
	struct mheap_weak *weak;
	u32 dropped = 0;
	u64 at = 0;

	while ((weak = mheap_table_next(&s->weaks, &at))) {
		mheap_weak_free(s, weak);
		if (++dropped % MHEAP_CLOCK_OPS == 0)
			mheap_heap_cond_resched(s->heap);
	}
}
