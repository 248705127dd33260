// SPDX-License-Identifier: GPL-2.0
/* Random programs, which change a heap between the steps of its scanner. */
#include "program.h"

static bool chance(struct model *m, unsigned int percent)
{
	return model_random(m, 100) < percent;
}

static u32 any_handle(struct model *m)
{
	return m->handle[model_random(m, m->nhandles)].id;
}

static void change_alloc(struct model *m, const struct config *c)
{
	int due;

	model_alloc(m, model_random(m, c->slots + 1), chance(m, c->immortal));
	if (!c->threshold[0])
		return;
	due = mheap_trigger_born(&m->gc.trigger);
	if (due < 0 || m->gc.phase != MHEAP_IDLE)
		return;
	if (m->gc.suspects)
		model_start(m, due);
	else
		model_skip(m, due);
}

static void change_get(struct model *m)
{
	struct shadow *s = &m->shadow[any_handle(m)];
	u32 val = MODEL_NONE;

	if (s->nslots)
		val = s->slot[model_random(m, s->nslots)];
	if (val != MODEL_NONE)
		model_add_handle(m, val);
}

static void change_set(struct model *m)
{
	u32 id = any_handle(m);
	u32 val = chance(m, 85) ? any_handle(m) : MODEL_NONE;

	if (m->shadow[id].nslots)
		model_set(m, id, model_random(m, m->shadow[id].nslots), val,
			  model_call(m));
}

/* As the opcode does, make a handle of the old value before the slot is changed. */
static void change_xchg(struct model *m)
{
	u32 id = any_handle(m), slot, old;
	u32 val = chance(m, 50) ? any_handle(m) : MODEL_NONE;

	if (!m->shadow[id].nslots || m->nhandles == MODEL_HANDLES)
		return;
	slot = model_random(m, m->shadow[id].nslots);
	old = m->shadow[id].slot[slot];
	if (old != MODEL_NONE)
		model_add_handle(m, old);
	model_set(m, id, slot, val, model_call(m));
}

/* Open the id of any object, or more often of one that is not freed. */
static void change_open(struct model *m)
{
	if (m->nlive && chance(m, 70))
		model_open(m, m->live[model_random(m, m->nlive)]);
	else if (m->ids)
		model_open(m, model_random(m, m->ids));
}

static void change_resize(struct model *m, const struct config *c)
{
	model_resize(m, any_handle(m), model_random(m, c->slots + 1),
		     model_call(m));
}

/* Cut all slots off any object, with a handle that exists only for that. */
static void change_strip(struct model *m)
{
	u32 at = m->nhandles;
	u32 id = m->live[model_random(m, m->nlive)];

	model_open(m, id);
	if (m->nhandles == at)
		return;
	model_resize(m, id, 0, model_call(m));
	model_drop_handle(m, at, model_call(m));
}

/* Drop the first handle that is an answer. */
static void change_answer(struct model *m)
{
	u32 i;

	for (i = 0; i < m->nhandles; i++)
		if (m->handle[i].answer)
			return model_drop_handle(m, i, model_call(m));
}

/* Turn saving of what collections find on or off. */
static void change_save(struct model *m)
{
	m->gc.save_all = model_random(m, 2);
}

static void change_move(struct model *m, unsigned int kind)
{
	if (m->gc.phase != MHEAP_IDLE)
		return;
	if (kind == FREEZE)
		model_start_freeze(m);
	else
		model_start_unfreeze(m);
}

/* Make a change of handles, slots or names. */
static void change_graph(struct model *m, const struct config *c,
			 unsigned int kind)
{
	switch (kind) {
	case ALLOC:
		return change_alloc(m, c);
	case GET:
		return change_get(m);
	case SET:
		return change_set(m);
	case XCHG:
		return change_xchg(m);
	case DROP:
		return model_drop_handle(m, model_random(m, m->nhandles),
					 model_call(m));
	case DUP:
		return model_add_handle(m, any_handle(m));
	case OPEN:
		return change_open(m);
	case PUBLISH:
		return model_publish(m, model_random(m, MODEL_NAMES),
				     any_handle(m));
	case UNPUBLISH:
		return model_unpublish(m, model_random(m, MODEL_NAMES),
				       model_call(m));
	case RESIZE:
		return change_resize(m, c);
	case STRIP:
		return change_strip(m);
	}
}

/* Make a change of weak handles, finalizers, frozen objects, garbage or sessions. */
static void change_other(struct model *m, unsigned int kind)
{
	switch (kind) {
	case FINALIZER:
		return model_set_finalizer(m, any_handle(m));
	case READ:
		return model_read_event(m, model_random(m, MODEL_SESSIONS));
	case ANSWER:
		return change_answer(m);
	case WEAK:
		return model_add_weak(m, any_handle(m));
	case WEAK_GET:
		return model_open_weak(m, model_random(m, MODEL_WEAKS));
	case WEAK_DROP:
		return model_drop_weak(m, model_random(m, MODEL_WEAKS));
	case FREEZE:
	case UNFREEZE:
		return change_move(m, kind);
	case SAVE:
		return change_save(m);
	case GARBAGE:
		return model_clear_garbage(m);
	case CLOSE:
		return model_close(m, model_random(m, MODEL_SESSIONS));
	case WANT:
		return model_want(m, model_random(m, MODEL_SESSIONS),
				  chance(m, 70));
	}
}

static bool needs_handle(unsigned int kind)
{
	return kind != OPEN && kind != READ && kind != WEAK_GET &&
	       kind < FREEZE;
}

static void change(struct model *m, const struct config *c)
{
	unsigned int kind = 0, n = 0, i;

	for (i = 0; i < CHANGES; i++)
		n += c->weight[i];
	n = model_random(m, n);
	while (n >= c->weight[kind])
		n -= c->weight[kind++];
	if (!m->nhandles && needs_handle(kind))
		kind = ALLOC;
	if (kind < FINALIZER)
		change_graph(m, c, kind);
	else
		change_other(m, kind);
}

static unsigned int any_generation(struct model *m, const struct config *c)
{
	unsigned int g;

	do {
		g = model_random(m, 3);
	} while (!(c->generations & 1U << g));
	return g;
}

/* Let the scanner go on, or begin.  Quarantined sets that are ready mostly come first. */
static void scanner(struct model *m, const struct config *c)
{
	bool idle = m->gc.phase == MHEAP_IDLE;

	if (idle && !list_empty(&m->gc.ready) && chance(m, 30))
		model_start_exam(m);
	else if (idle && chance(m, c->start))
		model_start(m, any_generation(m, c));
	if (m->gc.phase != MHEAP_IDLE && chance(m, c->advance))
		model_step(m, 1 + model_random(m, c->budget));
}

static void reclaim(struct model *m, const struct config *c)
{
	struct mheap_dying *dying = &m->call[model_random(m, MODEL_CALLS)];

	if (!mheap_dying_empty(dying) && !chance(m, c->slow))
		model_reclaim(m, dying, 1 + model_random(m, 2));
}

static void answer_all(struct model *m)
{
	u32 i;

	for (i = 0; i < MODEL_SESSIONS; i++)
		while (m->nevents && m->nhandles < MODEL_HANDLES) {
			u32 before = m->nevents;

			model_read_event(m, i);
			if (m->nevents == before)
				break;
		}
	for (i = m->nhandles; i--;)
		if (m->handle[i].answer)
			model_drop_handle(m, i, model_call(m));
	model_finish(m);
}

/* Answer all events and collect everything.  Returns false if there was nothing to do. */
static bool settle_once(struct model *m)
{
	bool busy = m->nevents || m->gc.saved || !list_empty(&m->gc.quarantined);

	answer_all(m);
	model_clear_garbage(m);
	model_finish(m);
	while (!list_empty(&m->gc.ready)) {
		model_start_exam(m);
		model_finish(m);
	}
	model_check_rest(m);
	model_start(m, 2);
	model_finish(m);
	model_check_rest(m);
	return busy || m->gc.found;
}

/* Drop some handles, so that all events can be read, and let everything be collected. */
static void prepare_settle(struct model *m)
{
	while (m->nhandles > MODEL_HANDLES / 2)
		model_drop_handle(m, 0, model_call(m));
	m->gc.save_all = false;
	model_finish(m);
	model_start_unfreeze(m);
	model_finish(m);
}

/* Bring the heap to rest, where only reachable objects may be left. */
static void settle(struct model *m)
{
	u32 i, rounds = 0;

	model_finish(m);
	model_check_rest(m);
	prepare_settle(m);
	while (settle_once(m))
		if (rounds++ > 100)
			model_fail(m, "the heap does not come to rest");
	model_search(m);
	for (i = 0; i < m->nlive; i++)
		if (m->shadow[m->live[i]].seen != m->search)
			model_fail(m, "object %u is garbage and was left",
				   m->live[i]);
}

void program_run(struct model *m, const struct config *c, unsigned int steps)
{
	unsigned int i;

	for (i = 0; i < steps; i++) {
		scanner(m, c);
		reclaim(m, c);
		if (chance(m, c->change))
			change(m, c);
		model_check(m);
		if (m->gc.phase == MHEAP_IDLE && i % 64 == 0) {
			model_finish(m);
			model_check_rest(m);
		}
	}
	if (chance(m, 20))
		model_abandon(m);
	else
		settle(m);
}
