// SPDX-License-Identifier: GPL-2.0
/* Checks of what must hold in the model, made without the collector's help. */
#include "model.h"

/* ---- reachable objects ---- */

struct search {
	u32 todo[MODEL_OBJECTS + 1];
	u32 n;
};

static void search_add(struct model *m, struct search *q, u32 id)
{
	if (id == MODEL_NONE || m->shadow[id].seen == m->search)
		return;
	if (!m->shadow[id].object)
		model_fail(m, "object %u was freed while reachable", id);
	m->shadow[id].seen = m->search;
	q->todo[q->n++] = id;
}

static void search_spread(struct model *m, struct search *q)
{
	while (q->n) {
		struct shadow *s = &m->shadow[q->todo[--q->n]];
		u32 i;

		for (i = 0; i < s->nslots; i++)
			search_add(m, q, s->slot[i]);
	}
}

/* Does the object live even if nothing that a program has refers to it? */
static bool model_is_root(const struct mheap_object *o)
{
	return o->flags & MHEAP_IMMORTAL || o->saved ||
	       (mheap_object_is_tracked(o) && o->gen == MHEAP_PERMANENT);
}

/* Search for reachable objects.  Afterwards these have seen == m->search. */
void model_search(struct model *m)
{
	struct search q = { .n = 0 };
	u32 i;

	m->search++;
	for (i = 0; i < m->nhandles; i++)
		search_add(m, &q, m->handle[i].id);
	for (i = 0; i < m->nevents; i++)
		search_add(m, &q, m->event[i]);
	for (i = 0; i < MODEL_NAMES; i++)
		search_add(m, &q, m->name[i]);
	for (i = 0; i < m->nlive; i++)
		if (model_is_root(model_object(m, m->live[i])))
			search_add(m, &q, m->live[i]);
	search_spread(m, &q);
}

/*
 * Return the number of members of the set that can be reached neither from roots nor from
 * objects outside the set, whether these can be reached or not.
 */
u64 model_unreachable(struct model *m)
{
	struct search q = { .n = 0 };
	u64 n = 0;
	u32 i;

	model_search(m);
	for (i = 0; i < m->nlive; i++)
		if (!m->shadow[m->live[i]].in_set &&
		    !mheap_gc_is_gone(&m->gc, model_object(m, m->live[i])))
			search_add(m, &q, m->live[i]);
	search_spread(m, &q);
	for (i = 0; i < m->nlive; i++)
		n += m->shadow[m->live[i]].in_set &&
		     m->shadow[m->live[i]].seen != m->search;
	return n;
}

/* ---- counts ---- */

static void model_count(struct model *m, u32 id, bool root)
{
	if (id == MODEL_NONE || model_object(m, id)->flags & MHEAP_IMMORTAL)
		return;
	m->shadow[id].counts++;
	m->shadow[id].roots += root;
}

/*
 * Count references from an object's own slots, not from those of its shadow: while it dies
 * it still refers to what it has not dropped yet.
 */
static void model_count_slots(struct model *m, u32 id)
{
	struct mheap_object *o = model_object(m, id), *t;
	bool gone = mheap_gc_is_gone(&m->gc, o);
	struct shadow *s = &m->shadow[id];
	u32 i;

	if (o->nslots != s->nslots)
		model_fail(m, "object %u has %u slots", id, o->nslots);
	for (i = 0; i < o->nslots; i++) {
		t = mheap_object_slots(o)[i];
		if (t)
			model_count(m, t->id, model_slot_is_root(m, id, i));
		if (!gone && (t ? (u32)t->id : MODEL_NONE) != s->slot[i])
			model_fail(m, "slot %u of %u was changed", i, id);
	}
}

static void model_count_all(struct model *m)
{
	u32 i;

	for (i = 0; i < m->nlive; i++) {
		m->shadow[m->live[i]].counts = model_object(m, m->live[i])->saved;
		m->shadow[m->live[i]].roots = model_object(m, m->live[i])->saved;
	}
	for (i = 0; i < m->nlive; i++)
		model_count_slots(m, m->live[i]);
	for (i = 0; i < m->nhandles; i++)
		model_count(m, m->handle[i].id, true);
	for (i = 0; i < m->nevents && m->control != MODEL_NO_EVENT_REF; i++)
		model_count(m, m->event[i], true);
	for (i = 0; i < MODEL_NAMES; i++)
		model_count(m, m->name[i], m->control != MODEL_NO_NAME_ROOTS);
}

/*
 * May a condemned object be reachable?  If an object that was dying held another condemned
 * one and drops it, that one may be finalized.  Its event then leads to objects that were
 * condemned with it, until all of them are in quarantine.
 */
static bool model_may_be_gone(struct model *m, u32 id)
{
	return m->gc.phase == MHEAP_CLEAR_WEAKS && m->gc.quarantine &&
	       model_is_condemned(m, id);
}

static void model_check_object(struct model *m, u32 id)
{
	struct shadow *s = &m->shadow[id];
	struct mheap_object *o = s->object;
	bool told = m->control == MODEL_NO_EVENT_REF && s->finalizer.told;

	if (o->count != s->counts || o->roots != s->roots)
		model_fail(m, "object %u: count %u roots %u, not %u %u", id,
			   o->count, o->roots, s->counts, s->roots);
	if (!o->count && !(o->flags & (MHEAP_DEAD | MHEAP_IMMORTAL)) && !told)
		model_fail(m, "object %u is not dead", id);
	if (s->seen == m->search && mheap_gc_is_gone(&m->gc, o) &&
	    !model_may_be_gone(m, id))
		model_fail(m, "object %u died while reachable", id);
}

/* ---- totals ---- */

static bool model_should_be_tracked(const struct mheap_object *o)
{
	return o->nslots && !(o->flags & (MHEAP_IMMORTAL | MHEAP_DEAD |
					  MHEAP_CONDEMNED));
}

static void model_check_totals(struct model *m)
{
	u64 whites = 0, has_ext = 0, saved = 0, suspects = 0;
	u32 i;

	for (i = 0; i < m->nlive; i++) {
		struct mheap_object *o = model_object(m, m->live[i]);

		if (mheap_object_is_tracked(o) != model_should_be_tracked(o))
			model_fail(m, "object %u is tracked or not",
				   m->live[i]);
		whites += mheap_gc_is_white(&m->gc, o);
		has_ext += o->has_ext;
		saved += o->saved;
		suspects += o->suspect;
	}
	if (m->gc.whites != whites || m->gc.nr_ext != has_ext ||
	    m->gc.saved != saved || m->gc.suspects != suspects)
		model_fail(m, "%llu white, %llu with ext records, %llu saved, %llu suspects",
			   (unsigned long long)m->gc.whites,
			   (unsigned long long)m->gc.nr_ext,
			   (unsigned long long)m->gc.saved,
			   (unsigned long long)m->gc.suspects);
}

/* ---- cycles ---- */

static struct shadow *model_target(struct model *m, struct mheap_object *t)
{
	return t && mheap_object_is_tracked(t) ? &m->shadow[t->id] : NULL;
}

static u32 model_count_degrees(struct model *m)
{
	u32 i, k, tracked = 0;

	for (i = 0; i < m->nlive; i++)
		m->shadow[m->live[i]].degree = 0;
	for (i = 0; i < m->nlive; i++) {
		struct mheap_object *o = model_object(m, m->live[i]);
		struct shadow *t;

		if (!mheap_object_is_tracked(o))
			continue;
		tracked++;
		for (k = 0; k < o->nslots; k++) {
			t = model_target(m, mheap_object_slots(o)[k]);
			if (t)
				t->degree++;
		}
	}
	return tracked;
}

/* Is there a cycle?  Remove objects that nothing refers to until only cycles are left. */
static bool model_has_cycle(struct model *m)
{
	u32 todo[MODEL_OBJECTS], n = 0, i, left = model_count_degrees(m);
	struct mheap_object *o;
	struct shadow *t;

	for (i = 0; i < m->nlive; i++)
		if (mheap_object_is_tracked(model_object(m, m->live[i])) &&
		    !m->shadow[m->live[i]].degree)
			todo[n++] = m->live[i];
	while (n) {
		o = model_object(m, todo[--n]);
		left--;
		for (i = 0; i < o->nslots; i++) {
			t = model_target(m, mheap_object_slots(o)[i]);
			if (t && !--t->degree)
				todo[n++] = t->object->id;
		}
	}
	return left;
}

/* Check what must hold at any time between two calls. */
void model_check(struct model *m)
{
	u32 i;

	model_count_all(m);
	model_search(m);
	for (i = 0; i < m->nlive; i++)
		model_check_object(m, m->live[i]);
	model_check_totals(m);
	if (!m->gc.suspects && model_has_cycle(m))
		model_fail(m, "a cycle without suspects");
}

static void model_condemn(struct model *m, u32 id)
{
	struct shadow *s = &m->shadow[id];
	u32 i;

	if (s->seen == m->search)
		model_fail(m, "object %u was condemned while reachable", id);
	if (!s->in_set)
		model_fail(m, "object %u was condemned but not in the set", id);
	s->condemned = true;
	s->due = s->object->has_ext &&
		 model_is_finalizable(&m->gc, s->object);
	for (i = 0; i < MODEL_WEAKS; i++)
		m->weak[i].doomed |= m->weak[i].id == id;
}

/* Condemn the shadows of what was not marked, and check that none of it is reachable. */
void model_check_condemned(struct model *m)
{
	u64 n = 0;
	u32 i;

	model_search(m);
	for (i = 0; i < m->nlive; i++) {
		if (!model_is_white(m, m->live[i]))
			continue;
		n++;
		model_condemn(m, m->live[i]);
	}
	if (n != m->gc.found)
		model_fail(m, "%llu condemned, %llu found",
			   (unsigned long long)n,
			   (unsigned long long)m->gc.found);
}
