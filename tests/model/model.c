// SPDX-License-Identifier: GPL-2.0
/*
 * The heap of the model: memory, references and what programs can do.  Whatever a program
 * does is done to the collector's objects and, in the plainest way, to their shadows.
 */
#include <linux/bug.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

/* The model that is running, for callbacks that get no pointer to it. */
static struct model *model_running;

void model_fail(struct model *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(m->why, sizeof(m->why), format, args);
	va_end(args);
	longjmp(m->broken, 1);
}

bool shim_warn(bool condition, const char *what)
{
	if (condition)
		model_fail(model_running, "warning: %s", what);
	return false;
}

/* ---- what the collector calls ---- */

/* Count calls of the barrier, and leave it out if a control says so. */
void __wrap_mheap_mark_touch(struct mheap_collector *gc,
			     struct mheap_object *o)
{
	struct model *m = list_entry(gc, struct model, gc);
	bool mark = gc->phase == MHEAP_MARK;

	m->did[DID_TOUCH]++;
	if (m->control == MODEL_NO_BARRIER ||
	    (m->control == MODEL_NO_BARRIER_YOUNG && !mark) ||
	    (m->control == MODEL_NO_BARRIER_MARK && mark))
		return;
	__real_mheap_mark_touch(gc, o);
}

void model_died(struct mheap_collector *gc, struct mheap_object *o)
{
	struct model *m = list_entry(gc, struct model, gc);

	if (o->count || o->flags & MHEAP_IMMORTAL)
		model_fail(m, "object %llu died with count %u",
			   (unsigned long long)o->id, o->count);
	model_check_may_die(m, o->id);
}

void model_free(struct mheap_collector *gc, struct mheap_object *o)
{
	struct model *m = list_entry(gc, struct model, gc);
	u32 i;

	if (o->has_ext)
		model_drop_ext(m, o->id);
	m->shadow[o->id].object = NULL;
	for (i = 0; m->live[i] != o->id; i++)
		if (i + 1 == m->nlive)
			model_fail(m, "freed twice");
	m->live[i] = m->live[--m->nlive];
	m->did[DID_FREE]++;
	list_add(&o->node, &m->deferred_free);
}

/* ---- memory ---- */

static struct mheap_object *model_object_alloc(u32 nslots)
{
	u32 words = nslots ? nslots : 1;
	struct mheap_object *o = calloc(1, sizeof(*o) + words * sizeof(void *));

	if (!o)
		abort();
	INIT_LIST_HEAD(&o->node);
	o->colour = MHEAP_NEVER_WHITE;
	o->nslots = nslots;
	return o;
}

static void model_object_free(struct mheap_object *o)
{
	if (o->flags & MHEAP_MOVED)
		free(mheap_object_body(o));
	free(o);
}

/* Free what the module would free when the heap lock is dropped. */
void model_unlock(struct model *m)
{
	struct mheap_object *o;

	while ((o = list_first_entry_or_null(&m->deferred_free, struct mheap_object,
					     node))) {
		list_del_init(&o->node);
		model_object_free(o);
	}
}

void model_init(struct model *m, u32 max_ids, u64 seed,
		enum model_control control, const u32 threshold[3])
{
	u32 i;

	memset(m, 0, sizeof(*m));
	mheap_collect_init(&m->gc, &model_ops, &m->dying, threshold);
	for (i = 0; i < MODEL_CALLS; i++)
		mheap_dying_init(&m->call[i]);
	INIT_LIST_HEAD(&m->deferred_free);
	INIT_LIST_HEAD(&m->quarantines);
	m->shadow = calloc(max_ids, sizeof(*m->shadow));
	if (!m->shadow)
		abort();
	m->max_ids = max_ids;
	for (i = 0; i < MODEL_NAMES; i++)
		m->name[i] = MODEL_NONE;
	for (i = 0; i < MODEL_WEAKS; i++)
		m->weak[i].id = MODEL_NONE;
	for (i = 0; i < MODEL_SESSIONS; i++)
		m->wants[i] = true;
	m->random = (seed + 1) * 0x9e3779b97f4a7c15ULL;
	m->control = control;
	model_running = m;
}

/* Free a model.  After a violation its lists may be wrong, so objects go by the shadows. */
void model_destroy(struct model *m)
{
	struct model_quarantine *mq;
	u32 i;

	model_unlock(m);
	for (i = 0; i < m->nlive; i++)
		model_object_free(m->shadow[m->live[i]].object);
	while ((mq = list_first_entry_or_null(&m->quarantines, struct model_quarantine,
					      node)))
		model_quarantine_free(&mq->q);
	free(m->shadow);
}

/* ---- references ---- */

void model_ref(struct model *m, u32 id, bool root)
{
	if (mheap_ref_get(&m->gc, model_object(m, id), root))
		model_fail(m, "count of %u overflows", id);
}

void model_unref(struct model *m, u32 id, bool root, struct mheap_dying *dying)
{
	mheap_ref_put(&m->gc, model_object(m, id), root, dying);
}

/* Return the list that objects die by in a new call.  If all are busy, one is emptied. */
struct mheap_dying *model_call(struct model *m)
{
	struct mheap_dying *dying = &m->call[model_random(m, MODEL_CALLS)];
	u32 i;

	for (i = 0; i < MODEL_CALLS; i++)
		if (mheap_dying_empty(&m->call[i]))
			return &m->call[i];
	while (!mheap_dying_empty(dying))
		model_reclaim(m, dying, 3);
	return dying;
}

bool model_slot_is_root(struct model *m, u32 id, u32 slot)
{
	struct mheap_object *o = model_object(m, id);

	if (m->control == MODEL_NO_IMMORTAL_ROOTS && o->flags & MHEAP_IMMORTAL)
		return false;
	return mheap_object_slot_is_root(o, slot);
}

/* ---- programs ---- */

void model_alloc(struct model *m, u32 nslots, bool immortal)
{
	struct shadow *s = &m->shadow[m->ids];
	u32 i;

	if (m->ids == m->max_ids || m->nlive == MODEL_OBJECTS ||
	    m->nhandles == MODEL_HANDLES)
		return;
	s->object = model_object_alloc(nslots);
	s->object->id = m->ids;
	s->nslots = nslots;
	for (i = 0; i < MODEL_SLOTS; i++)
		s->slot[i] = MODEL_NONE;
	m->live[m->nlive++] = m->ids;
	if (immortal)
		s->object->flags |= MHEAP_IMMORTAL;
	else if (nslots)
		mheap_track_add(&m->gc, s->object);
	model_add_handle(m, m->ids++);
}

void model_add_handle(struct model *m, u32 id)
{
	if (m->nhandles == MODEL_HANDLES)
		return;
	m->disturbed = true;
	model_ref(m, id, true);
	m->handle[m->nhandles++] = (struct handle){
		.id = id,
		.session = model_random(m, MODEL_SESSIONS),
	};
}

void model_drop_handle(struct model *m, u32 i, struct mheap_dying *dying)
{
	struct handle h = m->handle[i];

	m->disturbed = true;
	m->handle[i] = m->handle[--m->nhandles];
	if (h.answer)
		model_answer(m, h.id);
	model_unref(m, h.id, true, dying);
	model_unlock(m);
}

void model_set(struct model *m, u32 id, u32 slot, u32 val,
	       struct mheap_dying *dying)
{
	struct shadow *s = &m->shadow[id];
	bool root = model_slot_is_root(m, id, slot);
	u32 old = s->slot[slot];

	m->disturbed = true;
	if (val != MODEL_NONE)
		model_ref(m, val, root);
	if (val != MODEL_NONE && m->control != MODEL_NO_SUSPECTS)
		mheap_track_link(&m->gc, s->object, model_object(m, val));
	s->slot[slot] = val;
	mheap_object_slots(s->object)[slot] =
		val == MODEL_NONE ? NULL : model_object(m, val);
	if (old != MODEL_NONE)
		model_unref(m, old, root, dying);
	model_unlock(m);
}

/* Open an id, which works as long as the object is not gone. */
void model_open(struct model *m, u32 id)
{
	struct mheap_object *o = model_object(m, id);

	if (o && !(o->flags & MHEAP_DEAD) &&
	    (m->control == MODEL_OPEN_CONDEMNED ||
	     !mheap_gc_is_gone(&m->gc, o)))
		model_add_handle(m, id);
}

void model_publish(struct model *m, u32 name, u32 id)
{
	if (m->name[name] != MODEL_NONE)
		return;
	m->disturbed = true;
	model_ref(m, id, m->control != MODEL_NO_NAME_ROOTS);
	m->name[name] = id;
}

void model_unpublish(struct model *m, u32 name, struct mheap_dying *dying)
{
	u32 id = m->name[name];

	if (id == MODEL_NONE)
		return;
	m->disturbed = true;
	m->name[name] = MODEL_NONE;
	model_unref(m, id, m->control != MODEL_NO_NAME_ROOTS, dying);
	model_unlock(m);
}

/* Untrack an object that has no slots any more. */
static void model_untrack(struct model *m, u32 id)
{
	struct mheap_object *o = model_object(m, id);

	if (!mheap_object_is_tracked(o))
		return;
	mheap_track_del(&m->gc, o);
	mheap_trigger_died(&m->gc.trigger);
	m->shadow[id].in_set = false;
	m->shadow[id].condemned = false;
}

/* Drop the slots that were cut off, one by one, with the scanner working in between. */
static void model_drop_cut(struct model *m, struct mheap_object *o,
			   const bool *root, u32 begin, u32 end,
			   struct mheap_dying *dying)
{
	struct mheap_object *t;
	u32 i;

	for (i = begin; i < end; i++) {
		t = mheap_object_slots(o)[i];
		mheap_object_slots(o)[i] = NULL;
		if (t)
			model_unref(m, t->id, root[i], dying);
		model_resched(m);
		while (!mheap_reclaim_step(&m->gc, dying, 1))
			;
	}
}

/* Cut slots off.  All are hidden at once, but those that are roots are dropped as such. */
static void model_cut(struct model *m, u32 id, u32 nslots,
		      struct mheap_dying *dying)
{
	struct mheap_object *o = model_object(m, id);
	struct shadow *s = &m->shadow[id];
	u32 i, end = s->nslots;
	bool root[MODEL_SLOTS];

	for (i = 0; i < MODEL_SLOTS; i++)
		root[i] = model_slot_is_root(m, id, i);
	for (i = nslots; i < MODEL_SLOTS; i++)
		s->slot[i] = MODEL_NONE;
	if (o->gen == MHEAP_PERMANENT && o->frozen_slots != MHEAP_ALL_SLOTS &&
	    o->frozen_slots > nslots)
		o->frozen_slots = nslots;
	o->nslots = nslots;
	s->nslots = nslots;
	if (!nslots)
		model_untrack(m, id);
	model_drop_cut(m, o, root, nslots, end, dying);
}

static void model_swap_body(struct mheap_object *o, u32 nslots)
{
	struct mheap_body *body = calloc(1, sizeof(*body) +
					 nslots * sizeof(body->slots[0]));
	u32 keep = nslots < o->nslots ? nslots : o->nslots;

	if (!body)
		abort();
	memcpy(body->slots, mheap_object_slots(o), keep * sizeof(void *));
	if (o->flags & MHEAP_MOVED)
		free(mheap_object_body(o));
	o->tail[0] = body;
	o->flags |= MHEAP_MOVED;
	o->nslots = nslots;
}

/* Resize as mheap_resize() does: hold a reference, cut slots off, swap the body. */
void model_resize(struct model *m, u32 id, u32 nslots,
		  struct mheap_dying *dying)
{
	struct mheap_object *o = model_object(m, id);
	bool track = !o->nslots && nslots && !(o->flags & MHEAP_IMMORTAL);

	m->disturbed = true;
	model_ref(m, id, true);
	if (nslots < o->nslots)
		model_cut(m, id, nslots, dying);
	model_swap_body(o, nslots);
	m->shadow[id].nslots = nslots;
	if (track) {
		mheap_track_add(&m->gc, o);
		m->shadow[id].gen = 0;
	}
	model_unref(m, id, true, dying);
	model_unlock(m);
}

/* Do as mheap_listing_clear_garbage() does, with the scanner working in between. */
void model_clear_garbage(struct model *m)
{
	struct mheap_dying *dying = model_call(m);
	u32 id;

	m->disturbed = true;
	for (id = 0; id < m->ids && m->gc.saved; id++) {
		struct shadow *s = &m->shadow[id];

		if (!s->object || !s->object->saved)
			continue;
		s->object->saved = 0;
		s->condemned = false;
		m->gc.saved--;
		model_unref(m, id, true, dying);
		while (!mheap_reclaim_step(&m->gc, dying, 1))
			;
		model_resched(m);
	}
	model_unlock(m);
}
