// SPDX-License-Identifier: GPL-2.0
/* Random programs: changes of a heap between the steps of its scanner. */
#include "program.h"

static bool chance(struct model *m, unsigned int percent)
{
	return model_random(m, 100) < percent;
}

static u32 any_handle(struct model *m)
{
	return m->handle[model_random(m, m->nhandles)];
}

/* The dying objects of a call that is not busy; one is made idle if need be. */
static struct mheap_dying *any_call(struct model *m)
{
	struct mheap_dying *dying = &m->call[model_random(m, MODEL_CALLS)];

	while (!mheap_dying_empty(dying))
		model_reclaim(m, dying, 3);
	return dying;
}

static void change_alloc(struct model *m, const struct config *c)
{
	unsigned int g;
	int due;

	model_alloc(m, model_random(m, c->slots + 1), chance(m, c->immortal));
	if (!c->threshold[0])
		return;
	due = mheap_trigger_born(&m->gc.trigger);
	if (due < 0 || m->gc.phase != MHEAP_IDLE)
		return;
	g = due;
	model_start(m, g);
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
			  any_call(m));
}

/* The old value is given a handle before the slot is changed. */
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
	model_set(m, id, slot, val, any_call(m));
}

static void change_resize(struct model *m, const struct config *c)
{
	model_resize(m, any_handle(m), model_random(m, c->slots + 1),
		     any_call(m));
}

static void change_kind(struct model *m, const struct config *c,
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
					 any_call(m));
	case DUP:
		return model_add_handle(m, any_handle(m));
	case OPEN:
		return model_open(m, model_random(m, m->ids));
	case PUBLISH:
		return model_publish(m, model_random(m, MODEL_NAMES),
				     any_handle(m));
	case UNPUBLISH:
		return model_unpublish(m, model_random(m, MODEL_NAMES),
				       any_call(m));
	case RESIZE:
		return change_resize(m, c);
	}
}

static void change(struct model *m, const struct config *c)
{
	unsigned int kind = 0, n = 0, i;

	for (i = 0; i < 10; i++)
		n += c->weight[i];
	n = model_random(m, n);
	while (n >= c->weight[kind])
		n -= c->weight[kind++];
	if (!m->nhandles && kind != OPEN)
		kind = ALLOC;
	if (kind == OPEN && !m->ids)
		return;
	change_kind(m, c, kind);
}

static unsigned int any_generation(struct model *m, const struct config *c)
{
	unsigned int g;

	do {
		g = model_random(m, 3);
	} while (!(c->generations & 1U << g));
	return g;
}

static void scanner(struct model *m, const struct config *c)
{
	if (m->gc.phase == MHEAP_IDLE && chance(m, c->start))
		model_start(m, any_generation(m, c));
	if (m->gc.phase != MHEAP_IDLE && chance(m, c->advance))
		model_step(m, 1 + model_random(m, c->units));
}

static void reclaim(struct model *m)
{
	struct mheap_dying *dying = &m->call[model_random(m, MODEL_CALLS)];

	if (!mheap_dying_empty(dying))
		model_reclaim(m, dying, 1 + model_random(m, 2));
}

/* At the end nothing is left but what is reachable. */
static void settle(struct model *m)
{
	u32 i;

	model_finish(m);
	model_check_rest(m);
	model_start(m, 2);
	model_finish(m);
	model_check_rest(m);
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
		reclaim(m);
		if (chance(m, c->change))
			change(m, c);
		model_check(m);
		if (m->gc.phase == MHEAP_IDLE && i % 64 == 0) {
			model_finish(m);
			model_check_rest(m);
		}
	}
	settle(m);
}
