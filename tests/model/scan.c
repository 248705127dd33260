// SPDX-License-Identifier: GPL-2.0
/*
 * The scanner of the model.  It does collections, examinations of quarantined sets,
 * freezing and unfreezing step by step, and checks the result of each.
 */
#include "model.h"

/* ---- beginning ---- */

/* Does a collection of this generation and the younger ones look at the object? */
static bool model_is_member(struct model *m, u32 id, unsigned int generation)
{
	unsigned int gen = m->shadow[id].gen;

	if (!mheap_object_is_tracked(model_object(m, id)))
		return false;
	if (gen == MHEAP_QUARANTINED)
		return generation == 2 && m->control != MODEL_NO_QUARANTINED;
	return gen <= generation;
}

static void model_expect(struct model *m)
{
	u32 i;

	m->expect_found = model_unreachable(m);
	m->disturbed = false;
	for (i = 0; i < MODEL_CALLS; i++)
		m->disturbed |= !mheap_dying_empty(&m->call[i]);
}

static void model_began(struct model *m)
{
	m->began = m->gc.phase;
	m->set_apart = false;
}

/* Make quarantined objects count as marked, so that the collection does not scan them. */
static void model_leave_quarantined(struct model *m)
{
	u32 i;

	for (i = 0; i < m->nlive; i++) {
		struct mheap_object *o = model_object(m, m->live[i]);

		if (!model_is_white(m, m->live[i]) ||
		    o->gen != MHEAP_QUARANTINED)
			continue;
		o->colour = m->gc.black;
		m->gc.whites--;
	}
}

void model_start(struct model *m, unsigned int generation)
{
	u32 i;

	for (i = 0; i < m->nlive; i++)
		m->shadow[m->live[i]].in_set =
			model_is_member(m, m->live[i], generation);
	model_expect(m);
	mheap_collect_start(&m->gc, generation);
	if (m->control == MODEL_NO_QUARANTINED && generation == 2)
		model_leave_quarantined(m);
	model_began(m);
}

/* Examine a quarantined set that is ready. */
void model_start_exam(struct model *m)
{
	struct mheap_quarantine *q;
	struct mheap_object *o;

	q = list_first_entry_or_null(&m->gc.ready, struct mheap_quarantine,
				     ready);
	if (!q)
		return;
	list_for_each_entry(o, &q->members, node)
		m->shadow[o->id].in_set = true;
	model_expect(m);
	mheap_quarantine_start_exam(&m->gc);
	model_began(m);
	m->did[DID_EXAMINE]++;
}

/* Make slots of frozen objects no roots. */
static void model_strip_frozen(struct model *m)
{
	struct mheap_object *o;
	u32 i;

	list_for_each_entry(o, &m->gc.permanent, node) {
		for (i = 0; i < o->nslots && o->frozen_slots; i++) {
			struct mheap_object *t = mheap_object_slots(o)[i];

			if (t && !(t->flags & MHEAP_IMMORTAL))
				t->roots--;
		}
		o->frozen_slots = 0;
	}
}

static void model_begin_move(struct model *m, unsigned int first,
			     unsigned int last)
{
	u32 i;

	for (i = 0; i < m->nlive; i++) {
		struct shadow *s = &m->shadow[m->live[i]];

		s->in_set = mheap_object_is_tracked(s->object) &&
			    s->gen >= first && s->gen <= last;
	}
}

void model_start_freeze(struct model *m)
{
	model_begin_move(m, 0, 2);
	mheap_freeze_start(&m->gc);
	model_began(m);
	if (m->control != MODEL_NO_FROZEN_ROOTS)
		return;
	while (m->gc.phase != MHEAP_IDLE)
		model_step(m, 7);
	model_strip_frozen(m);
}

void model_start_unfreeze(struct model *m)
{
	model_begin_move(m, MHEAP_PERMANENT, MHEAP_PERMANENT);
	mheap_freeze_start_undo(&m->gc);
	model_began(m);
}

/* Skip a collection that is due when there are no suspects.  It must have nothing to find. */
void model_skip(struct model *m, unsigned int generation)
{
	u32 i;

	for (i = 0; i < m->nlive; i++)
		m->shadow[m->live[i]].in_set =
			model_is_member(m, m->live[i], 2);
	model_expect(m);
	if (!m->disturbed && m->expect_found)
		model_fail(m, "a collection was skipped that finds %llu",
			   (unsigned long long)m->expect_found);
	for (i = 0; i < m->nlive; i++)
		m->shadow[m->live[i]].in_set = false;
	mheap_collect_skip(&m->gc, generation);
	m->did[DID_SKIP]++;
}

/* ---- the end ---- */

/* Return the generation that a surviving member of the set moves to. */
static unsigned int model_next_gen(struct model *m, const struct shadow *s)
{
	if (m->began == MHEAP_FREEZE)
		return MHEAP_PERMANENT;
	if (m->began == MHEAP_UNFREEZE)
		return 2;
	if (s->condemned && m->set_apart)
		return MHEAP_QUARANTINED;
	if (s->gen == MHEAP_QUARANTINED && !m->gc.exam)
		return s->gen;
	return m->gc.collecting < 2 ? m->gc.collecting + 1 : 2;
}

static void model_move_members(struct model *m)
{
	u32 i;

	for (i = 0; i < m->nlive; i++) {
		struct shadow *s = &m->shadow[m->live[i]];

		if (s->in_set) {
			s->gen = model_next_gen(m, s);
			m->did[DID_FREEZE] += m->began == MHEAP_FREEZE;
			m->did[DID_REVIVE] += m->gc.exam && !s->condemned;
		}
		s->in_set = false;
		s->condemned = false;
		s->due = false;
	}
}

/* Check that all condemned objects that live are in the garbage list. */
static void model_check_saved(struct model *m)
{
	u32 i;

	for (i = 0; i < m->nlive; i++) {
		struct shadow *s = &m->shadow[m->live[i]];

		if (s->condemned && mheap_object_is_tracked(s->object) &&
		    !s->object->saved)
			model_fail(m, "object %u was not saved", m->live[i]);
		m->did[DID_SAVE] += s->condemned && s->object->saved;
	}
}

static void model_collected(struct model *m)
{
	m->did[DID_COLLECT]++;
	m->did[DID_FIND] += m->gc.found;
	if (m->set_apart)
		model_check_told(m);
	if (!m->disturbed && !m->gc.exam && m->gc.visited != m->gc.size)
		model_fail(m, "%llu of %llu members visited",
			   (unsigned long long)m->gc.visited,
			   (unsigned long long)m->gc.size);
	if (!m->disturbed && m->gc.found != m->expect_found)
		model_fail(m, "collection %u found %llu, not %llu",
			   m->gc.collecting, (unsigned long long)m->gc.found,
			   (unsigned long long)m->expect_found);
	if (!mheap_dying_empty(&m->dying))
		model_fail(m, "collection ended with objects dying");
}

static void model_ended(struct model *m)
{
	if (m->began < MHEAP_FREEZE)
		model_collected(m);
	model_move_members(m);
	if (m->gc.exam)
		model_quarantine_free(m->gc.exam);
	m->gc.exam = NULL;
}

/* ---- going on ---- */

/* Check what must hold when a phase has ended.  A step ends one phase at most. */
static void model_phase_ended(struct model *m, enum mheap_phase phase)
{
	enum mheap_phase next = m->gc.phase;

	if (phase == MHEAP_MARK)
		model_check_condemned(m);
	if (next == MHEAP_QUARANTINE)
		m->set_apart = true;
	if (next == MHEAP_TAKE_DOWN || next == MHEAP_SAVE)
		model_check_told(m);
	if (phase == MHEAP_SAVE)
		model_check_saved(m);
	if (next == MHEAP_IDLE)
		model_ended(m);
}

void model_step(struct model *m, unsigned int budget)
{
	enum mheap_phase phase = m->gc.phase;
	u64 visited = m->gc.visited;

	if (phase == MHEAP_IDLE)
		return;
	mheap_collect_step(&m->gc, budget);
	/* At its end a full collection counts members as visited that it could skip. */
	if (m->gc.phase == phase && m->gc.visited - visited > budget)
		model_fail(m, "a budget of %u, but %llu objects visited", budget,
			   (unsigned long long)(m->gc.visited - visited));
	if (m->gc.phase != phase)
		model_phase_ended(m, phase);
	model_unlock(m);
}

/* Let a call yield the heap for a moment, in which the scanner may begin anything. */
void model_resched(struct model *m)
{
	unsigned int what = model_random(m, 12);

	if (m->gc.phase == MHEAP_IDLE && what < 3)
		model_start(m, what);
	else if (m->gc.phase == MHEAP_IDLE && what == 3)
		model_start_exam(m);
	else if (m->gc.phase == MHEAP_IDLE && what == 4)
		model_start_freeze(m);
	else if (m->gc.phase == MHEAP_IDLE && what == 5)
		model_start_unfreeze(m);
	else if (what & 1)
		model_step(m, 1);
	m->disturbed = true;
}

void model_reclaim(struct model *m, struct mheap_dying *dying,
		   unsigned int budget)
{
	mheap_reclaim_step(&m->gc, dying, budget);
	model_unlock(m);
}

void model_finish(struct model *m)
{
	u32 i, steps = 0;

	for (i = 0; i < MODEL_CALLS; i++)
		while (!mheap_dying_empty(&m->call[i]))
			model_reclaim(m, &m->call[i], 7);
	while (m->gc.phase != MHEAP_IDLE) {
		model_step(m, 7);
		if (steps++ > 100000)
			model_fail(m, "collection does not end");
	}
}

/* Destroy the heap whatever is under way, and check that no memory is left. */
void model_abandon(struct model *m)
{
	struct mheap_quarantine *q;
	struct model_quarantine *mq;
	u32 i;

	while (mheap_mark_abandon(&m->gc, 3))
		;
	model_unlock(m);
	while ((q = list_first_entry_or_null(&m->gc.quarantined,
					     struct mheap_quarantine,
					     node))) {
		list_del_init(&q->node);
		model_quarantine_free(q);
	}
	if (m->gc.quarantine)
		model_quarantine_free(m->gc.quarantine);
	if (m->gc.exam)
		model_quarantine_free(m->gc.exam);
	for (i = 0; i < m->nlive; i++)
		if (model_object(m, m->live[i])->flags & MHEAP_GREY)
			model_fail(m, "object %u is grey", m->live[i]);
	for (i = 0; i < m->ids; i++) {
		mq = m->shadow[i].finalizer.spare;
		if (mq)
			model_quarantine_free(&mq->q);
	}
	if (!list_empty(&m->quarantines))
		model_fail(m, "memory of a quarantined set is left");
}
