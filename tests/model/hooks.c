// SPDX-License-Identifier: GPL-2.0
/*
 * Weak handles and finalizers of the model: what programs do with them, and the hooks
 * that the collector calls.  They stand for weak.c, finalizer.c and ext.c of the module.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"

static struct model *model_of(struct mheap_collector *gc)
{
	return list_entry(gc, struct model, gc);
}

static void model_add_ext(struct model *m, u32 id)
{
	struct mheap_object *o = model_object(m, id);

	m->gc.nr_ext += !o->has_ext;
	o->has_ext = 1;
}

/* ---- weak handles ---- */

void model_add_weak(struct model *m, u32 id)
{
	u32 i;

	for (i = 0; m->weak[i].id != MODEL_NONE; i++)
		if (i + 1 == MODEL_WEAKS)
			return;
	m->weak[i] = (struct weak){
		.id = id,
		.session = model_random(m, MODEL_SESSIONS),
	};
	model_add_ext(m, id);
}

/* Open a weak handle.  An object that dies is gone before its weak handles are cleared. */
void model_open_weak(struct model *m, u32 i)
{
	struct weak *w = &m->weak[i];

	if (w->id != MODEL_NONE && !w->cleared)
		model_open(m, w->id);
}

void model_drop_weak(struct model *m, u32 i)
{
	m->weak[i].id = MODEL_NONE;
}

static struct weak *model_next_weak(struct model *m, u32 id)
{
	u32 i;

	for (i = 0; i < MODEL_WEAKS; i++)
		if (m->weak[i].id == id && !m->weak[i].cleared)
			return &m->weak[i];
	return NULL;
}

static unsigned int model_clear_weaks(struct mheap_collector *gc,
				      struct mheap_object *o,
				      unsigned int budget)
{
	struct model *m = model_of(gc);
	bool dead = o->flags & MHEAP_DEAD;
	struct weak *w;

	if (!dead && (gc->phase != MHEAP_CLEAR_WEAKS ||
		      !m->shadow[o->id].condemned))
		model_fail(m, "weak handles of %u are cleared", (u32)o->id);
	if (!dead && m->control == MODEL_NO_WEAK_CLEAR)
		return budget;
	while (budget && (w = model_next_weak(m, o->id))) {
		w->cleared = true;
		m->did[dead ? DID_CLEAR : DID_CLEAR_CONDEMNED]++;
		budget--;
	}
	return budget;
}

/* ---- finalizers ---- */

/* Set a finalizer, with memory for a quarantined set, as in the module. */
void model_set_finalizer(struct model *m, u32 id)
{
	struct shadow *s = &m->shadow[id];

	if (s->object->flags & MHEAP_IMMORTAL || s->finalizer.set ||
	    s->finalized)
		return;
	s->finalizer = (struct finalizer){
		.set = true,
		.session = model_random(m, MODEL_SESSIONS),
		.spare = calloc(1, sizeof(*s->finalizer.spare)),
	};
	if (!s->finalizer.spare)
		abort();
	list_add(&s->finalizer.spare->node, &m->quarantines);
	model_add_ext(m, id);
}

void model_quarantine_free(struct mheap_quarantine *q)
{
	struct model_quarantine *mq = list_entry(q, struct model_quarantine, q);

	list_del_init(&mq->node);
	free(mq);
}

/* Remove a finalizer that was answered, or that will not be told any more. */
static void model_end_finalizer(struct model *m, u32 id)
{
	struct finalizer f = m->shadow[id].finalizer;

	memset(&m->shadow[id].finalizer, 0, sizeof(f));
	m->shadow[id].due = false;
	if (f.q)
		mheap_quarantine_answered(&m->gc, f.q);
	if (f.spare)
		model_quarantine_free(&f.spare->q);
}

void model_answer(struct model *m, u32 id)
{
	if (!m->shadow[id].finalizer.read)
		model_fail(m, "event of %u is answered twice", id);
	model_end_finalizer(m, id);
}

static void model_forget_event(struct model *m, u32 at)
{
	memmove(m->event + at, m->event + at + 1,
		(--m->nevents - at) * sizeof(m->event[0]));
}

static bool model_find_event(struct model *m, unsigned int session, u32 *at)
{
	for (*at = 0; *at < m->nevents; ++*at)
		if (m->shadow[m->event[*at]].finalizer.session == session)
			return true;
	return false;
}

/* Read the first event of a session, whose reference becomes a handle. */
void model_read_event(struct model *m, unsigned int session)
{
	u32 at, id;

	if (m->nhandles == MODEL_HANDLES || !model_find_event(m, session, &at))
		return;
	id = m->event[at];
	m->disturbed = true;
	model_forget_event(m, at);
	if (m->control == MODEL_NO_EVENT_REF)
		model_ref(m, id, true);
	m->shadow[id].finalizer.read = true;
	m->handle[m->nhandles++] = (struct handle){
		.id = id,
		.session = session,
		.answer = true,
	};
}

bool model_is_finalizable(struct mheap_collector *gc,
			  struct mheap_object *o)
{
	struct model *m = model_of(gc);
	struct finalizer *f = &m->shadow[o->id].finalizer;

	return f->set && !f->told && (!f->spare || m->wants[f->session]);
}

static struct mheap_quarantine *
model_take_quarantine(struct mheap_collector *gc,
		      struct mheap_object *o)
{
	struct model *m = model_of(gc);
	struct finalizer *f = &m->shadow[o->id].finalizer;
	struct model_quarantine *mq = f->spare;

	if (!mq)
		model_fail(m, "no memory for the set of %u", (u32)o->id);
	f->spare = NULL;
	return &mq->q;
}

/* Check that all weak handles to condemned objects are cleared before the first event. */
static void model_check_cleared(struct model *m)
{
	u32 i;

	for (i = 0; i < MODEL_WEAKS; i++) {
		struct weak *w = &m->weak[i];

		if (w->id != MODEL_NONE && w->doomed && !w->cleared &&
		    model_is_condemned(m, w->id))
			model_fail(m, "weak handle to %u was not cleared",
				   w->id);
	}
}

/* Is the object frozen in part?  One with so few slots is thawed in a single step. */
static bool model_stays_frozen(const struct mheap_object *o)
{
	return o->colour == MHEAP_FROZEN && o->frozen_slots != MHEAP_ALL_SLOTS;
}

/* Expect an object that died by count, and is finalized now, in generation 0. */
static void model_told_dead(struct model *m, struct mheap_object *o)
{
	struct shadow *s = &m->shadow[o->id];

	m->did[DID_TELL]++;
	m->did[DID_TELL_CONDEMNED] += s->condemned;
	if (!mheap_object_is_tracked(o) || model_stays_frozen(o))
		return;
	s->gen = 0;
	s->in_set = false;
	s->condemned = false;
}

static void model_told_set(struct model *m, struct mheap_object *o,
			   struct mheap_quarantine *q)
{
	if (q != m->gc.quarantine || !m->shadow[o->id].condemned)
		model_fail(m, "event of %u is for another set", (u32)o->id);
	m->did[DID_TELL_SET]++;
	if (m->gc.phase != MHEAP_CLEAR_WEAKS)
		model_check_cleared(m);
}

static void model_finalize(struct mheap_collector *gc, struct mheap_object *o,
			   struct mheap_quarantine *q)
{
	struct model *m = model_of(gc);
	struct shadow *s = &m->shadow[o->id];

	if (s->finalized || !s->finalizer.set || s->finalizer.told)
		model_fail(m, "object %u is finalized twice", (u32)o->id);
	if (!o->count == !!q)
		model_fail(m, "event of %u with count %u", (u32)o->id,
			   o->count);
	if (q)
		model_told_set(m, o, q);
	else
		model_told_dead(m, o);
	if (m->control != MODEL_NO_EVENT_REF)
		model_ref(m, o->id, true);
	s->due = false;
	s->finalized = true;
	s->finalizer.told = true;
	s->finalizer.q = q;
	m->event[m->nevents++] = o->id;
}

/*
 * Check that each condemned object whose finalizer was due has been finalized, before the
 * set is taken down or rests in quarantine.  The object whose finalizer gave its memory to
 * the set must have been, whatever became of it.
 */
void model_check_told(struct model *m)
{
	u32 i;

	for (i = 0; i < m->nlive; i++) {
		u32 id = m->live[i];
		struct finalizer *f = &m->shadow[id].finalizer;

		if (model_is_condemned(m, id) && m->shadow[id].due)
			model_fail(m, "object %u was not finalized", id);
		if (f->set && !f->told && !f->spare)
			model_fail(m, "finalizer of %u lost its memory", id);
	}
	model_check_cleared(m);
}

/* Check that an object is finalized before it dies, unless it is being taken down. */
void model_check_may_die(struct model *m, u32 id)
{
	struct mheap_object *o = model_object(m, id);
	bool taken_down = o->flags & MHEAP_CONDEMNED ||
			  (m->gc.phase == MHEAP_TAKE_DOWN &&
			   m->shadow[id].condemned);

	if (model_is_finalizable(&m->gc, o) && !taken_down)
		model_fail(m, "object %u dies and was not finalized", id);
}

/* Drop what belongs to an object that is about to be freed. */
void model_drop_ext(struct model *m, u32 id)
{
	u32 i;

	for (i = 0; i < MODEL_WEAKS; i++)
		if (m->weak[i].id == id && !m->weak[i].cleared)
			model_fail(m, "weak handle to %u dangles", id);
	if (m->shadow[id].finalizer.told)
		model_fail(m, "object %u died before its answer", id);
	model_end_finalizer(m, id);
	model_object(m, id)->has_ext = 0;
	m->gc.nr_ext--;
}

/* ---- sessions ---- */

/* Let a session want finalizer events from now on, or not. */
void model_want(struct model *m, unsigned int session, bool wants)
{
	u32 i;

	m->wants[session] = wants;
	for (i = 0; i < m->nlive && !wants; i++)
		if (m->shadow[m->live[i]].finalizer.session == session)
			m->shadow[m->live[i]].due = false;
}

static void model_drop_finalizer(struct model *m, u32 id)
{
	bool told = m->shadow[id].finalizer.told;
	u32 at;

	for (at = 0; told && m->event[at] != id; at++)
		;
	if (told)
		model_forget_event(m, at);
	model_end_finalizer(m, id);
	if (told && m->control != MODEL_NO_EVENT_REF)
		model_unref(m, id, true, model_call(m));
	m->did[DID_CLOSE]++;
}

static void model_drop_finalizers(struct model *m, unsigned int session)
{
	u32 id;

	for (id = 0; id < m->ids; id++) {
		struct finalizer *f = &m->shadow[id].finalizer;

		if (!f->set || f->read || f->session != session)
			continue;
		model_drop_finalizer(m, id);
		model_resched(m);
	}
}

/* End a session as mheap_life_session_end() does, with the scanner working in between. */
void model_close(struct model *m, unsigned int session)
{
	u32 i;

	m->disturbed = true;
	model_want(m, session, false);
	for (i = 0; i < MODEL_WEAKS; i++)
		if (m->weak[i].id != MODEL_NONE &&
		    m->weak[i].session == session)
			model_drop_weak(m, i);
	model_resched(m);
	model_drop_finalizers(m, session);
	for (i = m->nhandles; i--;) {
		if (m->handle[i].session != session)
			continue;
		model_drop_handle(m, i, model_call(m));
		model_resched(m);
	}
	m->wants[session] = true;
}

const struct mheap_gc_ops model_ops = {
	.died = model_died,
	.free = model_free,
	.clear_weaks = model_clear_weaks,
	.is_finalizable = model_is_finalizable,
	.take_quarantine = model_take_quarantine,
	.finalize = model_finalize,
};
