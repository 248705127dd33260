// SPDX-License-Identifier: GPL-2.0
/*
 * Weak handles: they do not count, and are cleared when their object dies or is
 * condemned.  Their numbers are places, as those of handles, but disguised with a
 * key of their own: neither can be taken for the other.
 */
#include <linux/minmax.h>
#include <linux/slab.h>

#include <uapi/linux/mheap.h>

#include "compat.h"
#include "heap.h"
#include "limits.h"
#include "memory.h"
#include "session.h"
#include "watch.h"
#include "weak.h"

/* A weak handle that refers to nothing yet.  Sleeps. */
struct mheap_weak *mheap_weak_alloc(u64 cookie)
{
	struct mheap_weak *weak = kzalloc(sizeof(*weak), MHEAP_GFP);

	if (!weak)
		return NULL;
	INIT_LIST_HEAD(&weak->node);
	mheap_event_init(&weak->event, MHEAP_EVENT_WEAK, cookie);
	return weak;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_weak_alloc);

/**
 * mheap_weak_add() - Let a weak handle refer to an object
 * @s: its session, with a place reserved in @s->weaks; the heap is locked
 * @weak: the weak handle; @weak->number is set
 * @o: the object
 * @fresh: as for mheap_watch_add()
 */
void mheap_weak_add(struct mheap_session *s, struct mheap_weak *weak,
		    struct mheap_object *o, struct mheap_watch **fresh)
{
	struct mheap_watch *w = mheap_watch_add(s->heap, o, fresh);

	weak->object = o;
	weak->session = s;
	list_add_tail(&weak->node, &w->weaks);
	weak->number = mheap_places_take(&s->weaks, weak) ^ s->weak_key;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_weak_add);

/* The weak handle with that number, or NULL if the session has none. */
struct mheap_weak *mheap_weak_find(struct mheap_session *s, u64 number)
{
	mheap_heap_assert_locked(s->heap);
	return mheap_places_find(&s->weaks, number ^ s->weak_key);
}
EXPORT_SYMBOL_IF_KUNIT(mheap_weak_find);

/* Its object, or NULL: one that dies is gone before the weak handle is cleared. */
struct mheap_object *mheap_weak_object(const struct mheap_weak *weak)
{
	struct mheap_object *o = weak->object;

	return o && !mheap_collect_is_gone(&weak->session->heap->gc, o) ?
	       o : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(mheap_weak_object);

static void mheap_weak_free(struct mheap_session *s, struct mheap_weak *weak)
{
	mheap_event_unqueue(s, &weak->event);
	list_del(&weak->node);
	mheap_places_release(&s->weaks, weak->number ^ s->weak_key);
	kfree(weak);
}

/**
 * mheap_weak_drop() - Drop a weak handle, with its event if that is unread
 * @s: the session; the heap is locked
 * @number: any number
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
 * @w: the object's record
 * @units: work to do at most; an event is several
 *
 * Return: how many units are left; 0 if there may be more to clear.
 */
unsigned int mheap_weak_clear(struct mheap_watch *w, unsigned int units)
{
	struct mheap_weak *weak;

	while (units && !list_empty(&w->weaks)) {
		weak = list_first_entry(&w->weaks, struct mheap_weak, node);
		list_del_init(&weak->node);
		weak->object = NULL;
		mheap_event_send(weak->session, &weak->event);
		units -= min(units, MHEAP_EVENT_UNITS);
	}
	return units;
}

/* The session ends: drop them all, without events.  The lock may be dropped. */
void mheap_weaks_drop(struct mheap_session *s)
{
	struct mheap_weak *weak;
	u32 dropped = 0;
	u64 at = 0;

	while ((weak = mheap_places_next(&s->weaks, &at))) {
		mheap_weak_free(s, weak);
		if (++dropped % MHEAP_CLOCK_OPS == 0)
			mheap_heap_breathe(s->heap);
	}
}
