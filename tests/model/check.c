// SPDX-License-Identifier: GPL-2.0
/* What must hold in the model, found out without the collector's help. */
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

/* Afterwards those with seen == m->search are reachable. */
void model_search(struct model *m)
{
	struct search q = { .n = 0 };
	u32 i;

	m->search++;
	for (i = 0; i < m->nhandles; i++)
		search_add(m, &q, m->handle[i]);
	for (i = 0; i < MODEL_NAMES; i++)
		search_add(m, &q, m->name[i]);
	for (i = 0; i < m->nlive; i++)
		if (model_object(m, m->live[i])->flags & MHEAP_IMMORTAL)
			search_add(m, &q, m->live[i]);
	search_spread(m, &q);
}

static bool model_in_set(struct model *m, u32 id, unsigned int generation)
{
	return mheap_object_is_tracked(model_object(m, id)) &&
	       m->shadow[id].gen <= generation;
}

/*
 * How many tracked objects of these generations are reachable neither from
 * roots nor from older objects, reachable or not.
 */
u64 model_unreachable(struct model *m, unsigned int generation)
{
	struct search q = { .n = 0 };
	u64 n = 0;
	u32 i;

	model_search(m);
	for (i = 0; i < m->nlive; i++)
		if (!model_in_set(m, m->live[i], generation) &&
		    !mheap_collect_is_gone(&m->gc, model_object(m, m->live[i])))
			search_add(m, &q, m->live[i]);
	search_spread(m, &q);
	for (i = 0; i < m->nlive; i++)
		n += model_in_set(m, m->live[i], generation) &&
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

/* Objects that die still hold what they have not dropped: the real slots count. */
static void model_count_slots(struct model *m, u32 id)
{
	struct mheap_object *o = model_object(m, id), *t;
	bool root = m->control != MODEL_NO_IMMORTAL_ROOTS &&
		    mheap_object_is_root(o);
	bool gone = mheap_collect_is_gone(&m->gc, o);
	struct shadow *s = &m->shadow[id];
	u32 i;

	if (o->nslots != s->nslots)
		model_fail(m, "object %u has %u slots", id, o->nslots);
	for (i = 0; i < o->nslots; i++) {
		t = mheap_object_slots(o)[i];
		if (t)
			model_count(m, t->id, root);
		if (!gone && (t ? (u32)t->id : MODEL_NONE) != s->slot[i])
			model_fail(m, "slot %u of %u was changed", i, id);
	}
}

static void model_check_object(struct model *m, u32 id)
{
	struct shadow *s = &m->shadow[id];
	struct mheap_object *o = s->object;

	if (o->count != s->counts || o->roots != s->roots)
		model_fail(m, "object %u: count %u roots %u, not %u %u", id,
			   o->count, o->roots, s->counts, s->roots);
	if (!o->count && !(o->flags & (MHEAP_DEAD | MHEAP_IMMORTAL)))
		model_fail(m, "object %u is not dead", id);
	if (s->seen == m->search && mheap_collect_is_gone(&m->gc, o))
		model_fail(m, "object %u died while reachable", id);
}

/* Holds at any time between two calls. */
void model_check(struct model *m)
{
	u32 i;

	for (i = 0; i < m->nlive; i++) {
		m->shadow[m->live[i]].counts = 0;
		m->shadow[m->live[i]].roots = 0;
	}
	for (i = 0; i < m->nlive; i++)
		model_count_slots(m, m->live[i]);
	for (i = 0; i < m->nhandles; i++)
		model_count(m, m->handle[i], true);
	for (i = 0; i < MODEL_NAMES; i++)
		model_count(m, m->name[i], m->control != MODEL_NO_NAME_ROOTS);
	model_search(m);
	for (i = 0; i < m->nlive; i++)
		model_check_object(m, m->live[i]);
}

/* What was not marked is condemned now: none of it may be reachable. */
void model_check_condemned(struct model *m)
{
	u64 n = 0;
	u32 i;

	model_search(m);
	for (i = 0; i < m->nlive; i++) {
		struct shadow *s = &m->shadow[m->live[i]];

		if (!mheap_collect_is_white(&m->gc, s->object))
			continue;
		n++;
		if (s->seen == m->search)
			model_fail(m, "object %u was condemned while reachable",
				   m->live[i]);
	}
	if (n != m->gc.found)
		model_fail(m, "%llu condemned, %llu found",
			   (unsigned long long)n,
			   (unsigned long long)m->gc.found);
}

/* ---- a heap at rest ---- */

static u64 model_check_generation(struct model *m, unsigned int g)
{
	struct mheap_object *o;
	u64 n = 0;

	list_for_each_entry(o, &m->gc.generation[g], node) {
		n++;
		if (o->gen != (g ? g : m->gc.newborn))
			model_fail(m, "label of %u", (u32)o->id);
		if (m->shadow[o->id].gen != g)
			model_fail(m, "object %u is in generation %u, not %u",
				   (u32)o->id, g, m->shadow[o->id].gen);
		if (mheap_collect_is_white(&m->gc, o))
			model_fail(m, "object %u is white", (u32)o->id);
	}
	if (m->gc.nr[g ? g : m->gc.newborn] != n)
		model_fail(m, "generation %u has %llu members", g,
			   (unsigned long long)n);
	return n;
}

/* No collection is under way and no object dies. */
void model_check_rest(struct model *m)
{
	u64 tracked = 0, listed = 0;
	unsigned int g;
	u32 i;

	model_check(m);
	for (g = 0; g < MHEAP_GENERATIONS; g++)
		listed += model_check_generation(m, g);
	for (i = 0; i < m->nlive; i++) {
		struct mheap_object *o = model_object(m, m->live[i]);

		tracked += mheap_object_is_tracked(o);
		if (o->flags & (MHEAP_DEAD | MHEAP_CONDEMNED | MHEAP_GREY))
			model_fail(m, "object %u lingers, flags %x",
				   m->live[i], o->flags);
	}
	if (tracked != listed || tracked != mheap_collect_tracked(&m->gc))
		model_fail(m, "%llu tracked, %llu in generations",
			   (unsigned long long)tracked,
			   (unsigned long long)listed);
	if (m->gc.whites || m->gc.grey || !list_empty(&m->gc.set))
		model_fail(m, "traces of a collection");
}
